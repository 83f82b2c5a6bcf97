package connector

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

// items is a source of items that are given.
type items struct{ left []event.Item }

func (s *items) Next(context.Context) (event.Item, error) {
	if len(s.left) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	item := s.left[0]
	s.left = s.left[1:]
	return item, nil
}

func (*items) Close() error { return nil }

// A stream ends behind the transaction that ends at the place, or where a server is
// there that has nothing more, and not inside of a transaction.
func TestUpTo_Ends(t *testing.T) {
	at := func(offset uint64) event.Position { return event.Position{File: "binlog.000001", Offset: offset} }
	begin, rows := event.Begin{Txn: &event.Txn{GTID: "u:1", Thread: 3}}, &event.Rows{}
	commit := func(offset uint64) event.Commit { return event.Commit{Position: at(offset)} }
	beat := func(offset uint64) event.Heartbeat {
		return event.Heartbeat{File: "binlog.000001", Offset: offset}
	}
	f := func(want int, given ...event.Item) {
		t.Helper()
		waits := &event.Signals{Blocking: []*event.Blocking{{}}}
		s := (&upTo{end: at(100), fates: fatesOf(&beginning{state: event.State{Signals: waits}})}).of(&items{given})
		for n := 0; ; n++ {
			item, err := s.Next(t.Context())
			switch c, isCommit := item.(event.Commit); {
			case errors.Is(err, errThere):
				if n != want {
					t.Errorf("ended behind %d items, want %d", n, want)
				}
				return
			case err != nil:
				if want >= 0 {
					t.Errorf("went on behind %d items", n)
				}
				return
			case isCommit && n > 0 && (c.Signals.Asked().GTID != "u:1" || c.Signals.Asked().Thread != 3):
				t.Errorf("the copy that waits became %+v", c.Signals.Asked())
			}
		}
	}
	f(3, begin, rows, commit(100), begin, rows, commit(200))
	f(6, begin, rows, commit(50), begin, rows, commit(120), begin)
	f(2, beat(50), beat(100), begin)
	f(4, begin, beat(100), rows, commit(130), begin)
	f(-1, begin, rows, commit(50), beat(60))
}

// What statements make of a table of which some rows are copied.
func TestFates(t *testing.T) {
	const create = "CREATE TABLE t (id INT PRIMARY KEY, v INT, s VARCHAR(9) NOT NULL)"
	half := []event.Part{{To: []string{"5"}}, {View: event.Unread}}
	all, none, both := []event.Part{{}}, []event.Part(nil), []event.Part{{To: []string{"5"}}, {}}
	f := func(want []event.Part, statements ...string) {
		t.Helper()
		tracker := schema.New()
		follow := func(statement string) []schema.Change {
			changes, err := tracker.Apply(schema.DDL{Database: "d", Statement: statement})
			if err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
			return changes
		}
		follow(create)
		follow("CREATE TABLE other LIKE t")
		id := schema.ID{Database: "d", Name: "t"}
		waits := &event.Blocking{Progress: &event.Progress{Views: []event.View{{}}, Tables: []*event.TableProgress{{ID: id, Parts: half}}}}
		fates := fatesOf(&beginning{tracker: tracker, state: event.State{Signals: &event.Signals{Blocking: []*event.Blocking{waits}}}})
		for _, s := range statements {
			fates.note(follow(s))
		}
		got := fates.after(nil).Asked().Progress.Tables[0].Parts
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", statements, d)
		}
	}
	f(half)
	f(half, "ALTER TABLE t ADD COLUMN w INT")
	f(half, "ALTER TABLE t MODIFY id BIGINT UNSIGNED")
	f(half, "ALTER TABLE t CHANGE id key_of_it INT")
	f(half, "CREATE TABLE third (id INT PRIMARY KEY)", "DROP TABLE other")
	f(none, "ALTER TABLE t MODIFY id VARCHAR(20)")
	f(none, "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (s, id)")
	f(none, "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (v)")
	f(none, "ALTER TABLE t DROP COLUMN id, ADD PRIMARY KEY (v)")
	f(half, "ALTER TABLE t ADD COLUMN w INT FIRST")
	f(half, "ALTER TABLE t MODIFY id VARCHAR(20)", "ALTER TABLE t MODIFY id INT")
	f(both, "TRUNCATE TABLE t")
	f(both, "DROP TABLE t")
	f(both, "DROP TABLE t", create)
	f(both, "RENAME TABLE t TO away")
	f(half, "RENAME TABLE t TO away, other TO t")
	f(all, "DROP TABLE t", "CREATE TABLE t (s VARCHAR(9) PRIMARY KEY)")
}
