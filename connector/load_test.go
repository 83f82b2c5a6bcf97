package connector

import (
	"database/sql"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// moment is one within a first load: what has been read by then.
type moment int

const (
	none    moment = iota
	started        // the end of the binlog
	listed         // and which tables there are
	half           // and the definitions of the first 32
	loaded         // and of all others; the end of the binlog is read again
)

// loading is a connector that begins, while statements run at moments of its first
// load. Each of d.a and e.z is in another half of the tables.
type loading struct {
	t    *testing.T
	db   *sql.DB
	live *live
	cfg  Config

	mu         sync.Mutex // guards what follows
	last       moment
	loads      int
	at         moment
	times      int // that the statements are still to run
	statements []string
}

func newLoading(t *testing.T, server *mysqltest.Server) *loading {
	t.Helper()
	l := &loading{t: t, db: server.DB(t)}
	_, port, _ := net.SplitHostPort(startRelay(t, server.Addr(), l.before).listener.Addr().String())
	l.cfg = liveConfig(t, server, `[de]\.[az]`, "database.port", port)
	l.exec("CREATE DATABASE d")
	for i := range 31 {
		l.exec(fmt.Sprintf("CREATE TABLE d.m%02d (id INT)", i))
	}
	return l
}

func (l *loading) exec(statements ...string) {
	for _, s := range statements {
		if _, err := l.db.ExecContext(l.t.Context(), s); err != nil {
			l.t.Errorf("%s: %v", s, err)
		}
	}
}

// before is told what the connector asks next.
func (l *loading) before(statement string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.moment(statement)
	if now == none {
		return
	}
	l.last = now
	if now == started {
		l.loads++
	}
	if now == l.at && l.times > 0 {
		l.times--
		l.exec(l.statements...)
	}
}

func (l *loading) moment(statement string) moment {
	switch {
	case strings.Contains(statement, "information_schema.TABLES"):
		return started
	case strings.Contains(statement, schema.ShowCreate):
		return l.last + 1
	case l.last == half && strings.Contains(statement, "'server_uuid'"):
		return loaded
	}
	return none
}

// begin makes the tables, has the connector begin with the statements run so many
// times at a moment, inserts into tables once it has begun, and returns how many
// loads that took.
func (l *loading) begin(at moment, times int, statements, tables []string, n int) int {
	l.t.Helper()
	l.exec("CREATE DATABASE IF NOT EXISTS e", "DROP TABLE IF EXISTS d.a, e.z",
		"CREATE TABLE d.a (id INT PRIMARY KEY, a INT DEFAULT 5)", "CREATE TABLE e.z (id INT PRIMARY KEY, z INT DEFAULT 6)",
		"INSERT INTO d.a (id) VALUES (0)", "INSERT INTO e.z (id) VALUES (0)")
	l.mu.Lock()
	l.last, l.loads, l.at, l.times, l.statements = none, 0, at, times, statements
	l.mu.Unlock()
	l.live = newLive()
	l.live.run(l.t, l.cfg, n, "", func() {
		for _, table := range tables {
			l.exec("INSERT INTO " + table + " (id) VALUES (2)")
		}
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loads
}

// Statements that change tables while the first load reads them have it begin anew,
// at whatever moment they come: rows behind them get the columns that they have.
// Swapped tables look alike, so that no row tells that they were.
func TestFirst_TablesChangeMeanwhile(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) { testMeanwhile(t, newLoading(t, mysqltest.Start(t, v, mysqltest.Own()))) })
	}
}

func testMeanwhile(t *testing.T, l *loading) {
	t.Helper()
	const a, z = `{"id":2,"a":5}`, `{"id":2,"z":6}`
	const swap = "RENAME TABLE d.a TO d.x, e.z TO d.a, d.x TO e.z"
	both := []string{"d.a", "e.z"}
	rows := []string{"INSERT INTO d.a (id) VALUES (1)", "INSERT INTO e.z (id) VALUES (1)"}
	f := func(loads int, statement string, tables []string, want ...string) {
		t.Helper()
		for at := started; at <= loaded; at++ {
			if n := l.begin(at, 1, append(slices.Clone(rows), statement), tables, len(want)); n != loads {
				t.Errorf("%s at moment %d: %d loads, want %d", statement, at, n, loads)
			}
			l.live.wrote(t, want...)
		}
	}
	f(2, swap, both, z, a)
	f(2, "ALTER TABLE d.a ADD COLUMN new INT DEFAULT 7", both, `{"id":2,"a":5,"new":7}`, z)
	f(2, "DROP TABLE d.a", []string{"e.z"}, z)
	f(2, "DROP TABLE e.z", []string{"d.a"}, a)
	f(2, "DROP DATABASE e", []string{"d.a"}, a)
	// Rows alone do not: they are read from the first end of the binlog on.
	f(1, "UPDATE d.a SET a = 8", both, `{"id":1,"a":5}`, `{"id":1,"z":6}`, `{"id":0,"a":8}`, `{"id":1,"a":8}`, a, z)
}

// A server whose tables never come to rest is asked again by another session, until
// they do.
func TestFirst_TablesChangeEachTime(t *testing.T) {
	l := newLoading(t, mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own()))
	swap := []string{"RENAME TABLE d.a TO d.x, e.z TO d.a, d.x TO e.z"}
	if n := l.begin(loaded, loads+2, swap, []string{"d.a"}, 1); n != loads+3 {
		t.Errorf("%d loads", n)
	}
	l.live.wrote(t, `{"id":2,"z":6}`)
	const again = "session ended, starting again from the last state"
	if errs := l.live.logged(again); len(errs) != 1 || errs[0] != errServerMoved.Error() {
		t.Errorf("sessions ended with %q", errs)
	}
}
