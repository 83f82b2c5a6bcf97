package checker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Table is a captured table.
type Table struct {
	Database, Name string
	Topic          string

	columns []string
	keys    []bool // whether each column is in the primary key
	layout  layout
	lasting bool // its rows stay when their transaction is rolled back
}

// Tables are tables of one database whose topics are named as Debezium names
// them: prefix.database.table.
func Tables(prefix, database string, names ...string) []Table {
	var out []Table
	for _, name := range names {
		out = append(out, Table{Database: database, Name: name, Topic: prefix + "." + database + "." + name})
	}
	return out
}

// describe asks the server for the table's columns.
func (t *Table) describe(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT COLUMN_NAME, LOWER(DATA_TYPE), COLUMN_KEY = 'PRI' FROM information_schema.COLUMNS "+
		"WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION", t.Database, t.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	var kinds []byte
	t.columns, t.keys = nil, nil
	for rows.Next() {
		var name, dataType string
		var key bool
		if err := rows.Scan(&name, &dataType, &key); err != nil {
			return err
		}
		t.columns, t.keys, kinds = append(t.columns, name), append(t.keys, key), append(kinds, byte(sqlKind(dataType)))
	}
	t.layout = layout(kinds)
	if err := rows.Err(); err != nil {
		return err
	}
	err = db.QueryRowContext(ctx, "SELECT COALESCE(e.TRANSACTIONS, 'NO') <> 'YES' FROM information_schema.TABLES t "+
		"JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?", t.Database, t.Name).Scan(&t.lasting)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("the server has no table %s.%s", t.Database, t.Name)
	}
	return err
}

// sqlKind is columnKind of a type as information_schema names it, except that it
// tells bytes from text.
func sqlKind(dataType string) kind {
	switch dataType {
	case "tinyint":
		return 1
	case "smallint":
		return 2
	case "mediumint":
		return 3
	case "int":
		return 4
	case "bigint":
		return 8
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		return text
	}
	return skipped
}

// read reads what the table holds.
func (t *Table) read(ctx context.Context, db *sql.DB, m *image) (finalTable, error) {
	f := finalTable{}
	query := "SELECT " + quoteNames(t.columns...) + " FROM " + quoteNames(t.Database) + "." + quoteNames(t.Name)
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	values, into := make([]sql.RawBytes, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return f, err
		}
		row := t.sum(m, values)
		f[row] = finalRow{f[row].count + 1, t.key(values)}
	}
	return f, rows.Err()
}

func quoteNames(names ...string) string { return "`" + strings.Join(names, "`,`") + "`" }

func (t *Table) sum(m *image, values []sql.RawBytes) uint64 {
	m.reset()
	for i, v := range values {
		switch k := t.layout.kind(i); {
		case v == nil:
			m.null(k)
		case k == text:
			m.text(k, v)
		default:
			m.number(k, v)
		}
	}
	return m.sum()
}

func (t *Table) key(values []sql.RawBytes) string {
	var parts []string
	for i, v := range values {
		if t.keys[i] {
			parts = append(parts, string(v))
		}
	}
	return strings.Join(parts, ",")
}
