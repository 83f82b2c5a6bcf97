package binlog

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// stops reads a history that must end in an error of a kind. The error names
// the place and the transaction, and quotes neither rows nor statements.
func stops(t testing.TB, what string, h *history, want error, texts ...string) {
	t.Helper()
	_, err := of(h).run(t)
	if err == nil || want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
		return
	}
	last := h.starts[len(h.starts)-1]
	for _, text := range append(texts, fmt.Sprintf("%s:%d", last.file, last.pos)) {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %q is not in: %v", what, text, err)
		}
	}
	if Retryable(err) {
		t.Errorf("%s: %v is retryable", what, err)
	}
	discreet(t, what, err)
}

// discreet fails when an error quotes a row or a statement.
func discreet(t testing.TB, what string, err error) {
	t.Helper()
	for _, private := range []string{secret, "VALUES", "INFILE"} {
		if err != nil && strings.Contains(err.Error(), private) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestReader_Stops(t *testing.T) {
	open := func() *history { return mysqlHistory().gtid(1).begin() }
	partial := rowsBody(typePartialUpdateRows, 1, testRow{1, secret}, testRow{1, secret})
	where := gtidText(1)

	stops(t, "incident", mysqlHistory().add(typeIncident, 0, le(3, 1)), ErrIncident)
	stops(t, "incident inside", open().add(typeIncident, 0, le(3, 1)), ErrIncident, where)
	stops(t, "unknown", open().add(99, 0, []byte(secret)), ErrUnknownEvent, where, "99")
	stops(t, "no table map", open().rows(typeWriteRows, 5, testRow{1, secret}), ErrNotInTable, where)
	stops(t, "no table map, partial", open().add(typePartialUpdateRows, 0, partial), ErrNotInTable, where)
	stops(t, "map of before a restart", open().tableMap(1, "t").xid().format().gtid(2).begin().
		rows(typeWriteRows, 1, testRow{1, secret}), ErrNotInTable, gtidText(2))
	stops(t, "rows outside", mysqlHistory().insert("t", 1), nil, "d.t")
	stops(t, "commit without begin", mysqlHistory().xid(), nil)
	stops(t, "begin without end", open().gtid(2), nil, testFile)
	stops(t, "rows behind DDL that is not understood", mysqlHistory().gtid(1).query("ALTER TABLE t FROBNICATE '"+secret+"'").
		gtid(2).begin().tableMap(1, "t"), schema.ErrUnknownTable, gtidText(2), "d.t", where)
	stops(t, "statement of no kind", mysqlHistory().gtid(1).query("FROBNICATE '"+secret+"'"), nil, where)
	stops(t, "XA of no kind", mysqlHistory().gtid(1).query("XA FORGET X'61'"), nil, where)
	stops(t, "rows that do not fit", open().tableMap(1, "t").add(typeWriteRows, 0, join(le(6, 1), le(2, 1), []byte{2, 0, 3, 7}, []byte(secret))), nil, where, "d.t")

	first := mysqlHistory()
	first.raws, first.starts = nil, nil
	stops(t, "no format description", first.tableMap(1, "t"), errNoFormat)

	damaged := mysqlHistory(withChecksums).gtid(1).begin().insert("t", 1)
	damaged.raws[4][headerSize+12] ^= 1
	stops(t, "damaged", damaged, errChecksum, where)
}

func TestReader_Ignores(t *testing.T) {
	h := mysqlHistory().add(typePreviousGTIDs, 0, le(8, 0)).gtid(1).begin()
	for _, typ := range []eventType{typeIgnorable, typeTransactionContext, typeViewChange, typeIntvar, typeRand, typeUserVar} {
		h.add(typ, 0, []byte{1})
	}
	h.add(99, flagIgnorable, []byte{1, 2, 3}).tableMap(1, "skip").
		add(typePartialUpdateRows, 0, rowsBody(typePartialUpdateRows, 1, testRow{}, testRow{})).xid().add(typeStop, 0, nil)
	yields(t, "all", of(h), "begin @2 U:1", "commit @14 U:1")
}

// TestReader_StatementDML: a change that came as a statement stops the reader
// when it may touch a captured table, and only then.
func TestReader_StatementDML(t *testing.T) {
	f := func(statement string, hit bool) {
		t.Helper()
		h := func() *history { return mysqlHistory().gtid(1).begin() }
		if hit {
			stops(t, statement, h().query(statement), ErrStatementDML, gtidText(1), "table d.")
			stops(t, "compressed "+statement, h().queryCompressed(statement), ErrStatementDML)
			return
		}
		yields(t, statement, of(h().query(statement).xid()), "begin @1 U:1", "commit @5 U:1")
	}
	f("INSERT INTO t VALUES (1,'"+secret+"')", true)
	f("insert into `t` values (1)", true)
	f("/* x */ UPDATE d.t SET id=2", true)
	f("UPDATE `d` . `u` SET id=2", true)
	f("DELETE FROM skip USING skip, d.t", true)
	f("REPLACE t VALUES (1)", true)
	f("WITH x AS (SELECT 1) DELETE FROM t", true)
	f("LOAD DATA LOCAL INFILE 'x' INTO TABLE t", true)
	f("INSERT INTO \"t\" VALUES (1)", true)
	f("INSERT INTO skip VALUES (1)", false)
	f("INSERT INTO other.t VALUES (1)", false)
	f("INSERT INTO `other` . `t` VALUES (1)", false)
	f("UPDATE nothing SET a=1", false)

	file := join(le(4, 1), le(4, 0), []byte{1}, le(2, 0), le(2, 0), le(4, 1), le(4, 0), le(4, 0), []byte{0}, []byte("d\x00"))
	load := func(statement string) *history {
		return mysqlHistory().gtid(1).begin().add(typeBeginLoadQuery, 0, []byte(secret)).
			add(typeExecuteLoadQuery, 0, append(slices.Clone(file), statement...))
	}
	stops(t, "load", load("LOAD DATA INFILE 'x' INTO TABLE `t`"), ErrStatementDML, "d.t")
	yields(t, "load of another", of(load("LOAD DATA INFILE 'x' INTO TABLE `skip`").xid()), "begin @1 U:1", "commit @6 U:1")
}

// TestReader_StatementNames: names with quotes in them, and on servers that
// store names in lower case.
func TestReader_StatementNames(t *testing.T) {
	p := of(mysqlHistory().gtid(1).begin().query("INSERT INTO `q``t` VALUES (1)"))
	p.tables = testTables(t)
	apply(t, p.tables, "CREATE TABLE `q``t` (id INT)")
	if _, err := p.run(t); !errors.Is(err, ErrStatementDML) {
		t.Errorf("quoted quote: %v", err)
	}
}

// TestReader_Savepoint: what ROLLBACK TO took back is not yielded.
func TestReader_Savepoint(t *testing.T) {
	open := func() *history { return mysqlHistory().gtid(1).begin().insert("t", 1) }
	f := func(what string, h *history, want ...string) {
		t.Helper()
		want = slices.Concat([]string{"begin @1 U:1", "c d.t @4 1"}, want, []string{h.describe(h.file, h.pos)})
		want[len(want)-1] = "commit " + want[len(want)-1] + " U:1"
		yields(t, what, of(h), want...)
	}
	f("back", open().query("SAVEPOINT `a`").insert("t", 2).query("ROLLBACK TO `a`").insert("t", 3).xid(), "c d.t @10 3")
	f("twice", open().query("SAVEPOINT `a`").insert("t", 2).query("ROLLBACK TO `a`").insert("t", 3).query("ROLLBACK TO `A`").xid())
	f("inner", open().query("SAVEPOINT `a`").insert("t", 2).query("SAVEPOINT `b`").insert("t", 3).
		query("ROLLBACK WORK TO SAVEPOINT `b`").insert("t", 4).xid(), "c d.t @7 2", "c d.t @13 4")
	f("outer", open().query("SAVEPOINT `a`").insert("t", 2).query("SAVEPOINT b").insert("t", 3).query("ROLLBACK TO SAVEPOINT a").xid())
	f("replaced", open().query("SAVEPOINT `a`").insert("t", 2).query("SAVEPOINT `a`").insert("t", 3).query("ROLLBACK TO `a`").xid(), "c d.t @7 2")
	stops(t, "not set", open().query("ROLLBACK TO `x`"), ErrSavepoint, gtidText(1))
	stops(t, "gone", open().query("SAVEPOINT `a`").query("SAVEPOINT `b`").query("ROLLBACK TO `a`").query("ROLLBACK TO `b`"), ErrSavepoint)

	// Too much to hold back: it flows, and then cannot be taken back.
	large := func() *history {
		h := open().query("SAVEPOINT `a`")
		row := testRow{2, strings.Repeat("x", 80)}
		for range 2 {
			h.tableMap(1, "t").rows(typeWriteRows, 1, slices.Repeat([]testRow{row}, maxHeld/100)...)
		}
		return h
	}
	got, err := of(large().xid()).run(t)
	if err != nil || len(got) != 5 {
		t.Errorf("large: %d items, %v", len(got), err)
	}
	stops(t, "large", large().query("ROLLBACK TO `a`"), ErrSavepoint)
}

// TestReader_Torn: the server died while it wrote a group, and went on in
// another file; the group did not happen.
func TestReader_Torn(t *testing.T) {
	h := mysqlHistory().gtid(1).begin().insert("t", 1).crash("binlog.000002").
		artificial(typeRotate, rotateBody("binlog.000002", 4)).format().gtid(2).begin().xid()
	yields(t, "torn", of(h), "begin @1 U:1", "c d.t @4 1", "rollback() @7", "begin @7 U:2", "commit @10 U:2")
}

func TestReader_Payload(t *testing.T) {
	inner := func() *history { return group().begin().insert("t", 1).insert("t", 2).xid() }
	f := func(what string, h *history, want ...string) {
		t.Helper()
		yields(t, what, of(h), want...)
	}
	for _, algorithm := range []byte{compressionZstd, compressionNone} {
		f(fmt.Sprint("algorithm ", algorithm), mysqlHistory(withChecksums).gtid(1).payload(algorithm, inner()).gtid(2).begin().xid(),
			"begin @1 U:1", "c d.t @2 1", "c d.t @2 2", "commit @3 U:1", "begin @3 U:2", "commit @6 U:1-2")
	}

	stops(t, "algorithm", mysqlHistory().gtid(1).payload(7, inner()), nil, "7")
	for what, bad := range map[string]*history{
		"payload": group().payload(compressionNone, inner()), "format": group().format(),
		"rotate": group().add(typeRotate, 0, rotateBody("x", 4)), "GTID": group().gtid(2), "heartbeat": group().add(typeHeartbeat, 0, nil),
	} {
		stops(t, what+" inside", mysqlHistory().gtid(1).payload(compressionZstd, bad), nil, gtidText(1))
	}
	stops(t, "unknown inside", mysqlHistory().gtid(1).payload(compressionZstd, group().begin().add(99, 0, []byte(secret))), ErrUnknownEvent)
	stops(t, "damaged", mysqlHistory().gtid(1).add(typeTransactionPayload, 0, append(payloadBody(compressionZstd, inner().inner()), "rest"...)), nil)
	whole := inner()
	for cut, ends := 1, boundaries(whole); cut < len(whole.inner()); cut++ {
		body := payloadBody(compressionNone, whole.inner()[:cut])
		_, err := of(mysqlHistory().gtid(1).add(typeTransactionPayload, 0, body)).run(t)
		if slices.Contains(ends, cut) != (err == nil) {
			t.Errorf("cut at %d: %v", cut, err)
		}
		discreet(t, "cut payload", err)
	}
	liar := rawEvent(typeXID, 0, le(8, 0))
	copy(liar[9:], le(4, 1<<30-1))
	stops(t, "large lie", mysqlHistory().gtid(1).add(typeTransactionPayload, 0, payloadBody(compressionZstd, liar)), nil)
}

// boundaries are where the events of h end.
func boundaries(h *history) []int {
	var ends []int
	end := 0
	for _, raw := range h.raws {
		end += len(raw)
		ends = append(ends, end)
	}
	return ends
}

// TestReader_PayloadStreams inflates 24 MB and holds little of it.
func TestReader_PayloadStreams(t *testing.T) {
	inner := group().begin()
	const events, rows = 300, 1000
	row := testRow{1, strings.Repeat("x", 80)}
	for range events {
		inner.tableMap(1, "t").rows(typeWriteRows, 1, slices.Repeat([]testRow{row}, rows)...)
	}
	h := mysqlHistory().gtid(1).payload(compressionZstd, inner.xid())
	if size := len(h.raws[2]); size > 1<<20 {
		t.Fatalf("payload has %d bytes", size)
	}
	r := of(h).open(t)
	for n := 0; ; n++ {
		item, err := r.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, done := item.(event.Commit); done {
			if n != events+1 {
				t.Errorf("%d items", n)
			}
			return
		}
		if len(r.ready) > 1 {
			t.Fatalf("%d items wait", len(r.ready))
		}
	}
}

// TestReader_Truncated cuts every event of a history at every byte.
func TestReader_Truncated(t *testing.T) {
	f := func(h *history) {
		t.Helper()
		for i, raw := range h.raws {
			for n := range len(raw) {
				cut := of(h)
				short := slices.Clone(raw[:n])
				if n >= headerSize {
					copy(short[9:], le(4, uint64(n)))
				}
				c := *h
				c.raws = slices.Concat(h.raws[:i], [][]byte{short})
				cut.history = &c
				_, err := cut.tolerant(t)
				discreet(t, fmt.Sprintf("event %d cut at %d", i, n), err)
				if n < headerSize && err == nil {
					t.Errorf("event %d cut at %d is no error", i, n)
				}
			}
		}
	}
	f(mysqlHistory().gtid(1).begin().add(typeRowsQuery, 0, []byte("\x01INSERT VALUES")).insert("t", 1).
		tableMap(1, "t").rows(typeUpdateRows, 1, testRow{1, secret}, testRow{2, secret}).rows(typeDeleteRowsV1, 1, testRow{2, secret}).
		xid().tagged(3).query("ALTER TABLE t COMMENT 'VALUES'", 0, 0, 0, 0, 0, 12, 1, 'd', 0).
		gtid(4).query("XA START X'67',X'62',1").xaPrepare(0).gtid(5).
		payload(compressionZstd, group().begin().insert("t", 1).xid()).rotate("binlog.000002"))
	f(mariaHistory().mariaGTID(0, 1, 0).tableMap(1, "t").rows(typeMariaWriteRowsZ1, 1, testRow{1, secret}).xid().
		mariaGTID(0, 2, 1).queryCompressed("ALTER TABLE t COMMENT 'VALUES'"))
}

// tolerant is run for histories whose rows may be damaged.
func (p *replay) tolerant(t testing.TB) (int, error) {
	t.Helper()
	r := p.open(t)
	for n := 0; ; n++ {
		item, err := r.next(t.Context())
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if rows, ok := item.(*event.Rows); ok {
			width := len(rows.Table.Columns)
			if _, err := drain(rows.Reader, make([]event.Value, width), make([]event.Value, width)); err != nil {
				return n, err
			}
		}
	}
}
