package format

import (
	"fmt"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// The tables of END come in the order of a java.util.HashMap, which grows at three
// quarters of its capacity.
// Source: java.util.HashMap on OpenJDK 17.
func TestHashOrder(t *testing.T) {
	f := func(want string, names ...string) {
		t.Helper()
		var counts []event.TableCount
		for _, n := range names {
			database, table, _ := strings.Cut(n, ".")
			counts = append(counts, event.TableCount{Table: schema.ID{Database: database, Name: table}, Events: 1})
		}
		var got []string
		for _, c := range hashOrder(counts) {
			got = append(got, c.Table.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v: got %v, want %s", names, got, want)
		}
	}
	f("txmeta.items txmeta.orders txmeta.nopk", "txmeta.orders", "txmeta.items", "txmeta.nopk")
	f("é.ü d.a d.q d.A d.Q d.x2 d.x1", "d.a", "d.q", "d.A", "d.Q", "é.ü", "d.x1", "d.x2")
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf("shop.t%d", i))
	}
	f("shop.t0 shop.t1 shop.t10 shop.t2 shop.t3 shop.t13 shop.t14 shop.t11 shop.t12 shop.t8 shop.t9 shop.t4 shop.t5 shop.t6 shop.t7 "+
		"shop.t28 shop.t29 shop.t26 shop.t27 shop.t20 shop.t21 shop.t24 shop.t25 shop.t22 shop.t23 shop.t17 shop.t18 shop.t15 shop.t16 shop.t19", many...)
	f("")
}

// Names in collections that were made of others.
// Source: java.util.HashSet and ConcurrentHashMap on OpenJDK 17.
func TestJavaOrders(t *testing.T) {
	f := func(order func([]string) []string, n int, want string) {
		t.Helper()
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("shop.t%d", i))
		}
		got := strings.ReplaceAll(strings.Join(order(names), " "), "shop.t", "")
		if got != want {
			t.Errorf("%d names: got %s, want %s", n, got, want)
		}
	}
	f(HashSetOf, 12, "0 1 10 2 3 11 8 9 4 5 6 7")
	f(HashSetOf, 24, "0 1 10 2 3 13 14 11 12 8 9 4 5 6 7 20 21 22 23 17 18 15 16 19")
	f(ConcurrentOrder, 12, "0 1 10 2 3 11 8 9 4 5 6 7")
	f(ConcurrentOrder, 24, "0 10 1 2 3 13 14 11 12 8 9 4 5 6 7 20 21 22 23 17 18 15 16 19")
	f(ConcurrentOrder, 0, "")
}

// A batch is written anew with blocks, and what has none keeps its bytes.
func TestTake_SharesTheTombstonesKey(t *testing.T) {
	var src, dst Batch
	src.Data = []byte(`k{"transaction":null,"op":"d"}`)
	change := Record{KeyLen: 1, ValueLen: int32(len(src.Data)) - 1, Block: int32(len(`null,"op":"d"}`))}
	tombstone := change
	tombstone.ValueLen, tombstone.Block = -1, 0
	src.Records = []Record{change, tombstone, change}
	c := NewCounts("x\"y", nil)
	if err := dst.Take(&src, 0, 3, schema.ID{Database: "d", Name: "t"}, c); err != nil {
		t.Fatal(err)
	}
	if dst.Records[1].Start != 0 || dst.Value(1) != nil || string(dst.Key(1)) != "k" {
		t.Errorf("tombstone %+v", dst.Records[1])
	}
	for i, n := range map[int]int{0: 1, 2: 2} {
		want := fmt.Sprintf(`{"transaction":{"id":"x\"y","total_order":%d,"data_collection_order":%d},"op":"d"}`, n, n)
		if string(dst.Value(i)) != want || string(dst.Key(i)) != "k" {
			t.Errorf("record %d: %s %s", i, dst.Key(i), dst.Value(i))
		}
	}
}
