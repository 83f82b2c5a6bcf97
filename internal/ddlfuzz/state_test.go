package ddlfuzz_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cdcd/internal/mysqltest"
)

// state is what information_schema says of the databases of a sequence.
type state struct {
	databases []string
	tables    []*table // by database and name
}

type table struct {
	db, name, engine, collation string
	columns                     []column
	indexes                     []index
	partitions                  []string
	method                      string // of partitioning, "" when there is none
}

// column is a row of information_schema.COLUMNS.
type column struct {
	name, dataType, columnType, charset, collation, extra, expression string

	nullable bool
	def      sql.NullString
	srs      sql.NullString
}

type index struct {
	name, kind string
	unique     bool
	columns    []string // "" is an expression
}

// key names a table.
type key struct{ db, name string }

func (t *table) key() key { return key{t.db, t.name} }

func (t *table) generated(i int) bool { return strings.Contains(t.columns[i].extra, " GENERATED") }

// inspector asks a server over a connection of its own.
type inspector struct {
	conn  *sql.Conn
	maria bool
}

// Ask makes inspector a schema.Querier.
func (in *inspector) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	return mysqltest.Ask(ctx, in.conn, statements...)
}

func (in *inspector) rows(t testing.TB, query string) [][]sql.NullString {
	t.Helper()
	rows, err := in.Ask(t.Context(), query)
	if err != nil {
		panic(serverError{query, err})
	}
	return rows
}

// serverError is an error that no statement of a sequence may have. It is thrown
// to play.
type serverError struct {
	text string
	err  error
}

func (e serverError) Error() string { return fmt.Sprintf("%s: %v", e.text, e.err) }

func (e serverError) Unwrap() error { return e.err }

// state reads all of it.
func (in *inspector) state(t testing.TB) *state {
	t.Helper()
	var names []string
	for _, n := range databaseNames {
		names = append(names, literal(n))
	}
	where := " WHERE TABLE_SCHEMA IN (" + strings.Join(names, ",") + ")"
	s := &state{}
	for _, r := range in.rows(t, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ("+strings.Join(names, ",")+")") {
		s.databases = append(s.databases, r[0].String)
	}
	slices.Sort(s.databases)
	byKey := map[key]*table{}
	for _, r := range in.rows(t, "SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES"+where+" AND TABLE_TYPE = 'BASE TABLE'") {
		tb := &table{db: r[0].String, name: r[1].String, engine: r[2].String, collation: r[3].String}
		byKey[tb.key()] = tb
		s.tables = append(s.tables, tb)
	}
	in.columns(t, where, byKey)
	in.indexes(t, where, byKey)
	in.partitions(t, where, byKey)
	slices.SortFunc(s.tables, func(a, b *table) int {
		return cmp.Or(strings.Compare(a.db, b.db), strings.Compare(a.name, b.name))
	})
	return s
}

func (in *inspector) columns(t testing.TB, where string, byKey map[key]*table) {
	t.Helper()
	srs := "SRS_ID"
	if in.maria {
		srs = "NULL"
	}
	for _, r := range in.rows(t, "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME,"+
		" EXTRA, GENERATION_EXPRESSION, IS_NULLABLE, COLUMN_DEFAULT, "+srs+" FROM information_schema.COLUMNS"+where+" ORDER BY ORDINAL_POSITION") {
		if tb := byKey[key{r[0].String, r[1].String}]; tb != nil {
			tb.columns = append(tb.columns, column{
				name: r[2].String, dataType: r[3].String, columnType: r[4].String, charset: r[5].String, collation: r[6].String,
				extra: r[7].String, expression: r[8].String, nullable: r[9].String == "YES", def: r[10], srs: r[11],
			})
		}
	}
}

func (in *inspector) indexes(t testing.TB, where string, byKey map[key]*table) {
	t.Helper()
	for _, r := range in.rows(t, "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, INDEX_TYPE, NON_UNIQUE, COLUMN_NAME"+
		" FROM information_schema.STATISTICS"+where+" ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX") {
		tb := byKey[key{r[0].String, r[1].String}]
		if tb == nil {
			continue
		}
		if n := len(tb.indexes); n == 0 || tb.indexes[n-1].name != r[2].String {
			tb.indexes = append(tb.indexes, index{name: r[2].String, kind: r[3].String, unique: r[4].String == "0"})
		}
		ix := &tb.indexes[len(tb.indexes)-1]
		ix.columns = append(ix.columns, r[5].String)
	}
}

func (in *inspector) partitions(t testing.TB, where string, byKey map[key]*table) {
	t.Helper()
	for _, r := range in.rows(t, "SELECT TABLE_SCHEMA, TABLE_NAME, PARTITION_NAME, PARTITION_METHOD FROM information_schema.PARTITIONS"+
		where+" AND PARTITION_NAME IS NOT NULL ORDER BY PARTITION_ORDINAL_POSITION") {
		if tb := byKey[key{r[0].String, r[1].String}]; tb != nil {
			tb.partitions, tb.method = append(tb.partitions, r[2].String), r[3].String
		}
	}
}

// literal writes a string for a session without NO_BACKSLASH_ESCAPES.
func literal(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + "'"
}

// backquoted writes a name.
func backquoted(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }
