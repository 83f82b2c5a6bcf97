package connector

import (
	"testing"

	"cdcd/event"
)

// A statement that changes a table is in MySQL's binlog, and in what its tables
// look like, before it is in gtid_executed: a connector that begins with the set
// would fold it in twice. So what is behind the set is looked at.
func TestMoved_SetLagsBehindStatement(t *testing.T) {
	at := func(flavor event.Flavor, offset uint64, set event.GTIDSet) ServerInfo {
		return ServerInfo{Flavor: flavor, Position: event.Position{Flavor: flavor, File: "binlog.000001", Offset: offset, GTIDs: set}}
	}
	f := func(before, after ServerInfo, want bool) {
		t.Helper()
		if got := moved(before, after); got != want {
			t.Errorf("from %s to %s: %v", before.Position, after.Position, got)
		}
	}
	set := event.GTIDText("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-377")
	f(at(event.MySQL, 4, set), at(event.MySQL, 4, set), true)
	f(at(event.MySQL, 4, nil), at(event.MySQL, 4, nil), false)
	f(at(event.MySQL, 4, nil), at(event.MySQL, 5, nil), true)
	f(at(event.MariaDB, 4, event.GTIDText("0-1-7")), at(event.MariaDB, 4, event.GTIDText("0-1-7")), false)
}
