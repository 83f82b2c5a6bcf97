package binlog

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

func TestLive_Changes(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(200))", "CREATE TABLE skip LIKE t")
			s := l.tail(t)
			l.session(t, "INSERT INTO t VALUES (1,'a'),(2,'b')", "UPDATE t SET id=id+10 WHERE id=2", "DELETE FROM t WHERE id=1",
				"INSERT INTO skip VALUES (1,'')", "BEGIN", "INSERT INTO t VALUES (3,'c')", "INSERT INTO skip VALUES (2,'')",
				"UPDATE t SET s='d' WHERE id=3", "COMMIT", "ALTER TABLE t ADD c INT FIRST", "INSERT INTO t VALUES (7,4,'')",
				"CREATE TABLE n AS SELECT id FROM t", "TRUNCATE t")
			same(t, "items", s.until(t), "c t 1 2", "commit", "u t 2>12", "commit", "d t 1", "commit",
				"c t 3", "u t 3>3", "commit", "ddl 2:t", "commit", "c t 7", "commit", "ddl 1:n", "c n 3 4 12", "commit", "ddl 5:t", "commit")
		})
	}
}

// TestLive_Compressed reads the same rows with and without
// binlog_transaction_compression; compressed ones stand where their payload
// does.
func TestLive_Compressed(t *testing.T) {
	l := onShared(t, mysqltest.MySQL97)
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, s LONGTEXT)")
	s := l.tail(t)
	var got [2][]string
	for i, mode := range []string{"OFF", "ON"} {
		l.session(t, "SET binlog_transaction_compression="+mode, "BEGIN", "INSERT INTO t VALUES (1,''),(2,REPEAT('x',3000000))",
			"INSERT INTO t SELECT id+2, s FROM t", "UPDATE t SET id=id+100", "COMMIT", "DELETE FROM t")
		got[i] = s.until(t)
	}
	same(t, "compressed", got[1], got[0]...)
	if len(got[0]) != 14 {
		t.Errorf("items %q", got[0])
	}
}

// TestLive_Metadata reads the same rows whatever the table maps tell.
func TestLive_Metadata(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			mode := l.row(t, "SELECT @@global.binlog_row_metadata AS m")["m"]
			t.Cleanup(func() {
				if _, err := l.db.Exec("SET GLOBAL binlog_row_metadata=" + mode); err != nil {
					t.Error(err)
				}
			})
			l.session(t, "CREATE TABLE t (id INT UNSIGNED PRIMARY KEY, e ENUM('a','b'), s VARCHAR(10) CHARSET latin1)")
			s := l.tail(t)
			for _, mode := range []string{"MINIMAL", "FULL"} {
				l.session(t, "SET GLOBAL binlog_row_metadata="+mode, "INSERT INTO t VALUES (3000000000,'b','\u00fc')", "DELETE FROM t")
				same(t, mode, s.until(t), "c t 3000000000", "commit", "d t 3000000000", "commit")
			}
		})
	}
}

// TestLive_Positions compares the place of every item with what the server
// says, for a start by file and by GTID.
func TestLive_Positions(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY, s LONGTEXT)")
			start := l.position(t)
			l.session(t, "INSERT INTO t VALUES (1,'a')", "BEGIN", "UPDATE t SET id=2", "DELETE FROM t", "COMMIT", "CREATE TABLE u LIKE t")
			if l.flavor() == event.MySQL {
				l.session(t, "SET binlog_transaction_compression=ON", "INSERT INTO t VALUES (2,REPEAT('a',1000))")
			}
			end := l.position(t)
			events := map[uint64]string{} // by start
			ends := map[uint64]bool{}
			for _, e := range l.rows(t, fmt.Sprintf("SHOW BINLOG EVENTS IN '%s' FROM %d", start.File, start.Offset)) {
				events[number(t, e["Pos"])] = e["Event_type"]
				ends[number(t, e["End_log_pos"])] = true
			}
			for _, by := range []event.Position{
				{Flavor: start.Flavor, File: start.File, Offset: start.Offset},
				start,
				{Flavor: start.Flavor, GTIDs: start.GTIDs},
			} {
				s := l.tail(t, func(c *Config) {
					c.Start = by
					c.Tables = withTable(t, l, "CREATE TABLE t (id INT PRIMARY KEY, s LONGTEXT)")
				})
				for n := 0; ; n++ {
					item, err := s.item(t)
					if err != nil {
						t.Fatal(err)
					}
					switch i := item.(type) {
					case event.Begin:
						if e := events[i.Txn.Pos]; e != "Gtid" || i.Txn.File != start.File {
							t.Errorf("from %s: begins at %s:%d, there is %q", by, i.Txn.File, i.Txn.Pos, e)
						}
					case *event.Rows:
						if e := events[i.Meta.Pos]; !strings.Contains(e, "_rows") && e != "Transaction_payload" {
							t.Errorf("from %s: rows at %d, there is %q", by, i.Meta.Pos, e)
						}
					case event.DDL:
						if e := events[i.Meta.Pos]; e != "Query" {
							t.Errorf("from %s: DDL at %d, there is %q", by, i.Meta.Pos, e)
						}
					case event.Commit:
						if !ends[i.Position.Offset] {
							t.Errorf("from %s: commit at %s", by, i.Position)
						}
						s.last = i.Position
					}
					if s.last.Offset >= end.Offset {
						break
					}
				}
				if s.last.Offset != end.Offset || s.last.File != end.File {
					t.Errorf("from %s: ends at %s, want %s", by, s.last, end)
				}
				if by.GTIDs != nil && s.last.GTIDs.String() != end.GTIDs.String() {
					t.Errorf("from %s: ends with %s, want %s", by, s.last.GTIDs, end.GTIDs)
				}
			}
		})
	}
}

func number(t testing.TB, text string) uint64 {
	t.Helper()
	var n uint64
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// withTable is a tracker at a time when the test's database held one table.
func withTable(t testing.TB, l *live, create string) *schema.Tracker {
	t.Helper()
	tr := l.tracker(t)
	for _, tb := range tr.Tables() {
		apply(t, tr, "DROP TABLE "+l.name+"."+tb.ID.Name)
	}
	apply(t, tr, strings.Replace(create, "TABLE ", "TABLE "+l.name+".", 1))
	return tr
}

func TestLive_Rotation(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
			s := l.tail(t)
			l.session(t, "INSERT INTO t VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO t VALUES (2)", "FLUSH BINARY LOGS",
				"FLUSH BINARY LOGS", "INSERT INTO t VALUES (3)")
			same(t, "items", s.until(t), "c t 1", "commit", "c t 2", "commit", "c t 3", "commit")
			if end := l.position(t); s.last.File != end.File || s.last.Offset > end.Offset {
				t.Errorf("ends at %s, want %s", s.last, end)
			}
		})
	}
}

func TestLive_XA(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
			s := l.tail(t)
			l.session(t, "XA START 'a'", "INSERT INTO t VALUES (1)", "XA END 'a'", "XA PREPARE 'a'", "XA COMMIT 'a'",
				"XA START 'b'", "INSERT INTO t VALUES (2)", "XA END 'b'", "XA PREPARE 'b'", "XA ROLLBACK 'b'",
				"XA START 'c'", "INSERT INTO t VALUES (3)", "XA END 'c'", "XA COMMIT 'c' ONE PHASE")
			same(t, "items", s.until(t), "c t 1", "commit", "c t 3", "commit")
		})
	}
}

func TestLive_GTIDsOff(t *testing.T) {
	l := onShared(t, mysqltest.MySQL97, mysqltest.Flags("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"))
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	s := l.tail(t)
	l.session(t, "INSERT INTO t VALUES (1)", "ALTER TABLE t ADD c INT", "INSERT INTO t VALUES (2,3)")
	same(t, "items", s.until(t), "c t 1", "commit", "ddl 2:t", "commit", "c t 2", "commit")
	if s.last.GTIDs != nil {
		t.Errorf("position %s has GTIDs", s.last)
	}
}

func TestLive_Tagged(t *testing.T) {
	l := onShared(t, mysqltest.MySQL97)
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	cfg := l.config(t)
	cfg.Start.File = ""
	s := l.open(t, cfg)
	tag := strings.Repeat("blue_", 6)
	l.session(t, "SET gtid_next='AUTOMATIC:"+tag+"'", "INSERT INTO t VALUES (1)", "SET gtid_next='AUTOMATIC'", "INSERT INTO t VALUES (2)")
	same(t, "items", s.until(t), "c t 1", "commit", "c t 2", "commit")
	if got, want := s.last.GTIDs.String(), l.position(t).GTIDs.String(); got != want || !strings.Contains(got, tag) {
		t.Errorf("ends with %s, want %s", got, want)
	}
}

func TestLive_Domains(t *testing.T) {
	l := onShared(t, mysqltest.MariaDB1011)
	l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	cfg := l.config(t)
	cfg.Start.File = ""
	s := l.open(t, cfg)
	l.session(t, "SET gtid_domain_id=3", "INSERT INTO t VALUES (1)", "SET gtid_domain_id=0", "INSERT INTO t VALUES (2)",
		"SET gtid_domain_id=5", "INSERT INTO t VALUES (3)")
	same(t, "items", s.until(t), "c t 1", "commit", "c t 2", "commit", "c t 3", "commit")
	if got, want := s.last.GTIDs.String(), l.position(t).GTIDs.String(); got != want || strings.Count(got, ",") != 2 {
		t.Errorf("ends with %s, want %s", got, want)
	}
	cfg.Start = event.Position{Flavor: event.MariaDB, GTIDs: s.last.GTIDs}
	l.session(t, "INSERT INTO t VALUES (4)")
	same(t, "resumed", l.open(t, cfg).until(t), "c t 4", "commit")
}

func TestLive_StatementFormat(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE skip (id INT PRIMARY KEY)")
			s := l.tail(t)
			l.session(t, "SET binlog_format=STATEMENT", "INSERT INTO skip VALUES (1)", "INSERT INTO t VALUES (123456)")
			_, err := s.read(t, l.position(t))
			if !errors.Is(err, ErrStatementDML) || Retryable(err) || strings.Contains(err.Error(), "123456") ||
				!strings.Contains(err.Error(), l.name+".t") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestLive_UnknownTable: a table that was made without the binlog is not known,
// until a statement in the binlog makes it again.
func TestLive_UnknownTable(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)")
			var left []string
			s := l.tail(t, func(c *Config) {
				c.LeaveOut = func(r *event.Rows, err error) bool {
					left = append(left, fmt.Sprintf("%c %s %v", r.Op, r.Table.ID.Name, errors.Is(err, schema.ErrUnknownTable)))
					return true
				}
			})
			l.session(t, "SET sql_log_bin=0", "CREATE TABLE hidden (id INT PRIMARY KEY)", "SET sql_log_bin=1", "BEGIN", "INSERT INTO hidden VALUES (1)",
				"INSERT INTO t VALUES (1)", "UPDATE hidden SET id=2", "COMMIT", "DROP TABLE hidden", "CREATE TABLE hidden (id INT PRIMARY KEY)", "INSERT INTO hidden VALUES (3)")
			same(t, "items", s.until(t), "c t 1", "commit", "ddl 3:hidden", "commit", "ddl 1:hidden", "commit", "c hidden 3", "commit")
			same(t, "left out", left, "c hidden true", "u hidden true")
		})
	}
}

// TestLive_Timestamps: the session decides whether a bare TIMESTAMP is
// nullable, and the table map must agree.
func TestLive_Timestamps(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			s := l.tail(t)
			l.session(t, "SET explicit_defaults_for_timestamp=OFF", "CREATE TABLE t (id INT PRIMARY KEY, ts TIMESTAMP, tn TIMESTAMP NULL)",
				"INSERT INTO t VALUES (1,NOW(),NOW())", "SET explicit_defaults_for_timestamp=ON", "CREATE TABLE u LIKE t",
				"CREATE TABLE v (id INT PRIMARY KEY, ts TIMESTAMP)", "INSERT INTO v VALUES (1,NULL)")
			same(t, "items", s.until(t), "ddl 1:t", "commit", "c t 1", "commit", "ddl 1:u", "commit", "ddl 1:v", "commit", "c v 1", "commit")
		})
	}
}

// TestLive_Savepoints: where a table without transactions took part, servers
// log what ROLLBACK TO SAVEPOINT took back.
func TestLive_Savepoints(t *testing.T) {
	f := func(t *testing.T, l *live) {
		t.Helper()
		l.session(t, "CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM")
		s := l.tail(t)
		l.session(t, "BEGIN", "INSERT INTO t VALUES (1)", "SAVEPOINT a", "INSERT INTO t VALUES (2)", "INSERT INTO m VALUES (1)",
			"SAVEPOINT b", "INSERT INTO t VALUES (3)", "ROLLBACK TO a", "INSERT INTO t VALUES (4)", "COMMIT")
		same(t, "mixed engines", s.until(t), "c m 1", "commit", "c t 1", "c t 4", "commit")
		l.session(t, "BEGIN", "SAVEPOINT a", "INSERT INTO t VALUES (5)", "INSERT INTO m VALUES (5)", "ROLLBACK TO a",
			"INSERT INTO t VALUES (6)", "COMMIT")
		same(t, "first of all", s.until(t), "c m 5", "commit", "c t 6", "commit")
		l.session(t, "BEGIN", "INSERT INTO t VALUES (7)", "SAVEPOINT a", "CREATE TEMPORARY TABLE tmp (id INT)", "INSERT INTO t VALUES (8)",
			"ROLLBACK TO a", "RELEASE SAVEPOINT a", "COMMIT")
		same(t, "temporary table", s.until(t), "c t 7", "commit")
	}
	t.Run("MySQL", func(t *testing.T) {
		f(t, onShared(t, mysqltest.MySQL97, mysqltest.Flags("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF")))
	})
	t.Run("MariaDB", func(t *testing.T) { f(t, onShared(t, mysqltest.MariaDB1011)) })
}
