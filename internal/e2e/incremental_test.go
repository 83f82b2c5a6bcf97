package e2e

import (
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// TestIncremental_Killed has tables copied by a signal while they are written to, and
// kills the process again and again: no row comes twice, none behind a newer one, and
// every key is there in the end.
func TestIncremental_Killed(t *testing.T) { raidBoth(t, incrementalKilled) }

func incrementalKilled(t *testing.T, version mysqltest.Version) {
	t.Helper()
	kills, keys := 4, 20_000
	if daemontest.Everything() {
		kills, keys = 30, 200_000
	}
	r := newRaid(t, version, 3, keys, map[string]string{
		"signal.data.collection": "load_db.signals", "incremental.snapshot.chunk.size": "300", "snapshot.max.threads": "2",
	})
	d := r.d
	r.takesSignals(t)
	r.write()
	d.Start()
	d.Ready()
	mustExec(t, r.db, "INSERT INTO load_db.signals VALUES ('all', 'execute-snapshot', '{\"data-collections\": [\"load_db.t.\"]}')")
	const asked, done = "an incremental snapshot was asked for", "a table of an incremental snapshot is done"
	d.Until(10*time.Second, "the signal", func() bool { return strings.Contains(d.Log.String(), asked) })
	killed := 0
	for range kills {
		r.soon(300)
		if strings.Count(d.Log.String(), done) >= 3 {
			break
		}
		d.Kill()
		killed++
		d.Start()
		d.Ready()
	}
	d.Until(60*time.Second, "all tables were copied", func() bool { return strings.Count(d.Log.String(), done) >= 3 })
	t.Logf("killed %d times while copying", killed)
	r.rest(t)
	finish(t, d, r.kafka, r.workload)
}
