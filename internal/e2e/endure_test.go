package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// endurance is a workload that goes on when its server is killed: each
// transaction counts itself in a row of its own, which tells afterwards whether
// it happened.
type endurance struct {
	*workload
	counts []int // transactions of each table
}

func newEndurance(t *testing.T, db *sql.DB, tables, keys int, seed uint64) *endurance {
	t.Helper()
	e := &endurance{workload: newWorkload(t, db, tables, keys, seed), counts: make([]int, tables)}
	mustExec(t, db, "CREATE TABLE load_db.counts (name VARCHAR(20) PRIMARY KEY, n INT NOT NULL)")
	for _, h := range e.tables {
		mustExec(t, db, "INSERT INTO load_db.counts VALUES ('"+h.name+"', 0)")
	}
	return e
}

// run changes the tables until ctx ends.
func (e *endurance) run(ctx context.Context) error {
	var g errgroup.Group
	for i, h := range e.tables {
		g.Go(func() error {
			for ctx.Err() == nil {
				if err := e.attempt(h, &e.counts[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// attempt makes one transaction. When its outcome is not known the server is
// asked.
func (e *endurance) attempt(h *history, count *int) error {
	version, present := slices.Clone(h.version), slices.Clone(h.present)
	var stmts strings.Builder
	stmts.WriteString("BEGIN;")
	fmt.Fprintf(&stmts, "UPDATE load_db.counts SET n=n+1 WHERE name='%s';", h.name)
	for range 1 + h.rng.IntN(60) {
		h.change(&stmts)
	}
	stmts.WriteString("COMMIT")
	if _, err := e.db.ExecContext(context.Background(), stmts.String()); err == nil {
		*count++
		return nil
	}
	n, err := e.count(h)
	if err == nil && n == *count {
		h.version, h.present = version, present
	}
	*count = n
	return err
}

// count asks how many transactions happened, until the server answers.
func (e *endurance) count(h *history) (n int, err error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-tick.C {
		if err = e.db.QueryRow("SELECT n FROM load_db.counts WHERE name='" + h.name + "'").Scan(&n); err == nil {
			return n, nil
		}
	}
	return 0, err
}

// load runs the workload in the background; the function that it returns stops
// it.
func (e *endurance) load(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}
