package e2e

import (
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// TestBlocking_Killed asks for a blocking snapshot of tables that are written to, and
// kills the process again and again while it copies: every row comes once more, as it
// was told before or by the stream, and every change comes once and in order.
func TestBlocking_Killed(t *testing.T) { raidBoth(t, blockingKilled) }

func blockingKilled(t *testing.T, version mysqltest.Version) {
	t.Helper()
	kills, tables, keys := 3, 2, 60_000
	if daemontest.Everything() {
		kills, tables, keys = 20, 6, 400_000
	}
	r := newRaid(t, version, tables, keys, map[string]string{"snapshot.max.threads": "2", "signal.data.collection": "load_db.signals"})
	d := r.d
	r.takesSignals(t)
	d.Start()
	d.Ready()
	r.write()
	pause(r.ctx, 100*time.Millisecond)
	mustExec(t, r.db, `INSERT INTO load_db.signals VALUES ('1', 'execute-snapshot', '{"type":"blocking","data-collections":["load_db.t.*"]}')`)

	const copying, ended = "copying rows for a blocking snapshot", "the blocking snapshot has ended"
	for n := range kills {
		d.Until(30*time.Second, "copies", func() bool { return strings.Count(d.Log.String(), copying) > n })
		r.soon(200)
		d.Kill()
		if d.Start(); strings.Contains(d.Log.String(), ended) {
			break
		}
	}
	t.Logf("copied in %d turns", strings.Count(d.Log.String(), copying))
	d.Until(60*time.Second, "the snapshot ends", func() bool { return strings.Contains(d.Log.String(), ended) })
	r.rest(t)
	c := r.consumer(r.kafka)
	d.Until(30*time.Second, "every change arrived", func() bool {
		c.consume(t)
		return r.arrived(c.tables)
	})
	r.checkTables(t, c.tables)
	for name, c := range c.tables {
		t.Logf("%s: %d records, %d rows read", name, c.changes, len(c.reads))
		if c.duplicates > 0 || len(c.reads) < keys/2 {
			t.Errorf("%s: %d records came twice; %d rows were read", name, c.duplicates, len(c.reads))
		}
	}
}
