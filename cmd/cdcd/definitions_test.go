package main

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/cluster"
	"cdcd/offsets"
	"cdcd/schema"
)

// stores are the stores of connectors of one process.
func stores(t *testing.T, connectors ...string) (all []raftStore) {
	t.Helper()
	node, err := cluster.Open(t.Context(), cluster.Config{Name: "test", NodeID: "n1", DataDir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	if err := node.WaitLeader(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := &definitions{}
	for _, name := range connectors {
		s := raftStore{node.Store(name, 1), d}
		if _, err := s.store.Session(t.Context(), offsets.NoProducer, 0); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func tableOf(v schema.Version, name string) *schema.Table {
	return &schema.Table{ID: schema.ID{Database: "d", Name: name}, Columns: []schema.Column{{Name: "id"}}, Key: []int{0}, Version: v}
}

// TestRaftStore_SharesDefinitions: what is equal is decoded once, whatever its
// number is, and forgotten when no connector has it any more.
func TestRaftStore_SharesDefinitions(t *testing.T) {
	all := stores(t, "a", "b", "c")
	put := func(s raftStore, tables ...*schema.Table) []*schema.Table {
		t.Helper()
		if err := s.PutTables(t.Context(), tables); err != nil {
			t.Fatal(err)
		}
		got, err := s.Tables(t.Context(), tables[len(tables)-1].Version)
		if d := cmp.Diff(tables, got); err != nil || d != "" {
			t.Fatalf("%v\n%s", err, d)
		}
		return got
	}
	a := put(all[0], tableOf(1, "x"), tableOf(2, "y"))
	b := put(all[1], tableOf(1, "x"), tableOf(3, "y"))
	c := put(all[2], tableOf(4, "x"))
	if a[0] != b[0] || &a[1].Columns[0] != &b[1].Columns[0] || &a[0].Columns[0] != &c[0].Columns[0] {
		t.Error("equal definitions are not shared")
	}
	runtime.KeepAlive([][]*schema.Table{a, b, c})
	d := all[0].definitions
	runtime.GC()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sweepLocked(); len(d.known) != 0 {
		t.Errorf("%d definitions that nobody has are known", len(d.known))
	}
}
