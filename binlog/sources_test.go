package binlog

import (
	"strings"
	"testing"

	"cdcd/event"
)

func TestElsewhere(t *testing.T) {
	f := func(flavor event.Flavor, set, executed, purged, left, want string) {
		t.Helper()
		matters := func(source string) bool { return source != left }
		got, err := Elsewhere(flavor, event.GTIDText(set), event.GTIDText(executed), event.GTIDText(purged), matters)
		if err != nil || got.String() != want {
			t.Errorf("%s at %s, which lacks %s: got %v, %v, want %s", set, executed, purged, got, err, want)
		}
	}
	const a, b = uuidA, uuidB
	f(event.MySQL, a+":1-9", a+":1-5", "", b, a+":1-9") // lags: for others to find
	f(event.MySQL, a+":1-9,"+b+":1-4", a+":1-9", "", b, a+":1-9")
	f(event.MySQL, a+":1-9,"+b+":1-4", a+":1-9,"+b+":3-8", "", b, a+":1-9,"+b+":3-4")
	f(event.MySQL, a+":1-9", a+":1-9,"+b+":1-8", a+":1-3,"+b+":1-5", b, a+":1-9,"+b+":1-5")
	f(event.MySQL, a+":5-9", a+":1-9", a+":1-3", b, a+":5-9")                          // purged, and it matters: for the server to refuse
	f(event.MySQL, a+":1-9:blue:1-4,"+b+":1", a+":blue:2", "", a, a+":blue:2,"+b+":1") // a tag is of the same source
	f(event.MySQL, "", a+":1-9", a+":1-9", b, "")
	f(event.MariaDB, "0-1-7,5-2-9", "0-1-8", "", "5-2", "0-1-7")
	f(event.MariaDB, "0-1-7,5-2-9", "0-1-8,5-3-1", "", "5-2", "0-1-7,5-2-9")
	f(event.MariaDB, "0-1-7,5-2-9", "0-1-8", "", "5-3", "0-1-7,5-2-9")
	for _, flavor := range []event.Flavor{event.MySQL, event.MariaDB} {
		if _, err := Elsewhere(flavor, event.GTIDText("nonsense"), event.GTIDText(""), event.GTIDText(""), nil); err == nil {
			t.Error("nonsense is a set")
		}
	}
}

// otherUUID is that of a server whose transactions are left out.
var otherUUID = [16]byte{15: 7}

// TestReader_Sources: rows of transactions from elsewhere are left out, and only
// those. Their GTIDs count as read, and their DDL counts.
func TestReader_Sources(t *testing.T) {
	f := func(what string, h *history, left, want string) {
		t.Helper()
		p := of(h)
		p.sources = func(source string) bool { return source != left }
		lines, err := p.run(t)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		var got []string
		for i, line := range lines {
			if verb, _, _ := strings.Cut(line, " "); verb == "c" || verb == "ddl" || i == len(lines)-1 {
				got = append(got, line)
			}
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s: got %s, want %s", what, text, want)
		}
	}
	const left = "00000000-0000-0000-0000-000000000007"
	other := func(h *history, n uint64) *history { return h.add(typeGTID, 0, gtidBody(otherUUID, n)) }
	f("rows", other(mysqlHistory().gtid(1).begin().insert("t", 1).xid(), 1).begin().insert("t", 2).xid().gtid(2).begin().insert("t", 3).xid(),
		left, "c d.t @4 1; c d.t @14 3; commit @16 "+left+":1,U:1-2")
	f("first use of a table", other(mysqlHistory(), 1).begin().tableMap(1, "nobody").rows(typeWriteRows, 1, testRow{1, ""}).xid().
		gtid(1).begin().insert("t", 3).xid(), left, "c d.t @9 3; commit @11 "+left+":1,U:1")
	f("statements", other(mysqlHistory(), 1).begin().query("INSERT INTO t VALUES (1)").xid(), left, "commit @5 "+left+":1")
	f("DDL", other(mysqlHistory(), 1).query("ALTER TABLE t ADD c INT"), left, "ddl @2 2:d.t; commit @3 "+left+":1")
	f("no GTID", other(mysqlHistory(), 1).begin().xid().anonymous().begin().insert("t", 1).xid(), left, "c d.t @7 1; commit @9 "+left+":1")
	f("MariaDB", mariaHistory().mariaGTID(0, 1, 0).insert("t", 1).xid().mariaGTID(5, 1, 0).insert("t", 2).xid(),
		"0-7", "c d.t @7 2; commit @9 0-7-1,5-7-1")
	f("branch", other(mysqlHistory(), 1).query("XA START X'67',X'62',1").insert("t", 1).query("XA END X'67',X'62',1").xaPrepare(1).
		gtid(1).query("XA COMMIT X'67',X'62',1"), left, "commit @9 "+left+":1,U:1")
}
