package binlog

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

// lastTableMap returns the last recorded map of a table.
func lastTableMap(t testing.TB, name, table string) *schema.TableMap {
	t.Helper()
	var last *schema.TableMap
	for _, e := range recordedCase(t, name).events {
		if e.header.Type != typeTableMap {
			continue
		}
		m, err := parseTableMap(e.flavor, e.body, e.post)
		if err != nil {
			t.Fatal(err)
		}
		if m.ID.Name == table {
			last = m
		}
	}
	if last == nil {
		t.Fatalf("no table map of %s in %s", table, name)
	}
	return last
}

// TestTableMap_FullMetadata reads what MariaDB logs with
// binlog_row_metadata=FULL.
func TestTableMap_FullMetadata(t *testing.T) {
	m := lastTableMap(t, "maria_types", "t_enum")
	want := &schema.Metadata{
		Unsigned:   make([]bool, 7),
		Collations: []uint64{0, 45, 45, 8, 45, 45, 45},
		Names:      []string{"id", "e", "e2", "el", "s", "s2", "e0"},
		Members: [][]string{
			nil,
			{"a", "b", "c"},
			{"x,y", "it's", `"q"`, "ü", "日本"},
			{"\xe9", "b"},
			{"r", "g", "b"},
			{"one", "two three", "ü"},
			{"", "z"},
		},
		Key: []int{0},
	}
	if d := cmp.Diff(want, m.Meta); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if w := m.Columns[1]; w != (schema.WireColumn{Type: schema.WireEnum, Meta: 1, Nullable: true}) {
		t.Errorf("ENUM is %+v", w)
	}
}

func TestTableMap_MinimalMetadata(t *testing.T) {
	m := lastTableMap(t, "types", "t_char")
	if c := m.Meta.Collations; c[1] != 255 || c[4] != 8 || c[5] != 28 || c[9] != 46 || c[21] != 63 {
		t.Errorf("collations %v", c)
	}
	u := lastTableMap(t, "types", "t_int").Meta.Unsigned
	if u[1] || !u[2] || !u[7] || !u[15] || !u[18] { // tinyint, its unsigned form, smallint unsigned, bigint unsigned, year
		t.Errorf("unsigned %v", u)
	}
	if d := lastTableMap(t, "types", "t_vec").Meta.VectorDim; d[1] != 3 || d[2] != 2048 {
		t.Errorf("vector dimensions %v", d)
	}
	if g := lastTableMap(t, "types", "t_geo").Meta.GeometryType; g[1] != 0 || g[2] != 1 || g[4] != 2 {
		t.Errorf("geometry types %v", g)
	}
}

// oneTable builds a table map of the given types and metadata.
func oneTable(types, meta []byte, optional ...byte) []byte {
	b := []byte{1, 0, 0, 0, 0, 0, 1, 0, 1, 'd', 0, 1, 't', 0, byte(len(types))}
	b = append(append(b, types...), byte(len(meta)))
	b = append(append(b, meta...), make([]byte, (len(types)+7)/8)...)
	return append(b, optional...)
}

func TestTableMap_LongChar(t *testing.T) {
	// CHAR(255) in utf8mb4: 1020 bytes, whose upper bits are folded into 0xFE.
	m, err := parseTableMap(event.MySQL, oneTable([]byte{schema.WireString, schema.WireString}, []byte{0xce, 0xfc, 0xfe, 0xff}), 8)
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.WireColumn{{Type: schema.WireString, Meta: 1020}, {Type: schema.WireString, Meta: 255}}
	if d := cmp.Diff(want, m.Columns); d != "" {
		t.Error(d)
	}
}

// TestTableMap_GeometryCollations: MySQL leaves geometry columns out of the
// character columns, MariaDB counts them as binary.
func TestTableMap_GeometryCollations(t *testing.T) {
	types, meta := []byte{schema.WireGeometry, schema.WireVarchar, schema.WireVarchar}, []byte{4, 20, 0, 20, 0}
	f := func(flavor event.Flavor, what string, want []uint64, optional ...byte) {
		t.Helper()
		m, err := parseTableMap(flavor, oneTable(types, meta, optional...), 8)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if d := cmp.Diff(want, m.Meta.Collations); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}
	f(event.MySQL, "MySQL default", []uint64{0, 45, 8}, metaDefaultCharset, 3, 45, 1, 8)
	f(event.MariaDB, "MariaDB default", []uint64{63, 45, 8}, metaDefaultCharset, 5, 45, 0, 63, 2, 8)
	f(event.MySQL, "MySQL columns", []uint64{0, 45, 8}, metaColumnCharset, 2, 45, 8)
	f(event.MariaDB, "MariaDB columns", []uint64{63, 45, 8}, metaColumnCharset, 3, 63, 45, 8)
	f(event.MySQL, "either of the two, MySQL", []uint64{0, 63, 8}, metaDefaultCharset, 3, 63, 1, 8)
	f(event.MariaDB, "either of the two, MariaDB", []uint64{63, 8, 63}, metaDefaultCharset, 3, 63, 1, 8)
}

func TestTableMap_Malformed(t *testing.T) {
	good := oneTable([]byte{schema.WireLong, schema.WireVarchar}, []byte{20, 0}, metaColumnName, 4, 1, 'a', 1, 'b')
	if _, err := parseTableMap(event.MySQL, good, 8); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		if _, err := parseTableMap(event.MySQL, good[:i], 8); err == nil && i != len(good)-6 {
			t.Errorf("%d of %d bytes were accepted", i, len(good))
		}
	}
	huge := slices.Concat(good[:14], []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	if _, err := parseTableMap(event.MySQL, huge, 8); err == nil {
		t.Error("a huge column count was accepted")
	}
	twice := slices.Concat(good, []byte{metaColumnName, 4, 1, 'a', 1, 'b'})
	if _, err := parseTableMap(event.MySQL, twice, 8); !errors.Is(err, errMetadata) {
		t.Errorf("a repeated field: %v", err)
	}
	newer := slices.Concat(good, []byte{99, 1, 0})
	if _, err := parseTableMap(event.MySQL, newer, 8); err != nil {
		t.Errorf("a field of a newer server: %v", err)
	}
}

func FuzzTableMap(f *testing.F) {
	seen := map[string]bool{}
	for _, r := range recordedFiles(f) {
		for _, e := range r.events {
			if e.header.Type == typeTableMap && !seen[string(e.body[8:])] && len(e.body) < 300 {
				seen[string(e.body[8:])] = true
				f.Add(e.body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parseTableMap(event.MySQL, body, 8)
		if err != nil {
			return
		}
		if len(m.Columns) == 0 || len(m.Columns) > maxColumns {
			t.Errorf("%d columns", len(m.Columns))
		}
		if _, err := compileRows(m, tableLike(m)); err != nil && len(err.Error()) > 1000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
