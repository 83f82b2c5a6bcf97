package format

import (
	"strings"
	"testing"

	"cdcd/schema"
)

func TestTopicName(t *testing.T) {
	f := func(n Naming, prefix, db, table, want string) {
		t.Helper()
		c := Config{TopicPrefix: prefix, TopicDelimiter: ".", Naming: n}
		got, err := c.topic(schema.ID{Database: db, Name: table})
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	usual := Naming{}
	f(usual, "p", "shop", "orders", "p.shop.orders")
	f(usual, "p", "odd-db.1", "weird-name$1", "p.odd-db.1.weird-name_1")
	f(usual, "p", "d", "日本 😀", "p.d._____")
	f(usual, "p", "", "t", "p.t")
	f(usual, ".", "", "", "_")
	f(usual, "p", "d", strings.Repeat("x", 300), "p.d."+strings.Repeat("x", 245))
	f(Naming{OnlyTable: true}, "p", "shop", "orders$", "p.orders_")

	unicode := Naming{Escape: true}
	f(unicode, "p", "shop", "or-ders.1", "p.shop.or-ders.1")
	f(unicode, "p", "a_b", "é$Ā日\t😀", "p.a_u005fb._u00e9_u0024_u100_u65e5_u009_ud83d_ude00")
	f(unicode, ".", "", "", "_u002e")
	f(unicode, "..", "", "", "_u002e_u002e")
	f(Naming{Escape: true, OnlyTable: true}, "p", "a_b", "c_d", "p.c_u005fd")

	renamed := Naming{Rename: func(topic string) string { return strings.ReplaceAll(topic, "_1", "") }}
	f(renamed, "p", "shop$1", "orders", "p.shop.orders") // sanitised before
	f(Naming{Rename: func(string) string { return "" }}, "p", "shop", "orders", "p.shop.orders")
	f(Naming{Rename: func(string) string { return "a b" }}, "p", "shop", "orders",
		`topic.replacement makes "a b" of the topic p.shop.orders, which Kafka does not take: letters, digits, '.', '_' and '-', 249 at most`)
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
	f(NamesAvroUnicode, "Ā\t", "_u100_u009", "_u100_u009")
	f(NamesAvroUnicode, "a_é.b", "a_u005f_u00e9.b", "a_u005f_u00e9_u002eb")
}
