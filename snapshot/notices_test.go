package snapshot

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// served is a session with tables of the database d that have the column id, and rows
// with the ids from 1.
type served map[string]int

func (s served) Query(_ context.Context, q string) ([][]sql.NullString, error) {
	text := func(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }
	if strings.Contains(q, "UNIX_TIMESTAMP") {
		return [][]sql.NullString{{text("1")}}, nil
	}
	return [][]sql.NullString{{text("t"), text("CREATE")}}, nil
}

var ofQuery = regexp.MustCompile("FROM `d`.`(\\w+)`(?:.*> (\\d+))?(?:.*<= (\\d+))?(?:.*LIMIT (\\d+))?")

func (s served) Stream(_ context.Context, q string, row func([]byte) error) error {
	m := ofQuery.FindStringSubmatch(q)
	bound := func(i, otherwise int) int {
		if n, err := strconv.Atoi(m[i]); err == nil {
			return n
		}
		return otherwise
	}
	after, last := bound(2, 0), s[m[1]]
	last = min(last, bound(3, last), after+bound(4, last))
	for id := after + 1; id <= last; id++ {
		if err := row(packet(strconv.Itoa(id))); err != nil {
			return err
		}
	}
	return nil
}

// of is a table by its name; one whose name begins with k has no key.
func of(name string) *schema.Table {
	id := column(schema.TypeInt)
	id.Name = "id"
	t := &schema.Table{ID: schema.ID{Database: "d", Name: name}, Columns: []schema.Column{id}}
	if name[0] != 'k' {
		t.Key = []int{0}
	}
	return t
}

// beginning is the progress of tables of which nothing was read.
func beginning(tables ...string) *event.Progress {
	p := &event.Progress{}
	for _, name := range tables {
		p.Tables = append(p.Tables, &event.TableProgress{ID: schema.ID{Database: "d", Name: name}})
	}
	return p
}

// gone goes on with a copy in a new view, two rows a query, until it was committed so
// often, and returns what is durable then and the last progress.
func (s served) gone(t *testing.T, p *event.Progress, parts bool, commits int) (items []string, next *event.Progress) {
	t.Helper()
	cfg := Config{
		Sessions: []Session{s}, Progress: p.WithView(event.View{}, nil), Rows: 2,
		Notices: &Notices{Begins: "begins", Ends: "ends", Parts: parts},
		Same:    func(*schema.Table, string) (bool, error) { return true, nil },
	}
	for _, table := range p.Tables {
		if !table.Copied() {
			cfg.Tables = append(cfg.Tables, Table{Table: of(table.ID.Name)})
		}
	}
	r, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	next = p
	var open []string
	for range 1000 {
		item, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		c, ok := item.(event.Commit)
		if !ok {
			open = append(open, told(t, item)...)
			continue
		}
		items, open, next = append(items, append(open, "|")...), nil, c.Snapshot
		if commits--; commits == 0 {
			break
		}
	}
	if len(open) > 0 && commits != 0 {
		t.Errorf("behind the last commit: %v", open)
	}
	text, err := json.Marshal(next)
	next = &event.Progress{}
	if err := errors.Join(err, json.Unmarshal(text, next)); err != nil {
		t.Fatal(err)
	}
	return items, next
}

// told is an item in words. The last row of all has a mark.
func told(t *testing.T, item event.Item) (words []string) {
	t.Helper()
	switch i := item.(type) {
	case *event.Rows:
		after := make([]event.Value, 1)
		for {
			more, err := i.Reader.Next(nil, after)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				return words
			}
			words = append(words, fmt.Sprintf("%s%d", i.Table.ID.Name, after[0].Num)+map[event.Snapshot]string{event.LastRow: "!"}[i.Meta.Snapshot])
		}
	case event.Notification:
		short := map[string]string{
			event.InProgress: "begins", event.ScanCompleted: "ends", event.Completed: "complete",
			event.ChunkInProgress: "part-begins", event.ChunkCompleted: "part-ends",
		}
		word := short[i.Type]
		for _, name := range []string{event.CurrentCollection, event.ScannedCollection, event.ChunkIndex, event.TotalChunks, event.RowsScanned} {
			if v, ok := i.Data[name]; ok {
				word += ":" + strings.TrimPrefix(v, "d.")
			}
		}
		listed := map[string]string{event.InProgress: "begins", event.ScanCompleted: "ends", event.ChunkCompleted: "ends"}
		status := map[string]string{event.ScanCompleted: "SUCCEEDED", event.ChunkCompleted: "SUCCEEDED"}
		if i.Data[event.DataCollections] != listed[i.Type] || i.Data[event.ScanStatus] != status[i.Type] || i.Aggregate != event.InitialSnapshot || i.ID != "" {
			t.Errorf("%+v", i)
		}
		return []string{word}
	}
	t.Fatalf("%T", item)
	return nil
}

// without leaves out the commits, and what is told of parts unless they are wanted.
func without(items []string, parts bool) string {
	out := func(s string) bool { return s == "|" || !parts && strings.HasPrefix(s, "part-") }
	return strings.Join(slices.DeleteFunc(slices.Clone(items), out), " ")
}

// A copy tells what it does in Debezium's order: the end of a table comes behind its
// last row, in the same Kafka transaction, before the next one begins, and that
// everything is copied with the last state of the copy. A crash behind any state
// neither loses nor repeats any of it; only parts have other numbers then.
func TestNotices_AtEveryCrash(t *testing.T) {
	f := func(server served, parts bool, p *event.Progress, want string) {
		t.Helper()
		all, last := server.gone(t, p, parts, -1)
		if got := without(all, true); got != want || !last.Copied() {
			t.Errorf("copied %v\n got %s\nwant %s", last.Copied(), got, want)
		}
		for i, item := range all {
			if strings.HasPrefix(item, "ends:") && all[i+1] == "|" && all[i-1] == "|" {
				t.Errorf("%s is apart from what it ends: %v", item, all)
			}
		}
		for commits := 1; commits < strings.Count(strings.Join(all, ""), "|"); commits++ {
			before, progress := server.gone(t, p, parts, commits)
			if progress.Copied() != slices.Contains(before, "complete") {
				t.Errorf("commit %d: copied %v behind %v", commits, progress.Copied(), before)
			}
			if progress.Copied() {
				break
			}
			behind, _ := server.gone(t, progress, parts, -1)
			got, want := without(append(before, behind...), false), without(all, false)
			if strings.ReplaceAll(got, "!", "") != strings.ReplaceAll(want, "!", "") {
				t.Errorf("crash behind %v\n got %s\nwant %s", before, got, want)
			}
		}
	}
	f(served{}, false, &event.Progress{}, "complete")
	f(served{}, false, beginning("a", "b"), "begins:a ends:a:0 begins:b ends:b:0 complete")
	f(served{"a": 5, "c": 1, "e": 2, "k": 3}, false, beginning("a", "b", "c", "d", "k", "e", "f"),
		"begins:a a1 a2 a3 a4 a5 ends:a:5 begins:b ends:b:0 begins:c c1 ends:c:1 begins:d ends:d:0 "+
			"begins:k k1 k2 k3 ends:k:3 begins:e e1 e2! ends:e:2 begins:f ends:f:0 complete")
	// A table whose parts are known has begun before.
	divided := beginning("b", "a")
	divided.Tables[1].Parts = []event.Part{{To: []string{"2"}, View: event.Unread}, {View: event.Unread}}
	f(served{"a": 5}, true, divided,
		"begins:b part-begins:b:0:1:0 part-ends:b:0:1 ends:b:0 "+
			"part-begins:a:0:2:0 a1 a2 part-ends:a:0:2 part-begins:a:1:2:2 a3 a4 a5! part-ends:a:1:2 ends:a:5 complete")
}

// A table whose rest is in the stream ends where the copy goes on, and so does one of
// which nothing was copied.
func TestNotices_Gone(t *testing.T) {
	p := beginning("a", "b", "c")
	p.Views = []event.View{{}}
	p.Tables[0].Parts, p.Tables[0].Rows = []event.Part{{To: []string{"2"}}, {View: event.Unread}}, 2
	cfg := Config{
		Sessions: []Session{served{"c": 1}}, Tables: []Table{{Table: of("c")}},
		Progress: p.WithView(event.View{}, map[schema.ID]bool{p.Tables[0].ID: true, p.Tables[1].ID: true}),
		Notices:  &Notices{Begins: "begins", Ends: "ends", Gone: p.Tables[:2]},
		Same:     func(*schema.Table, string) (bool, error) { return true, nil },
	}
	r, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var items []string
	for range 9 {
		if item, err := r.Next(t.Context()); err != nil {
			t.Fatal(err)
		} else if _, ok := item.(event.Commit); !ok {
			items = append(items, told(t, item)...)
		} else {
			break
		}
	}
	if got := strings.Join(items, " "); got != "ends:a:2 begins:b ends:b:0 begins:c c1! ends:c:1 complete" {
		t.Error(got)
	}
}

// Nothing is told where nobody asked.
func TestNotices_Off(t *testing.T) {
	r, err := Open(t.Context(), Config{
		Sessions: []Session{served{"a": 1}}, Progress: beginning("a").WithView(event.View{}, nil), Tables: []Table{{Table: of("a")}},
		Same: func(*schema.Table, string) (bool, error) { return true, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for items := 0; ; items++ {
		item, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) && items > 0 {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if n, ok := item.(event.Notification); ok {
			t.Errorf("%+v", n)
		}
	}
}
