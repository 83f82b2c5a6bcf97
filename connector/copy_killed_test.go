package connector

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// midway is a copy that is disturbed while the server sends the rows of its fifth query:
// they are more than what the network holds, and nobody takes them.
type midway struct {
	*copied
	fifth     int // which one it is of those that are counted
	passes    int // bytes of its rows that arrive
	server    *mysqltest.Server
	disturb   func(connection string)
	disturbed chan struct{}
}

// withPad are the rows of the table of a midway, once it has a column w.
const withPad = `CONCAT('{"id":',id,',"v":',v,',"pad":',IF(pad IS NULL,'null',CONCAT('"',pad,'"')),',"w":',w,'}')`

func newMidway(t *testing.T, server *mysqltest.Server, disturb func(m *midway, connection string), more ...string) *midway {
	t.Helper()
	c := newCopied(t, server, more...)
	c.exec("ALTER TABLE d.t ADD COLUMN pad TEXT", "UPDATE d.t SET pad = REPEAT('x', 12000) WHERE id BETWEEN 4000 AND 4999")
	m := &midway{copied: c, server: server, fifth: 6, disturbed: make(chan struct{})}
	m.disturb = func(connection string) { disturb(m, connection) }
	c.relay.before = m.before
	return m
}

// before holds the answers to the fifth query back until it was disturbed. The first
// that asks what the table is reads no rows.
func (m *midway) before(statement string) {
	m.copied.before(statement)
	if m.asked() != m.fifth || !isChunk(statement) {
		return
	}
	select {
	case <-m.disturbed:
		return
	default:
	}
	m.relay.answers.close(m.passes)
	close(m.disturbed)
	m.relay.wg.Go(func() {
		defer m.relay.answers.open()
		m.disturb(m.sending())
	})
}

func isChunk(statement string) bool {
	return strings.HasPrefix(statement, "SELECT `id`,") || strings.HasPrefix(statement, "SELECT `t`.`id`,")
}

// asked is how many queries of rows there were.
func (c *copied) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queries
}

// sending is the connection on which the server sends rows of the table.
func (m *midway) sending() (connection string) {
	m.t.Helper()
	daemontest.Until(m.t, 10*time.Second, "the server sends rows", nil, func() bool {
		rows, err := mysqltest.Query(m.t.Context(), m.db, "SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE 'SELECT %`id`%FROM `d`.`t`%'")
		if err != nil || len(rows) != 1 {
			return false
		}
		connection = rows[0][0].String
		return true
	})
	return connection
}

// lines tells whether there are so many records.
func (c *copied) lines(want int) func() bool {
	at, n := 0, 0
	return func() bool {
		out := c.live.out.Bytes()
		if at > len(out) { // a part was taken back
			at, n = 0, 0
		}
		n += bytes.Count(out[at:], []byte("\n"))
		at = len(out)
		return n >= want
	}
}

// reads are how often each row was copied.
func (c *copied) reads() map[int]int {
	reads := map[int]int{}
	for line := range strings.Lines(c.live.out.String()) {
		var r struct {
			Value *struct {
				Op    string
				After struct{ ID int }
			}
		}
		if json.Unmarshal([]byte(line), &r) == nil && r.Value != nil && r.Value.Op == "r" {
			reads[r.Value.After.ID]++
		}
	}
	return reads
}

// TestCopy_ServerDisturbs ends a query, its connection and the server itself in the
// middle of the rows: the copy goes on, and each row comes once.
func TestCopy_ServerDisturbs(t *testing.T) {
	kill := func(what string) func(*midway, string) {
		return func(m *midway, connection string) { m.exec("KILL " + what + connection) }
	}
	crash := func(m *midway, _ string) {
		if err := m.server.Kill(); err != nil {
			m.t.Error(err)
		}
		if err := m.server.Resume(m.t.Context()); err != nil {
			m.t.Error(err)
		}
	}
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			f := func(name string, disturb func(*midway, string)) {
				t.Run(name, func(t *testing.T) {
					m := newMidway(t, server, disturb)
					m.live.until(t, m.cfg, m.lines(10_000))
					reads := m.reads()
					if len(reads) != 10_000 {
						t.Errorf("%d rows came", len(reads))
					}
					select {
					case <-m.disturbed:
					default:
						t.Fatal("nothing happened to it")
					}
					if m.asked() < 12 {
						t.Errorf("%d queries: the one that was ended is not among them", m.asked())
					}
					for id, n := range reads {
						if n != 1 {
							t.Fatalf("row %d came %d times", id, n)
						}
					}
					const again = "session ended, starting again from the last state"
					t.Logf("%d queries; %v", m.asked(), m.live.logged(again))
				})
			}
			f("query", kill("QUERY "))
			f("connection", kill("CONNECTION "))
			f("server", crash)
		})
	}
}
