package binlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cdcd/event"
	"cdcd/schema"
)

// world is a history of transactions, as two servers have it in their binlogs,
// and what a reader must make of it.
type world struct {
	t       *rapid.T
	flavor  event.Flavor
	gtids   bool
	servers [2]*served
	open    map[string][]string // rows of prepared branches, by gtrid
	seqs    map[uint64]uint64   // last sequence number of each domain
	next    int                 // id of the next row
	want    []string            // what is yielded, a line an item
}

// served is one server's binlog.
type served struct {
	*history
	name   string
	groups []string // GTID of the group that each event belongs to, "" for none
	files  int
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t, open: map[string][]string{}, seqs: map[uint64]uint64{}}
	w.flavor = rapid.SampledFrom([]event.Flavor{event.MySQL, event.MariaDB}).Draw(t, "flavor")
	w.gtids = w.flavor == event.MariaDB || rapid.Bool().Draw(t, "gtids")
	for i, name := range []string{"alpha", "beta"} {
		s := &served{history: &history{flavor: w.flavor, file: name + ".000001", pos: 4}, name: name, files: 1, groups: []string{""}}
		s.format()
		w.servers[i] = s
	}
	return w
}

// each appends a group, or what stands between groups, to both binlogs.
func (w *world) each(gtid string, f func(*history)) {
	for _, s := range w.servers {
		f(s.history)
		for len(s.groups) < len(s.raws) {
			s.groups = append(s.groups, gtid)
		}
	}
}

// begin opens a group and returns its GTID.
func (w *world) begin(flags byte) string {
	domain := uint64(0)
	if w.flavor == event.MariaDB {
		domain = uint64(rapid.IntRange(0, 1).Draw(w.t, "domain"))
	}
	w.seqs[domain]++
	seq, id := w.seqs[domain], ""
	switch {
	case w.flavor == event.MariaDB:
		id = fmt.Sprintf("%d-%d-%d", domain, testServerID, seq)
		w.each(id, func(h *history) { h.mariaGTID(domain, seq, flags) })
	case w.gtids:
		id = gtidText(int(seq))
		w.each(id, func(h *history) { h.gtid(seq) })
	default:
		w.each(id, func(h *history) { h.anonymous() })
	}
	return id
}

// rows appends a few rows events and returns their lines.
func (w *world) rows(id string) func(*history) []string {
	var tables []string
	for range rapid.IntRange(0, 4).Draw(w.t, "rows") {
		tables = append(tables, rapid.SampledFrom([]string{"t", "t", "skip"}).Draw(w.t, "table"))
	}
	undo := rapid.Bool().Draw(w.t, "savepoint")
	first := w.next
	w.next += 2*len(tables) + 1
	return func(h *history) []string {
		var lines []string
		for i, table := range tables {
			h.insert(table, first+i)
			if table == "t" {
				lines = append(lines, fmt.Sprintf("c %d of %s", first+i, id))
			}
		}
		if undo {
			h.query("SAVEPOINT `a`").insert("t", 999).query("ROLLBACK TO `a`")
		}
		return lines
	}
}

// transaction appends one that is not XA.
func (w *world) transaction() {
	id := w.begin(0)
	rows := w.rows(id)
	var lines []string
	w.each(id, func(h *history) {
		if w.flavor == event.MySQL {
			h.begin()
		}
		lines = rows(h)
		h.xid()
	})
	w.want = append(append(append(w.want, "begin "+id), lines...), "commit")
}

func xidOf(name string) string { return fmt.Sprintf("X'%x',X'62',1", name) }

// branch appends a group that prepares a branch, or commits it in one phase.
func (w *world) branch() {
	name := rapid.SampledFrom([]string{"p", "q", "r", "s"}).Draw(w.t, "branch")
	onePhase := rapid.IntRange(0, 4).Draw(w.t, "one phase") == 0
	if _, ok := w.open[name]; ok {
		return
	}
	id := w.begin(64)
	rows := w.rows(id)
	packed := w.flavor == event.MySQL && rapid.Bool().Draw(w.t, "compressed")
	var lines []string
	w.each(id, func(h *history) {
		inner := h
		if packed {
			inner = group()
		}
		if w.flavor == event.MySQL {
			inner.query("XA START " + xidOf(name))
		}
		lines = rows(inner)
		inner.query("XA END "+xidOf(name)).add(typeXAPrepare, 0, join([]byte{byte(b2i(onePhase))}, le(4, 1), le(4, 1), le(4, 1), []byte(name), []byte("b")))
		if packed {
			h.payload(compressionZstd, inner)
		}
	})
	if len(lines) > 0 {
		lines = append([]string{"begin " + id}, lines...)
	}
	if onePhase {
		w.want = append(w.want, lines...)
	} else {
		w.open[name] = lines
	}
	w.want = append(w.want, "commit")
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// decide ends a prepared branch.
func (w *world) decide() {
	name := rapid.SampledFrom([]string{"p", "q", "r", "s"}).Draw(w.t, "decided")
	lines, ok := w.open[name]
	if !ok {
		return
	}
	delete(w.open, name)
	verb := rapid.SampledFrom([]string{"COMMIT", "ROLLBACK"}).Draw(w.t, "decision")
	id := w.begin(1 | 128)
	w.each(id, func(h *history) { h.query("XA " + verb + " " + xidOf(name)) })
	if verb == "COMMIT" {
		w.want = append(w.want, lines...)
	}
	w.want = append(w.want, "commit")
}

// ddl appends a statement that cannot be applied twice.
func (w *world) ddl() {
	id := w.begin(1)
	w.next++
	statement := fmt.Sprintf("ALTER TABLE u ADD c%d INT", w.next)
	w.each(id, func(h *history) { h.query(statement) })
	w.want = append(w.want, "ddl "+statement, "commit")
}

// rotate goes on to another file, in one of the servers.
func (w *world) rotate() {
	s := w.servers[rapid.IntRange(0, 1).Draw(w.t, "server")]
	s.files++
	file := fmt.Sprintf("%s.%06d", s.name, s.files)
	s.rotate(file)
	s.artificial(typeRotate, rotateBody(file, 4)).format()
	for len(s.groups) < len(s.raws) {
		s.groups = append(s.groups, "")
	}
}

// serve returns what the server sends to one that asks for ask.
func (s *served) serve(t *rapid.T, ask event.Position) [][]byte {
	if ask.File == "" {
		return s.serveGTIDs(t, ask.GTIDs.String())
	}
	head := &history{flavor: s.flavor, file: ask.File, pos: ask.Offset}
	head.artificial(typeRotate, rotateBody(ask.File, ask.Offset)).artificial(typeFormatDescription, formatBody(s.flavor, false))
	for i, at := range s.starts {
		if at == (boundary{ask.File, ask.Offset}) {
			return append(head.raws, s.raws[i:]...)
		}
	}
	if ask.File == s.file && ask.Offset == s.pos {
		return head.raws
	}
	t.Fatalf("asked for %s, where no event begins", ask)
	return nil
}

func (s *served) serveGTIDs(t *rapid.T, text string) [][]byte {
	first := s.name + ".000001"
	head := &history{flavor: s.flavor, file: first, pos: 4}
	out := head.artificial(typeRotate, rotateBody(first, 4)).raws
	asked, err := parseGTIDSet(s.flavor, text)
	if err != nil {
		t.Fatal(err)
	}
	for i, raw := range s.raws {
		if g := s.groups[i]; g == "" || !contains(asked, g) {
			out = append(out, raw)
		}
	}
	return out
}

func contains(set gtidSet, g string) bool {
	if m, ok := set.(mariaSet); ok {
		want, _ := parseMariaGTIDText(g)
		return slices.ContainsFunc(m, func(e mariaGTID) bool { return e.domain == want.domain && e.seq >= want.seq })
	}
	one, _ := parseMySQLSet(g)
	return set.(*mysqlSet).without(one).String() != set.String()
}

// read returns the items of a server from start on, and the position after each.
func (w *world) read(s *served, start event.Position, applied []string) (lines []string, at []event.Position) {
	tables := worldTables(w.t, applied)
	h := newHold(rapid.SampledFrom([]int{1, 200, 1 << 20}).Draw(w.t, "memory"), "")
	defer w.closed(h)
	plan, err := planResume(start, h)
	if err != nil {
		w.t.Fatal(err)
	}
	raws := s.serve(w.t, plan.ask)
	r, err := newReader(readerConfig{flavor: w.flavor, server: s.name, tables: tables, capture: captured, hold: h},
		&fakeStream{raws: raws, err: io.EOF}, start)
	if err != nil {
		w.t.Fatal(err)
	}
	last := start
	for {
		item, err := r.next(w.t.Context())
		if errors.Is(err, io.EOF) {
			return lines, at
		}
		if err != nil {
			w.t.Fatalf("from %s: %v", start, err)
		}
		if c, ok := item.(event.Commit); ok {
			last = c.Position
		}
		lines, at = append(lines, w.line(item)), append(at, last)
	}
}

func worldTables(t *rapid.T, applied []string) *schema.Tracker {
	tr := schema.New()
	for _, name := range []string{"t", "u", "skip"} {
		applied = append([]string{"CREATE TABLE " + name + " (id INT NOT NULL PRIMARY KEY, s VARCHAR(20)) CHARSET utf8mb4"}, applied...)
	}
	for _, statement := range applied {
		if _, err := tr.Apply(schema.DDL{Database: "d", Statement: statement}); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

func (w *world) line(item event.Item) string {
	switch i := item.(type) {
	case event.Begin:
		return "begin " + i.Txn.GTID
	case *event.Rows:
		before, after := make([]event.Value, 2), make([]event.Value, 2)
		if ok, err := i.Next(before, after); !ok || err != nil {
			w.t.Fatalf("rows: %v, %v", ok, err)
		}
		return fmt.Sprintf("%c %d of %s", i.Op, after[0].Num, i.Meta.Txn.GTID)
	case event.DDL:
		return "ddl " + i.Text
	case event.Commit:
		return "commit"
	default:
		return fmt.Sprintf("%T", item)
	}
}

// TestXA_Replay: whatever is interleaved and wherever reading begins again, on
// the same server or on another one, no row is lost and none comes twice; rows
// come where the branch is committed, and not at all when it is rolled back.
func TestXA_Replay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		steps := []func(){w.transaction, w.branch, w.branch, w.branch, w.decide, w.decide, w.ddl, w.rotate}
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")]()
		}
		start := event.Position{Flavor: w.flavor, Server: "alpha", File: "alpha.000001", Offset: 4}
		if w.gtids {
			start.GTIDs = event.GTIDText("")
		}
		one, at := w.read(w.servers[0], start, nil)
		if d := cmp.Diff(w.want, one); d != "" {
			t.Fatalf("one run: -want +got\n%s", d)
		}
		w.broken(start, one)
		for i, pos := range at {
			if one[i] != "commit" {
				continue
			}
			w.again(one, at, i, w.servers[0], pos)
			if w.gtids {
				pos.File, pos.Offset = "", 0
				w.again(one, at, i, w.servers[1], pos)
			}
		}
	})
}

// again reads on behind item i, with a position that was stored there.
func (w *world) again(one []string, at []event.Position, i int, s *served, pos event.Position) {
	var stored event.Position
	if b, err := json.Marshal(pos); err != nil || json.Unmarshal(b, &stored) != nil {
		w.t.Fatalf("position %s: %v", pos, err)
	}
	var applied []string
	for _, line := range one[:i] {
		if statement, ok := strings.CutPrefix(line, "ddl "); ok {
			applied = append(applied, statement)
		}
	}
	rest, ends := w.read(s, stored, applied)
	if d := cmp.Diff(append([]string{}, one[i+1:]...), append([]string{}, rest...)); d != "" {
		w.t.Fatalf("from %s on %s: -want +got\n%s", stored, s.name, d)
	}
	if len(ends) == 0 || s != w.servers[0] {
		return
	}
	got, err1 := json.Marshal(ends[len(ends)-1])
	want, err2 := json.Marshal(at[len(at)-1])
	if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
		w.t.Fatalf("from %s: ends at\n%s, want\n%s", stored, got, want)
	}
}

func (w *world) closed(h *hold) {
	if err := h.close(); err != nil {
		w.t.Error(err)
	}
}

// broken reads over connections that break after a few events each, as a Tailer
// does: it keeps what it holds.
func (w *world) broken(pos event.Position, one []string) {
	h := newHold(rapid.SampledFrom([]int{1, 200, 1 << 20}).Draw(w.t, "memory"), "")
	defer w.closed(h)
	tables := worldTables(w.t, nil)
	var got, group []string
	for range 1000 {
		h.retain(pos.Prepared)
		plan, err := planResume(pos, h)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(h.missing(pos.Prepared)) > 0 && plan.again == nil {
			w.t.Fatalf("at %s nothing is read again", pos)
		}
		s := &fakeStream{raws: w.servers[0].serve(w.t, plan.ask), err: io.EOF}
		if cut := rapid.IntRange(3, 40).Draw(w.t, "events"); cut < len(s.raws) {
			s.raws, s.err = s.raws[:cut], errLost
		}
		r, err := newReader(readerConfig{flavor: w.flavor, server: "alpha", tables: tables, capture: captured, hold: h}, s, pos)
		if err != nil {
			w.t.Fatal(err)
		}
		for err == nil {
			var item event.Item
			if item, err = r.next(w.t.Context()); err != nil {
				break
			}
			group = append(group, w.line(item))
			if c, ok := item.(event.Commit); ok {
				pos, got, group = c.Position, append(got, group...), nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if d := cmp.Diff(one, got); d != "" {
				w.t.Fatalf("broken connections: -want +got\n%s", d)
			}
			return
		case !errors.Is(err, errLost):
			w.t.Fatal(err)
		case r.open: // a new Tailer begins
			w.closed(h)
			h, group = newHold(200, ""), nil
		}
	}
}
