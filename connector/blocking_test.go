package connector

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

func onServers(t *testing.T, f func(t *testing.T, server *mysqltest.Server)) {
	t.Helper()
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) { f(t, mysqltest.Start(t, v, mysqltest.Own())) })
	}
}

// A blocking snapshot of a table that is written to, whose sink dies again and again,
// gives each row once, and of each row all changes in order.
func TestBlocking_Died(t *testing.T) {
	t.Run("MySQL without GTIDs", func(t *testing.T) {
		diesAgain(t, mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF")))
	})
	onServers(t, diesAgain)
}

func diesAgain(t *testing.T, server *mysqltest.Server) {
	t.Helper()
	b := newBlocked(t, server, append(rowsOf("t", 10_000), rowsOf("u", 3000)...), "snapshot.max.threads", "2")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers sync.WaitGroup
	for i := range 2 {
		writers.Go(func() { b.write(ctx, i) })
	}
	later := &event.Incremental{ID: schema.ID{Database: "d", Name: "t"}, Signal: "sig-2", After: []string{"5"}}
	signals := of("t", "u")
	signals.Tables, signals.Paused, signals.Offset = []*event.Incremental{later}, true, 7
	b.signal(signals)

	rng := rand.New(rand.NewPCG(1, 2))
	deaths, halves := 0, 0
	for n := range 8 {
		b.dies, b.late = 2+rng.IntN(30), n%2 == 1 // before it copies the stream has much to write
		if err := b.run(nothingAsked); err == nil {
			break
		} else if !errors.Is(err, errDied) {
			t.Fatal(err)
		}
		deaths++
		if stored, _ := b.store.Load(t.Context()); stored.State.Signals.Asked().Progress != nil {
			halves++
		}
	}
	b.dies = 0
	b.until(nothingAsked)
	stop()
	writers.Wait()
	b.exec("INSERT INTO d.t VALUES (-1, 1)")
	b.until(func(s event.State) bool {
		if !slices.Equal(s.Signals.Tables, []*event.Incremental{later}) || s.Signals.Offset != 7 {
			t.Errorf("other signals became %+v", s.Signals)
		}
		return b.seen["t -1"] != nil
	})
	b.compare("t")
	b.compare("u")
	b.markers(t)
	t.Logf("died %d times, %d of them while it copied; %d and %d rows read, %d records", deaths, halves, b.reads("t"), b.reads("u"), len(b.topic))
	if halves == 0 || b.reads("t") < 5000 {
		t.Error("the test does not do what it is for")
	}
}

// write changes rows until ctx ends.
func (b *blocked) write(ctx context.Context, seed int) {
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	for ctx.Err() == nil {
		tx, err := b.db.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			b.t.Error(err)
			return
		}
		id := 1 + 2*rng.IntN(5000) + seed // no other writer has it
		statements := []string{fmt.Sprintf("UPDATE d.t SET v = v + 1 WHERE id = %d", id)}
		switch rng.IntN(4) {
		case 0:
			statements = append(statements, fmt.Sprintf("UPDATE d.u SET v = v + 1 WHERE id = %d", 1+id%3000))
		case 1:
			statements = append(statements, fmt.Sprintf("SET @v = (SELECT v FROM d.t WHERE id = %d)", id),
				fmt.Sprintf("DELETE FROM d.t WHERE id = %d", id), fmt.Sprintf("INSERT INTO d.t VALUES (%d, @v + 1)", id))
		}
		for _, s := range statements {
			if _, err := tx.ExecContext(context.WithoutCancel(ctx), s); err != nil {
				b.t.Errorf("%s: %v", s, err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.t.Error(err)
		}
	}
}

// markers checks where the copy begins and ends.
func (b *blocked) markers(t *testing.T) {
	t.Helper()
	var order []string
	for _, r := range b.topic {
		if r.Value != nil && r.Value.Op == "r" {
			if s := r.Value.Source; s.Snapshot != "true" {
				order = append(order, s.Snapshot)
			}
		}
	}
	if want := []string{"first", "last_in_data_collection", "first_in_data_collection", "last"}; !sameMembers(order, want) || order[0] != "first" || order[3] != "last" {
		t.Errorf("markers %q, want %q", order, want)
	}
}

func sameMembers(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// A table without a key is copied whole, or not at all, and by a statement of its own
// only what that selects.
func TestBlocking_Tables(t *testing.T) {
	onServers(t, func(t *testing.T, server *mysqltest.Server) {
		t.Helper()
		b := newBlocked(t, server, append(rowsOf("t", 3000), "CREATE TABLE d.nokey (id INT, v INT)", "INSERT INTO d.nokey SELECT * FROM d.t"))
		signals := of("nokey", "t")
		signals.Blocking[0].Tables[1].Select = "SELECT * FROM d.t WHERE id % 3 = 0;\n"
		b.signal(signals)
		for b.dies = 2; b.dies < 5; b.dies++ {
			if err := b.run(nothingAsked); !errors.Is(err, errDied) {
				t.Fatal(err)
			}
		}
		b.dies = 0
		b.until(nothingAsked)
		b.compare("nokey")
		if n := b.reads("t"); n != 1000 {
			t.Errorf("%d rows were read by the statement", n)
		}
	})
}

// Signals come while the tables are written to: the stream stops for each blocking
// snapshot in turn, and the increments that were asked for before go on behind.
func TestBlocking_Signals(t *testing.T) {
	onServers(t, func(t *testing.T, server *mysqltest.Server) {
		t.Helper()
		b := newBlocked(t, server, append(append(rowsOf("t", 10_000), rowsOf("u", 3000)...), append(rowsOf("w", 3000),
			"CREATE TABLE d.signals (k VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))")...),
			"signal.data.collection", "d.signals", "incremental.snapshot.chunk.size", "100")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var writers sync.WaitGroup
		writers.Go(func() { b.write(ctx, 0) })
		ask := func(id, kind, table string) {
			b.exec(`INSERT INTO d.signals VALUES ('` + id + `', 'execute-snapshot', '{"type":"` + kind + `","data-collections":["d.` + table + `"]}')`)
		}
		ask("1", "incremental", "w")
		ask("2", "blocking", "t")
		ask("3", "blocking", "u")
		b.until(func(event.State) bool { return b.reads("t") > 9000 && b.reads("u") > 2500 && b.reads("w") >= 3000 })
		stop()
		writers.Wait()
		b.exec("INSERT INTO d.t VALUES (-1, 1)")
		b.until(func(event.State) bool { return b.seen["t -1"] != nil })
		for _, table := range []string{"t", "u", "w"} {
			b.compare(table)
		}
		t.Logf("%d, %d and %d rows read", b.reads("t"), b.reads("u"), b.reads("w"))
	})
}

// Rows say where the stream stands.
func TestBlocking_Source(t *testing.T) {
	onServers(t, func(t *testing.T, server *mysqltest.Server) {
		t.Helper()
		b := newBlocked(t, server, rowsOf("t", 2000), "include.schema.changes", "true")
		b.exec("UPDATE d.t SET v = 2 WHERE id = 7")
		b.signal(of("t"))
		b.dies = 4
		if err := b.run(nothingAsked); !errors.Is(err, errDied) {
			t.Fatal(err)
		}
		b.dies = 0
		b.until(nothingAsked)
		var change *record
		var statements []string
		for i := range b.topic {
			r := &b.topic[i]
			if r.Value.DDL != "" {
				statements = append(statements, r.Value.DDL)
				continue
			}
			s := r.Value.Source
			if r.Value.Op == "u" {
				change = r
				continue
			}
			was := change.Value.Source
			gtid := func(g *string) string {
				if g == nil {
					return ""
				}
				return *g
			}
			if gtid(s.GTID) == "" || gtid(s.GTID) != gtid(was.GTID) || s.Thread != was.Thread || s.Server != was.Server || *s.File != *was.File || s.Pos <= was.Pos || s.TS%1000 != 0 {
				t.Fatalf("a row says %+v behind %+v", s, was)
			}
		}
		n := len(statements)
		if n < 3 || statements[n-2] != "DROP TABLE IF EXISTS `d`.`t`" || !strings.HasPrefix(statements[n-1], "CREATE TABLE `t` (") || strings.Contains(statements[n-3], "DROP") {
			t.Errorf("published %q", statements)
		}
		b.compare("t")
	})
}

// Rows that change while the view is opened, whether it has the change or not, come by
// the stream; the others are copied. The place behind may be in another binlog file, and
// what was written may be of an XA transaction.
func TestBlocking_Window(t *testing.T) {
	onServers(t, func(t *testing.T, server *mysqltest.Server) {
		t.Helper()
		b := newBlocked(t, server, rowsOf("t", 100))
		conn, err := b.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		exec := func(statements ...string) {
			for _, s := range statements {
				if _, err := conn.ExecContext(t.Context(), s); err != nil {
					t.Errorf("%s: %v", s, err)
				}
			}
		}
		change := func(id int) {
			exec("BEGIN", fmt.Sprintf("UPDATE d.t SET v = v + 1 WHERE id IN (%d, %d)", id, id+1), fmt.Sprintf("DELETE FROM d.t WHERE id = %d", id+2), "COMMIT",
				"XA START 'x'", fmt.Sprintf("UPDATE d.t SET v = v + 1 WHERE id = %d", id+3), "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'")
		}
		opened := 0
		b.before = func(statement string) {
			switch {
			case strings.Contains(statement, "WITH CONSISTENT SNAPSHOT"):
				change(10)
				opened = 1
			case opened == 1: // what the view has is certain now
				change(20)
				exec("FLUSH BINARY LOGS")
				opened = 2
			case opened == 2 && strings.Contains(statement, "SAVEPOINT cdcd"):
				change(30)
				opened = 3
			}
		}
		b.signal(of("t"))
		b.until(func(s event.State) bool { h := b.seen["t 33"]; return nothingAsked(s) && h != nil && h.changes > 0 })
		b.compare("t")
		for id := 1; id <= 100; id++ {
			h := b.seen[fmt.Sprintf("t %d", id)]
			if h == nil {
				t.Errorf("row %d did not come", id)
				continue
			}
			window := 10 <= id && id < 14 || 20 <= id && id < 24
			if server.Flavor == mysqltest.MariaDB { // which tells what its views have
				window = id == 12 || id == 13 // deleted by then, and of an XA transaction
			}
			if want := map[bool]int{false: 1, true: 0}[window]; h.reads != want {
				t.Errorf("row %d was read %d times", id, h.reads)
			}
		}
		t.Logf("%d rows read", b.reads("t"))
	})
}

// What cannot be copied ends neither the connector nor the stream.
func TestBlocking_GivenUp(t *testing.T) {
	onServers(t, func(t *testing.T, server *mysqltest.Server) {
		t.Helper()
		b := newBlocked(t, server, rowsOf("t", 1200))
		next := 5000
		f := func(name string, signals *event.Signals, message string) {
			t.Helper()
			t.Run(name, func(t *testing.T) {
				b.t = t
				b.signal(signals)
				next++
				b.exec(fmt.Sprintf("INSERT INTO d.t VALUES (%d, 1)", next))
				b.until(func(s event.State) bool { return nothingAsked(s) && b.seen[fmt.Sprintf("t %d", next)] != nil })
				if b.logs.FilterMessage(message).Len() == 0 {
					t.Errorf("no log %q in %v", message, b.logs.All())
				}
				for _, e := range b.logs.All() {
					if text := fmt.Sprint(e.Message, e.ContextMap()); strings.Contains(text, "secret") {
						t.Errorf("the log has the statement: %s", text)
					}
				}
			})
		}
		with := func(statement string) *event.Signals {
			s := of("t")
			s.Blocking[0].Tables[0].Select = statement
			return s
		}
		const givenUp, leftOut = "a blocking snapshot is given up", "a table is left out of a blocking snapshot"
		f("syntax", with("SELECT secret FROM WHERE"), givenUp)
		f("no such column", with("SELECT * FROM d.t WHERE secret = 1"), givenUp)
		f("no such table", with("SELECT * FROM d.secret"), givenUp)
		f("a column is missing", with("SELECT id AS secret FROM d.t"), givenUp)
		f("several statements", with("SELECT * FROM d.t) AS secret; DELETE FROM d.t; SELECT * FROM (SELECT * FROM d.t"), givenUp)
		f("fails as it runs", with("SELECT id, (SELECT id FROM d.t WHERE 'secret' <> id) AS v FROM d.t"), givenUp)
		f("unknown tables", of("nowhere"), leftOut)
		f("others are copied", of("nowhere", "t"), leftOut)
		if b.reads("t") < 1200 {
			t.Errorf("%d rows were read", b.reads("t"))
		}
	})
}

// Statements that change a table while it is copied leave the reader of the topic with
// the rows that the server has, and no row comes twice.
func TestBlocking_TableChangesMeanwhile(t *testing.T) {
	onServers(t, func(t *testing.T, server *mysqltest.Server) {
		t.Helper()
		f := func(name string, moments []int, statements ...string) {
			t.Helper()
			for _, at := range moments {
				if server.Flavor == mysqltest.MariaDB && at > 1 {
					continue // it would wait for the end of the view
				}
				t.Run(fmt.Sprintf("%s/%d", name, at), func(t *testing.T) {
					b := newBlocked(t, server, rowsOf("t", 3000))
					b.signal(of("t"))
					b.again = name == "another key"
					b.meanwhile(at, append(statements, "CREATE TABLE d.end (id INT PRIMARY KEY, v INT)", "INSERT INTO d.end VALUES (1, 1)")...)
					b.until(func(s event.State) bool { return nothingAsked(s) && b.seen["end 1"] != nil })
					if name == "dropped" {
						return
					}
					b.compare("t")
				})
			}
		}
		moments := []int{1, 3, 5}
		write := []string{"UPDATE d.t SET v = v + 1 WHERE id % 10 = 0", "DELETE FROM d.t WHERE id % 10 = 1"}
		f("writes", moments, write...)
		f("altered", moments, append(write, "ALTER TABLE d.t ADD COLUMN w INT NOT NULL DEFAULT 7", "UPDATE d.t SET v = v + 1 WHERE id % 7 = 0")...)
		f("wider key", moments, append(write, "ALTER TABLE d.t MODIFY id BIGINT", "UPDATE d.t SET v = v + 1 WHERE id % 7 = 0")...)
		f("dropped", moments, "DROP TABLE d.t")
		f("emptied", moments, "DELETE FROM d.t", "TRUNCATE d.t", "INSERT INTO d.t VALUES (1,2),(2900,2)")
		f("exchanged", moments, "CREATE TABLE d.new LIKE d.t", "INSERT INTO d.new SELECT * FROM d.t", "RENAME TABLE d.t TO d.old, d.new TO d.t", "UPDATE d.t SET v = v + 1", "DROP TABLE d.old")
		f("another key", moments, append(write, "ALTER TABLE d.t DROP PRIMARY KEY, ADD PRIMARY KEY (v, id)", "UPDATE d.t SET v = v + 1 WHERE id % 7 = 0")...)
		f("made anew", moments, "DELETE FROM d.t", "DROP TABLE d.t", "CREATE TABLE d.t (id INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1,2),(2900,2)")
	})
}
