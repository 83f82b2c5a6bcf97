package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// fill gives every key of the workload's tables its first row.
func (w *workload) fill(t *testing.T) {
	t.Helper()
	w.copied = true
	for _, h := range w.tables {
		var values []string
		for key := range h.version {
			h.version[key], h.present[key] = 1, true
			values = append(values, fmt.Sprintf("(%d,1,'%s')", key, strings.Repeat("n", h.rng.IntN(60))))
			if len(values) == 5000 || key == len(h.version)-1 {
				mustExec(t, w.db, "INSERT INTO load_db."+h.name+" VALUES "+strings.Join(values, ","))
				values = values[:0]
			}
		}
	}
}

// TestSnapshot_Killed copies tables that are written to, and kills the process again
// and again while it does: every row comes once, as the copy saw it or by the stream,
// and every change after that comes once and in order.
func TestSnapshot_Killed(t *testing.T) { raidBoth(t, snapshotKilled) }

func snapshotKilled(t *testing.T, version mysqltest.Version) {
	t.Helper()
	kills, tables, keys := 4, 3, 60_000
	if daemontest.Everything() {
		kills, tables, keys = 30, 8, 625_000
	}
	r := newRaid(t, version, tables, keys, with(notified, "snapshot.mode", "initial", "snapshot.max.threads", "2"))
	d, scanned := r.d, r.scanned(t)
	r.write()
	const copying = "copying the rows that are there"
	for n := range kills {
		d.Start()
		d.Until(30*time.Second, "copies", func() bool { return strings.Count(d.Log.String(), copying) > n })
		r.soon(300)
		d.Kill()
		if strings.Contains(d.Log.String(), "copied the rows") {
			break
		}
	}
	killed := strings.Count(d.Log.String(), copying)
	t.Logf("killed %d times while copying", killed)
	d.Start()
	d.Ready()
	r.rest(t)
	d.Until(5*time.Minute, "all rows were copied", func() bool { return strings.Contains(d.Log.String(), "copied the rows") })
	const sessions, ahead = 2, 50_000
	again := r.scanned(t) - scanned - tables*keys
	t.Logf("%d rows were read again", again)
	if again > killed*sessions*ahead {
		t.Errorf("%d rows were read again, more than %d for each session and kill", again, ahead)
	}
	finish(t, d, r.kafka, r.workload)
	checkNotified(t, r.kafka, r.workload)
}

// scanned is how many rows the server has read one after the other, as a copy does, and
// no change by its key.
func (w *workload) scanned(t *testing.T) int {
	t.Helper()
	var name string
	var rows int
	if err := w.db.QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Handler_read_next'").Scan(&name, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// explain says what has not arrived.
func (w *workload) explain(t *testing.T, tables map[string]*replay) {
	t.Helper()
	for _, h := range w.tables {
		r := tables[h.name]
		unseen, behind := 0, 0
		for key, version := range h.version {
			switch seen, ok := r.seen[key]; {
			case !ok && h.present[key]:
				unseen++
			case ok && seen != version:
				behind++
			}
		}
		t.Logf("%s: %d changes, %d rows; of %d keys %d unseen, %d behind", h.name, r.changes, len(r.rows), len(h.version), unseen, behind)
	}
}

// pause lets time pass, in which nothing is waited for.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
