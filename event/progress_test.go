package event_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

func table(name string, parts ...event.Part) *event.TableProgress {
	return &event.TableProgress{ID: schema.ID{Database: "d", Name: name}, Parts: parts}
}

func TestProgress_Copied(t *testing.T) {
	f := func(want bool, tables ...*event.TableProgress) {
		t.Helper()
		p := event.Progress{Tables: tables}
		if got := p.Copied(); got != want {
			t.Errorf("%+v: %v", tables, got)
		}
	}
	f(true)
	f(false, table("a"))
	f(false, table("a", event.Part{To: []string{"1"}, View: 0}, event.Part{View: event.Unread}))
	f(true, table("a", event.Part{To: []string{"1"}, View: 0}, event.Part{View: 1}))
}

// TestProgress_WithView: views of which nothing was read are forgotten, but for the
// first, where the stream begins.
func TestProgress_WithView(t *testing.T) {
	view := func(set string) event.View {
		return event.View{Low: event.Position{Flavor: event.MySQL, GTIDs: event.GTIDText(set)}}
	}
	p := (&event.Progress{Tables: []*event.TableProgress{table("a"), table("b"), table("c")}}).WithView(view("u:1"), nil)
	p = p.WithView(view("u:1-2"), nil)
	p.Tables[0] = table("a", event.Part{To: []string{"1"}, View: 1}, event.Part{View: event.Unread})
	gone := map[schema.ID]bool{{Database: "d", Name: "a"}: true, {Database: "d", Name: "b"}: true}
	p = p.WithView(view("u:1-3"), nil).WithView(view("u:1-4"), gone)
	want := &event.Progress{
		Views:  []event.View{view("u:1"), view("u:1-2"), view("u:1-4")},
		Tables: []*event.TableProgress{table("a", event.Part{To: []string{"1"}, View: 1}, event.Part{View: 0}), table("b", event.Part{}), table("c")},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
}

// TestProgress_WithoutKeys: no value of a row is left.
func TestProgress_WithoutKeys(t *testing.T) {
	p := &event.Progress{Rows: 7, Tables: []*event.TableProgress{
		table("half", event.Part{To: []string{"'secret'"}, View: 0}, event.Part{View: event.Unread}),
		table("mixed", event.Part{To: []string{"'secret'"}, View: 0}, event.Part{View: 1}),
		table("later", event.Part{View: 1}),
	}}
	got := p.WithoutKeys()
	want := &event.Progress{Rows: 7, Tables: []*event.TableProgress{table("half"), table("mixed", event.Part{}), table("later", event.Part{View: 1})}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(got)
	if err != nil || strings.Contains(string(text), "secret") {
		t.Errorf("%s, %v", text, err)
	}
	if (*event.Progress)(nil).WithoutKeys() != nil {
		t.Error("nothing is something")
	}
}
