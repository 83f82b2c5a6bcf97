package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Querier runs a statement on the server and returns its rows. Text must come
// as UTF-8, and the session's sql_mode must not be ANSI_QUOTES or
// NO_BACKSLASH_ESCAPES.
type Querier interface {
	Query(ctx context.Context, query string) ([][]sql.NullString, error)
}

const (
	serverQuery = "SELECT @@character_set_server, @@collation_server, @@lower_case_table_names"

	databasesQuery = "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME" +
		" FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME"

	tablesQuery = "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES" +
		" WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_SCHEMA, TABLE_NAME"
)

// Load reads the defaults of the server and of every database, and the
// definition of every table that t tracks, into t. A table of which it is not
// understood stays unknown. What it reads belongs to no position; to tie it to one
// is the caller's part.
func Load(ctx context.Context, q Querier, t *Tracker) error {
	if err := loadDefaults(ctx, q, t); err != nil {
		return err
	}
	tables, err := query(ctx, q, tablesQuery, 2)
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, row := range tables {
		id := ID{Database: row[0], Name: row[1]}
		if !t.tracks(id) {
			continue
		}
		err := LoadTable(ctx, q, t, id)
		if errors.Is(err, ErrDDL) {
			t.unread[t.stored(id)] = err.Error()
		} else if err != nil {
			return err
		}
	}
	return nil
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
	rows, err := query(ctx, q, ShowCreateTable(id), 2)
	if err != nil {
		return fmt.Errorf("read the definition of %s: %w", id, err)
	}
	if len(rows) != 1 {
		return fmt.Errorf("read the definition of %s: %w", id, errAnswer)
	}
	_, err = t.Apply(DDL{Database: id.Database, Statement: rows[0][1]})
	if err != nil && !errors.Is(err, ErrDDL) {
		err = fmt.Errorf("%w: %w", ErrDDL, err)
	}
	return err
}

// loadDefaults reads the defaults of the server and the databases.
func loadDefaults(ctx context.Context, q Querier, t *Tracker) error {
	server, err := query(ctx, q, serverQuery, 3)
	if err != nil {
		return fmt.Errorf("read the server's character set: %w", err)
	}
	if len(server) != 1 {
		return fmt.Errorf("read the server's character set: %w", errAnswer)
	}
	t.lowerCase = t.lowerCase || server[0][2] == "1"
	databases, err := query(ctx, q, databasesQuery, 3)
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
func query(ctx context.Context, q Querier, text string, n int) ([][]string, error) {
	rows, err := q.Query(ctx, text)
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
