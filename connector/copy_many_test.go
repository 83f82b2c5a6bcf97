package connector

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// TestCopy_ManyTables copies one row of each of many tables, by two sessions.
func TestCopy_ManyTables(t *testing.T) {
	tables := 500
	if daemontest.Everything() {
		tables = 10_000
	}
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--table-open-cache=2000", "--innodb-file-per-table=OFF", "--sync-binlog=0", "--innodb-flush-log-at-trx-commit=0"))
	statements := []string{"CREATE DATABASE d"}
	for i := range tables {
		statements = append(statements, fmt.Sprintf("CREATE TABLE d.t%05d (id INT PRIMARY KEY, v INT); INSERT INTO d.t%05d VALUES (%d,1)", i, i, i))
	}
	server.Exec(t, statements...)
	c := &copied{t: t, live: newLive()}
	c.live.limit = 5 * time.Minute
	var peak uint64
	done, begun := c.lines(tables), time.Now()
	c.live.until(t, liveConfig(t, server, `d\.t.*`, "snapshot.mode", "initial", "snapshot.max.threads", "2"), func() bool {
		if c.live.out.Len()%16 == 0 { // reading it stops the world
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		return done()
	})
	if reads := c.reads(); len(reads) != tables || strings.Count(c.live.out.String(), "\n") != tables {
		t.Errorf("rows of %d tables came, in %d records", len(reads), strings.Count(c.live.out.String(), "\n"))
	}
	t.Logf("%d tables in %v, at most %d MiB in use", tables, time.Since(begun).Round(time.Millisecond), peak>>20)
}
