package format

import (
	"strings"
	"testing"

	"cdcd/schema"
)

func TestTopicName(t *testing.T) {
	f := func(prefix, db, table, want string) {
		t.Helper()
		if got := topicName(prefix, ".", schema.ID{Database: db, Name: table}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f("p", "shop", "orders", "p.shop.orders")
	f("p", "odd-db.1", "weird-name$1", "p.odd-db.1.weird-name_1")
	f("p", "d", "日本 😀", "p.d._____")
	f("p", "", "t", "p.t")
	f(".", "", "", "_")
	f("p", "d", strings.Repeat("x", 300), "p.d."+strings.Repeat("x", 245))
}

func TestNames(t *testing.T) {
	f := func(mode NameMode, name, schema, field string) {
		t.Helper()
		if got := schemaName(mode, name); got != schema {
			t.Errorf("schema %s: got %s, want %s", name, got, schema)
		}
		if got := fieldName(mode, name); got != field {
			t.Errorf("field %s: got %s, want %s", name, got, field)
		}
	}
	f(NamesAsTheyAre, "1-a.b", "1-a.b", "1-a.b")
	f(NamesAvro, "1-a.b", "_1_a.b", "_1_a_b")
	f(NamesAvroUnicode, "a_é.b", "a_u005f_u00e9.b", "a_u005f_u00e9_u002eb")
}
