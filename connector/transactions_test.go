package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// blocks is an encoder of values with an empty transaction block. Every third event
// makes two records, as a key that moves does, and every fifth a tombstone besides.
type blocks struct{}

func (blocks) Plan(*schema.Table) (format.Plan, error) { return blocks{}, nil }

func (blocks) Append(b *format.Batch, r *event.Rows) (int, error) {
	topic := &format.Topic{Name: r.Table.ID.Name}
	for n := range 1 + max(0, 1-int(r.Meta.Pos%3)) {
		start := len(b.Data)
		value := fmt.Sprintf(`{"event":"%d.%d","transaction":null,"op":"c"}`, r.Meta.Pos, n)
		b.Data = append(append(b.Data, "key"...), value...)
		b.Records = append(b.Records, format.Record{
			Topic: topic, Start: int32(start), KeyLen: 3, ValueLen: int32(len(value)), Block: int32(len(`null,"op":"c"}`)),
		})
	}
	if r.Meta.Pos%5 == 0 {
		tombstone := b.Records[len(b.Records)-1]
		tombstone.ValueLen, tombstone.Block = -1, 0
		b.Records = append(b.Records, tombstone)
	}
	return 1, nil
}

// told keeps the records that it gets, and what it had when it was offered a state.
type told struct {
	recorder
	records []string
	states  []event.State
	had     []int
}

func (s *told) Append(_ context.Context, b *format.Batch) error {
	for i, r := range b.Records {
		text := fmt.Sprintf("%s %s %s", r.Topic.Name, b.Key(i), b.Value(i))
		for _, h := range readHeaders(r.Headers) {
			text += fmt.Sprintf(" %s=%s", h.Name, *h.Value)
		}
		s.records = append(s.records, text)
	}
	return nil
}

func (s *told) Commit(_ context.Context, state event.State) error { return s.keep(state) }

func (s *told) Offer(state event.State) bool { return s.keep(state) == nil }

// keep stores a state as Kafka does.
func (s *told) keep(state event.State) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	state = event.State{}
	s.states, s.had = append(s.states, state), append(s.had, len(s.records))
	return json.Unmarshal(text, &s.states[len(s.states)-1])
}

// twoTables makes transactions of the given numbers of rows events, in turn of two
// tables, each larger than a chunk takes.
func twoTables(sizes ...int) (items []event.Item) {
	tables := []*schema.Table{{ID: schema.ID{Database: "d", Name: "one"}}, {ID: schema.ID{Database: "d", Name: "two"}}}
	pos := uint64(0)
	for i, n := range sizes {
		txn := &event.Txn{GTID: fmt.Sprintf("g:%d", i+1)}
		items = append(items, event.Begin{Txn: txn, Micros: int64(i) * 1e6})
		for range n {
			pos++
			items = append(items, &event.Rows{Table: tables[pos/2%2], Size: chunkBytes / 2, Meta: event.Meta{Txn: txn, Pos: pos}})
		}
		items = append(items, event.Commit{Position: event.Position{File: "f", Offset: uint64(i)}, Micros: int64(i)*1e6 + 5e5})
	}
	return items
}

// tell runs items through a pipeline that counts transactions.
func tell(t *testing.T, items []event.Item, from event.State, count bool) *told {
	t.Helper()
	j, err := format.NewJSON(format.Config{TopicPrefix: "p", Connector: "mysql"})
	if err != nil {
		t.Fatal(err)
	}
	s := &told{}
	p := newPipeline(t, &scripted{items: items}, s, blocks{}, 1<<20)
	p.state, p.ids = from, true
	if count {
		p.counted = newCounted("transaction", j)
	}
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return s
}

func TestCounted_CountsWhatPasses(t *testing.T) {
	s := tell(t, twoTables(0, 5), event.State{}, true)
	want := []string{
		`p.transaction {"id":"g:1"} {"status":"BEGIN","id":"g:1","event_count":null,"data_collections":null,"ts_ms":0} cdcd.gtid=g:1 cdcd.seq=0`,
		`p.transaction {"id":"g:1"} {"status":"END","id":"g:1","event_count":0,"data_collections":[],"ts_ms":500} cdcd.gtid=g:1 cdcd.seq=0`,
		`p.transaction {"id":"g:2"} {"status":"BEGIN","id":"g:2","event_count":null,"data_collections":null,"ts_ms":1000} cdcd.gtid=g:2 cdcd.seq=0`,
		`one key {"event":"1.0","transaction":{"id":"g:2","total_order":1,"data_collection_order":1},"op":"c"} cdcd.gtid=g:2 cdcd.seq=0`,
		`two key {"event":"2.0","transaction":{"id":"g:2","total_order":2,"data_collection_order":1},"op":"c"} cdcd.gtid=g:2 cdcd.seq=1`,
		`two key {"event":"3.0","transaction":{"id":"g:2","total_order":3,"data_collection_order":2},"op":"c"} cdcd.gtid=g:2 cdcd.seq=2`,
		`two key {"event":"3.1","transaction":{"id":"g:2","total_order":4,"data_collection_order":3},"op":"c"} cdcd.gtid=g:2 cdcd.seq=2`,
		`one key {"event":"4.0","transaction":{"id":"g:2","total_order":5,"data_collection_order":2},"op":"c"} cdcd.gtid=g:2 cdcd.seq=3`,
		`one key {"event":"5.0","transaction":{"id":"g:2","total_order":6,"data_collection_order":3},"op":"c"} cdcd.gtid=g:2 cdcd.seq=4`,
		`one key  cdcd.gtid=g:2 cdcd.seq=4`,
		`p.transaction {"id":"g:2"} {"status":"END","id":"g:2","event_count":6,"data_collections":[{"data_collection":"d.two","event_count":3},{"data_collection":"d.one","event_count":3}],"ts_ms":1500} cdcd.gtid=g:2 cdcd.seq=5`,
	}
	stripped := unsplit(s.records)
	for i := range max(len(want), len(stripped)) {
		if i >= len(want) || i >= len(stripped) || want[i] != stripped[i] {
			t.Fatalf("record %d of %d: got\n%s\nwant\n%s", i, len(stripped), stripped[min(i, len(stripped)-1)], want[min(i, len(want)-1)])
		}
	}
}

// A run that goes on from any state, between transactions or inside of one that was
// divided, writes what is missing and nothing else: BEGIN, END, and the counts that
// go on where they stood.
func TestCounted_GoesOnAnywhere(t *testing.T) {
	items := twoTables(2, 20, 0, 3)
	whole := tell(t, items, event.State{}, true)
	inside := 0
	for i, s := range whole.states {
		from := items
		if s.Position.File != "" {
			from = behind(items, s.Position)
		}
		if s.Split != nil {
			inside++
		}
		rest := tell(t, from, s, true)
		want := unsplit(whole.records[whole.had[i]:])
		if got := unsplit(rest.records); !slices.Equal(got, want) {
			t.Fatalf("from %+v with %+v: %d records, want %d:\n%s\nwant\n%s", s, s.Split, len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if inside < 3 || inside == len(whole.states) {
		t.Fatalf("%d places inside of a transaction, of %d", inside, len(whole.states))
	}
}

// unsplit takes the part out of the ids: where a transaction is divided depends on
// how the chunks fell.
func unsplit(records []string) []string {
	out := slices.Clone(records)
	for i := range out {
		out[i], _, _ = strings.Cut(out[i], " cdcd.split=")
	}
	return out
}

// A transaction of which a part was written without metadata gets none to its end.
func TestCounted_TurnedOnInsideOfATransaction(t *testing.T) {
	items := twoTables(20, 1)
	plain := tell(t, items, event.State{}, false)
	at := slices.IndexFunc(plain.states, func(s event.State) bool { return s.Split != nil && s.Split.Events > 1 })
	rest := tell(t, items, plain.states[at], true)
	for _, r := range rest.records {
		if strings.Contains(r, "cdcd.gtid=g:1") && !strings.Contains(r, `"transaction":null`) && strings.Contains(r, "event") {
			t.Fatal(r)
		}
	}
	if last := rest.records[len(rest.records)-1]; !strings.Contains(last, `"END","id":"g:2"`) {
		t.Fatal(last)
	}
}

// Debezium knows no transaction of an XA branch, and names one without a GTID by
// the place of its BEGIN.
func TestCounted_BranchesAndNames(t *testing.T) {
	items := twoTables(1, 1)
	items[0] = event.Begin{Txn: items[0].(event.Begin).Txn, Branch: true}
	txn := &event.Txn{File: "binlog.7", Pos: 100}
	items[3] = event.Begin{Txn: txn, Pos: 177}
	items[4].(*event.Rows).Meta.Txn = txn
	s := tell(t, items, event.State{}, true)
	if len(s.records) != 4 || !strings.Contains(s.records[0], `"transaction":null`) ||
		!strings.Contains(s.records[1], `{"id":"file=binlog.7,pos=177"} `) || !strings.Contains(s.records[1], "cdcd.gtid=binlog.7:100") {
		t.Fatal(strings.Join(s.records, "\n"))
	}
}

// A place behind BEGIN and before the first row is none to divide at: the state
// could not say that BEGIN is durable.
func TestNumbering_NoOfferBehindANote(t *testing.T) {
	s := &told{}
	begin := task{note: &beginNote{txn: event.Txn{GTID: "g:1"}}}
	(&numbering{}).offer(s, &chunk{tasks: []task{begin}}, nil)
	if len(s.states) != 0 {
		t.Fatalf("offered %+v", s.states)
	}
	(&numbering{}).offer(s, &chunk{tasks: []task{begin, {rows: &event.Rows{}}}}, nil)
	if len(s.states) != 1 {
		t.Fatal("not offered behind rows")
	}
}
