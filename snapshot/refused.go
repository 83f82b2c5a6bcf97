package snapshot

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/go-mysql-org/go-mysql/mysql"

	"cdcd/schema"
)

// TableError is an error of the copy of one table.
type TableError struct {
	ID  schema.ID
	Err error
}

// Error names the table.
func (e *TableError) Error() string { return fmt.Sprintf("copy table %s: %v", e.ID, e.Err) }

// Unwrap returns what the matter is.
func (e *TableError) Unwrap() error { return e.Err }

// untold is an error less what the server says of a statement that holds keys or a
// condition of the user's: it may quote them. What is left is the code, the SQL state
// and what every error of the code says. Each statement with literals goes through it.
func untold(err error) error {
	my, ok := errors.AsType[*mysql.MyError](err)
	if !ok {
		return err
	}
	told := &mysql.MyError{Code: my.Code, State: my.State, Message: "what the server says may quote values, and is left out"}
	if usual := mysql.MySQLErrName[my.Code]; my.Code < firstOwnCode && usual != "" {
		told.Message = verbs.ReplaceAllString(usual, "…")
	}
	if errors.Is(err, ErrChanged) {
		return fmt.Errorf("%w: query the server: %w", ErrChanged, told)
	}
	return fmt.Errorf("query the server: %w", told)
}

// firstOwnCode is the first code that does not mean the same at MySQL and MariaDB.
const firstOwnCode = 1900

// verbs are where the text of a code has what is particular.
var verbs = regexp.MustCompile(`%[-.*0-9]*l*[a-z]`)

// Probe asks for no rows of tables, in the way that a copy reads them: so the server
// tells what it will not give. The first error is a [TableError]. No transaction may be
// open in the session, which would keep the tables from being changed.
func Probe(ctx context.Context, s Session, tables []Table) error {
	for i := range tables {
		if err := tables[i].probe(ctx, s); err != nil {
			return &TableError{tables[i].Table.ID, err}
		}
	}
	return nil
}

// probe asks for the table itself first: a statement of the user's is wrong only when
// that is as it should be.
func (t *Table) probe(ctx context.Context, s Session) error {
	d, err := newDecoder(t.Table, t.Table.Key)
	if err != nil {
		return err
	}
	query := func(from string) string { return "SELECT " + d.selectList() + " FROM " + from + " LIMIT 0" }
	if _, err := s.Query(ctx, query(schema.Backquoted(t.Table.ID))); err != nil || t.Query == "" {
		return err
	}
	_, err = s.Query(ctx, query(t.from()))
	return t.failed(untold(err))
}

// from is what the rows of the table are selected from.
func (t *Table) from() string {
	if t.Query == "" {
		return schema.Backquoted(t.Table.ID)
	}
	return "(" + t.Query + ") AS " + schema.QuoteName(t.Table.ID.Name)
}

// failed has an error of the server be a SelectError where a statement of the user's is
// what it fails.
func (t *Table) failed(err error) error {
	if _, ok := errors.AsType[*mysql.MyError](err); ok && t.Query != "" {
		return &SelectError{err}
	}
	return err
}
