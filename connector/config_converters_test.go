package connector

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

const converterClass = "io.debezium.connector.binlog.converters."

// convertedSchema returns the schema of the column shop.orders.c with converters.
func convertedSchema(t *testing.T, c schema.Column, changes ...string) string {
	t.Helper()
	cfg := parsed(t, changes...).Format
	cfg.Skip = nil
	j, err := format.NewJSON(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.Name, c.TypeText = "c", "XTYPE"
	table := &schema.Table{ID: schema.ID{Database: "shop", Name: "orders"}, Columns: []schema.Column{c}}
	plan, err := j.Plan(table)
	if err != nil {
		return err.Error()
	}
	var b format.Batch
	if _, err := plan.Append(&b, &event.Rows{Table: table, Op: event.Truncate}); err != nil {
		return err.Error()
	}
	_, rest, _ := strings.Cut(string(b.Value(0)), `"fields":[{"type":"struct","fields":[`)
	text, _, _ := strings.Cut(rest, `,"field":"c"}`)
	return text
}

func TestParseConfig_TinyInt(t *testing.T) {
	f := func(c schema.Column, want bool, changes ...string) {
		t.Helper()
		c.Type = schema.TypeTinyInt
		changes = append(changes, "converters", "b", "b.type", converterClass+"TinyIntOneToBooleanConverter")
		if got := convertedSchema(t, c, changes...); strings.Contains(got, `"boolean"`) != want {
			t.Errorf("%+v %q: %s", c, changes, got)
		}
	}
	f(schema.Column{Length: 1}, true)
	f(schema.Column{Length: 1, Unsigned: true}, true)
	f(schema.Column{Length: 1, Zerofill: true}, false)
	f(schema.Column{Length: 4}, false)
	f(schema.Column{Length: -1}, false)
	f(schema.Column{Length: 4}, true, "b.length.checker", "false")
	f(schema.Column{Length: 4}, true, "b.length.checker", "no")
	f(schema.Column{Length: 4}, false, "b.length.checker", "True")
	f(schema.Column{Length: 1}, true, "b.selector", `.*\.a, .*\.c`)
	f(schema.Column{Length: 1}, false, "b.selector", `.*\.a, .*\.b`)
}

func TestParseConfig_JDBCSink(t *testing.T) {
	f := func(c schema.Column, want string, changes ...string) {
		t.Helper()
		for _, class := range []string{converterClass, "io.debezium.connector.mysql.converters."} {
			all := append([]string{"converters", "s", "s.type", class + "JdbcSinkDataTypesConverter"}, changes...)
			if got := convertedSchema(t, c, all...); !strings.Contains(got, want) {
				t.Errorf("type %d %q: %s, want %s", c.Type, changes, got, want)
			}
		}
	}
	tiny := schema.Column{Type: schema.TypeTinyInt, Length: 1, Scale: -1}
	float := schema.Column{Type: schema.TypeFloat, Length: -1, Scale: -1}
	text := schema.Column{Type: schema.TypeVarchar, Length: 10, Scale: -1, Charset: "latin1"}
	f(float, `"float"`)
	f(float, `"double"`, "s.selector.real", ".*")
	f(float, `"double"`, "s.selector.real", ".*", "s.treat.real.as.double", "true")
	f(float, `"float"`, "s.selector.real", ".*", "s.treat.real.as.double", "false")
	f(float, `"float"`, "s.selector.real", ".*other")
	f(float, "selector.boolean takes TINYINT", "s.selector.real", ".*", "s.selector.boolean", ".*")
	f(tiny, `"optional":false`, "s.selector.boolean", ".*")
	f(text, `"__debezium.source.column.character_set":"latin1"`, "s.selector.string", `shop\.orders\.C`)
}

func TestParseConfig_ZeroDate(t *testing.T) {
	f := func(typ schema.Type, want string, changes ...string) {
		t.Helper()
		changes = append([]string{"converters", "z", "z.type", converterClass + "ZeroDateFallbackConverter"}, changes...)
		c := schema.Column{Type: typ, Length: -1, Scale: -1}
		if typ != schema.TypeInt {
			c.Default = schema.Default{Kind: schema.DefaultLiteral, Text: "2020-01-01 00:00:00", Quoted: true}
		}
		if got := convertedSchema(t, c, changes...); !strings.Contains(got, want) {
			t.Errorf("type %d %q: %s, want %s", typ, changes, got, want)
		}
	}
	f(schema.TypeDate, `"optional":true`)
	f(schema.TypeDate, `"default":1`, "z.fallback.date", "1970-01-02", "z.fallback.datetime", "NULL")
	f(schema.TypeDatetime, `"default":1000`, "z.fallback.datetime", "1970-01-01 00:00:01")
	f(schema.TypeTimestamp, `"default":"1970-01-01T00:00:01Z"`, "z.fallback.timestamp", "1970-01-01T00:00:01Z")
	f(schema.TypeDate, `"optional":false`, "z.target.types", "datetime, Timestamp")
	f(schema.TypeDatetime, `"optional":true`, "z.target.types", "datetime, Timestamp")
	f(schema.TypeDate, `"optional":false`, "z.selector", ".*other")
	f(schema.TypeDate, `"default":2`, "z.fallback.date", "1970-01-02", "z.column.shop.orders.c.fallback", "1970-01-03")
	f(schema.TypeDate, `"default":1`, "z.fallback.date", "1970-01-02", "z.column.shop.orders.C.fallback", "1970-01-03")
	f(schema.TypeDate, `column c: "x" is not written as`, "z.column.shop.orders.c.fallback", "x")
	f(schema.TypeInt, `"int32"`)
	_, _, err := ParseConfig("shop", shop("converters", "z", "z.type", converterClass+"ZeroDateFallbackConverter", "z.fallback.date", "x", "z.selector", "("))
	if err == nil || !strings.Contains(err.Error(), `z.fallback.date: "x" is not written as "2006-01-02" is, and not NULL`) || !strings.Contains(err.Error(), "z.selector: regular") {
		t.Errorf("got %v", err)
	}
}

// TestParseConfig_ConverterOrder: the first converter that takes a column has it.
func TestParseConfig_ConverterOrder(t *testing.T) {
	tiny := schema.Column{Type: schema.TypeTinyInt, Length: 1, Scale: -1}
	f := func(order, want string) {
		t.Helper()
		got := convertedSchema(t, tiny, "converters", order, "a.type", converterClass+"TinyIntOneToBooleanConverter",
			"b.type", converterClass+"JdbcSinkDataTypesConverter", "b.selector.boolean", ".*")
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s", order, got)
		}
	}
	f("a,b", `"boolean"`)
	f("b,a", `"int16"`)
}
