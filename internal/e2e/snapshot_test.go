package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
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
func TestSnapshot_Killed(t *testing.T) {
	for name, version := range map[string]mysqltest.Version{"mysql": mysqltest.MySQL97, "mariadb": mysqltest.MariaDB1011} {
		t.Run(name, func(t *testing.T) { snapshotKilled(t, version) })
	}
}

func snapshotKilled(t *testing.T, version mysqltest.Version) {
	t.Helper()
	kills, tables, keys := 4, 3, 60_000
	if daemontest.Everything() {
		kills, tables, keys = 30, 8, 625_000
	}
	seed := daemontest.Seed(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	server := mysqltest.Start(t, version, mysqltest.Own())
	kafka := kafkatest.Start(t, kafkatest.Config{})
	w := newWorkload(t, server.DB(t), tables, keys, seed)
	w.fill(t)
	scanned := w.scanned(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	writing := make(chan error, 1)
	go func() { writing <- w.run(ctx, 1<<30) }()

	d := newDaemon(t, kafka.Bootstrap(), properties(server, with(notified, "snapshot.mode", "initial", "snapshot.max.threads", "2")))
	d.discreet()
	const copying = "copying the rows that are there"
	for n := range kills {
		d.Start()
		d.Until(30*time.Second, "copies", func() bool { return strings.Count(d.Log.String(), copying) > n })
		pause(ctx, time.Duration(rng.IntN(300))*time.Millisecond)
		d.Kill()
		if strings.Contains(d.Log.String(), "copied the rows") {
			break
		}
	}
	t.Logf("killed %d times while copying", strings.Count(d.Log.String(), copying))
	d.Start()
	d.Ready()
	stop()
	if err := <-writing; err != nil {
		t.Fatal(err)
	}
	d.Until(5*time.Minute, "all rows were copied", func() bool { return strings.Contains(d.Log.String(), "copied the rows") })
	t.Logf("%d rows were read again", w.scanned(t)-scanned-tables*keys)
	finish(t, d, kafka, w)
	checkNotified(t, kafka, w)
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
		if r == nil {
			t.Logf("%s: nothing", h.name)
			continue
		}
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
