package schema_test

import (
	"strings"
	"testing"
	"unsafe"

	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// TestShare: a table keeps no part of the statement that made it, and tables have one
// string for equal names.
func TestShare(t *testing.T) {
	tr, ids := schema.New(), []schema.ID{}
	for i := range 2 {
		statement := strings.Clone(mysqltest.MixedTable(i+20) + " COMMENT='made'")
		changes, err := tr.Apply(schema.DDL{Database: "d", Statement: statement})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, changes[0].ID)
		for _, s := range texts(tr.Table(changes[0].ID)) {
			if at, from := uintptr(unsafe.Pointer(unsafe.StringData(s))), uintptr(unsafe.Pointer(unsafe.StringData(statement))); s != "" && at >= from && at < from+uintptr(len(statement)) {
				t.Errorf("%q is a part of the statement", s)
			}
		}
	}
	a, b := tr.Table(ids[0]), tr.Table(ids[1])
	if unsafe.StringData(a.Columns[1].Name) != unsafe.StringData(b.Columns[1].Name) {
		t.Errorf("%s is there twice", a.Columns[1].Name)
	}
}

// texts are the strings of a table.
func texts(tb *schema.Table) []string {
	all := []string{tb.ID.Database, tb.ID.Name, tb.Charset, tb.Collation, tb.Comment, tb.Engine}
	for _, c := range tb.Columns {
		all = append(all, c.Name, c.Charset, c.Collation, c.TypeText, c.Comment, c.Default.Text)
		all = append(all, c.Members...)
	}
	for _, ix := range tb.Indexes {
		all = append(append(all, ix.Name), ix.Columns...)
	}
	return all
}
