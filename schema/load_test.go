package schema_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// scripted answers queries by what they begin with.
type scripted map[string][][]string

var errScript = errors.New("not scripted")

func (s scripted) Ask(_ context.Context, statements ...string) (rows [][]sql.NullString, err error) {
	for _, statement := range statements {
		some, err := s.answer(statement)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

func (s scripted) answer(query string) ([][]sql.NullString, error) {
	for prefix, rows := range s {
		if !strings.HasPrefix(query, prefix) {
			continue
		}
		var out [][]sql.NullString
		for _, row := range rows {
			var r []sql.NullString
			for _, v := range row {
				r = append(r, sql.NullString{String: v, Valid: true})
			}
			out = append(out, r)
		}
		return out, nil
	}
	return nil, errScript
}

func server() scripted {
	return scripted{
		"SELECT @@":                    {{"latin1", "latin1_swedish_ci", "0"}},
		"SELECT SCHEMA_NAME":           {{"d", "utf8", "utf8_bin"}, {"mysql", "utf8mb4", "utf8mb4_bin"}},
		"SELECT TABLE_SCHEMA":          {{"d", "a`b"}, {"mysql", "user"}},
		"SHOW CREATE TABLE `d`.`a``b`": {{"a`b", "CREATE TABLE `a``b` (\n  `x` char(1) DEFAULT NULL\n) ENGINE=InnoDB"}},
	}
}

func TestLoad(t *testing.T) {
	tr := schema.New()
	if err := schema.Load(t.Context(), server(), tr); err != nil {
		t.Fatal(err)
	}
	apply(t, tr, "CREATE TABLE d.n (x char(1))", "CREATE DATABASE e", "CREATE TABLE e.n (x char(1))")
	var got strings.Builder
	for _, tb := range tr.Tables() {
		got.WriteString(show(tb))
	}
	const want = `d.a` + "`" + `b utf8mb3 utf8mb3_bin
  x CHAR[17] len=1 utf8mb3 utf8mb3_bin default-null
d.n utf8mb3 utf8mb3_bin
  x CHAR[17] len=1 utf8mb3 utf8mb3_bin
e.n latin1 latin1_swedish_ci
  x CHAR[17] len=1 latin1 latin1_swedish_ci
`
	if got.String() != want {
		t.Errorf("got\n%s", &got)
	}
}

// TestLoad_Ends: what is broken at the beginning, or a caller that ends, is the error
// of the whole, however many tables there are.
func TestLoad_Ends(t *testing.T) {
	m := newMany(1000)
	first := schema.ShowCreateTable(schema.ID{Database: "d", Name: mysqltest.MixedName(0)})
	m.answers[first] = nil
	tr := schema.New()
	if err := schema.Load(t.Context(), m, tr); err == nil || !strings.Contains(err.Error(), "another form") {
		t.Errorf("a definition that is missing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := schema.Load(ctx, newMany(1000), tr); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that has ended: %v", err)
	}
}

func TestLoad_Failures(t *testing.T) {
	f := func(break_ func(scripted), want string) {
		t.Helper()
		s := server()
		break_(s)
		err := schema.Load(t.Context(), s, schema.New())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(func(s scripted) { delete(s, "SELECT @@") }, "read the server's character set: not scripted")
	f(func(s scripted) { s["SELECT @@"] = nil }, "another form")
	f(func(s scripted) { s["SELECT @@"] = [][]string{{"klingon", "", "0"}} }, "not known")
	f(func(s scripted) { delete(s, "SELECT SCHEMA_NAME") }, "list databases: not scripted")
	f(func(s scripted) { delete(s, "SELECT TABLE_SCHEMA") }, "list tables: not scripted")
	f(func(s scripted) { s["SELECT TABLE_SCHEMA"] = [][]string{{"d"}} }, "another form")
	f(func(s scripted) { delete(s, "SHOW CREATE TABLE `d`.`a``b`") }, "read the definition of d.a`b: not scripted")
	f(func(s scripted) { s["SHOW CREATE TABLE `d`.`a``b`"] = nil }, "another form")
}

// A table of which the definition is not understood does not keep the others from
// being followed; it stays unknown, also after a restart.
func TestReload_DefinitionNotUnderstood(t *testing.T) {
	id := schema.ID{Database: "d", Name: "a`b"}
	before := schema.New()
	history, err := schema.Reload(t.Context(), server(), before, nil)
	if err != nil || before.Table(id) == nil {
		t.Fatal(err)
	}
	s := server()
	s["SHOW CREATE TABLE `d`.`a``b`"] = [][]string{{"", "CREATE TABLE `a``b` (x what)"}}
	tr := schema.New()
	fresh, err := schema.Reload(t.Context(), s, tr, history)
	if err != nil {
		t.Fatal(err)
	}
	restored := schema.New()
	if err := restored.Restore(throughJSON(t, append(history, fresh...)), tr.Version()); err != nil {
		t.Fatal(err)
	}
	for what, tr := range map[string]*schema.Tracker{"read": tr, "restored": restored} {
		if why := tr.Unread()[id]; tr.Table(id) != nil || !strings.Contains(why, "CREATE TABLE d.a`b: the statement is not understood: column x") {
			t.Errorf("%s: %v, %q", what, tr.Table(id), why)
		}
	}
}
