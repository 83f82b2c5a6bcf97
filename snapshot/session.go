package snapshot

import (
	"context"
	"database/sql"
)

// Session is a connection to the server, inside a transaction with a consistent
// view, after [Settings]. One goroutine at a time uses it.
type Session interface {
	// Query runs statements, separated by semicolons, and returns their rows as text.
	Query(ctx context.Context, statements string) ([][]sql.NullString, error)
	// Stream runs one query and gives each row packet of the text protocol to row;
	// the bytes are valid until it returns.
	Stream(ctx context.Context, query string, row func(packet []byte) error) error
}

// Settings are the statements that a Session begins with.
func Settings() []string {
	return []string{
		"SET NAMES utf8mb4",
		"SET time_zone = '+00:00'" +
			// For a LIMIT MySQL would rather read the index from its start than look up a
			// range, if the range is large enough. Only MySQL 8.0.21 and later read this.
			" /*!80021 , optimizer_switch = 'prefer_ordering_index=off' */",
		// A key that is such a date could not be compared otherwise.
		"SET sql_mode = 'ALLOW_INVALID_DATES'",
		// Keys of which the index has a prefix are sorted, by so many bytes: more than
		// the prefix, which tells all rows apart, may have.
		"SET max_sort_length = 8192",
	}
}
