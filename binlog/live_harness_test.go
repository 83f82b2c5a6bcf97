package binlog

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// live is a server and the names that a test uses on it.
type live struct {
	*mysqltest.Server
	db   *sql.DB
	name string // the test's database
}

// liveDeadline bounds how long a test waits for the next item.
const liveDeadline = time.Minute

func onShared(t *testing.T, v mysqltest.Version, opts ...mysqltest.Option) *live {
	t.Helper()
	return onServer(t, mysqltest.Shared(t, v, opts...))
}

func onServer(t *testing.T, s *mysqltest.Server) *live {
	t.Helper()
	return &live{Server: s, db: s.DB(t), name: s.Database(t)}
}

// lanes are the servers of each flavor that the tests have.
var lanes = []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011}

func (l *live) flavor() event.Flavor { return event.Flavor(l.Flavor) }

// session runs statements on one connection, in the test's database.
func (l *live) session(t testing.TB, statements ...string) {
	t.Helper()
	l.Exec(t, append([]string{"USE " + l.name}, statements...)...)
}

// row returns the columns of the first row of a query as text.
func (l *live) row(t testing.TB, query string) map[string]string {
	t.Helper()
	rows := l.rows(t, query)
	if len(rows) == 0 {
		t.Fatalf("%s: no row", query)
	}
	return rows[0]
}

func (l *live) rows(t testing.TB, query string) []map[string]string {
	t.Helper()
	rows, err := l.db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for rows.Next() {
		values, targets := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		m := map[string]string{}
		for i, n := range names {
			m[n] = values[i].String
		}
		out = append(out, m)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Ask makes live a schema.Querier.
func (l *live) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	return mysqltest.Ask(ctx, l.db, statements...)
}

// id is what positions on the server are tied to.
func (l *live) id(t testing.TB) string {
	t.Helper()
	if l.Flavor == mysqltest.MariaDB {
		return l.row(t, "SELECT @@global.server_id AS id")["id"]
	}
	return l.row(t, "SELECT @@global.server_uuid AS id")["id"]
}

// position is where the server's binlog ends.
func (l *live) position(t testing.TB) event.Position {
	t.Helper()
	status, gtids := "SHOW BINARY LOG STATUS", "SELECT @@global.gtid_executed AS g"
	if l.Flavor == mysqltest.MariaDB {
		status, gtids = "SHOW MASTER STATUS", "SELECT @@global.gtid_binlog_pos AS g"
	}
	s := l.row(t, status)
	p := event.Position{Flavor: l.flavor(), Server: l.id(t), File: s["File"]}
	if _, err := fmt.Sscan(s["Position"], &p.Offset); err != nil {
		t.Fatal(err)
	}
	if g := l.row(t, gtids)["g"]; g != "" {
		p.GTIDs = event.GTIDText(strings.ReplaceAll(g, "\n", ""))
	}
	return p
}

// serverIDs are given out so that no two replicas of a server share one.
var serverIDs atomic.Uint32

func (l *live) config(t testing.TB) Config {
	t.Helper()
	return Config{
		Flavor: l.flavor(), Host: l.Host, Port: uint16(l.Port), User: l.User, Password: l.Password,
		ServerID: 5000 + serverIDs.Add(1), Server: l.id(t), Start: l.position(t), Tables: l.tracker(t),
		Capture: func(id schema.ID) bool { return id.Database == l.name && id.Name != "skip" },
		Backoff: 20 * time.Millisecond, Heartbeat: 200 * time.Millisecond,
	}
}

func (l *live) tracker(t testing.TB) *schema.Tracker {
	t.Helper()
	tr := schema.New(schema.WithFilter(func(id schema.ID) bool { return id.Database == l.name }))
	if err := schema.Load(t.Context(), l, tr); err != nil {
		t.Fatal(err)
	}
	return tr
}

// tail is an open Tailer and what it yielded so far.
type tail struct {
	*Tailer
	live *live
	last event.Position
}

func (l *live) tail(t testing.TB, options ...func(*Config)) *tail {
	t.Helper()
	cfg := l.config(t)
	for _, o := range options {
		o(&cfg)
	}
	return l.open(t, cfg)
}

func (l *live) open(t testing.TB, cfg Config) *tail {
	t.Helper()
	source, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Close() })
	return &tail{Tailer: source, live: l}
}

// item returns the next item that is no heartbeat.
func (s *tail) item(t testing.TB) (event.Item, error) {
	t.Helper()
	for {
		item, err := s.any(t)
		if _, idle := item.(event.Heartbeat); !idle || err != nil {
			return item, err
		}
	}
}

func (s *tail) any(t testing.TB) (event.Item, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), liveDeadline)
	defer cancel()
	return s.Next(ctx)
}

// until reads to the server's present end and returns the lines of all
// transactions of the test's database that did happen.
func (s *tail) until(t testing.TB) []string {
	t.Helper()
	lines, err := s.read(t, s.live.position(t))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// read returns the lines up to a position or an error.
func (s *tail) read(t testing.TB, end event.Position) ([]string, error) {
	t.Helper()
	var lines, group []string
	for {
		item, err := s.any(t)
		if err != nil {
			return lines, err
		}
		switch i := item.(type) {
		case event.Begin:
			continue
		case event.Heartbeat: // MariaDB writes events of its own after the last transaction
			s.last = i.Position
		case event.Commit:
			lines, group = finish(lines, group, "commit"), nil
			s.last = i.Position
		case event.Rollback:
			group = nil
			s.last = i.Position
		default:
			group = append(group, s.line(t, item))
		}
		if s.last.File == end.File && s.last.Offset >= end.Offset || s.last.File > end.File {
			return lines, nil
		}
	}
}

// finish keeps a group that has anything to say.
func finish(lines, group []string, how string) []string {
	if len(group) == 0 {
		return lines
	}
	return slices.Concat(lines, group, []string{how})
}

func (s *tail) line(t testing.TB, item event.Item) string {
	t.Helper()
	switch i := item.(type) {
	case *event.Rows:
		return fmt.Sprintf("%c %s %s", i.Op, i.Table.ID.Name, images(t, i))
	case event.DDL:
		return "ddl " + strings.ReplaceAll(changes(i.Changes), s.live.name+".", "")
	default:
		return fmt.Sprintf("%T", item)
	}
}
