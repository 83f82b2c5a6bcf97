package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Querier runs statements on the server and returns the rows of all of them, in
// order. Text must come as UTF-8, and the session's sql_mode must not be
// ANSI_QUOTES or NO_BACKSLASH_ESCAPES.
type Querier interface {
	Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error)
}

const (
	serverQuery = "SELECT @@character_set_server, @@collation_server, @@lower_case_table_names"

	databasesQuery = "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME" +
		" FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME"

	tablesQuery = "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES" +
		" WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') ORDER BY TABLE_SCHEMA, TABLE_NAME"
)

// Load reads the defaults of the server and of every database, and the
// definition of every table and sequence that t tracks, into t. A table of which it is not
// understood stays unknown. What it reads belongs to no position; to tie it to one is
// the caller's part. It asks q from one goroutine at a time, and for many definitions
// at once; it has ended when it returns.
func Load(ctx context.Context, q Querier, t *Tracker) error {
	if err := loadDefaults(ctx, q, t); err != nil {
		return err
	}
	tables, err := query(ctx, q, 2, tablesQuery)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	var ids []ID
	for _, row := range tables {
		if id := (ID{Database: row[0], Name: row[1]}); t.tracks(id) {
			ids = append(ids, id)
		}
	}
	return loadTables(ctx, q, t, ids)
}

// loadTables asks for definitions some at a time, which spares waiting for each, and
// while those that came before are folded: with thousands of tables every one of the
// three takes seconds.
func loadTables(ctx context.Context, q Querier, t *Tracker, ids []ID) error {
	const some, ahead = 128, 2
	texts := make(chan []string, ahead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(texts)
		for batch := range slices.Chunk(ids, some) {
			answer, err := askTables(ctx, q, batch)
			if err != nil {
				return err
			}
			select {
			case texts <- answer:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	g.Go(func() error {
		for batch := range slices.Chunk(ids, some) {
			answer, more := <-texts
			if !more {
				return nil // the other one says why
			}
			for i, id := range batch {
				if err := t.define(id, answer[i]); errors.Is(err, ErrDDL) {
					t.unread[t.stored(id)] = err.Error()
				} else if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return g.Wait()
}

// Reload is Load into a tracker that has a history: numbers go on behind it, and
// what the server has no more is dropped. It returns the versions that are new.
func Reload(ctx context.Context, q Querier, t *Tracker, history []*Table) ([]*Table, error) {
	newest := Version(0)
	for _, tb := range history {
		newest = max(newest, tb.Version)
	}
	if err := t.Restore(history, newest); err != nil {
		return nil, err
	}
	t.given = nil // of transactions before what is read now
	clear(t.unread)
	if err := Load(ctx, q, t); err != nil {
		return nil, err
	}
	var fresh []*Table
	for _, tb := range t.Versions() {
		if tb.Version <= newest && tb.Version > 0 {
			t.version++
			delete(t.tables, tb.ID)
			tb = &Table{ID: tb.ID, Dropped: true, Version: t.version}
		}
		fresh = append(fresh, tb)
	}
	for _, id := range slices.SortedFunc(maps.Keys(t.unread), ID.compare) {
		t.version++
		fresh = append(fresh, &Table{ID: id, Dropped: true, Unread: t.unread[id], Version: t.version})
	}
	return fresh, nil
}

// ShowCreate is how the statements begin that ask for definitions.
const ShowCreate = "SHOW CREATE TABLE "

// ShowCreateTable is the statement that asks for a table's definition.
func ShowCreateTable(id ID) string { return ShowCreate + Backquoted(id) }

// LoadTable reads the definition of one table into t. One that is not understood is
// an ErrDDL.
func LoadTable(ctx context.Context, q Querier, t *Tracker, id ID) error {
	texts, err := askTables(ctx, q, []ID{id})
	if err == nil {
		err = t.define(id, texts[0])
	}
	return err
}

// define folds what the server says of a table. One that is not understood is an
// ErrDDL.
func (t *Tracker) define(id ID, text string) error {
	_, err := t.Apply(DDL{Database: id.Database, Statement: text})
	if err != nil && !errors.Is(err, ErrDDL) {
		err = fmt.Errorf("%w: %w", ErrDDL, err)
	}
	return err
}

// askTables asks for the definitions of tables.
func askTables(ctx context.Context, q Querier, ids []ID) ([]string, error) {
	statements, texts := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		statements[i] = ShowCreateTable(id)
	}
	rows, err := query(ctx, q, 2, statements...)
	if err == nil && len(rows) != len(ids) {
		err = errAnswer
	}
	if err != nil {
		return nil, fmt.Errorf("read the definition of %s%s: %w", ids[0], others(len(ids)-1), err)
	}
	for i, row := range rows {
		texts[i] = row[1]
	}
	return texts, nil
}

// others says that more tables were asked for.
func others(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" or of one of the %d behind it", n)
}

// loadDefaults reads the defaults of the server and the databases.
func loadDefaults(ctx context.Context, q Querier, t *Tracker) error {
	server, err := query(ctx, q, 3, serverQuery)
	if err != nil {
		return fmt.Errorf("read the server's character set: %w", err)
	}
	if len(server) != 1 {
		return fmt.Errorf("read the server's character set: %w", errAnswer)
	}
	t.lowerCase = t.lowerCase || server[0][2] == "1"
	databases, err := query(ctx, q, 3, databasesQuery)
	if err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	for _, row := range append(databases, []string{"", server[0][0], server[0][1]}) {
		if err := t.loadDefault(row[0], row[1], row[2]); err != nil {
			return err
		}
	}
	return nil
}

// loadDefault sets a default under the names that statements are read with.
func (t *Tracker) loadDefault(database, charset, collation string) error {
	e, err := (&charsetClause{charset, collation}).resolve(encoding{}, encoding{})
	if err != nil {
		return fmt.Errorf("database %q: %w", database, err)
	}
	if !isSystem(database) {
		t.SetDatabase(database, e.charset, e.collation)
	}
	return nil
}

var errAnswer = errors.New("the server's answer has another form")

// query returns rows of n columns.
func query(ctx context.Context, q Querier, n int, statements ...string) ([][]string, error) {
	rows, err := q.Ask(ctx, statements...)
	if err != nil {
		return nil, err
	}
	out := make([][]string, len(rows))
	for i, row := range rows {
		if len(row) < n {
			return nil, errAnswer
		}
		for _, v := range row {
			out[i] = append(out[i], v.String)
		}
	}
	return out, nil
}
