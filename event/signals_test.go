package event_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

func TestSignals_Asked(t *testing.T) {
	var none *event.Signals
	if none.Asked() != nil || (&event.Signals{}).Asked() != nil {
		t.Error("nothing was asked for")
	}
	first, second := &event.Blocking{Signal: "1"}, &event.Blocking{Signal: "2"}
	s := &event.Signals{Offset: 3, Blocking: []*event.Blocking{first, second}}
	begun := s.WithAsked(&event.Blocking{Signal: "1", GTID: "g"})
	if s.Asked() != first || begun.Asked().GTID != "g" || begun.Blocking[1] != second || begun.Offset != 3 {
		t.Errorf("changed to %+v", begun)
	}
	if rest := begun.WithAsked(nil); rest.Asked() != second || rest.WithAsked(nil).Asked() != nil || len(s.Blocking) != 2 {
		t.Errorf("left %+v of %+v", rest, s)
	}
}

// TestSignals_WithoutKeys: what a table of a blocking snapshot is filtered by may hold
// values, as the keys of its progress do.
func TestSignals_WithoutKeys(t *testing.T) {
	id := func(name string) schema.ID { return schema.ID{Database: "d", Name: name} }
	half := []event.Part{{To: []string{"5"}}, {View: event.Unread}}
	s := &event.Signals{Blocking: []*event.Blocking{{
		Signal: "1", GTID: "g", Thread: 7,
		Tables:   []event.BlockingTable{{ID: id("a")}, {ID: id("b"), Select: "SELECT 1"}},
		Progress: &event.Progress{Views: []event.View{{}}, Rows: 9, Tables: []*event.TableProgress{table("a", half...), table("b", half...)}},
	}}}
	want := &event.Signals{Blocking: []*event.Blocking{{
		Signal: "1", GTID: "g", Thread: 7,
		Tables:   []event.BlockingTable{{ID: id("a")}},
		Progress: &event.Progress{Views: []event.View{{}}, Rows: 9, Tables: []*event.TableProgress{table("a")}},
	}}}
	if d := cmp.Diff(want, s.WithoutKeys()); d != "" {
		t.Error(d)
	}
	if len(s.Blocking[0].Progress.Tables) != 2 || s.Blocking[0].Progress.Tables[0].Parts == nil {
		t.Error("the signals themselves were changed")
	}
}
