package mysqltest_test

import (
	"testing"
	"time"

	"cdcd/internal/mysqltest"
)

func TestMain(m *testing.M) { mysqltest.Main(m) }

// TestServer starts each server and looks at what every user of the package
// relies on: rows are logged, and data survives a restart and a crash.
func TestServer(t *testing.T) {
	for _, v := range mysqltest.Versions() {
		t.Run(string(v), func(t *testing.T) { testServer(t, v) })
	}
}

func testServer(t *testing.T, v mysqltest.Version) {
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
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("SELECT COUNT(*) FROM d.t", "2")
}
