package connector

import (
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// TestCopy_AlterWaitsForOneQuery has a table altered while the server sends rows of it:
// the statement waits for these, and no further query of rows is answered before it.
func TestCopy_AlterWaitsForOneQuery(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own())
	began, ended := 0, 0
	m := newMidway(t, server, func(m *midway, _ string) {
		began = m.asked()
		m.running.Go(func() {
			m.exec("ALTER TABLE d.t ADD COLUMN w INT NOT NULL DEFAULT 7")
			ended = m.asked()
			m.exec("UPDATE d.t SET w = 8 WHERE id % 7 = 0")
			m.finish()
		})
		daemontest.Until(m.t, 10*time.Second, "the statement waits", nil, func() bool {
			rows, err := mysqltest.Query(m.t.Context(), m.db, "SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%' AND STATE LIKE 'Waiting for table metadata lock%'")
			return err == nil && len(rows) > 0
		})
	})
	defer m.running.Wait()
	m.live.until(t, m.cfg, func() bool { return m.settled(withPad) })
	if began == 0 || ended > began+1 { // the next one has come, and waits
		t.Errorf("%d queries when the statement came, %d when it was done", began, ended)
	}
	t.Logf("%d queries when the statement came, %d when it was done, %d in all", began, ended, m.asked())
}

// TestCopy_FailsOver moves to the replica in the middle of a copy: the rest is read
// there, and every change comes once.
func TestCopy_FailsOver(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			p := newPair(t, v)
			c := newCopied(t, p.source)
			const two = `CONCAT('{"id":',id,',"v":',v,'}')`
			c.at, c.then = 5, func() {
				p.write("UPDATE d.t SET v = 2 WHERE id % 10 = 0", "DELETE FROM d.t WHERE id % 10 = 1", "UPDATE d.t SET id = 20000 - id WHERE id % 10 = 2")
				c.relay.divert(p.replica.Addr())
				p.own("UPDATE d.t SET v = 3 WHERE id % 10 = 3", "DELETE FROM d.t WHERE id % 10 = 4")
				c.db = p.replica.DB(t)
			}
			c.live.until(t, c.cfg, func() bool { return c.settled(two) })
			if ids := c.twice(); len(ids) > 0 {
				t.Errorf("%d rows came twice, one is %d", len(ids), ids[0])
			}
		})
	}
}
