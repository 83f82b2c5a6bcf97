package connector

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"cdcd/internal/mysqltest"
)

// growing is a table whose rows carry a version that every change raises by one, and
// the signal table beside it.
type growing struct {
	t    *testing.T
	db   *sql.DB
	live *live
	cfg  Config
	rows int
}

func newGrowing(t *testing.T, server *mysqltest.Server, key string, rows int, more ...string) *growing {
	t.Helper()
	g := &growing{t: t, db: server.DB(t), live: newLive(), rows: rows}
	g.cfg = liveConfig(t, server, `grow\.t`, append([]string{
		"snapshot.mode", "no_data", "signal.data.collection", "grow.signals", "incremental.snapshot.chunk.size", "100",
	}, more...)...)
	g.exec("DROP DATABASE IF EXISTS grow", "CREATE DATABASE grow",
		"CREATE TABLE grow.t (id INT NOT NULL, name VARCHAR(40) NOT NULL, v INT NOT NULL, "+key+")",
		"CREATE TABLE grow.signals (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))")
	var values []string
	for id := range rows {
		values = append(values, fmt.Sprintf("(%d,'%s',1)", id, []string{"a", "B", "c", "D"}[id%4]+fmt.Sprint(id*7919%rows)))
	}
	g.exec("INSERT INTO grow.t VALUES " + strings.Join(values, ","))
	return g
}

func (g *growing) exec(statements ...string) {
	for _, s := range statements {
		if _, err := g.db.ExecContext(context.WithoutCancel(g.t.Context()), s); err != nil {
			g.t.Errorf("%.80s: %v", s, err)
		}
	}
}

func (g *growing) signal(id, kind, data string) {
	if _, err := g.db.ExecContext(g.t.Context(), "INSERT INTO grow.signals VALUES (?, ?, ?)", id, kind, data); err != nil {
		g.t.Error(err)
	}
}

// change raises the versions of random rows until ctx ends.
func (g *growing) change(ctx context.Context) {
	for ctx.Err() == nil {
		g.exec(fmt.Sprintf("UPDATE grow.t SET v = v + 1 WHERE id IN (%d, %d, %d)", rand.IntN(g.rows), rand.IntN(g.rows), rand.IntN(g.rows)))
	}
}

type row struct{ ID, V int }

// history is what the records say, row by row.
type history struct {
	versions map[int][]int
	read     map[int]int // how often a row was copied
}

func (g *growing) history() history {
	h := history{map[int][]int{}, map[int]int{}}
	for line := range strings.Lines(g.live.out.String()) {
		var r struct {
			Value *struct {
				Op     string
				Source struct{ Table string }
				After  row
			}
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Value == nil || r.Value.Source.Table != "t" {
			continue
		}
		after := r.Value.After
		before := h.versions[after.ID]
		if r.Value.Op == "r" {
			h.read[after.ID]++
			if n := len(before); n > 0 && before[n-1] == after.V {
				continue // as the stream has said
			}
		}
		h.versions[after.ID] = append(before, after.V)
	}
	return h
}

// check compares the history with the table: the versions of each row rise by one from
// the first one on, and end as the table's.
func (g *growing) check() {
	g.t.Helper()
	h := g.history()
	found, err := g.db.QueryContext(g.t.Context(), "SELECT id, v FROM grow.t")
	if err != nil {
		g.t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var id, v int
		if err := found.Scan(&id, &v); err != nil {
			g.t.Fatal(err)
		}
		versions := h.versions[id]
		if len(versions) == 0 || versions[len(versions)-1] != v {
			g.t.Errorf("row %d has version %d, and the records end with %v", id, v, versions)
		}
		for i := 1; i < len(versions); i++ {
			if versions[i] != versions[i-1]+1 {
				g.t.Errorf("row %d: versions %v", id, versions)
			}
		}
		if h.read[id] > 1 {
			g.t.Errorf("row %d was copied %d times", id, h.read[id])
		}
	}
	if err := found.Err(); err != nil {
		g.t.Fatal(err)
	}
}

// done tells that the snapshot is done, and that the stream has come to a row behind it.
func (g *growing) done(last int) func() bool {
	return func() bool {
		s := g.live.state().Signals
		return s != nil && len(s.Tables) == 0 && strings.Contains(g.live.out.String(), fmt.Sprintf(`"id":%d,`, last))
	}
}

// Rows that are copied while they change come in order with their changes, none twice,
// whatever tells where a chunk was read, and however often the connector begins anew.
func TestIncremental_BesideChanges(t *testing.T) {
	for _, c := range []struct {
		name    string
		version mysqltest.Version
		key     string
		more    []string
	}{
		{"sets", mysqltest.MySQL97, "PRIMARY KEY (id)", nil},
		{"marks", mysqltest.MySQL97, "PRIMARY KEY (id)", []string{"read.only", "false"}},
		{"marks deleted", mysqltest.MySQL97, "PRIMARY KEY (id)", []string{"read.only", "false", "incremental.snapshot.watermarking.strategy", "insert_delete"}},
		{"text", mysqltest.MySQL97, "PRIMARY KEY (name, id)", []string{"snapshot.max.threads", "2"}},
		{"place", mysqltest.MariaDB1011, "PRIMARY KEY (name, id)", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGrowing(t, mysqltest.Start(t, c.version), c.key, 3000, c.more...)
			ctx, stop := context.WithCancel(t.Context())
			var writers sync.WaitGroup
			defer writers.Wait()
			defer stop()
			const last = 1_000_000
			copied := func(part int) func() bool {
				return func() bool {
					s := g.live.state().Signals
					return s != nil && len(s.Tables) > 0 && s.Tables[0].Rows >= int64(part)
				}
			}
			begun := func() {
				g.signal("all", "execute-snapshot", `{"data-collections": ["grow\\.t"]}`)
				for range 2 {
					writers.Go(func() { g.change(ctx) })
				}
			}
			g.live.start(t, g.cfg, "", copied(500), begun)
			g.live.start(t, g.cfg, "", copied(1500), nil)
			ended := false
			g.live.until(t, g.cfg, func() bool {
				s := g.live.state().Signals
				if !ended && s != nil && len(s.Tables) == 0 {
					ended = true
					stop()
					go func() { writers.Wait(); g.exec(fmt.Sprintf("INSERT INTO grow.t VALUES (%d, 'last', 1)", last)) }()
				}
				return g.done(last)()
			})
			g.check()
			if n := len(g.history().read); n < g.rows/2 {
				t.Errorf("%d of %d rows were copied", n, g.rows)
			}
		})
	}
}

// A table whose key is another one in the middle of its copy is copied whole, in the
// order of the new key, and rows that were emptied away do not come again.
func TestIncremental_TableChangesMeanwhile(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		for name, c := range map[string]struct{ key, statement string }{
			"longer key":  {"PRIMARY KEY (id)", "ALTER TABLE grow.t DROP PRIMARY KEY, ADD PRIMARY KEY (name, id)"},
			"shorter key": {"PRIMARY KEY (name, id)", "ALTER TABLE grow.t DROP PRIMARY KEY, ADD PRIMARY KEY (id)"},
			"column":      {"PRIMARY KEY (id)", "ALTER TABLE grow.t ADD COLUMN more INT NOT NULL DEFAULT 5 AFTER id"},
			"emptied":     {"PRIMARY KEY (id)", "TRUNCATE TABLE grow.t"},
		} {
			t.Run(string(v)+"/"+name, func(t *testing.T) {
				g := newGrowing(t, mysqltest.Start(t, v), c.key, 2000, "incremental.snapshot.chunk.size", "20", "skipped.operations", "none")
				const last = 1_000_000
				progress := func() bool {
					s := g.live.state().Signals
					return s != nil && len(s.Tables) > 0 && s.Tables[0].Rows >= 300
				}
				g.steps(
					step{func() { g.signal("all", "execute-snapshot", `{"data-collections": ["grow.t"]}`) }, progress},
					step{func() { g.exec(c.statement) }, g.queue(0)},
					step{func() { g.exec(fmt.Sprintf("INSERT INTO grow.t (id, name, v) VALUES (%d, 'last', 1)", last)) }, g.done(last)},
				)
				_, behind, emptied := strings.Cut(g.live.out.String(), `"op":"t"`)
				if name == "emptied" {
					if !emptied || strings.Contains(behind, `"op":"r"`) {
						t.Errorf("emptied %v, and rows that are no more come behind", emptied)
					}
					return
				}
				if h := g.history(); len(h.read) < g.rows {
					t.Errorf("%d of %d rows were copied", len(h.read), g.rows)
				}
			})
		}
	}
}
