package binlog

import (
	"errors"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// frobnicated is a history in which a statement on t is not understood, and rows
// of u and t follow.
func frobnicated() *history {
	return mysqlHistory().gtid(1).query("ALTER TABLE t FROBNICATE").gtid(2).begin().insert("u", 1).insert("t", 2).xid()
}

// A statement that is not understood does not end the stream. Rows of the table
// do, with all that finding its definition takes.
func TestReader_UnreadError(t *testing.T) {
	h := frobnicated()
	p := of(h)
	got, err := p.run(t)
	same(t, "items", got, "ddl @2 7:d.t", "commit @3 U:1", "begin @3 U:2", "c d.u @6 1")
	u, ok := errors.AsType[*UnreadError](err)
	if !ok || !errors.Is(err, schema.ErrUnknownTable) {
		t.Fatalf("error %v", err)
	}
	begin := h.starts[3].pos
	if u.Group != gtidText(2) || u.Table.String() != "d.t" || u.Before.File != testFile || u.Before.Offset != begin ||
		u.Before.Server != "srv" || short(u.Before.GTIDs.String()) != "U:1" || len(u.Map.Columns) != 2 {
		t.Errorf("%+v, want it before %d", u, begin)
	}
}

// What is given for the transaction is yielded before the rows that use it.
func TestReader_AdoptsWhatIsGiven(t *testing.T) {
	f := func(what, group string, h *history, want ...string) {
		t.Helper()
		p := of(h)
		p.tables = testTables(t)
		tb, err := p.tables.Define(schema.ID{Database: "d", Name: "t"}, "CREATE TABLE t (k INT NOT NULL PRIMARY KEY, s VARCHAR(20)) CHARSET utf8mb4")
		if err != nil {
			t.Fatal(err)
		}
		p.tables.Give(schema.Given(tb, group, 0))
		yields(t, what, p, want...)
	}
	f("unknown table", gtidText(2), frobnicated(),
		"ddl @2 7:d.t", "commit @3 U:1", "begin @3 U:2", "c d.u @6 1", "ddl @3 1:d.t", "c d.t @8 2", "commit @10 U:1-2")
	f("known table", gtidText(2), mysqlHistory().gtid(1).begin().insert("t", 1).xid().gtid(2).begin().insert("t", 2).insert("t", 3).xid(),
		"begin @1 U:1", "c d.t @4 1", "commit @6 U:1", "begin @6 U:2", "ddl @6 2:d.t", "c d.t @9 2", "c d.t @11 3", "commit @13 U:1-2")
	f("unknown verb", gtidText(1), mysqlHistory().gtid(1).query("FROBNICATE TABLE t").gtid(2).begin().insert("t", 2).xid(),
		"ddl @2 2:d.t", "commit @3 U:1", "begin @3 U:2", "c d.t @6 2", "commit @8 U:1-2")
	f("XA branch", gtidText(1), mysqlHistory().gtid(1).query("XA START X'67',X'62',1").insert("t", 1).xaPrepare(1),
		"ddl @1 2:d.t", "begin @1 U:1", "c d.t @4 1", "commit @6 U:1")
}

// Without GTIDs the place of the group is its name.
func TestReader_UnreadErrorWithoutGTIDs(t *testing.T) {
	h := mysqlHistory().anonymous().query("FROBNICATE TABLE t")
	_, err := of(h).run(t)
	u, ok := errors.AsType[*UnreadError](err)
	if want := (&event.Txn{File: testFile, Pos: h.starts[1].pos}).ID(); !ok || u.Group != want || u.Map != nil || !errors.Is(err, schema.ErrDDL) {
		t.Errorf("%+v, %v, want it named %s", u, err, want)
	}
}
