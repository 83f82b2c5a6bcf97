package binlog

import (
	"errors"
	"fmt"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// TestReader_LeavesOut: rows of a captured table that cannot be read are left
// out one by one where the caller says so, and stop the reader elsewhere.
func TestReader_LeavesOut(t *testing.T) {
	f := func(what string, h func() *history, cause error, left, want []string) {
		t.Helper()
		var asked []string
		for _, leave := range []func(*event.Rows, error) bool{
			func(r *event.Rows, err error) bool {
				asked = append(asked, fmt.Sprintf("%c %s %s %s", r.Op, r.Table.ID, h().describe(r.Meta.File, r.Meta.Pos), short(r.Meta.Txn.GTID)))
				if !errors.Is(err, cause) {
					t.Errorf("%s: %v, want %v", what, err, cause)
				}
				discreet(t, what, err)
				return true
			},
			func(*event.Rows, error) bool { return false },
			nil,
		} {
			p := of(h())
			p.leaves = leave
			got, err := p.run(t)
			if asked != nil {
				same(t, what+", asked", asked, left...)
				same(t, what, got, want...)
				asked = nil
			} else if !errors.Is(err, cause) {
				t.Errorf("%s, not left out: %v, want %v", what, err, cause)
			}
		}
	}
	begun := func() *history { return mysqlHistory().gtid(1).begin() }
	f("unknown table", func() *history {
		return begun().tableMap(1, "nobody").rows(typeWriteRows, 1, testRow{1, secret}).rows(typeDeleteRows, 1, testRow{1, secret}).insert("t", 5).xid()
	}, schema.ErrUnknownTable, []string{"c d.nobody @4 U:1", "d d.nobody @5 U:1"}, []string{"begin @1 U:1", "c d.t @7 5", "commit @9 U:1"})
	f("unknown until it is made", func() *history {
		return begun().tableMap(1, "later").rows(typeWriteRows, 1, testRow{1, secret}).xid().
			gtid(2).query("CREATE TABLE later (id INT NOT NULL PRIMARY KEY, s VARCHAR(20)) CHARSET utf8mb4").gtid(3).begin().insert("later", 2).xid()
	}, schema.ErrUnknownTable, []string{"c d.later @4 U:1"},
		[]string{"begin @1 U:1", "commit @6 U:1", "ddl @7 1:d.later", "commit @8 U:1-2", "begin @8 U:3", "c d.later @11 2", "commit @13 U:1-3"})
	f("unknown table in a branch", func() *history {
		return mysqlHistory().gtid(1).query("XA START X'67',X'62',1").tableMap(1, "nobody").rows(typeWriteRows, 1, testRow{1, secret}).
			insert("t", 1).query("XA END X'67',X'62',1").xaPrepare(1)
	}, schema.ErrUnknownTable, []string{"c d.nobody @4 U:1"}, []string{"begin @1 U:1", "c d.t @6 1", "commit @9 U:1"})
	torn := rowsBody(typeWriteRows, 1, testRow{1, secret})[:9]
	f("damaged rows", func() *history {
		return begun().tableMap(1, "t").add(typeWriteRows, 0, torn).rows(typeWriteRows, 1, testRow{2, "a"}).xid()
	}, event.ErrDamaged, []string{"c d.t @4 U:1"}, []string{"begin @1 U:1", "c d.t @5 2", "commit @7 U:1"})
	f("damaged rows in a branch", func() *history {
		return mysqlHistory().gtid(1).query("XA START X'67',X'62',1").tableMap(1, "t").add(typeWriteRows, 0, torn).
			rows(typeWriteRows, 1, testRow{2, "a"}).query("XA END X'67',X'62',1").xaPrepare(1)
	}, event.ErrDamaged, []string{"c d.t @4 U:1"}, []string{"begin @1 U:1", "c d.t @5 2", "commit @8 U:1"})
	f("damaged table map", func() *history {
		return begun().add(typeTableMap, 0, tableMapBody(1, "t")[:15]).rows(typeWriteRows, 1, testRow{1, secret}).xid()
	}, event.ErrDamaged, []string{"c d.t @4 U:1"}, []string{"begin @1 U:1", "commit @6 U:1"})
}
