package mysqltest

import (
	"context"
	"database/sql"
)

// Queryer is a *sql.DB or a *sql.Conn.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Ask runs statements and returns the rows of all of them as text, in order, the form
// that package schema asks a server in.
func Ask(ctx context.Context, q Queryer, statements ...string) (rows [][]sql.NullString, err error) {
	for _, statement := range statements {
		some, err := Query(ctx, q, statement)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// Query runs a statement and returns its rows as text.
func Query(ctx context.Context, q Queryer, query string) ([][]sql.NullString, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]sql.NullString
	for rows.Next() {
		row, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}
