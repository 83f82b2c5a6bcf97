package binlog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// without reads again with some groups undone.
func (p *replay) without(groups ...string) *replay {
	p.undone = map[string]bool{}
	for _, g := range groups {
		p.undone[g] = true
	}
	return p
}

func TestReader_Rollback(t *testing.T) {
	f := func(what string, p *replay, want ...string) {
		t.Helper()
		yields(t, what, p, want...)
	}
	open := func() *history { return mysqlHistory().gtid(1).begin() }
	mixed := func() *history { return open().insert("t", 1).insert("m", 2).insert("u", 3).query("ROLLBACK") }
	f("both kinds", of(mixed()), "begin @1 U:1", "c d.t @4 1", "c d.m @6 2", "c d.u @8 3", "rollback(U:1) @10 U:1")
	f("both kinds, again", of(mixed()).without(gtidText(1)), "begin @1 U:1", "c d.m @6 2", "commit @10 U:1")
	f("no rows", of(open().insert("skip", 1).query("ROLLBACK")), "begin @1 U:1", "commit @6 U:1")
	f("nothing to undo", of(open().insert("m", 1).query("ROLLBACK")), "begin @1 U:1", "c d.m @4 1", "commit @6 U:1")
	f("not known whether", of(open().insert("odd", 1).query("ROLLBACK")), "begin @1 U:1", "c d.odd @4 1", "rollback(U:1) @6 U:1")
	f("held behind a savepoint", of(open().query("SAVEPOINT a").insert("t", 1).insert("m", 2).query("ROLLBACK")),
		"begin @1 U:1", "c d.m @7 2", "commit @9 U:1")
	f("savepoint, again", of(open().insert("t", 1).query("SAVEPOINT a").insert("t", 2).query("ROLLBACK TO a").query("ROLLBACK")).without(gtidText(1)),
		"begin @1 U:1", "commit @10 U:1")
	f("compressed", of(mysqlHistory().gtid(1).payload(compressionZstd, group().begin().insert("t", 1).insert("m", 2).query("ROLLBACK"))).
		without(gtidText(1)), "begin @1 U:1", "c d.m @2 2", "commit @3 U:1")

	h := mysqlHistory().anonymous().begin().insert("t", 1).insert("m", 2).query("ROLLBACK")
	id := fmt.Sprintf("%s:%d", testFile, h.starts[1].pos)
	f("anonymous", of(h), "begin @1", "c d.t @4 1", "c d.m @6 2", "rollback("+id+") @8")
	f("anonymous, again", of(h).without(id), "begin @1", "c d.m @6 2", "commit @8")

	branch := mysqlHistory().gtid(1).query("XA START X'67',X'62',1").insert("t", 1).insert("m", 2).xaPrepare(0)
	f("XA", of(branch.gtid(2).query("XA ROLLBACK X'67',X'62',1")), "commit @8 U:1 +g@1", "begin @1 U:1", "c d.m @6 2", "commit @10 U:1-2")
}

// TestReader_Torn_NothingToUndo: what breaks off has no name, since the server
// may give its GTID to another transaction.
func TestReader_Torn_NothingToUndo(t *testing.T) {
	yields(t, "no rows", of(mysqlHistory().gtid(1).begin().format().gtid(1).begin().insert("t", 1).xid()),
		"begin @1 U:1", "commit @4", "begin @4 U:1", "c d.t @7 1", "commit @9 U:1")
	yields(t, "rows", of(mysqlHistory().gtid(1).begin().insert("t", 1).format().gtid(1).begin().xid()),
		"begin @1 U:1", "c d.t @4 1", "rollback() @6", "begin @6 U:1", "commit @9 U:1")
}

func TestReader_RollbackStops(t *testing.T) {
	f := func(what string, h *history, want error, texts ...string) {
		t.Helper()
		_, err := of(h).without(gtidText(1)).run(t)
		if !errors.Is(err, want) || Retryable(err) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
		for _, text := range append(texts, gtidText(1), testFile) {
			if err != nil && !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %q is not in: %v", what, text, err)
			}
		}
		discreet(t, what, err)
	}
	open := func() *history { return mysqlHistory().gtid(1).begin() }
	f("committed", open().insert("t", 1).xid(), ErrUndone)
	f("committed by COMMIT", open().insert("t", 1).query("COMMIT"), ErrUndone)
	f("engine", open().insert("odd", 1).query("ROLLBACK"), ErrEngine, "d.odd", "CONNECT")
	f("engine in XA", mysqlHistory().gtid(1).query("XA START X'67',X'62',1").insert("odd", 1).query("XA ROLLBACK X'67',X'62',1"), ErrEngine, "d.odd")
	f("engine behind a savepoint", mysqlHistory().gtid(1).begin().query("SAVEPOINT a").insert("odd", 1).query("ROLLBACK"), ErrEngine, "d.odd")
}
