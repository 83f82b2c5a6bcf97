package schema_test

import (
	"errors"
	"strings"
	"testing"

	"cdcd/schema"
)

// sample is a table and the table map that fits it.
const sample = "CREATE TABLE t (id int unsigned NOT NULL, v varchar(10) CHARACTER SET latin1, e enum('a','é') NOT NULL," +
	" d decimal(5,2), ts datetime(3), b bit(9), PRIMARY KEY (e, id))"

func sampleMap() *schema.TableMap {
	return &schema.TableMap{
		ID: schema.ID{Database: "d", Name: "t"},
		Columns: []schema.WireColumn{
			{Type: 3},
			{Type: 15, Meta: 10, Nullable: true},
			{Type: 247, Meta: 1},
			{Type: 246, Meta: 5<<8 | 2, Nullable: true},
			{Type: 18, Meta: 3, Nullable: true},
			{Type: 16, Meta: 1<<8 | 1, Nullable: true},
		},
		Meta: &schema.Metadata{
			Unsigned:   []bool{true, false, false, false, false, false},
			Collations: []uint64{0, 8, 255, 0, 0, 0},
			Names:      []string{"id", "v", "e", "d", "ts", "b"},
			Members:    [][]string{nil, nil, {"a", "é"}, nil, nil, nil},
			Key:        []int{2, 0},
		},
	}
}

func TestResolve(t *testing.T) {
	tr := schema.New()
	apply(t, tr, sample)
	f := func(damage func(*schema.TableMap), want string) {
		t.Helper()
		m := sampleMap()
		damage(m)
		_, err := tr.Resolve(m)
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (!errors.Is(err, schema.ErrMismatch) || !strings.HasSuffix(err.Error(), want)):
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(func(*schema.TableMap) {}, "")
	f(func(m *schema.TableMap) { m.Meta = nil }, "")
	f(func(m *schema.TableMap) { m.Meta = &schema.Metadata{} }, "")
	f(func(m *schema.TableMap) { m.Columns = m.Columns[:5] }, "5 columns, not 6")
	f(func(m *schema.TableMap) { m.Columns[0].Type = 8 }, "column id: wire type 8 with metadata 0 is not of INT")
	f(func(m *schema.TableMap) { m.Columns[1].Meta = 30 }, "column v: wire type 15 with metadata 30 is not of VARCHAR")
	f(func(m *schema.TableMap) { m.Columns[2].Meta = 2 }, "is not of ENUM")
	f(func(m *schema.TableMap) { m.Columns[3].Meta++ }, "is not of DECIMAL")
	f(func(m *schema.TableMap) { m.Columns[4].Meta = 0 }, "is not of DATETIME")
	f(func(m *schema.TableMap) { m.Columns[5].Meta = 1 << 8 }, "is not of BIT")
	f(func(m *schema.TableMap) { m.Columns[0].Nullable = true }, "column id: it is nullable")
	f(func(m *schema.TableMap) { m.Columns[1].Nullable = false }, "column v: it is NOT NULL")
	f(func(m *schema.TableMap) { m.Meta.Unsigned[0] = false }, "column id: it is unsigned: false")
	f(func(m *schema.TableMap) { m.Meta.Collations[1] = 33 }, "column v: its character set is utf8mb3, not latin1")
	f(func(m *schema.TableMap) { m.Meta.Collations[1] = 9999 }, "column v: its collation 9999 is not known")
	f(func(m *schema.TableMap) { m.Meta.Names[1] = "w" }, "column v: its name is w")
	f(func(m *schema.TableMap) { m.Meta.Members[2] = []string{"é", "a"} }, "column e: its label 1 is another one")
	f(func(m *schema.TableMap) { m.Meta.Members[2] = []string{"a"} }, "column e: it has 1 labels, not 2")
	f(func(m *schema.TableMap) { m.Meta.Key = []int{0, 2} }, "the primary key is on columns [0 2], not [2 0]")
	f(func(m *schema.TableMap) { m.Meta.Key = nil }, "the primary key is on columns [], not [2 0]")
}

func TestResolve_UnknownTable(t *testing.T) {
	if _, err := schema.New().Resolve(sampleMap()); !errors.Is(err, schema.ErrUnknownTable) {
		t.Error(err)
	}
}

func TestCollationCharset(t *testing.T) {
	f := func(id uint64, want string) {
		t.Helper()
		if got, ok := schema.CollationCharset(id); got != want || ok != (want != "") {
			t.Errorf("%d: %q %t", id, got, ok)
		}
	}
	f(0, "")
	f(8, "latin1")
	f(63, "binary")
	f(76, "utf8mb3")
	f(99, "cp1250")
	f(100, "")
	f(255, "utf8mb4")
	f(324, "")
	f(1024, "")
	f(1032, "latin1") // latin1_swedish_nopad_ci
	f(2304, "utf8mb4")
	f(4096, "")
}
