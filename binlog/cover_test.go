package binlog

import (
	"testing"

	"cdcd/event"
)

func TestCover_Has(t *testing.T) {
	f := func(p event.Position, txn event.Txn, want bool) {
		t.Helper()
		c, err := NewCover(p)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Has(txn.ID()); err != nil || got != want {
			t.Errorf("%s has %s: %v, %v", p, txn.ID(), got, err)
		}
	}
	p := event.Position{Flavor: event.MySQL, GTIDs: event.GTIDText(uuidA + ":1-5:8:tag:3," + uuidB + ":7")}
	for id, want := range map[string]bool{
		uuidA + ":5": true, uuidA + ":6": false, uuidA + ":8": true, uuidA + ":tag:3": true, uuidA + ":tag:2": false,
		uuidB + ":7": true, uuidB + ":6": false,
	} {
		f(p, event.Txn{GTID: id}, want)
	}
	p = event.Position{Flavor: event.MariaDB, GTIDs: event.GTIDText("0-1-7,2-1-9")}
	for id, want := range map[string]bool{"0-2-7": true, "0-1-8": false, "1-1-1": false, "2-5-3": true} {
		f(p, event.Txn{GTID: id}, want)
	}
	p = event.Position{Flavor: event.MySQL, File: "binlog.999999", Offset: 400}
	f(p, event.Txn{File: "binlog.999999", Pos: 399}, true)
	f(p, event.Txn{File: "binlog.999999", Pos: 400}, false)
	f(p, event.Txn{File: "binlog.1000000", Pos: 4}, false)
	f(p, event.Txn{File: "binlog.999998", Pos: 4000}, true)
}

func TestCover_PassedBy(t *testing.T) {
	f := func(low, at event.Position, want bool) {
		t.Helper()
		c, err := NewCover(low)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.PassedBy(at); err != nil || got != want {
			t.Errorf("%s passed by %s: %v, %v", low, at, got, err)
		}
	}
	mysql := func(text string) event.Position {
		return event.Position{Flavor: event.MySQL, GTIDs: event.GTIDText(text)}
	}
	low := mysql(uuidA + ":1-5")
	f(low, mysql(uuidA+":1-4"), false)
	f(low, mysql(uuidA+":1-5:9"), true)
	f(low, mysql(uuidB+":1-5"), false)
	set, err := parseMySQLSet(uuidA + ":1-4")
	if err != nil {
		t.Fatal(err)
	}
	key := set.sids[0].sid
	read := event.Position{Flavor: event.MySQL, GTIDs: set.add(mysqlGTID{key, 5})}
	f(low, read, true)
	f(mysql(uuidA+":1-6"), read, false)
	read.GTIDs = set.add(mysqlGTID{key, 5}).add(mysqlGTID{key, 6})
	f(mysql(uuidA+":1-6"), read, true)
	maria := event.Position{Flavor: event.MariaDB, GTIDs: event.GTIDText("0-1-7")}
	f(maria, event.Position{Flavor: event.MariaDB, GTIDs: event.GTIDText("0-2-8,3-1-1")}, true)
	f(maria, event.Position{Flavor: event.MariaDB, GTIDs: event.GTIDText("3-1-1")}, false)
	place := event.Position{Flavor: event.MySQL, File: "binlog.000002", Offset: 100}
	f(place, event.Position{Flavor: event.MySQL, File: "binlog.000002", Offset: 100}, true)
	f(place, event.Position{Flavor: event.MySQL, File: "binlog.000002", Offset: 99}, false)
}
