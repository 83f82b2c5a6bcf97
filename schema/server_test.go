package schema_test

import (
	stdcmp "cmp"
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// TestServers runs the histories on real servers, folds what their binlogs hold
// of it, resolves the rows in there, and expects the tables that the servers
// show in the end.
func TestServers(t *testing.T) {
	for _, v := range mysqltest.Versions() {
		t.Run("server="+string(v), func(t *testing.T) {
			var flags []string
			if v != mysqltest.MySQL56 {
				flags = append(flags, "--binlog-row-metadata=FULL")
			}
			s := mysqltest.Start(t, v, mysqltest.Flags(flags...))
			session := newSession(t, s)
			session.compareCollations(t)
			follower := follow(t, s)
			for _, h := range histories(t) {
				if !strings.Contains(h.servers, lane(v)) {
					continue
				}
				t.Run("file="+filepath.Base(h.name), func(t *testing.T) {
					session.run(t, h)
					follower.drain(t)
					session.compare(t, follower.tracker)
				})
			}
		})
	}
}

// TestServers_FailedReplace: MariaDB logs a CREATE OR REPLACE TABLE that failed,
// since the old table is gone all the same.
func TestServers_FailedReplace(t *testing.T) {
	s := mysqltest.Start(t, mysqltest.MariaDB1011, mysqltest.FullMetadata())
	session, follower := newSession(t, s), follow(t, s)
	for _, stmt := range []string{"CREATE DATABASE d", "CREATE TABLE d.t (a int)", "CREATE TABLE d.u (a int)"} {
		session.exec(t, stmt)
	}
	if _, err := session.conn.ExecContext(t.Context(), "CREATE OR REPLACE TABLE d.t (b bigint DEFAULT x'41')"); err == nil {
		t.Error("the statement did not fail")
	}
	session.exec(t, "CREATE DATABASE done")
	follower.drain(t)
	session.compare(t, follower.tracker)
}

// lane is how a history names a server: mysql97.
func lane(v mysqltest.Version) string {
	return strings.ToLower(strings.NewReplacer(" ", "", ".", "").Replace(string(v)))
}

// session is a connection with what Load needs.
type session struct {
	conn  *sql.Conn
	maria bool
}

var _ schema.Querier = (*session)(nil)

func newSession(t *testing.T, s *mysqltest.Server) *session {
	t.Helper()
	conn, err := s.DB(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &session{conn, s.Flavor == mysqltest.MariaDB}
}

func (s *session) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := s.conn.ExecContext(t.Context(), statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

func (s *session) run(t *testing.T, h history) {
	t.Helper()
	for _, stmt := range []string{
		"SET SESSION sql_mode=''", "DROP DATABASE IF EXISTS d", "DROP DATABASE IF EXISTS e",
		"DROP DATABASE IF EXISTS done", "CREATE DATABASE d CHARACTER SET utf8mb4", "USE d",
	} {
		s.exec(t, stmt)
	}
	for _, step := range h.steps {
		for _, stmt := range step.statements {
			if !strings.Contains(stmt, "nowhere") {
				s.exec(t, stmt)
			}
		}
	}
	s.exec(t, "CREATE DATABASE done")
}

// Ask implements [schema.Querier].
func (s *session) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	return mysqltest.Ask(ctx, s.conn, statements...)
}

// compare reads the tables from the server and compares them with folded ones.
func (s *session) compare(t *testing.T, folded *schema.Tracker) {
	t.Helper()
	loaded := schema.New()
	if err := schema.Load(t.Context(), s, loaded); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(canonical(loaded, s.maria), canonical(folded, s.maria)); diff != "" {
		t.Errorf("the server (-) and the folded DDL (+) differ:\n%s", diff)
	}
}

// compareCollations expects that the character set of every collation that the
// server has is known.
func (s *session) compareCollations(t *testing.T) {
	t.Helper()
	query := "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS"
	if s.maria {
		query = "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
	}
	rows, err := s.Ask(t.Context(), query)
	if err != nil || len(rows) < 200 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		id, err := strconv.ParseUint(row[0].String, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := schema.CollationCharset(id)
		if want := strings.Replace(row[1].String+".", "utf8.", "utf8mb3.", 1); !ok || got+"." != want {
			t.Errorf("collation %d: got %q, want %q", id, got, want)
		}
	}
}

// canonical brings tables to the form that does not depend on how the DDL was
// written.
func canonical(tr *schema.Tracker, maria bool) map[string]schema.Table {
	out := map[string]schema.Table{}
	for _, tb := range tr.Versions() {
		if tb.ID.IsDatabase() {
			continue
		}
		c := schema.Table{ID: tb.ID, Sequence: tb.Sequence, Key: tb.Key, PrimaryKey: tb.PrimaryKey, Charset: tb.Charset, Comment: tb.Comment, Engine: tb.Engine}
		for _, col := range tb.Columns {
			c.Columns = append(c.Columns, canonicalColumn(col, maria))
		}
		for _, ix := range tb.Indexes {
			if ix.Unique {
				ix.Columns = slices.Clone(ix.Columns)
				c.Indexes = append(c.Indexes, ix)
			}
		}
		slices.SortFunc(c.Indexes, func(a, b schema.Index) int { return strings.Compare(a.Name, b.Name) })
		out[tb.ID.String()] = c
	}
	return out
}

func canonicalColumn(c schema.Column, maria bool) schema.Column {
	c.TypeText, c.Collation, c.Default = "", "", schema.Default{}
	if maria {
		c.SRID = 0 // SHOW CREATE TABLE does not tell
	}
	switch c.Type {
	case schema.TypeJSON:
		if maria {
			c.Type, c.Charset = schema.TypeText, stdcmp.Or(c.Charset, "utf8mb4")
		}
	case schema.TypeBool:
		c.Type = schema.TypeTinyInt
	case schema.TypeReal:
		c.Type = schema.TypeDouble
	case schema.TypeFloat:
		if c.Length > 24 && c.Scale < 0 {
			c.Type = schema.TypeDouble
		}
	case schema.TypeDecimal:
		if c.Length <= 0 {
			c.Length = 10
		}
		c.Scale = max(c.Scale, 0)
	case schema.TypeText, schema.TypeBlob, schema.TypeMediumText, schema.TypeLongText, schema.TypeTinyText:
		c.Type = schema.TypeText // TEXT(30) is a TINYTEXT
	case schema.TypeTime, schema.TypeDatetime, schema.TypeTimestamp:
		c.Scale = max(c.Scale, 0)
	case schema.TypeChar, schema.TypeBinary, schema.TypeBit:
		c.Length = max(c.Length, 1)
	}
	switch c.Type {
	case schema.TypeDecimal, schema.TypeChar, schema.TypeVarchar, schema.TypeBinary, schema.TypeVarbinary, schema.TypeBit:
	default:
		c.Length = 0 // of display
	}
	for i := range c.Members {
		c.Members = slices.Clone(c.Members)
		c.Members[i] = strings.TrimRight(c.Members[i], " ")
	}
	return c
}

// follower folds a server's binlog.
type follower struct {
	tracker *schema.Tracker
	in      *binlog.Tailer
}

func follow(t *testing.T, s *mysqltest.Server) *follower {
	t.Helper()
	flavor := schema.FlavorMySQL
	if s.Flavor == mysqltest.MariaDB {
		flavor = schema.FlavorMariaDB
	}
	f := &follower{tracker: schema.New(schema.WithFlavor(flavor))}
	in, err := binlog.Open(t.Context(), binlog.Config{
		Flavor: event.Flavor(s.Flavor), Host: s.Host, Port: uint16(s.Port), User: "root", ServerID: 77,
		Start:  event.Position{Flavor: event.Flavor(s.Flavor), File: "binlog.000001", Offset: 4},
		Tables: f.tracker, Capture: func(schema.ID) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	f.in = in
	t.Cleanup(func() { _ = in.Close() })
	return f
}

// drain folds up to the creation of the database done, which ends a history.
func (f *follower) drain(t *testing.T) {
	t.Helper()
	for {
		item, err := f.in.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if ddl, ok := item.(event.DDL); ok && ddl.Database == "done" && !ddl.Changes[0].Table.Dropped {
			return
		}
	}
}
