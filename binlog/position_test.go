package binlog

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"cdcd/event"
)

// noPositions leaves end_log_pos out of the events that f adds, as MariaDB 11.4
// does inside of groups.
func (h *history) noPositions(f func(*history)) *history {
	h.noPos = true
	f(h)
	h.noPos = false
	return h
}

func TestReader_Positions(t *testing.T) {
	f := func(what string, h *history, want ...string) {
		t.Helper()
		yields(t, what, of(h), want...)
	}
	group := func(h *history) { h.insert("t", 1).insert("t", 2) }
	two := func(h *history) *history {
		h = h.gtid(1).begin()
		group(h)
		h = h.xid().gtid(2).begin()
		group(h)
		return h.xid()
	}
	want := []string{
		"begin @1 U:1", "c d.t @4 1", "c d.t @6 2", "commit @8 U:1", "begin @8 U:2", "c d.t @11 1", "c d.t @13 2", "commit @15 U:1-2",
	}
	f("plain", two(mysqlHistory()), want...)
	f("checksums", two(mysqlHistory(withChecksums)), want...)
	f("checksums that are not sent", two(mysqlHistory(withStripped)), want...)

	const edge = 1 << 32
	for _, pos := range []uint64{edge - 400, edge - 150, edge - 1, edge, edge + 10, 3*edge - 300} {
		h := &history{flavor: event.MySQL, file: testFile, pos: pos}
		h.artificial(typeFormatDescription, formatBody(event.MySQL, false))
		f(fmt.Sprint("around ", pos), two(h), want...)
	}

	f("MariaDB 11.4", mariaHistory(withChecksums).mariaGTID(0, 1, 0).noPositions(group).xid().
		mariaGTID(0, 2, 0).noPositions(group).query("COMMIT"),
		"begin @1 0-7-1", "c d.t @3 1", "c d.t @5 2", "commit @7 0-7-1", "begin @7 0-7-2", "c d.t @9 1", "c d.t @11 2", "commit @13 0-7-2")

	f("rotated", mysqlHistory().gtid(1).begin().xid().rotate("binlog.000002").
		artificial(typeRotate, rotateBody("binlog.000002", 4)).format().gtid(2).begin().xid(),
		"begin @1 U:1", "commit @4 U:1", "begin @7 U:2", "commit @10 U:1-2")
}

// dump is what a server sends to one that asks from pos on.
func dump(pos uint64) *history {
	h := &history{flavor: event.MySQL, file: testFile, pos: pos}
	h.artificial(typeRotate, rotateBody(testFile, pos))
	return h.artificial(typeFormatDescription, formatBody(event.MySQL, false))
}

func TestReader_Resume(t *testing.T) {
	h := dump(5000).gtid(8).begin().insert("t", 1).xid()
	start := event.Position{File: testFile, Offset: 5000, GTIDs: event.GTIDText(testUUIDText + ":1-7")}
	yields(t, "in mid-file", of(h).from(start), "begin @2 U:8", "c d.t @5 1", "commit @7 U:1-8")

	// By GTID on another server: the file is what the server says, what it
	// skips leaves a gap, and a set need not be continuous.
	h = dump(4).format()
	h.pos = 7000
	h.gtid(20).begin().insert("t", 1).xid()
	start = event.Position{Offset: 77, File: "other.000009", GTIDs: event.GTIDText(testUUIDText + ":1-7")}
	yields(t, "by GTID", of(h).from(start), "begin @3 U:20", "c d.t @6 1", "commit @8 U:1-7:20")

	// A set that begins in mid-history would have another server send all of it.
	yields(t, "without a set", of(dump(5000).gtid(8).begin().xid()).from(event.Position{File: testFile, Offset: 5000}),
		"begin @2 U:8", "commit @5")

	_, err := newReader(readerConfig{flavor: event.MySQL}, &fakeStream{}, event.Position{GTIDs: event.GTIDText("nonsense")})
	if !errors.Is(err, ErrBadGTID) {
		t.Errorf("bad GTIDs: %v", err)
	}
}

// TestReader_Heartbeat: it tells where the reader stands, between transactions
// only; a server's own idea of the place does not count.
func TestReader_Heartbeat(t *testing.T) {
	for _, typ := range []eventType{typeHeartbeat, typeHeartbeatV2} {
		beat := func(h *history, pos uint32) *history {
			h.mark()
			raw := h.seal(typ, 0, []byte(testFile))
			copy(raw[13:], le(4, uint64(pos)))
			return h.push(raw)
		}
		h := beat(mysqlHistory(withChecksums).gtid(1), 9999).begin()
		h = beat(beat(h, 9999).xid(), 9999).gtid(2).begin().xid()
		yields(t, "heartbeats", of(h), "begin @1 U:1", "commit @7 U:1", "heartbeat @7 U:1", "begin @7 U:2", "commit @10 U:1-2")
	}
}

// TestReader_Fault: an error of the stream comes through unchanged at every
// place, after all items before it.
func TestReader_Fault(t *testing.T) {
	fault := fmt.Errorf("%w: test", errLost)
	whole := mysqlHistory().gtid(1).begin().insert("t", 1).xid().gtid(2).query("DROP TABLE u")
	all, err := of(whole).run(t)
	if err != nil {
		t.Fatal(err)
	}
	items := []int{0, 0, 0, 1, 1, 2, 3, 3, 5}
	for n := range len(whole.raws) + 1 {
		h := *whole
		h.raws = whole.raws[:n]
		p := of(&h)
		p.end = fault
		got, err := p.run(t)
		if !errors.Is(err, fault) || errors.Is(err, io.EOF) {
			t.Errorf("after %d events: %v", n, err)
		}
		same(t, fmt.Sprintf("after %d events", n), append([]string{}, got...), append([]string{}, all[:items[n]]...)...)
	}
}
