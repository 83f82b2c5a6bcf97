package connector

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/sink"
)

// copied is a connector that copies a table in ten queries, while statements run before
// one of them.
type copied struct {
	t    *testing.T
	db   *sql.DB
	live *live
	cfg  Config

	relay *relay

	writer *sql.Conn // of writes

	rows    map[int]string // of the records that were committed
	applied int            // bytes of them

	mu         sync.Mutex // guards what follows
	queries    int        // of rows, so far
	at         int        // the one before which the statements run
	statements []string
	first      func() // is called before them
	then       func() // is called behind them
	beside     bool   // nothing waits for them
	ran        bool   // they have
	running    sync.WaitGroup
}

// newCopied has a table of ten thousand rows.
func newCopied(t *testing.T, server *mysqltest.Server, more ...string) *copied {
	t.Helper()
	return newCopiedOf(t, server, 10_000, more...)
}

func newCopiedOf(t *testing.T, server *mysqltest.Server, count int, more ...string) *copied {
	t.Helper()
	c := &copied{t: t, db: server.DB(t), live: newLive()}
	c.relay = startRelay(t, server.Addr(), c.before)
	_, port, _ := net.SplitHostPort(c.relay.listener.Addr().String())
	c.cfg = liveConfig(t, server, `d\.t`, append([]string{"database.port", port, "snapshot.mode", "initial", "snapshot.fetch.size", strconv.Itoa(count / 10), "skipped.operations", "none"}, more...)...)
	c.exec("DROP DATABASE IF EXISTS d", "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)")
	var rows []string
	for id := range count {
		rows = append(rows, fmt.Sprintf("(%d,1)", id))
	}
	c.exec("INSERT INTO d.t VALUES " + strings.Join(rows, ","))
	return c
}

func (c *copied) exec(statements ...string) {
	for _, s := range statements {
		if _, err := c.db.ExecContext(c.t.Context(), s); err != nil {
			c.t.Errorf("%.80s: %v", s, err)
		}
	}
}

// before is told what the connector asks next.
func (c *copied) before(statement string) {
	if !strings.Contains(statement, "SAVEPOINT cdcd;") {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queries++; c.queries != c.at {
		return
	}
	if c.first != nil {
		c.first()
	}
	if !c.beside {
		c.exec(c.statements...)
		c.ran = true
		if c.then != nil {
			c.then()
		}
		return
	}
	c.running.Go(func() {
		c.exec(c.statements...)
		c.finish()
	})
}

// finish tells that the statements ran, and has one more commit follow.
func (c *copied) finish() {
	c.mu.Lock()
	c.ran = true
	c.mu.Unlock()
	c.exec("INSERT INTO d.t (id, v) VALUES (30000, 1)")
}

// replayed are the rows that the records make which were committed so far.
func (c *copied) replayed() map[int]string {
	if c.rows == nil {
		c.rows = map[int]string{}
	}
	end := c.live.committed()
	for line := range strings.Lines(string(c.live.out.Bytes()[c.applied:end])) {
		c.apply(line)
	}
	c.applied = end
	return c.rows
}

func (c *copied) apply(line string) {
	type row struct{ ID int }
	var r struct {
		Value *struct {
			Op            string
			Before, After json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		c.t.Errorf("%.80s: %v", line, err)
	}
	if r.Value == nil {
		return // a tombstone
	}
	var before, after row
	_, _ = json.Unmarshal(r.Value.Before, &before), json.Unmarshal(r.Value.After, &after)
	switch r.Value.Op {
	case "t":
		clear(c.rows)
	case "d":
		delete(c.rows, before.ID)
	default:
		c.rows[after.ID] = string(r.Value.After)
	}
}

// settled tells that the statements ran, everything is copied, and the records make
// what the server holds.
func (c *copied) settled(columns string) bool {
	p := c.live.state().Snapshot
	return c.done() && (p == nil || p.Copied()) && maps.EqualFunc(c.replayed(), c.held(columns), sameAsHeld)
}

// held are the rows that the server has.
func (c *copied) held(columns string) map[int]string {
	c.t.Helper()
	found, err := c.db.QueryContext(c.t.Context(), "SELECT id, "+columns+" FROM d.t")
	if err != nil {
		c.t.Fatal(err)
	}
	defer found.Close()
	rows := map[int]string{}
	for found.Next() {
		var id int
		var text string
		if err := found.Scan(&id, &text); err != nil {
			c.t.Fatal(err)
		}
		rows[id] = text
	}
	if err := found.Err(); err != nil {
		c.t.Fatal(err)
	}
	return rows
}

// Statements that change a table while it is copied, before any of its queries, leave
// the reader of the topic with the rows that the server has.
func TestCopy_TableChangesMeanwhile(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			const two, three = `CONCAT('{"id":',id,',"v":',v,'}')`, `CONCAT('{"id":',id,',"v":',v,',"w":',w,'}')`
			write := []string{"UPDATE d.t SET v = v + 1 WHERE id % 10 = 0", "DELETE FROM d.t WHERE id % 10 = 1", "UPDATE d.t SET id = 20000 - id WHERE id % 10 = 2"}
			f := func(name, columns string, statements ...string) {
				t.Helper()
				moments := []int{2, 5, 11}
				if server.Flavor == mysqltest.MariaDB {
					moments = []int{1, 2, 5, 11}
				}
				for _, at := range moments {
					t.Run(fmt.Sprintf("%s/%d", name, at), func(t *testing.T) {
						c := newCopiedOf(t, server, 4000)
						c.at, c.statements = at, statements
						// There a statement that changes a table waits for the end of the view.
						c.beside = server.Flavor == mysqltest.MariaDB && at > 1
						defer c.running.Wait()
						c.live.until(t, c.cfg, func() bool { return c.settled(columns) })
					})
				}
			}
			f("writes", two, write...)
			f("column added", three, append(write, "ALTER TABLE d.t ADD COLUMN w INT NOT NULL DEFAULT 7", "UPDATE d.t SET w = 8 WHERE id % 7 = 0")...)
			f("column added in the middle", three, append(write, "ALTER TABLE d.t ADD COLUMN w INT NOT NULL DEFAULT 7, ALGORITHM = COPY", "UPDATE d.t SET v = v + 1 WHERE id % 7 = 0")...)
			f("emptied", two, append(write, "TRUNCATE TABLE d.t", "INSERT INTO d.t VALUES (1,5),(9000,6)")...)
			f("made anew", two, "DELETE FROM d.t", "DROP TABLE d.t", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1,5),(9000,6)")
			f("exchanged", two, "CREATE TABLE d.new LIKE d.t", "INSERT INTO d.new SELECT * FROM d.t", "RENAME TABLE d.t TO d.old, d.new TO d.t", "UPDATE d.t SET v = v + 1", "DROP TABLE d.old")
		})
	}
}

// sameAsHeld compares a record with a row of the server. One that was copied before a
// column was added does not have it: the server has its default there.
func sameAsHeld(record, row string) bool {
	return record == row || strings.TrimSuffix(record, "}")+`,"w":7}` == row
}

// done tells whether the statements ran.
func (c *copied) done() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ran
}

// unwritable is a sink that makes nothing durable.
type unwritable struct{ Sink }

var errUnwritable = errors.New("nothing is written")

func (unwritable) Flush(context.Context) error { return errUnwritable }

// TestCopy_EndsItsConnections: a session that cannot store its first state has opened a
// view by then.
func TestCopy_EndsItsConnections(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	db := server.DB(t)
	cfg := liveConfig(t, server, `d\.t`, "snapshot.mode", "initial", "snapshot.max.threads", "3")
	server.Exec(t, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
	others := func() (n int) {
		const query = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND COMMAND <> 'Daemon'"
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	db.SetMaxOpenConns(1)
	before := others()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector would end them some time
	c := New(cfg, Deps{Store: NewMemory(event.State{}), Metrics: NewMetrics(cfg.Name, nil), OpenSink: func(context.Context, Config, Hooks) (Sink, error) {
		return unwritable{sink.NewStdout(io.Discard, sink.Options{})}, nil
	}})
	if err := c.Run(t.Context()); !errors.Is(err, errUnwritable) {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); others() > before; { // it takes the server a moment
		if time.Now().After(end) {
			t.Fatalf("%d connections are left", others()-before)
		}
	}
}
