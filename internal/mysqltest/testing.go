package mysqltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"cdcd/internal/fetch"
)

// Start starts a server for one test and ends it with the test. The test is
// skipped where no such server can be had.
func Start(t testing.TB, v Version, opts ...Option) *Server {
	t.Helper()
	skipRare(t, v)
	s, err := Open(t.Context(), v, fetch.Announce, opts...)
	check(t, v, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close %s: %v", v, err)
		}
	})
	return s
}

// skipRare skips tests on the servers that few people run.
func skipRare(t testing.TB, v Version) {
	t.Helper()
	l, err := lookup(v)
	if err != nil {
		t.Fatal(err)
	}
	if l.rare && os.Getenv("CDCD_TEST_ALL") == "" {
		t.Skipf("%s runs only with CDCD_TEST_ALL=1 (make test-all)", v)
	}
}

func check(t testing.TB, v Version, err error) {
	t.Helper()
	if errors.Is(err, fetch.ErrUnavailable) {
		t.Skipf("no %s here: %v", v, err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// DB returns a pool of connections to the server, closed with the test.
func (s *Server) DB(t testing.TB) *sql.DB {
	t.Helper()
	db, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Exec runs statements one after the other on one connection that it opens for
// them. Each string may hold several statements.
func (s *Server) Exec(t testing.TB, statements ...string) {
	t.Helper()
	if err := s.exec(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) exec(ctx context.Context, statements []string) error {
	db, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", s.Addr(), err)
	}
	defer conn.Close()
	return execute(ctx, conn, statements...)
}

// Database makes an empty database with a name that no other test of any
// process uses, and drops it after the test: for tests on a shared server.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("t%d_%d", os.Getpid(), serial.next())
	s.Exec(t, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context()) // which has ended
		if err := s.exec(ctx, []string{"DROP DATABASE IF EXISTS " + name}); err != nil {
			t.Logf("drop the test's database: %v", err)
		}
	})
	return name
}

// DropDatabases drops every database that is not the server's own.
func (s *Server) DropDatabases(t testing.TB) {
	t.Helper()
	names, err := Query(t.Context(), s.DB(t), "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"+
		" WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s.Exec(t, "DROP DATABASE `"+strings.ReplaceAll(name[0].String, "`", "``")+"`")
	}
}
