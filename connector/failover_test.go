package connector

import (
	"fmt"
	"strings"
	"testing"

	"cdcd/internal/mysqltest"
)

// pair is a server and its replica, which has transactions of its own besides.
type pair struct {
	t               *testing.T
	source, replica *mysqltest.Server
	sourceID, ownID string // as gtid.source.* names them
}

func newPair(t *testing.T, v mysqltest.Version) pair {
	t.Helper()
	p := pair{
		t: t, source: mysqltest.Start(t, v, mysqltest.Own()),
		replica: mysqltest.Start(t, v, mysqltest.Flags("--server-id=2", "--log-slave-updates")),
	}
	if p.source.Flavor == mysqltest.MariaDB {
		p.sourceID, p.ownID = "0-1", "7-2"
		p.replica.Exec(t, fmt.Sprintf("CHANGE MASTER TO MASTER_HOST='%s', MASTER_PORT=%d, MASTER_USER='%s', MASTER_USE_GTID=slave_pos",
			p.source.Host, p.source.Port, p.source.User), "START SLAVE")
		return p
	}
	p.sourceID, p.ownID = p.value(p.source, "SELECT @@server_uuid"), p.value(p.replica, "SELECT @@server_uuid")
	p.replica.Exec(t, fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_HOST='%s', SOURCE_PORT=%d, SOURCE_USER='%s', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1",
		p.source.Host, p.source.Port, p.source.User), "START REPLICA")
	return p
}

func (p pair) value(s *mysqltest.Server, query string) string {
	p.t.Helper()
	rows, err := mysqltest.Query(p.t.Context(), s.DB(p.t), query)
	if err != nil || len(rows) != 1 {
		p.t.Fatalf("%s: %v, %v", query, rows, err)
	}
	return rows[0][0].String
}

// write runs statements on the source and waits until the replica has them.
func (p pair) write(statements ...string) {
	p.t.Helper()
	p.source.Exec(p.t, statements...)
	end, wait := "SELECT @@GLOBAL.gtid_executed", "SELECT WAIT_FOR_EXECUTED_GTID_SET('%s', 20)"
	if p.source.Flavor == mysqltest.MariaDB {
		end, wait = "SELECT @@GLOBAL.gtid_binlog_pos", "SELECT MASTER_GTID_WAIT('%s', 20)"
	}
	if got := p.value(p.replica, fmt.Sprintf(wait, p.value(p.source, end))); got != "0" {
		p.t.Fatalf("the replica does not get as far: %s", got)
	}
}

// own runs statements on the replica alone.
func (p pair) own(statements ...string) {
	p.t.Helper()
	if p.replica.Flavor == mysqltest.MariaDB {
		statements = append([]string{"SET gtid_domain_id=7"}, statements...)
	}
	p.replica.Exec(p.t, statements...)
}

// A connector moves between a replica and its source. What the replica has of its
// own is not missed at the source if gtid.source.* leaves it out, and is not
// published; every other change comes once.
func TestRun_FailsOver(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) { testFailover(t, newPair(t, v)) })
	}
}

func testFailover(t *testing.T, p pair) {
	t.Helper()
	p.write("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (0)")
	p.own("CREATE DATABASE own", "CREATE TABLE own.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (100)", "ALTER TABLE d.t ADD INDEX own (id)")
	l := newLive()
	at := func(s *mysqltest.Server, filter ...string) Config { return liveConfig(t, s, `d\.t`, filter...) }

	l.run(t, at(p.replica, "gtid.source.includes", p.sourceID), 2, "", func() {
		p.write("INSERT INTO d.t VALUES (1)")
		p.own("INSERT INTO d.t VALUES (101)")
		p.write("INSERT INTO d.t VALUES (2)")
	})
	l.wrote(t, `{"id":1}`, `{"id":2}`)
	p.write("INSERT INTO d.t VALUES (3)")

	const again = "session ended, starting again from the last state"
	l.run(t, at(p.source), 3, again, nil)
	l.wrote(t, `{"id":1}`, `{"id":2}`)
	if errs := l.logged(again); len(errs) == 0 || !strings.Contains(errs[0], errLags.Error()) {
		t.Errorf("without the filter: %q", errs)
	}

	l.run(t, at(p.source, "gtid.source.includes", p.sourceID), 3, "", nil)
	l.wrote(t, `{"id":1}`, `{"id":2}`, `{"id":3}`)

	p.own("INSERT INTO d.t VALUES (102)")
	p.write("INSERT INTO d.t VALUES (4)")
	l.run(t, at(p.replica, "gtid.source.excludes", p.ownID), 4, "", nil)
	l.wrote(t, `{"id":1}`, `{"id":2}`, `{"id":3}`, `{"id":4}`)
}
