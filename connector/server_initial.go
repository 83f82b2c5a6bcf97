package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// ErrInitial says that the server refuses one of database.initial.statements.
var ErrInitial = errors.New("database.initial.statements: the server refuses a statement")

// initialise runs the initial statements. A statement is named by its number, since
// its text may hold values, and so may what the server says of it.
func (s *Server) initialise(ctx context.Context, statements []string) error {
	for i, text := range statements {
		_, err := s.Query(ctx, text)
		refused, ok := errors.AsType[*mysql.MyError](err)
		switch {
		case err == nil:
		case ok && !passing(err):
			return fmt.Errorf("%w: number %d of %d (error %d, SQL state %s)", ErrInitial, i+1, len(statements), refused.Code, refused.State)
		default:
			return fmt.Errorf("run number %d of %d of database.initial.statements: %w", i+1, len(statements), err)
		}
	}
	return nil
}

// splitStatements splits at semicolons, of which two stand for one within a
// statement. A semicolon at the end belongs to no statement.
// Source: JdbcConnection.parseSqlStatementString.
func splitStatements(text string) (list []string) {
	var b strings.Builder
	add := func() {
		if s := strings.TrimSpace(b.String()); s != "" {
			list = append(list, s)
		}
		b.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != ';':
			b.WriteByte(text[i])
		case i+1 < len(text) && text[i+1] == ';':
			b.WriteByte(';')
			i++
		default:
			add()
		}
	}
	add()
	return list
}
