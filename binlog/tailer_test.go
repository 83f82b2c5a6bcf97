package binlog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// killDumps ends the dump threads of this test's Tailer, once there are any.
func (l *live) killDumps(t testing.TB) {
	t.Helper()
	eventually(t, "a dump thread", func() bool {
		n := 0
		for _, p := range l.rows(t, "SHOW PROCESSLIST") {
			if strings.HasPrefix(p["Command"], "Binlog Dump") {
				n++
				// It may have ended by itself meanwhile.
				_, _ = l.db.ExecContext(t.Context(), "KILL "+p["Id"])
			}
		}
		return n > 0
	})
}

// purge removes the files before one. MariaDB keeps those that a dump thread
// reads, and some threads have not noticed yet that their client is gone.
func (l *live) purge(t testing.TB, file string) {
	t.Helper()
	eventually(t, "purge", func() bool {
		l.session(t, "PURGE BINARY LOGS TO '"+file+"'")
		return l.row(t, "SHOW BINARY LOGS")["Log_name"] == file
	})
}

// eventually polls until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(liveDeadline)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %s", what, liveDeadline)
		}
	}
}

func quick(c *Config) { c.Heartbeat, c.ReadTimeout = 100*time.Millisecond, time.Second }

func TestTailer_KilledWhileIdle(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
			s := l.tail(t, quick)
			for i := range 3 {
				if i > 0 {
					l.session(t, "FLUSH BINARY LOGS")
				}
				l.session(t, fmt.Sprintf("INSERT INTO t VALUES (%d)", i))
				same(t, "before", s.until(t), fmt.Sprintf("c t %d", i), "commit")
				l.killDumps(t)
			}
			l.session(t, "INSERT INTO t VALUES (9)")
			same(t, "after", s.until(t), "c t 9", "commit")
		})
	}
}

// TestTailer_Heartbeats: an idle server is heard, and where nothing but empty
// files came the position moves with them, so that they may be purged.
func TestTailer_Heartbeats(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			s := l.tail(t, quick)
			l.session(t, "FLUSH BINARY LOGS")
			end := l.position(t)
			for at := (event.Position{}); at.File != end.File; {
				item, err := s.any(t)
				if err != nil {
					t.Fatal(err)
				}
				if beat, ok := item.(event.Heartbeat); ok {
					at = beat.Position
				}
			}
			l.purge(t, end.File)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
			l.killDumps(t)
			same(t, "after", s.until(t), "ddl 1:t", "commit")
		})
	}
}

func TestTailer_ServerRestarts(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onServer(t, mysqltest.Start(t, v, mysqltest.Own()))
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
			s := l.tail(t, quick)
			l.session(t, "INSERT INTO t VALUES (1)")
			same(t, "before", s.until(t), "c t 1", "commit")

			if err := l.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			l.session(t, "INSERT INTO t VALUES (2)")
			same(t, "restarted", s.until(t), "c t 2", "commit")

			l.session(t, "INSERT INTO t VALUES (3)")
			if err := errors.Join(l.Kill(), l.Resume(t.Context())); err != nil {
				t.Fatal(err)
			}
			l.session(t, "INSERT INTO t VALUES (4)")
			same(t, "crashed", s.until(t), "c t 3", "commit", "c t 4", "commit")

			stopWhileReconnecting(t, l, s)
		})
	}
}

// stopWhileReconnecting ends Next's context while the server is away; a later
// Next goes on.
func stopWhileReconnecting(t *testing.T, l *live, s *tail) {
	t.Helper()
	if err := l.Kill(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for {
		if _, err := s.Next(ctx); err != nil {
			if ctx.Err() == nil {
				t.Errorf("server is away: %v", err)
			}
			break
		}
	}
	if err := l.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.session(t, "INSERT INTO t VALUES (5)")
	same(t, "after the context", s.until(t), "c t 5", "commit")
}

// large makes a transaction of so many MiB in rows of table t.
func (l *live) large(t testing.TB, mib int) {
	t.Helper()
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, s LONGTEXT)")
	statements := []string{"BEGIN"}
	for range mib {
		statements = append(statements, "INSERT INTO t (s) VALUES (REPEAT('x',1048576))")
	}
	l.session(t, append(statements, "COMMIT")...)
}

// firstRows opens a Tailer before the table and reads its first rows.
func (l *live) firstRows(t testing.TB, start event.Position) *tail {
	t.Helper()
	cfg := l.config(t)
	quick(&cfg)
	cfg.Start, cfg.QueueBytes = start, 64<<10
	cfg.Tables = withTable(t, l, "CREATE TABLE gone (id INT)")
	s := l.open(t, cfg)
	for {
		item, err := s.item(t)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := item.(*event.Rows); ok {
			return s
		}
	}
}

const largeMiB = 48

func TestTailer_KilledInTransaction(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			start := l.position(t)
			l.large(t, largeMiB)
			s := l.firstRows(t, start)
			l.killDumps(t)
			for {
				item, err := s.item(t)
				if err != nil {
					if !errors.Is(err, ErrInterrupted) || !Retryable(err) {
						t.Errorf("error %v", err)
					}
					return
				}
				if _, ok := item.(event.Commit); ok {
					t.Fatal("the transaction came to its end")
				}
			}
		})
	}
}

// TestTailer_Stalls: a consumer that waits longer than the read timeout slows
// the server down and breaks nothing.
func TestTailer_Stalls(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			start := l.position(t)
			l.large(t, largeMiB)
			s := l.firstRows(t, start)
			<-time.After(3 * s.cfg.ReadTimeout) // this is what is tested
			queued := 0
			for n := 2; ; n++ {
				queued = max(queued, len(s.reader.stream.(*dumpStream).queue))
				item, err := s.item(t)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := item.(event.Commit); ok {
					if n != largeMiB+1 {
						t.Errorf("%d rows events, want %d", n-1, largeMiB)
					}
					break
				}
			}
			if queued > 10 {
				t.Errorf("%d events waited in a queue of %d bytes", queued, s.cfg.QueueBytes)
			}
		})
	}
}

// final checks that both Open's and Next's errors are of a kind and final.
func final(t testing.TB, what string, cfg Config, want error, texts ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), liveDeadline)
	defer cancel()
	s, err := Open(ctx, cfg)
	for err == nil {
		_, err = s.Next(ctx)
	}
	if !errors.Is(err, want) || Retryable(err) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %q is not in: %v", what, text, err)
		}
	}
	if s != nil {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTailer_Purged(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			cfg := l.config(t)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO t VALUES (2)")
			end := l.position(t)
			l.purge(t, end.File)
			final(t, "file", cfg, ErrPurged, "under a new name", "binlog_expire_logs_seconds", cfg.Start.File)
			cfg.Start.File = ""
			final(t, "GTID", cfg, ErrPurged, "under a new name", "binlog_expire_logs_seconds", cfg.Start.GTIDs.String())
			cfg.Start.File, cfg.Start.Offset = end.File, 1<<31
			final(t, "behind the end", cfg, ErrPurged, "under a new name")
		})
	}
}

func TestTailer_Login(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			user := l.name
			l.session(t, "CREATE USER "+user+" IDENTIFIED BY 'right'")
			t.Cleanup(func() { _, _ = l.db.Exec("DROP USER " + user) })
			cfg := l.config(t)
			cfg.User, cfg.Password = user, "wrong"
			final(t, "password", cfg, ErrLogin, user)
			cfg.Password = "right"
			final(t, "privilege", cfg, ErrLogin)
		})
	}
}

func TestTailer_BadPosition(t *testing.T) {
	l := onShared(t, mysqltest.MySQL97)
	cfg := l.config(t)
	cfg.Start.GTIDs = event.GTIDText("nonsense")
	final(t, "GTIDs beside a file", cfg, ErrBadGTID)
	cfg.Start.File = ""
	final(t, "GTIDs", cfg, ErrBadGTID)
}

// TestTailer_SameServerID: the server ends the older of two streams with one
// id; a Tailer must not fight for it without end.
func TestTailer_SameServerID(t *testing.T) {
	l := onShared(t, mysqltest.MariaDB1011)
	cfg := l.config(t)
	quick(&cfg)
	first := l.open(t, cfg)
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	same(t, "first", first.until(t), "ddl 1:t", "commit")
	cfg.Tables, cfg.Start = l.tracker(t), l.position(t)
	second := l.open(t, cfg)
	l.session(t, "INSERT INTO t VALUES (1)")
	same(t, "second", second.until(t), "c t 1", "commit")
	_, err := first.item(t)
	for err == nil { // it may have been sent the row before it was ended
		_, err = first.item(t)
	}
	if !errors.Is(err, ErrServerID) || Retryable(err) {
		t.Errorf("first: %v", err)
	}
}

// TestTailer_HangingServer: a server that accepts and says nothing does not
// hold Open longer than its context.
func TestTailer_HangingServer(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	s, err := Open(ctx, Config{
		Flavor: event.MySQL, Host: "127.0.0.1", Port: uint16(lis.Addr().(*net.TCPAddr).Port), ServerID: 1,
		Start: event.Position{File: testFile, Offset: 4}, Tables: schema.New(), Capture: captured,
	})
	if err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Next(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("Next after Close: %v", err)
	}
}

func TestTailer_NoServer(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(lis.Addr().(*net.TCPAddr).Port)
	if err := lis.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Config{Flavor: event.MySQL, Host: "127.0.0.1", Port: port, ServerID: 1, Start: event.Position{File: testFile, Offset: 4}})
	if err == nil || !Retryable(err) {
		t.Errorf("refused connection: %v", err)
	}
}
