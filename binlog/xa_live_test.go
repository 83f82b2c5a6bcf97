package binlog

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/mysqltest"
)

// prepare leaves a prepared branch behind a session that has ended.
func (l *live) prepare(t testing.TB, name string, statements ...string) {
	t.Helper()
	all := append([]string{"XA START '" + name + "'"}, statements...)
	l.session(t, append(all, "XA END '"+name+"'", "XA PREPARE '"+name+"'")...)
}

// decide ends a branch, once its session is gone.
func (l *live) decide(t testing.TB, verb, name string) {
	t.Helper()
	var err error
	eventually(t, "XA "+verb+" "+name, func() bool {
		_, err = l.db.ExecContext(t.Context(), "XA "+verb+" '"+name+"'")
		return err == nil
	})
}

func insert(ids ...int) (out []string) {
	for _, id := range ids {
		out = append(out, fmt.Sprintf("INSERT INTO t VALUES (%d, REPEAT('x',1000))", id))
	}
	return out
}

// xaModes are the settings under which servers write XA branches differently.
func xaModes(t *testing.T, f func(*testing.T, *live)) {
	t.Helper()
	t.Run("MySQL", func(t *testing.T) { f(t, onShared(t, mysqltest.MySQL97)) })
	t.Run("compressed", func(t *testing.T) {
		f(t, onShared(t, mysqltest.MySQL97, mysqltest.Flags("--binlog-transaction-compression=ON")))
	})
	t.Run("GTIDs off", func(t *testing.T) {
		f(t, onShared(t, mysqltest.MySQL97, mysqltest.Flags("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF")))
	})
	t.Run("MariaDB", func(t *testing.T) { f(t, onShared(t, mysqltest.MariaDB1011)) })
}

// TestLive_XAInterleaved: branches over several files, in memory and spilled,
// with the connection broken in between. Each boundary is then resumed from,
// with nothing held.
func TestLive_XAInterleaved(t *testing.T) {
	xaModes(t, func(t *testing.T, l *live) {
		t.Helper()
		l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, s TEXT)", "CREATE TABLE skip LIKE t")
		dir := t.TempDir()
		cfg := l.config(t)
		quick(&cfg)
		cfg.HoldBytes, cfg.SpillDir = 3000, dir
		s := l.open(t, cfg)
		first := cfg.Start
		lines := s.until(t)
		stages := []func(){
			func() { l.prepare(t, "a", insert(1, 2, 3, 4)...) },
			func() { l.prepare(t, "b", insert(10)...) },
			func() { l.session(t, "FLUSH BINARY LOGS", "INSERT INTO t VALUES (20,'')") },
			func() { l.prepare(t, "n", "INSERT INTO skip VALUES (1,'')") },
			func() { l.session(t, "CREATE TABLE u (id INT PRIMARY KEY)", "ALTER TABLE u ADD c INT") },
			func() { l.prepare(t, "c", insert(30, 31)...) },
			func() { l.killDumps(t) },
			func() { l.session(t, "INSERT INTO t VALUES (21,'')", "FLUSH BINARY LOGS") },
			func() { l.decide(t, "COMMIT", "b") },
			func() { l.decide(t, "ROLLBACK", "c") },
			func() { l.session(t, "INSERT INTO t VALUES (22,'')") },
			func() { l.decide(t, "COMMIT", "n") },
			func() { l.decide(t, "COMMIT", "a") },
			func() { l.session(t, "DROP TABLE u") },
		}
		at, places := []int{len(lines)}, []event.Position{first}
		for _, stage := range stages {
			stage()
			lines = append(lines, s.until(t)...)
			at, places = append(at, len(lines)), append(places, s.last)
		}
		same(t, "in one go", lines, "c t 20", "commit", "ddl 1:u", "commit", "ddl 2:u", "commit", "c t 21", "commit",
			"c t 10", "commit", "c t 22", "commit", "c t 1", "c t 2", "c t 3", "c t 4", "commit", "ddl 3:u", "commit")
		if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
			t.Errorf("the spill file has a name: %v, %v", left, err)
		}
		if s.hold.spill.file == nil || s.hold.memory != 0 || len(s.hold.spill.extents) != 0 {
			t.Errorf("held at the end: %+v", s.hold)
		}
		for i, place := range places[:len(places)-1] {
			resumed(t, l, dir, place, lines[at[i]:])
			if place.GTIDs != nil {
				place.File, place.Offset = "", 0
				resumed(t, l, dir, place, lines[at[i]:])
			}
		}
	})
}

// resumed reads on from a place with a tracker of that time: u is there between
// its CREATE and its DROP.
func resumed(t *testing.T, l *live, dir string, place event.Position, want []string) {
	t.Helper()
	cfg := l.config(t)
	cfg.Start, cfg.HoldBytes, cfg.SpillDir = place, 3000, dir
	tr := withTable(t, l, "CREATE TABLE t (id INT PRIMARY KEY, s TEXT)")
	switch rest := strings.Join(want, " "); {
	case !strings.Contains(rest, "2:u"):
		apply(t, tr, "CREATE TABLE "+l.name+".u (id INT PRIMARY KEY, c INT)")
	case !strings.Contains(rest, "1:u"):
		apply(t, tr, "CREATE TABLE "+l.name+".u (id INT PRIMARY KEY)")
	}
	cfg.Tables = tr
	s := l.open(t, cfg)
	same(t, "from "+place.String(), s.until(t), want...)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestLive_XARestart: a prepared branch outlives its server, in both ways to
// end it.
func TestLive_XARestart(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onServer(t, mysqltest.Start(t, v, mysqltest.Own()))
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, s TEXT)")
			s := l.tail(t, quick)
			l.prepare(t, "a", insert(1)...)
			l.prepare(t, "b", insert(2)...)
			same(t, "prepared", s.until(t))
			place := s.last
			if err := l.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			l.decide(t, "COMMIT", "a")
			same(t, "restarted", s.until(t), "c t 1", "commit")
			if err := errors.Join(l.Kill(), l.Resume(t.Context())); err != nil {
				t.Fatal(err)
			}
			l.decide(t, "COMMIT", "b")
			same(t, "crashed", s.until(t), "c t 2", "commit")
			again := l.tail(t, func(c *Config) { c.Start = place })
			same(t, "read again", again.until(t), "c t 1", "commit", "c t 2", "commit")
		})
	}
}

// TestLive_XAPurged: the group that prepared a branch is gone from the binlog.
func TestLive_XAPurged(t *testing.T) {
	xaModes(t, func(t *testing.T, l *live) {
		t.Helper()
		l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, s TEXT)")
		s := l.tail(t)
		l.prepare(t, "p", insert(1)...)
		l.session(t, "FLUSH BINARY LOGS", "INSERT INTO t VALUES (2,'')")
		same(t, "before", s.until(t), "c t 2", "commit")
		cfg := l.config(t)
		cfg.Start = s.last
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		l.purge(t, s.last.File)
		b := s.last.Prepared[0]
		final(t, "purged", cfg, ErrPurged, "XA branch X'70'", fmt.Sprintf("%s:%d", b.File, b.Offset), "XA RECOVER", "under a new name")
		l.decide(t, "ROLLBACK", "p")
	})
}

// TestLive_XABeforeStart: a branch that was prepared before reading began.
func TestLive_XABeforeStart(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, s TEXT)")
			l.prepare(t, "old", insert(1)...)
			s := l.tail(t)
			l.decide(t, "COMMIT", "old")
			l.session(t, "INSERT INTO t VALUES (2,'')")
			same(t, "items", s.until(t), "c t 2", "commit")
		})
	}
}

// TestLive_Rollback: MariaDB logs the rows of a transaction that it rolled back
// when a temporary table was made in it, and rows of MyISAM apart.
func TestLive_Rollback(t *testing.T) {
	l := onShared(t, mysqltest.MariaDB1011)
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM")
	cfg := l.config(t)
	s := l.open(t, cfg)
	l.session(t, "BEGIN", "INSERT INTO t VALUES (1)", "INSERT INTO m VALUES (2)", "CREATE TEMPORARY TABLE tmp (id INT)",
		"INSERT INTO t VALUES (3)", "ROLLBACK", "INSERT INTO t VALUES (4)")
	var txn *event.Txn
	rows := 0
	for cfg.Undone == nil {
		item, err := s.item(t)
		if err != nil {
			t.Fatal(err)
		}
		switch i := item.(type) {
		case event.Begin:
			txn, rows = i.Txn, 0
		case *event.Rows:
			rows++
		case event.Rollback:
			if i.Group != txn.ID() || rows != 2 {
				t.Errorf("rollback of %q behind %d rows, want %q", i.Group, rows, txn.ID())
			}
			cfg.Undone = map[string]bool{i.Group: true}
		}
	}
	cfg.Tables = l.tracker(t)
	same(t, "again", l.open(t, cfg).until(t), "c m 2", "commit", "c t 4", "commit")
	l.session(t, "BEGIN", "INSERT INTO t VALUES (5)", "CREATE TEMPORARY TABLE tmp (id INT)", "ROLLBACK")
}
