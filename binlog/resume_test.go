package binlog

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/event"
)

func (h *history) heartbeat() *history {
	h.mark()
	return h.push(h.seal(typeHeartbeat, 0, []byte(testFile)))
}

// byGTID begins as a dump by GTID set does.
func byGTID(flavor event.Flavor) *history {
	h := &history{flavor: flavor, file: testFile, pos: 4}
	return h.artificial(typeRotate, rotateBody(testFile, 4)).format()
}

// prepared is a history whose second group prepares the branch g, the position
// behind its third, and what a server sends that is asked for that group again.
func prepared() (*history, event.Position) {
	h := mysqlHistory().anonymous().query("ALTER TABLE u ADD a INT").
		anonymous().query("XA START X'67',X'62',1").insert("t", 1).xaPrepare(0).
		anonymous().begin().insert("t", 2).xid()
	start := event.Position{
		Flavor: event.MySQL, File: testFile, Offset: h.pos,
		Prepared: []event.Branch{{XID: xidOf("g"), File: testFile, Offset: h.starts[3].pos}},
	}
	return h, start
}

// TestResume_Heartbeats: while old groups pass there is no place to report, and
// then the one where reading began until a new group moves it.
func TestResume_Heartbeats(t *testing.T) {
	h, start := prepared()
	again := dump(h.starts[3].pos)
	again.pos = h.starts[3].pos
	again.anonymous().query("XA START X'67',X'62',1").insert("t", 1).heartbeat().xaPrepare(0).heartbeat().
		anonymous().begin().heartbeat().insert("t", 2).xid().heartbeat().
		anonymous().query("XA COMMIT X'67',X'62',1").heartbeat()
	yields(t, "by place", of(again).from(start), "heartbeat @16 +g@2", "begin @2", "c d.t @5 1", "commit @19", "heartbeat @19")

	gtids := byGTID(event.MySQL).heartbeat().gtid(2).query("XA START X'67',X'62',1").insert("t", 1).xaPrepare(0).heartbeat().
		gtid(4).begin().xid().heartbeat()
	start = event.Position{Flavor: event.MySQL, File: testFile, Offset: gtids.pos, GTIDs: event.GTIDText(testUUIDText + ":1-3"), Prepared: start.Prepared}
	start.Prepared[0].GTID, start.Prepared[0].Offset = gtidText(2), gtids.starts[3].pos
	yields(t, "by GTIDs", of(gtids).from(start), "heartbeat @13 U:1-3 +g@3", "begin @9 U:4", "commit @13 U:1-4 +g@3", "heartbeat @13 U:1-4 +g@3")
}

// TestResume_OtherOrder: on another server groups of different domains may have
// another order. While one that was read is to come, no place in the files is
// reported: from there it would come once more.
func TestResume_OtherOrder(t *testing.T) {
	h := byGTID(event.MariaDB).mariaGTID(0, 1, 64).insert("t", 1).xaPrepare(0).
		mariaGTID(0, 2, 129).query("XA COMMIT X'67',X'62',1").
		mariaGTID(1, 1, 0).insert("t", 2).xid().
		mariaGTID(1, 2, 0).insert("t", 3).xid()
	start := event.Position{
		Flavor: event.MariaDB, GTIDs: event.GTIDText("0-7-1,1-7-1"),
		Prepared: []event.Branch{{XID: xidOf("g"), GTID: "0-7-1", File: "other.000003", Offset: 4000}},
	}
	p := of(h)
	p.start = start
	r, err := newReader(readerConfig{flavor: event.MariaDB, tables: testTables(t), capture: captured}, &fakeStream{raws: h.raws, err: errLost}, start)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		item, err := r.next(t.Context())
		if err != nil {
			break
		}
		got = append(got, p.line(t, item))
	}
	// "@torn" is where no file is named.
	same(t, "items", got, "begin @2 0-7-1", "c d.t @4 1", "commit @torn 0-7-2,1-7-1", "begin @12 1-7-2", "c d.t @14 3", "commit @16 0-7-2,1-7-2")
}

// TestResume_Lost: the stream is not the one that the position is of.
func TestResume_Lost(t *testing.T) {
	f := func(what string, h *history, start event.Position) {
		t.Helper()
		got, err := of(h).from(start).run(t)
		if !errors.Is(err, ErrBranchLost) || Retryable(err) || len(got) > 0 {
			t.Errorf("%s: %q, %v", what, got, err)
		}
		discreet(t, what, err)
	}
	h, start := prepared()
	at := h.starts[3].pos
	again := func() *history {
		d := dump(at)
		d.pos = at
		return d
	}
	f("another transaction", again().anonymous().begin().insert("t", 1).xid(), start)
	f("a statement", again().anonymous().query("DROP TABLE u"), start)
	f("a decision", again().anonymous().query("XA ROLLBACK X'67',X'62',1"), start)
	f("another branch", again().anonymous().query("XA START X'68',X'62',1").insert("t", 1).
		add(typeXAPrepare, 0, join([]byte{0}, le(4, 1), le(4, 1), le(4, 1), []byte("h"), []byte("b"))), start)
	off := start
	off.Prepared = []event.Branch{{XID: xidOf("g"), File: testFile, Offset: at + 1}}
	off.Offset = at
	f("elsewhere", again().anonymous().begin(), off)

	sets := event.Position{
		Flavor: event.MySQL, GTIDs: event.GTIDText(testUUIDText + ":1-3"), File: testFile, Offset: 4,
		Prepared: []event.Branch{{XID: xidOf("g"), GTID: gtidText(2), File: testFile, Offset: 300}},
	}
	f("not sent", mysqlHistory().gtid(4).query("XA COMMIT X'67',X'62',1"), sets)

	maria := event.Position{
		Flavor: event.MariaDB, GTIDs: event.GTIDText("0-7-2"),
		Prepared: []event.Branch{{XID: xidOf("g"), GTID: "0-7-1", File: testFile, Offset: 300}},
	}
	p := of(mariaHistory().mariaGTID(0, 2, 0).xid().mariaGTID(0, 3, 0).xid())
	p.start = maria
	p.start.File = ""
	r, err := newReader(readerConfig{flavor: event.MariaDB, tables: testTables(t), capture: captured}, &fakeStream{raws: p.history.raws}, maria)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.next(t.Context()); !errors.Is(err, ErrBranchLost) {
		t.Errorf("MariaDB: %v", err)
	}
}

// TestResume_Far: offsets that a dump cannot be asked for.
func TestResume_Far(t *testing.T) {
	far := []event.Branch{{XID: xidOf("g"), GTID: "0-7-3", File: testFile, Offset: 5 << 30, Before: "0-7-2"}}
	maria := event.Position{Flavor: event.MariaDB, File: testFile, Offset: 6 << 30, GTIDs: event.GTIDText("0-7-4"), Prepared: far}
	plan, err := planResume(maria, newHold(0, ""))
	if err != nil || plan.ask.File != "" || plan.ask.GTIDs.String() != "0-7-2" {
		t.Errorf("MariaDB asks for %s, %v", plan.ask, err)
	}
	maria.GTIDs, maria.Flavor = nil, event.MySQL
	if _, err := planResume(maria, newHold(0, "")); err == nil || !strings.Contains(err.Error(), "4 GiB") {
		t.Errorf("without GTIDs: %v", err)
	}
}

// TestResume_Unknown: only a branch that no position could list is unknown, and
// its commit is reported.
func TestResume_Unknown(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	h := mysqlHistory().gtid(1).query("XA COMMIT X'67',X'62',1").gtid(2).query("XA ROLLBACK X'68',X'62',1").
		gtid(3).query("XA START X'69',X'62',1").insert("skip", 1).
		add(typeXAPrepare, 0, join([]byte{0}, le(4, 1), le(4, 1), le(4, 1), []byte("i"), []byte("b"))).
		gtid(4).query("XA COMMIT X'69',X'62',1").gtid(5).query("XA COMMIT X'6a',X'62',1")
	start := event.Position{File: testFile, Offset: 4, GTIDs: event.GTIDText(""), Prepared: []event.Branch{{XID: xidOf("j")}}}
	r, err := newReader(readerConfig{flavor: event.MySQL, tables: testTables(t), capture: captured, logger: zap.New(core)},
		&fakeStream{raws: h.raws, err: errLost}, start)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.next(t.Context())
	}
	var got []string
	for _, e := range logs.All() {
		got = append(got, e.ContextMap()["xid"].(string)+" "+short(e.ContextMap()["gtid"].(string)))
	}
	same(t, "reported", got, xidOf("g")+" U:1")
}
