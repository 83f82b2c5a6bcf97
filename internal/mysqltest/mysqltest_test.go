package mysqltest_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdcd/internal/mysqltest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(mysqltest.Wrap(m)) }

// TestServer starts each server and looks at what every user of the package
// relies on: rows are logged, and data survives a restart and a crash.
func TestServer(t *testing.T) {
	for _, v := range mysqltest.Versions() {
		t.Run(string(v), func(t *testing.T) { testServer(t, v) })
	}
}

func testServer(t *testing.T, v mysqltest.Version) {
	t.Helper()
	began := time.Now()
	s := mysqltest.Start(t, v, mysqltest.Own())
	t.Logf("%s %s started in %v", s.Flavor, s.Version, time.Since(began))
	db := s.DB(t)
	want := func(query, want string) {
		t.Helper()
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if got != want {
			t.Errorf("%s = %s, want %s", query, got, want)
		}
	}
	want("SELECT CONCAT(@@log_bin = 1, ' ', @@binlog_format, ' ', @@server_id)", "1 ROW 1")
	s.Exec(t, "CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
	began = time.Now()
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("restarted in %v", time.Since(began))
	want("SELECT COUNT(*) FROM d.t", "1")
	s.Exec(t, "INSERT INTO d.t VALUES (2)")
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("resumed after a crash in %v", time.Since(began))
	want("SELECT COUNT(*) FROM d.t", "2")
}

// TestShared_GivenByItsAddress reaches one server in the three ways that tests
// share one: the second caller, a database of its own, and the environment.
func TestShared_GivenByItsAddress(t *testing.T) {
	s := mysqltest.Shared(t, mysqltest.MariaDB1011)
	if again := mysqltest.Shared(t, mysqltest.MariaDB1011); again != s {
		t.Error("the second caller has another server")
	}
	if one, two := s.Database(t), s.Database(t); one == two {
		t.Errorf("two databases are called %s", one)
	}
	t.Setenv("CDCD_TEST_MARIADB_DSN", s.DSN())
	given := mysqltest.Start(t, mysqltest.MariaDB1011)
	if given.Addr() != s.Addr() || given.PID() != 0 {
		t.Errorf("the server is at %s, want the one at %s", given.Addr(), s.Addr())
	}
	if given.Kill() == nil {
		t.Error("a server that was given by its address could be killed")
	}
}

// TestStart_WithFlags asks for full metadata on a server of the test's own,
// whatever is in the environment.
func TestStart_WithFlags(t *testing.T) {
	t.Setenv("CDCD_TEST_MARIADB_DSN", "root@tcp(127.0.0.1:1)/")
	s := mysqltest.Start(t, mysqltest.MariaDB1011, mysqltest.FullMetadata())
	var got string
	if err := s.DB(t).QueryRow("SELECT @@binlog_row_metadata").Scan(&got); err != nil || got != "FULL" {
		t.Errorf("binlog_row_metadata is %q (%v), want FULL", got, err)
	}
}

// TestServer_Binlog reads a row in the binlogs of a server that runs, and of one
// that was killed.
func TestServer_Binlog(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			s := mysqltest.Start(t, v, mysqltest.Own())
			s.Exec(t, "CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY); FLUSH BINARY LOGS; INSERT INTO d.t VALUES (4711)")
			names, err := s.Binlogs()
			if err != nil || len(names) != 2 {
				t.Fatalf("binlogs %v (%v), want two", names, err)
			}
			for range 2 {
				if text := printed(t, s, names[1]); !strings.Contains(text, "###   @1=4711 /* INT ") {
					t.Errorf("the row is not in:\n%s", text)
				}
				if err := s.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := io.ReadAll(open(t, s, "binlog.999999")); err == nil {
				t.Error("a file that is not there was read")
			}
		})
	}
}

func printed(t *testing.T, s *mysqltest.Server, name string) string {
	t.Helper()
	text, err := io.ReadAll(open(t, s, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func open(t *testing.T, s *mysqltest.Server, name string) io.Reader {
	t.Helper()
	r, err := s.Binlog(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// TestStart_OwnTemporaryFiles: MariaDB removes temporary files when it starts, so
// that two servers must not have one folder for them.
func TestStart_OwnTemporaryFiles(t *testing.T) {
	s := mysqltest.Start(t, mysqltest.MariaDB1011, mysqltest.Own())
	if s.PID() == 0 {
		t.Skip("the server does not run on this machine")
	}
	var tmp, data string
	if err := s.DB(t).QueryRowContext(t.Context(), "SELECT @@tmpdir, @@datadir").Scan(&tmp, &data); err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(tmp) != filepath.Dir(filepath.Clean(data)) {
		t.Errorf("temporary files are in %s, the data in %s", tmp, data)
	}
}
