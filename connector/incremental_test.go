package connector

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/zap"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// world is a server whose rows have versions, each change of which is a transaction.
type world struct {
	mu    sync.Mutex // guards what follows
	rand  *rand.Rand
	table *schema.Table
	rows  map[int]int // versions, by id
	log   []row       // of each transaction, from 1 on: the row as it is then
	held  []map[int]int
	sent  int  // transactions that the stream has yielded
	still bool // nothing changes any more
}

const worldFile = "binlog.000001"

func newWorld(seed uint64, rows int) *world {
	w := &world{rand: rand.New(rand.NewPCG(seed, 1)), rows: map[int]int{}, table: &schema.Table{
		ID: schema.ID{Database: "d", Name: "t"}, Key: []int{0},
		Columns: []schema.Column{{Name: "id", Type: schema.TypeInt}, {Name: "v", Type: schema.TypeInt}},
	}}
	for id := range rows {
		w.rows[id] = 1
	}
	w.keep()
	return w
}

// keep remembers the rows as they are behind the last transaction.
func (w *world) keep() {
	w.held = append(w.held, maps.Clone(w.rows))
}

// change commits up to n transactions.
func (w *world) change(n int) {
	for range w.rand.IntN(n + 1) {
		id := w.rand.IntN(len(w.rows))
		w.rows[id]++
		w.log = append(w.log, row{id, w.rows[id]})
		w.keep()
	}
}

func (w *world) position(n int) event.Position {
	return event.Position{Flavor: event.MySQL, GTIDs: event.GTIDText(fmt.Sprintf("u:1-%d", n)), File: worldFile, Offset: uint64(n)}
}

// worldSource is the stream of a world. Where the log ends it waits, as long as there
// is something to wait for.
type worldSource struct {
	*world
	items []event.Item
	busy  func() bool
}

func (s *worldSource) Next(ctx context.Context) (event.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.items) == 0 {
		if s.sent == len(s.log) {
			if !s.busy() {
				return nil, io.EOF
			}
			s.mu.Unlock()
			<-ctx.Done()
			s.mu.Lock()
			return nil, ctx.Err()
		}
		r := s.log[s.sent]
		s.sent++
		txn := &event.Txn{GTID: strconv.Itoa(s.sent), File: worldFile, Pos: uint64(s.sent) - 1}
		s.items = []event.Item{
			event.Begin{Txn: txn},
			&event.Rows{Table: s.table, Op: event.Update, Meta: event.Meta{Txn: txn, File: worldFile}, Reader: &oneRow{r}},
			event.Commit{Position: s.position(s.sent)},
		}
	}
	item := s.items[0]
	s.items = s.items[1:]
	return item, nil
}

func (s *worldSource) Close() error { return nil }

// oneRow is an update whose before image is the version before.
type oneRow struct{ row }

func (r *oneRow) Next(before, after []event.Value) (bool, error) {
	if r.V == 0 {
		return false, nil
	}
	for i, v := range []int{r.ID, r.V} {
		before[i], after[i] = event.Value{Kind: event.Int, Num: uint64(v)}, event.Value{Kind: event.Int, Num: uint64(v)}
	}
	r.V = 0
	return true, nil
}

func (r *oneRow) Again() event.RowReader { again := *r; return &again }

// worldReader reads chunks of a world at some moment behind what the stream has
// brought, of which it knows more or less.
type worldReader struct{ *world }

func (r *worldReader) read(ctx context.Context, j chunkJob) chunkResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	streamed := int(j.position.Offset)
	r.change(3)
	seen := streamed + r.rand.IntN(len(r.log)-streamed+1) // certainly in the view
	view := seen + r.rand.IntN(len(r.log)-seen+1)
	high := view + r.rand.IntN(len(r.log)-view+1)
	last := len(r.rows) - 1
	s := &worldSession{rows: r.held[view], last: last}
	if j.after != nil {
		s.from, _ = strconv.Atoi(j.after[0])
		s.from++
	}
	end := snapshot.Key{strconv.Itoa(last)}
	chunk, err := j.increment.Chunk(ctx, s, j.after, end, j.rows, incrBytes)
	return chunkResult{chunk: chunk, max: end, err: err, high: r.position(high), seen: func(of noted) (bool, error) {
		n, err := strconv.Atoi(of.group)
		return n <= seen, err
	}}
}

func (*worldReader) Close() error { return nil }

// worldSession answers the query of a chunk.
type worldSession struct {
	rows       map[int]int
	from, last int
}

func (*worldSession) Query(context.Context, string) ([][]sql.NullString, error) {
	return nil, errors.New("no query is expected")
}

func (s *worldSession) Stream(_ context.Context, query string, f func([]byte) error) error {
	limit := 0
	if _, err := fmt.Sscanf(query[len(query)-2:], "%d", &limit); err != nil {
		return err
	}
	for id := s.from; id <= s.last && limit > 0; id++ {
		limit--
		var packet []byte
		for _, v := range []int{id, s.rows[id]} {
			text := strconv.Itoa(v)
			packet = append(append(packet, byte(len(text))), text...)
		}
		if err := f(packet); err != nil {
			return err
		}
	}
	return nil
}

// Whatever moment a chunk is read at, and however little is known of it: the versions of
// a row come in order, each once, and all that the table has at the end are there, also
// when the stream ends anywhere and is gone on with from the last Commit.
func TestIncremental_AnyMoment(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(seed, 40)
		state := event.State{Position: w.position(0), Signals: &event.Signals{Tables: []*event.Incremental{{ID: w.table.ID, Signal: "s"}}}}
		got := map[int][]int{}
		reads := map[int]int{}
		for sessions := 0; len(state.Signals.Tables) > 0 || state.Position.Offset < uint64(len(w.log)); sessions++ {
			if sessions > 200 {
				t.Fatalf("seed %d: it does not end", seed)
			}
			w.still = len(state.Signals.Tables) == 0
			state = w.session(t, state, got, reads)
		}
		for id, v := range w.rows {
			versions := got[id]
			if reads[id] > 1 || len(versions) == 0 || versions[len(versions)-1] != v {
				t.Fatalf("seed %d: row %d has version %d, was copied %d times, and came with %v", seed, id, v, reads[id], versions)
			}
			for i := 1; i < len(versions); i++ {
				if versions[i] != versions[i-1]+1 {
					t.Fatalf("seed %d: row %d: versions %v", seed, id, versions)
				}
			}
		}
	}
}

// session reads until the stream ends, or sometimes fails, and returns the state of the
// last Commit. What came behind that does not count.
func (w *world) session(t *testing.T, state event.State, got map[int][]int, reads map[int]int) event.State {
	t.Helper()
	w.sent = int(state.Position.Offset)
	src := &worldSource{world: w}
	e := newIncremental(t.Context(), src, incrementalConfig{
		Signals: func(schema.ID) bool { return false }, Capture: func(schema.ID) bool { return true }, Rows: 7, Threads: 1, Current: func(schema.ID) *schema.Table { return w.table },
	}, newInbox(), &worldReader{w}, state, zap.NewNop())
	src.busy = func() bool { return len(e.chunks) > 0 }
	defer func() { _ = e.Close() }()
	var open []copiedRow
	for range w.items() {
		item, err := e.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch i := item.(type) {
		case *event.Rows:
			open = append(open, copiedRows(t, i)...)
		case event.Commit:
			for _, r := range open {
				r.note(t, got, reads)
			}
			open = nil
			state.Position, state.Signals = i.Position, i.Signals
		}
	}
	return state
}

// items is how many items a session gets to see; the world changes beside it.
func (w *world) items() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.still {
		w.change(10)
	}
	return w.rand.IntN(60)
}

type copiedRow struct {
	row
	read bool
}

func copiedRows(t *testing.T, r *event.Rows) (out []copiedRow) {
	t.Helper()
	before, after := make([]event.Value, 2), make([]event.Value, 2)
	for {
		more, err := r.Next(before, after)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return out
		}
		out = append(out, copiedRow{row{int(after[0].Int64()), int(after[1].Int64())}, r.Op == event.Read})
	}
}

func (r copiedRow) note(t *testing.T, got map[int][]int, reads map[int]int) {
	t.Helper()
	versions := got[r.ID]
	if r.read {
		reads[r.ID]++
		if n := len(versions); n > 0 && versions[n-1] == r.V {
			return // as the stream has said
		}
	}
	got[r.ID] = append(versions, r.V)
}
