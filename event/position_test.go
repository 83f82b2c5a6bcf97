package event_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
)

// TestPosition_Stored: what is stored can be read by the releases to come, and
// a position without prepared branches is stored as it always was.
func TestPosition_Stored(t *testing.T) {
	f := func(p event.Position, stored, printed string) {
		t.Helper()
		text, err := json.Marshal(p)
		if err != nil || string(text) != stored {
			t.Errorf("%s is stored as\n%s, want\n%s, %v", p, text, stored, err)
		}
		var back event.Position
		if err := json.Unmarshal([]byte(stored), &back); err != nil || !cmp.Equal(back, p) {
			t.Errorf("%s is read as %s, %v", stored, back, err)
		}
		if p.String() != printed {
			t.Errorf("prints as %q, want %q", p, printed)
		}
	}
	p := event.Position{Flavor: event.MySQL, Server: "aaaa", File: "binlog.000007", Offset: 197}
	f(p, `{"flavor":"mysql","server":"aaaa","file":"binlog.000007","offset":197}`, "binlog.000007:197")
	p.GTIDs = event.GTIDText("aaaa:1-3")
	f(p, `{"flavor":"mysql","server":"aaaa","file":"binlog.000007","offset":197,"gtids":"aaaa:1-3"}`, "binlog.000007:197 (aaaa:1-3)")
	p.Prepared = []event.Branch{
		{XID: "X'67',X'',1", GTID: "aaaa:2", File: "binlog.000003", Offset: 4000000000000},
		{XID: "X'68',X'',1"},
	}
	f(p, `{"flavor":"mysql","server":"aaaa","file":"binlog.000007","offset":197,"gtids":"aaaa:1-3","prepared":[`+
		`{"xid":"X'67',X'',1","gtid":"aaaa:2","file":"binlog.000003","offset":4000000000000},{"xid":"X'68',X'',1"}]}`,
		"binlog.000007:197 (aaaa:1-3) and 2 prepared XA")
	p = event.Position{Flavor: event.MariaDB, GTIDs: event.GTIDText("0-1-7"), Prepared: []event.Branch{{XID: "x", Before: "0-1-6"}}}
	f(p, `{"flavor":"mariadb","gtids":"0-1-7","prepared":[{"xid":"x","before":"0-1-6"}]}`, "GTIDs (0-1-7) and 1 prepared XA")
}

func TestTxn_ID(t *testing.T) {
	txn := event.Txn{File: "binlog.000007", Pos: 197}
	if id := txn.ID(); id != "binlog.000007:197" {
		t.Error(id)
	}
	if txn.GTID = "0-1-7"; txn.ID() != "0-1-7" {
		t.Error(txn.ID())
	}
}
