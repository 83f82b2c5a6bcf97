package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/connector/property"
	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/offsets"
	"cdcd/schema"
)

// timed adds up how long a server takes to answer.
type timed struct {
	schema.Querier
	spent time.Duration
}

func (q *timed) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	defer func(begun time.Time) { q.spent += time.Since(begun) }(time.Now())
	return q.Querier.Ask(ctx, statements...)
}

// TestManyTables reads 10,000 tables from a real server, stores them in a cluster and
// takes them from there, as a connector does that begins. It prints what that costs.
func TestManyTables(t *testing.T) {
	if os.Getenv("CDCD_TEST_ALL") == "" {
		t.Skip("makes 10,000 tables; runs only with CDCD_TEST_ALL=1 (make test-all)")
	}
	const tables, limit, memory = 10_000, 5 * time.Second, 200e6 // the limit is of cdcd's processor
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0", "--innodb-file-per-table=0"))
	fill(t, server, tables)
	s := stores(t, "many")[0]
	cfg := connector.Config{
		Flavor: event.MySQL, Host: server.Host, Port: uint16(server.Port), User: server.User, Password: property.NewSecret(server.Password),
	}
	srv, err := connector.Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Close() }()

	before := memStats()
	resetPeak(t)
	begun, spent := time.Now(), processor(t)
	all, err := connector.Beside(t.Context(), cfg, srv)
	if err != nil {
		t.Fatal(err)
	}
	asked, tr := &timed{Querier: all}, schema.New()
	if err := schema.Load(t.Context(), asked, tr); err != nil {
		t.Fatal(err)
	}
	loaded, spent := time.Since(begun), processor(t)-spent
	_ = all.Close()
	loading := peakOf(t)
	t.Logf("loaded %d tables in %v, of which it waited %v for the server; cdcd's processor %v", len(tr.Tables()), loaded, asked.spent, spent)
	begun = time.Now()
	if err := s.PutTables(t.Context(), tr.Versions()); err != nil {
		t.Fatal(err)
	}
	stored := time.Since(begun)
	begun = time.Now()
	version := tr.Version()
	tr.Forget()
	history, err := s.Tables(t.Context(), version)
	if err == nil {
		err = tr.Restore(history, version)
	}
	if err != nil {
		t.Fatal(err)
	}
	peak := peakOf(t)
	after := memStats()
	history = nil
	live := memStats()
	t.Logf("stored in %v, taken from the store in %v", stored, time.Since(begun))
	t.Logf("heap: %d MB in use afterwards, %d MB asked for in all that time", (live.HeapAlloc-before.HeapAlloc)/1e6, (after.HeapSys-before.HeapSys)/1e6)
	t.Logf("the process had at most %d MB while it loaded, %d MB in all that time", loading/1e6, peak/1e6)
	if len(tr.Tables()) < tables || spent > limit || float64(peak) > memory {
		t.Errorf("want %d tables in %v of processor and %d MB", tables, limit, int(memory/1e6))
	}
	runtime.KeepAlive(tr)
	runtime.KeepAlive(history)
}

// processor is how much of the processors this process had so far.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resetPeak has the process give back what it does not need, and peakOf count anew.
func resetPeak(t *testing.T) {
	t.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
}

// peakOf is how many bytes of memory the process had at most since resetPeak.
func peakOf(t *testing.T) (kb int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "VmHWM:")
	if _, err := fmt.Sscan(line, &kb); err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

func memStats() (s runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s
}

// fill makes many tables.
func fill(t *testing.T, server *mysqltest.Server, tables int) {
	t.Helper()
	db := server.DB(t)
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE d"); err != nil {
		t.Fatal(err)
	}
	g, ctx := errgroup.WithContext(t.Context())
	const clients = 4
	for c := range clients {
		g.Go(func() error {
			for i := c; i < tables; i += clients {
				statement := strings.Replace(mysqltest.MixedTable(i), "CREATE TABLE ", "CREATE TABLE d.", 1)
				if _, err := db.ExecContext(ctx, statement); err != nil {
					return fmt.Errorf("table %d: %w", i, err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkDDL is what a statement costs that changes one of 5,000 tables: it is
// folded, the new version is encoded, hashed, compressed and durable in raft.
func BenchmarkDDL(b *testing.B) {
	node, err := cluster.Open(b.Context(), cluster.Config{Name: "bench", NodeID: "n1", DataDir: b.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = node.Close() }()
	if err := node.WaitLeader(b.Context()); err != nil {
		b.Fatal(err)
	}
	s := raftStore{node.Store("many", 1), &definitions{}}
	if _, err := s.store.Session(b.Context(), offsets.NoProducer, 0); err != nil {
		b.Fatal(err)
	}
	tr := schema.New()
	for i := range 5000 {
		if _, err := tr.Apply(schema.DDL{Database: "d", Statement: mysqltest.MixedTable(i)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.PutTables(b.Context(), tr.Versions()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		verb := []string{"ADD COLUMN more%d INT", "DROP COLUMN more%d"}[i%2]
		statement := fmt.Sprintf("ALTER TABLE `table_04999` "+verb, i/2)
		changes, err := tr.Apply(schema.DDL{Database: "d", Statement: statement})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.PutTables(b.Context(), changes[0].Stored()); err != nil {
			b.Fatal(err)
		}
	}
}
