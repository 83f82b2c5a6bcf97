package snapshot

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// refusing is a Session whose server fails the statements with a text in them, and
// quotes what they hold.
type refusing struct{ text string }

const (
	secretKey   = "'key-of-a-row'"
	secretWhere = "name = 'condition-of-the-user'"
)

func (s refusing) answer(statement string) error {
	if !strings.Contains(statement, s.text) {
		return nil
	}
	return &mysql.MyError{Code: mysql.ER_WRONG_VALUE, State: "HY000", Message: "Incorrect value: '" + secretKey + secretWhere + "'"}
}

func (s refusing) Query(_ context.Context, statements string) ([][]sql.NullString, error) {
	text := func(s string) sql.NullString { return sql.NullString{String: s, Valid: true} }
	switch {
	case strings.Contains(statements, schema.ShowCreate):
		return [][]sql.NullString{{text("t"), text("CREATE TABLE t")}}, s.answer(statements)
	case strings.HasPrefix(statements, "EXPLAIN"):
		return [][]sql.NullString{{10: text("1000"), 11: text("")}}, s.answer(statements)
	case strings.HasPrefix(statements, "(SELECT 0,"):
		return [][]sql.NullString{{text("0"), text("1")}, {text("1"), text("9")}}, s.answer(statements)
	}
	return [][]sql.NullString{{text("7")}}, s.answer(statements)
}

func (s refusing) Stream(_ context.Context, query string, _ func([]byte) error) error {
	return s.answer(query)
}

// TestErrors_QuoteNothing has each kind of statement that holds literals fail.
func TestErrors_QuoteNothing(t *testing.T) {
	keyed := &schema.Table{ID: schema.ID{Database: "d", Name: "t"}, Columns: []schema.Column{{Name: "id", Type: schema.TypeInt}}, Key: []int{0}}
	text := &schema.Table{ID: keyed.ID, Columns: []schema.Column{{Name: "id", Type: schema.TypeVarchar, Charset: "utf8mb4", Collation: "utf8mb4_bin"}}, Key: []int{0}}
	copied := func(fails string, table Table) error {
		progress := &event.Progress{Views: []event.View{{}}, Tables: []*event.TableProgress{{ID: keyed.ID}}}
		r, err := Open(t.Context(), Config{
			Sessions: []Session{refusing{fails}}, Tables: []Table{table}, Progress: progress,
			Same: func(*schema.Table, string) (bool, error) { return true, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for err == nil {
			_, err = r.Next(t.Context())
		}
		return err
	}
	where := "SELECT * FROM t WHERE " + secretWhere
	f := func(name, want string, run func() error) {
		t.Run(name, func(t *testing.T) {
			err := run()
			my, ok := errors.AsType[*mysql.MyError](err)
			if !ok || my.Code != mysql.ER_WRONG_VALUE || my.State != "HY000" || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q with the code and the state", err, want)
			}
			for _, secret := range []string{secretKey, secretWhere} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%s is in %v", secret, err)
				}
			}
		})
	}
	f("chunk", "copy table d.t: query the server: ERROR 1525 (HY000): Incorrect … value: '…'", func() error {
		return copied("ORDER BY", Table{Table: keyed, Parts: 1})
	})
	f("statement of the user", "copy table d.t: the statement that is given for its rows cannot be used", func() error {
		return copied(secretWhere, Table{Table: keyed, Query: where})
	})
	f("first and last key", "divide table d.t: ", func() error { return copied("(SELECT 0,", Table{Table: keyed, Parts: 2}) })
	f("estimate", "divide table d.t: ", func() error { return copied("EXPLAIN", Table{Table: keyed, Parts: 2}) })
	f("place", "compare keys of table d.t: ", func() error {
		k, _ := newKeys(text)
		_, err := place(t.Context(), func(context.Context) (Session, error) { return refusing{""}, nil }, k, []Key{{secretKey}}, []Key{{"'a'"}})
		return err
	})
	f("probe", "copy table d.t: the statement that is given for its rows cannot be used", func() error {
		return Probe(t.Context(), refusing{secretWhere}, []Table{{Table: keyed}, {Table: keyed, Query: where}})
	})
}

// TestErrors_KeepWhatTheyAre: what has the copy go on is still told, and what is not of
// the server stays as it is.
func TestErrors_KeepWhatTheyAre(t *testing.T) {
	changed := untold(errors.Join(ErrChanged, &mysql.MyError{Code: mysql.ER_TABLE_DEF_CHANGED, Message: secretKey}))
	if !errors.Is(changed, ErrChanged) || strings.Contains(changed.Error(), secretKey) {
		t.Error(changed)
	}
	if err := untold(io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF { //nolint:errorlint // the same one
		t.Error(err)
	}
	if err := untold(&mysql.MyError{Code: 4031, Message: secretKey}); strings.Contains(err.Error(), secretKey) {
		t.Error(err)
	}
}

// broken is a session whose connection ends among the rows.
type broken struct{ refusing }

func (broken) Stream(context.Context, string, func([]byte) error) error {
	return fmt.Errorf("query: %w", io.EOF)
}

// TestReader_BrokenConnectionIsNoEnd: rows are missing then.
func TestReader_BrokenConnectionIsNoEnd(t *testing.T) {
	table := &schema.Table{ID: schema.ID{Database: "d", Name: "t"}, Columns: []schema.Column{{Name: "id", Type: schema.TypeInt}}, Key: []int{0}}
	r, err := Open(t.Context(), Config{
		Sessions: []Session{broken{refusing{"nothing"}}}, Tables: []Table{{Table: table}},
		Progress: &event.Progress{Views: []event.View{{}}, Tables: []*event.TableProgress{{ID: table.ID}}},
		Same:     func(*schema.Table, string) (bool, error) { return true, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(t.Context()); errors.Is(err, io.EOF) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

// TestProbe_ReadsNothing: a statement of the user's may take long, and is not run before
// its turn.
func TestProbe_ReadsNothing(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			q, database := openSession(t, mysqltest.Shared(t, v))
			q.run(t, "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1),(2),(3)")
			table := q.define(t, schema.ID{Database: database, Name: "t"})
			for _, query := range []string{"SELECT * FROM t", "SELECT DISTINCT id FROM t LIMIT 9", "SELECT id FROM t GROUP BY id HAVING COUNT(*) > 0", "SELECT a.id FROM t a JOIN t b"} {
				noise := -q.handlerReads(t) // of the question
				before := q.handlerReads(t)
				noise += before
				if err := Probe(t.Context(), q, []Table{{Table: table, Query: query}}); err != nil {
					t.Error(err)
				}
				if rows := q.handlerReads(t) - before - noise; rows != 0 {
					t.Errorf("%s: %d rows were read", query, rows)
				}
			}
		})
	}
}
