package connector

import (
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

func TestSignalOfRow(t *testing.T) {
	text := func(s string) event.Value { return event.Value{Kind: event.String, Bytes: []byte(s)} }
	columns := []schema.Column{{Name: "a"}, {Name: "b", Members: []string{"log", "execute-snapshot"}}, {Name: "c"}, {Name: "d"}}
	defaulted := []schema.Column{{Name: "a"}, {Name: "b"}, {Name: "c", Default: schema.Default{Text: "{}", Quoted: true}}}
	null := event.Value{Kind: event.Null}
	f := func(want string, columns []schema.Column, row ...event.Value) {
		t.Helper()
		id, kind, data, ok := signalOfRow(&schema.Table{Columns: columns}, row)
		got := "none"
		if ok {
			got = id + "|" + kind + "|" + data
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f("7|log|{}", columns[:3], text("7"), text("log"), text("{}"))
	f("7|log|{}", columns, text("7"), text("log"), event.Value{Kind: event.JSON, Bytes: []byte("{}")}, text("more"))
	f("7|execute-snapshot|", columns, text("7"), event.Value{Kind: event.Enum, Num: 2}, null, null)
	f("|log|", columns, null, text("log"), event.Value{Kind: event.Absent}, null)
	f("7|log|", columns, text("7"), text("log"), event.Value{Kind: event.Default}, null)
	f("7|log|{}", defaulted, text("7"), text("log"), event.Value{Kind: event.Default})
	f("none", columns[:2], text("7"), text("log"))
	f("none", columns, text("7"), text("log"))
	f("none", columns, text("7"), null, text("{}"), null)
	f("none", columns, text("7"), event.Value{Kind: event.Enum}, text("{}"), null)
	f("none", columns, text("7"), event.Value{Kind: event.Enum, Num: 3}, text("{}"), null)
	f("none", columns, event.Value{Kind: event.Int, Num: 7}, text("log"), text("{}"), null)
	f("none", columns, text("7"), text("log"), event.Value{Kind: event.Binary, Bytes: []byte("{}")}, null)
}
