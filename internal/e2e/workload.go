package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// workload changes rows at random so that a reader of the topics can tell
// whether it saw every change in order: every change of a key raises the key's
// version by one, and a row that is inserted again goes on from the version
// that it was deleted at.
type workload struct {
	db     *sql.DB
	tables []*history
	copied bool // there are rows that no reader of the binlog sees
}

// history is what was done to one table. One goroutine changes one table.
type history struct {
	name    string
	rng     *rand.Rand
	version []int  // of each key: the number of its changes so far
	present []bool // whether the key has a row
}

// newWorkload makes the database and its tables.
func newWorkload(t *testing.T, db *sql.DB, tables, keys int, seed uint64) *workload {
	t.Helper()
	w := &workload{db: db}
	for _, stmt := range []string{"DROP DATABASE IF EXISTS load_db", "CREATE DATABASE load_db"} {
		mustExec(t, db, stmt)
	}
	for i := range tables {
		h := &history{
			name: fmt.Sprintf("t%d", i), rng: rand.New(rand.NewPCG(seed, uint64(i))),
			version: make([]int, keys), present: make([]bool, keys),
		}
		mustExec(t, db, fmt.Sprintf("CREATE TABLE load_db.%s (id BIGINT PRIMARY KEY, version INT NOT NULL, note VARCHAR(60))", h.name))
		w.tables = append(w.tables, h)
	}
	return w
}

func mustExec(t *testing.T, db *sql.DB, stmt string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), stmt); err != nil {
		t.Fatalf("%.80s: %v", stmt, err)
	}
}

// run makes changes changes to each table, in transactions of 1 to 60, until
// done or ctx ends.
func (w *workload) run(ctx context.Context, changes int) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, h := range w.tables {
		g.Go(func() error {
			for left := changes; left > 0 && ctx.Err() == nil; {
				n := min(left, 1+h.rng.IntN(60))
				if err := h.transaction(ctx, w.db, n); err != nil {
					return err
				}
				left -= n
			}
			return nil
		})
	}
	return g.Wait()
}

// transaction makes n changes. It does not follow ctx: a change whose outcome
// is not known would make the history useless.
func (h *history) transaction(ctx context.Context, db *sql.DB, n int) error {
	var stmts strings.Builder
	stmts.WriteString("BEGIN;")
	for range n {
		h.change(&stmts)
	}
	stmts.WriteString("COMMIT")
	_, err := db.ExecContext(context.WithoutCancel(ctx), stmts.String())
	return err
}

func (h *history) change(stmts *strings.Builder) {
	key := h.rng.IntN(len(h.version))
	h.version[key]++
	v, note := h.version[key], strings.Repeat("n", h.rng.IntN(60))
	switch {
	case !h.present[key]:
		fmt.Fprintf(stmts, "INSERT INTO load_db.%s VALUES (%d,%d,'%s');", h.name, key, v, note)
	case h.rng.IntN(5) == 0:
		// The delete's event holds the version before it; the next one follows it.
		h.version[key]--
		fmt.Fprintf(stmts, "DELETE FROM load_db.%s WHERE id=%d;", h.name, key)
	default:
		fmt.Fprintf(stmts, "UPDATE load_db.%s SET version=%d,note='%s' WHERE id=%d;", h.name, v, note, key)
		return
	}
	h.present[key] = !h.present[key]
}
