package binlog

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cdcd/event"
	"cdcd/schema"
)

// fakeStream hands over copies of raws, and then err.
type fakeStream struct {
	raws   [][]byte
	err    error
	closed bool
}

var _ stream = (*fakeStream)(nil)

func (s *fakeStream) next(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(s.raws) == 0 {
		return nil, s.err
	}
	raw := slices.Clone(s.raws[0])
	s.raws = s.raws[1:]
	return raw, nil
}

func (s *fakeStream) close() error {
	s.closed = true
	return nil
}

// testTables knows the captured tables d.t and d.u, d.m, which has no
// transactions, d.odd, of which that is not known, and d.skip, which is not
// captured.
func testTables(t testing.TB) *schema.Tracker {
	t.Helper()
	tr := schema.New()
	for _, name := range []string{"t", "u", "skip"} {
		apply(t, tr, "CREATE TABLE "+name+" (id INT NOT NULL PRIMARY KEY, s VARCHAR(20)) CHARSET utf8mb4")
	}
	for name, engine := range map[string]string{"m": "MyISAM", "odd": "CONNECT"} {
		apply(t, tr, "CREATE TABLE "+name+" (id INT NOT NULL PRIMARY KEY, s VARCHAR(20)) CHARSET utf8mb4 ENGINE="+engine)
	}
	return tr
}

func apply(t testing.TB, tr *schema.Tracker, statement string) {
	t.Helper()
	if _, err := tr.Apply(schema.DDL{Database: "d", Statement: statement}); err != nil {
		t.Fatal(err)
	}
}

func captured(id schema.ID) bool { return id.Database == "d" && id.Name != "skip" }

// replay is what a reader yields of a history: one line per item.
type replay struct {
	history *history
	start   event.Position
	tables  *schema.Tracker
	queries bool
	undone  map[string]bool
	leaves  func(*event.Rows, error) bool
	sources func(string) bool
	end     error // how the stream ends
}

// of reads h from its beginning.
func of(h *history) *replay {
	return &replay{history: h, end: io.EOF, start: event.Position{GTIDs: event.GTIDText("")}}
}

func (p *replay) from(pos event.Position) *replay {
	p.start = pos
	return p
}

// run returns the items and the error that ended the reader; io.EOF is none.
func (p *replay) run(t testing.TB) ([]string, error) {
	t.Helper()
	r := p.open(t)
	var lines []string
	for {
		item, err := r.next(t.Context())
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, p.line(t, item))
	}
}

func (p *replay) open(t testing.TB) *reader {
	t.Helper()
	if p.tables == nil {
		p.tables = testTables(t)
	}
	if p.start.File == "" {
		p.start.File, p.start.Flavor = testFile, p.history.flavor
		if len(p.history.starts) > 0 {
			p.start.Offset = p.history.starts[0].pos
		}
	}
	r, err := newReader(readerConfig{
		flavor: p.history.flavor, server: "srv", tables: p.tables, capture: captured, queries: p.queries, undone: p.undone, leaveOut: p.leaves, sources: p.sources,
	}, &fakeStream{raws: p.history.raws, err: p.end}, p.start)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// line prints an item; places are printed as the number of the event that
// starts there.
func (p *replay) line(t testing.TB, item event.Item) string {
	t.Helper()
	place := func(pos event.Position) string {
		s := p.history.describe(pos.File, pos.Offset)
		if pos.GTIDs != nil && pos.GTIDs.String() != "" {
			s += " " + strings.ReplaceAll(pos.GTIDs.String(), testUUIDText, "U")
		}
		for _, b := range pos.Prepared {
			s += " +" + p.branch(b)
		}
		return s
	}
	switch i := item.(type) {
	case event.Begin:
		return strings.TrimSpace(fmt.Sprintf("begin %s %s", p.history.describe(i.Txn.File, i.Txn.Pos), short(i.Txn.GTID)))
	case *event.Rows:
		return fmt.Sprintf("%c %s.%s %s %s", i.Op, i.Table.ID.Database, i.Table.ID.Name,
			p.history.describe(i.Meta.File, i.Meta.Pos), images(t, i))
	case event.DDL:
		return fmt.Sprintf("ddl %s %s", p.history.describe(i.Meta.File, i.Meta.Pos), changes(i.Changes))
	case event.Commit:
		return "commit " + place(i.Position)
	case event.Rollback:
		return fmt.Sprintf("rollback(%s) %s", short(i.Group), place(i.Position))
	case event.Heartbeat:
		return "heartbeat " + place(i.Position)
	default:
		return fmt.Sprintf("%T", item)
	}
}

// branch prints the gtrid of a branch and where it was prepared.
func (p *replay) branch(b event.Branch) string {
	name := strings.Split(b.XID, "'")[1]
	if text, err := hex.DecodeString(name); err == nil && utf8.Valid(text) && !bytes.ContainsRune(text, 0) {
		name = string(text)
	}
	if b.File == "" {
		return name
	}
	return name + p.history.describe(b.File, b.Offset)
}

func short(gtid string) string { return strings.ReplaceAll(gtid, testUUIDText, "U") }

func changes(in []schema.Change) string {
	var out []string
	for _, c := range in {
		out = append(out, fmt.Sprintf("%d:%s", c.Kind, c.ID))
	}
	return strings.Join(out, " ")
}

// images prints the first column of every image.
func images(t testing.TB, rows *event.Rows) string {
	t.Helper()
	before := make([]event.Value, len(rows.Table.Columns))
	after := make([]event.Value, len(rows.Table.Columns))
	var out []string
	for {
		ok, err := rows.Next(before, after)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return strings.Join(out, " ")
		}
		switch rows.Op {
		case event.Update:
			out = append(out, fmt.Sprintf("%d>%d", before[0].Num, after[0].Num))
		case event.Delete:
			out = append(out, fmt.Sprint(before[0].Num))
		default:
			out = append(out, fmt.Sprint(after[0].Num))
		}
	}
}

// binlogFile writes raws as a file of a server.
func binlogFile(t testing.TB, dir, name string, raws [][]byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, append(slices.Clone(magic), slices.Concat(raws...)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readFiles returns the items of binlog files.
func readFiles(t testing.TB, h *history, paths ...string) ([]string, error) {
	t.Helper()
	p := of(h)
	source, err := OpenFiles(Config{
		Flavor: h.flavor, Start: event.Position{File: filepath.Base(paths[0]), GTIDs: event.GTIDText("")}, Tables: testTables(t), Capture: captured,
	}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var lines []string
	for {
		item, err := source.Next(t.Context())
		if err != nil {
			return lines, err
		}
		lines = append(lines, p.line(t, item))
	}
}

// TestFiles reads two files, the first of which ends without a rotate event, as
// after a crash.
func TestFiles(t *testing.T) {
	f := func(what string, first *history, second func(*history) *history, want ...string) {
		t.Helper()
		n := len(first.raws)
		h := second(first)
		dir := t.TempDir()
		got, err := readFiles(t, h, binlogFile(t, dir, testFile, h.raws[:n]), binlogFile(t, dir, "binlog.000002", h.raws[n:]))
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", what, err)
		}
		same(t, what, got, want...)
	}
	first := func() *history { return mysqlHistory(withChecksums).gtid(1).begin().insert("t", 1).xid() }
	second := func(h *history) *history { return h.format().gtid(2).begin().insert("t", 2).xid() }
	f("rotated", first().rotate("binlog.000002"), second,
		"begin @1 U:1", "c d.t @4 1", "commit @6 U:1", "begin @8 U:2", "c d.t @11 2", "commit @13 U:1-2")
	f("crashed", first(), func(h *history) *history { return second(h.crash("binlog.000002")) },
		"begin @1 U:1", "c d.t @4 1", "commit @torn U:1", "begin @7 U:2", "c d.t @10 2", "commit @12 U:1-2")
}

// TestFiles_Torn: a file that breaks off inside of an event is an error that no
// retry mends, and no clean end.
func TestFiles_Torn(t *testing.T) {
	h := mysqlHistory(withChecksums).gtid(1).begin().insert("t", 1).xid()
	last := len(h.raws) - 1
	for _, cut := range []int{1, headerSize - 1, headerSize, len(h.raws[last]) - 1} {
		raws := slices.Clone(h.raws)
		raws[last] = raws[last][:cut]
		_, err := readFiles(t, h, binlogFile(t, t.TempDir(), testFile, raws))
		if err == nil || errors.Is(err, io.EOF) || Retryable(err) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}
