package connector

import (
	"errors"
	"testing"

	"cdcd/event"
	"cdcd/internal/mysqltest"
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
		b := &beginning{state: event.State{Position: now(before)}, found: before.Position}
		if got := b.moved(after.Position); got != want {
			t.Errorf("from %s to %s: %v", before.Position, after.Position, got)
		}
	}
	set := event.GTIDText("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-377")
	f(at(event.MySQL, 4, set), at(event.MySQL, 4, set), true)
	f(at(event.MySQL, 4, nil), at(event.MySQL, 4, nil), false)
	f(at(event.MySQL, 4, nil), at(event.MySQL, 5, nil), true)
	f(at(event.MariaDB, 4, event.GTIDText("0-1-7")), at(event.MariaDB, 4, event.GTIDText("0-1-7")), false)
}

// Where the set lags, groups that the server leaves out come first, and it says so
// with a heartbeat. What is behind them is still looked at.
func TestCheckNoDDL_BehindKnownGroups(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	name := server.Database(t)
	cfg := serverConfig(server)
	srv := open(t, cfg)
	c := New(cfg, Deps{})
	look := func() ServerInfo {
		t.Helper()
		info, err := srv.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	check := func(from ServerInfo, want error) {
		t.Helper()
		b := &beginning{server: from.ServerID, tls: srv.TLS(), state: event.State{Position: now(from)}}
		if err := c.checkNoDDL(t.Context(), b, look().Position); !errors.Is(err, want) {
			t.Errorf("from %s: %v, want %v", from.Position, err, want)
		}
	}
	server.Exec(t, "CREATE TABLE "+name+".t (id INT PRIMARY KEY)", "INSERT INTO "+name+".t VALUES (1)")
	before := look()
	check(before, nil)
	server.Exec(t, "INSERT INTO "+name+".t VALUES (2)")
	check(before, nil)
	server.Exec(t, "ALTER TABLE "+name+".t ADD a INT")
	check(before, errServerMoved)
}

func TestReached(t *testing.T) {
	end := event.Position{File: "binlog.999999", Offset: 500}
	f := func(file string, offset uint64, want bool) {
		t.Helper()
		if got := reached(file, offset, end); got != want {
			t.Errorf("%s:%d: %v", file, offset, got)
		}
	}
	f("binlog.999999", 499, false)
	f("binlog.999999", 500, true)
	f("binlog.999998", 501, false)
	f("binlog.1000000", 4, true)
}
