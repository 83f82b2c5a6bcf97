package connector

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// keyless is a copy of a table without a key, which one query reads.
func keyless(c *copied) { c.exec("ALTER TABLE d.t DROP PRIMARY KEY") }

// TestCopy_KeylessBreaks ends the connection among the rows of a table without a key. At
// least once, what is durable by then comes again, and a little more; exactly once
// nothing is durable before the last row.
func TestCopy_KeylessBreaks(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	for mode, times := range map[string]int{"exactly-once": 1, "at-least-once": 2} {
		t.Run(mode, func(t *testing.T) {
			kept, running := 0, make(chan *Connector, 1)
			m := newMidway(t, server, func(m *midway, connection string) {
				c := <-running
				daemontest.Until(t, 10*time.Second, "rows arrive", nil, func() bool { s := c.Status().Copy; return s != nil && s.Rows > 4100 })
				if times > 1 {
					daemontest.Until(t, 10*time.Second, "rows are durable", nil, func() bool { return m.live.committed() > 0 })
				}
				kept = m.live.committed()
				m.exec("KILL CONNECTION " + connection)
			}, "cdcd.snapshot.keyless", mode)
			keyless(m.copied)
			m.fifth, m.passes = 2, 3<<20 // the only one; not all of it
			m.live.inbox = func(c *Connector) { running <- c }
			m.live.until(t, m.cfg, func() bool {
				out := m.live.out.Bytes()
				return bytes.Contains(out[max(0, len(out)-2000):], []byte(`{"id":9999,`))
			})
			reads := m.reads()
			if kept > 0 != (times == 2) {
				t.Errorf("%d bytes were durable among the rows", kept)
			}
			if reads[0] != times || reads[9999] != 1 {
				t.Errorf("the first row came %d times, the last one %d times", reads[0], reads[9999])
			}
			for id := range 10_000 {
				if reads[id] < 1 || reads[id] > times {
					t.Fatalf("row %d came %d times", id, reads[id])
				}
			}
		})
	}
}

// TestCopy_KeylessIsWritten changes a table without a key while views of it are opened:
// no view is taken in which it is not known which changes it has.
func TestCopy_KeylessIsWritten(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	c := newCopied(t, server)
	keyless(c)
	views := 0
	c.relay.before = func(statement string) {
		if !strings.Contains(statement, "WITH CONSISTENT SNAPSHOT") {
			return
		}
		if views++; views <= 3 {
			c.exec("INSERT INTO d.t VALUES (20000,1)", "UPDATE d.t SET v = v + 1 WHERE id = 5")
		}
	}
	c.live.until(t, c.cfg, func() bool { return len(c.reads()) > 10_000 })
	if views != 4 {
		t.Errorf("%d views were opened, want 4", views)
	}
	if reads := c.reads(); reads[20000] != 3 || reads[5] != 1 || c.replayed()[5] != `{"id":5,"v":4}` {
		t.Errorf("row 20000 came %d times, row 5 %d times: %s", reads[20000], reads[5], c.replayed()[5])
	}
}

// TestCopy_Prepared: no view is taken while XA transactions are prepared, whose rows it
// does not have and the binlog has before it.
func TestCopy_Prepared(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	c := newCopied(t, server)
	c.exec("CREATE TABLE d.other (id INT PRIMARY KEY)")
	server.Exec(t, "XA START 'x'; INSERT INTO d.t VALUES (20000,1); XA END 'x'; XA PREPARE 'x'")
	asked := 0
	c.relay.before = func(statement string) {
		if statement != "XA RECOVER" {
			return
		}
		if asked++; asked == 3 {
			c.exec("XA COMMIT 'x'")
		}
	}
	c.live.until(t, c.cfg, func() bool { return len(c.replayed()) == 10_001 })
	if ids := c.twice(); len(ids) > 0 || asked < 3 {
		t.Errorf("rows %v came twice; asked %d times", ids, asked)
	}
}
