package bank

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"cdcd/internal/mysqltest"
)

// surveyor makes, alters and drops tables all the time, and writes to drift in
// between. It asks the server how things stand before each step, so that it
// need not know what came of the one before.
type surveyor struct {
	*Bank
	rng *rand.Rand
}

func (s *surveyor) work(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.step(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("surveyor: %w", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// step makes one, unless the server is away.
func (s *surveyor) step(ctx context.Context) error {
	columns, err := s.names(ctx, "COLUMN_NAME", "COLUMNS", s.db, "drift")
	if err != nil {
		_, err = outcome(err)
		return err
	}
	stmt, ddl := s.write(columns), false
	switch s.rng.IntN(8) {
	case 0:
		stmt, ddl = s.alter(columns), true
	case 1:
		if stmt, err = s.beside(ctx); err != nil {
			_, err = outcome(err)
			return err
		}
		ddl = true
	}
	came, err := outcome(s.exec(ctx, stmt))
	if ddl && came == done {
		s.altered.Add(1)
	}
	return err
}

// names asks the server for the names of columns or tables, by their order.
func (s *surveyor) names(ctx context.Context, column, table, database, of string) ([]string, error) {
	query := fmt.Sprintf("SELECT %s FROM information_schema.%s WHERE TABLE_SCHEMA='%s' AND TABLE_NAME LIKE '%s'", column, table, database, of)
	rows, err := mysqltest.Query(ctx, s.sql, query)
	var names []string
	for _, row := range rows {
		names = append(names, row[0].String)
	}
	slices.Sort(names)
	return names, err
}

// added are the columns of drift that it was not made with. Their names say
// what they hold.
func added(columns []string) []string {
	return slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return !strings.Contains(name, "_") })
}

// alter adds a column to drift, or drops or renames one that was added.
func (s *surveyor) alter(columns []string) string {
	more, table := added(columns), "ALTER TABLE "+s.db+".drift "
	name := func(kind string) string { return fmt.Sprintf("%s_%d", kind, s.rng.IntN(1e6)) }
	if len(more) == 0 || len(more) < 6 && s.rng.IntN(2) == 0 {
		place := []string{"", " FIRST", " AFTER n"}[s.rng.IntN(3)]
		if s.rng.IntN(2) == 0 {
			return table + "ADD COLUMN " + name("i") + " BIGINT DEFAULT 7" + place
		}
		return table + "ADD COLUMN " + name("s") + " VARCHAR(50) NOT NULL DEFAULT 'seven'" + place
	}
	one := more[s.rng.IntN(len(more))]
	if s.rng.IntN(2) == 0 {
		return table + "DROP COLUMN " + one
	}
	return table + "RENAME COLUMN " + one + " TO " + name(one[:1])
}

// write changes a row of drift.
func (s *surveyor) write(columns []string) string {
	id := s.rng.IntN(50)
	if s.rng.IntN(5) == 0 {
		return fmt.Sprintf("DELETE FROM %s.drift WHERE id=%d", s.db, id)
	}
	stmt := []string{fmt.Sprintf("REPLACE INTO %s.drift SET id=%d, n=%d, note='%s'", s.db, id, s.rng.IntN(1e9), strings.Repeat("d", s.rng.IntN(60)))}
	for _, name := range added(columns) {
		if s.rng.IntN(3) > 0 {
			stmt = append(stmt, fmt.Sprintf("%s=%d", name, s.rng.IntN(1e6)))
		}
	}
	return strings.Join(stmt, ", ")
}

// beside makes or drops a table that nobody captures, with a row in it.
func (s *surveyor) beside(ctx context.Context) (string, error) {
	tables, err := s.names(ctx, "TABLE_NAME", "TABLES", s.Beside, "side%")
	if err != nil {
		return "", err
	}
	if len(tables) > 3 {
		return fmt.Sprintf("DROP TABLE %s.%s", s.Beside, tables[s.rng.IntN(len(tables))]), nil
	}
	name := fmt.Sprintf("%s.side%d", s.Beside, s.rng.IntN(1e6))
	return fmt.Sprintf("CREATE TABLE %s (id INT PRIMARY KEY, note TEXT); INSERT INTO %[1]s VALUES (1,'beside')", name), nil
}
