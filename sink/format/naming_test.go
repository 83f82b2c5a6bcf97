package format_test

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// sharded is a configuration in which all tables share a topic.
func sharded() format.Config {
	c := plainConfig()
	c.KeySchemas, c.ValueSchemas = true, true
	c.Naming = format.Naming{
		Rename:   func(string) string { return "p.all" },
		KeyField: "__dbz__physicalTableIdentifier",
	}
	return c
}

// TestNaming_Key: a record of a topic that several tables share has a key that tells
// them apart, with a table that has none, too. Schemas are named after the topic.
func TestNaming_Key(t *testing.T) {
	f := func(set func(*format.Config), table *schema.Table, wantSchema, want string) {
		t.Helper()
		config := sharded()
		set(&config)
		row := []event.Value{{Kind: event.Int, Num: 1}, {Kind: event.Int, Num: 2}}
		b, err := encode(t, config, table, event.Create, nil, row)
		if err != nil {
			t.Fatal(err)
		}
		key := string(b.Key(0))
		if !strings.HasPrefix(key, wantSchema) || !strings.HasSuffix(key, want) || b.Records[0].Topic.Name != "p.all" {
			t.Errorf("got %s, want %s...%s", key, wantSchema, want)
		}
		if !strings.Contains(string(b.Value(0)), `"name":"p.all.Envelope"`) {
			t.Errorf("value %s", b.Value(0))
		}
	}
	usual := func(*format.Config) {}
	c := schema.Column{Type: schema.TypeInt, Length: -1, Scale: -1}
	keyless, odd := one(c), one(c)
	keyless.Key = nil
	odd.ID.Name = `t"$`
	const id, field, tail = `{"type":"int32","optional":false,"field":"id"}`, `{"type":"string","optional":false,"field":"__dbz__physicalTableIdentifier"}`, `],"optional":false,"name":"p.all.Key"},`
	const head = `{"schema":{"type":"struct","fields":[`
	f(usual, one(c), head+id+","+field+tail, `"payload":{"id":1,"__dbz__physicalTableIdentifier":"p.d.t"}}`)
	f(usual, keyless, head+field+tail, `"payload":{"__dbz__physicalTableIdentifier":"p.d.t"}}`)
	f(usual, odd, head+id, `{"id":1,"__dbz__physicalTableIdentifier":"p.d.t\"$"}}`) // not sanitised
	f(func(c *format.Config) { c.Naming.KeyValue = strings.ToUpper }, one(c), head+id, `"P.D.T"}}`)
	f(func(c *format.Config) { c.Naming.KeyField = "" }, one(c), head+id+tail, `"payload":{"id":1}}`)
}

// TestNaming_KeyMoves: the field changes nothing of what an update is, and stands in
// the header of a key that changed.
func TestNaming_KeyMoves(t *testing.T) {
	c := schema.Column{Type: schema.TypeInt, Length: -1, Scale: -1}
	row := func(id, c uint64) []event.Value {
		return []event.Value{{Kind: event.Int, Num: id}, {Kind: event.Int, Num: c}}
	}
	config := sharded()
	config.KeySchemas, config.ValueSchemas = false, false
	keyless := one(c)
	keyless.Key = nil
	for table, want := range map[*schema.Table]int{one(c): 3, keyless: 1} {
		b, err := encode(t, config, table, event.Update, row(1, 2), row(3, 2))
		if err != nil || len(b.Records) != want {
			t.Errorf("key %v: %d records, %v", table.Key, len(b.Records), err)
		}
		if want == 3 && !strings.Contains(string(b.Records[0].Headers), `{"id":3,"__dbz__physicalTableIdentifier":"p.d.t"}`) {
			t.Errorf("headers %q", b.Records[0].Headers)
		}
	}
	b, err := encode(t, config, keyless, event.Truncate, nil, nil)
	if err != nil || b.Key(0) != nil {
		t.Errorf("a truncated table has the key %s, %v", b.Key(0), err)
	}
}

func TestNaming_KeyTaken(t *testing.T) {
	config := sharded()
	config.Naming.KeyField = "id"
	j, err := format.NewJSON(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Plan(one(schema.Column{Type: schema.TypeInt})); err == nil || !strings.Contains(err.Error(), "column id of the key has the name of topic.key.field.name") {
		t.Errorf("got %v", err)
	}
}
