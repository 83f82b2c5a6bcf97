package checker

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cdcd/internal/mysqltest"
)

// step is what a client does, and the changes that the source commits with it,
// each "table op before after", rows in JSON.
type step struct {
	sql    string
	want   []string
	undone bool   // a group with changes is logged and rolled back
	on     string // steps of one name are done on one connection
	skip   func(string) bool
}

const (
	gtids   = "MySQL with GTIDs"
	noGTIDs = "MySQL without GTIDs"
	maria   = "MariaDB"
)

func not(names ...string) func(string) bool {
	return func(name string) bool { return strings.Contains(strings.Join(names, ","), name) }
}

const awkward = `it''s \\ a\nb "ü€" \t\r\0\b /* x */ (1)`

func jsonRow(id, u int, s string) string {
	quoted, _ := json.Marshal(s)
	return fmt.Sprintf(`{"id":%d,"u":%d,"s":%s,"x":null,"d":0,"n":"1.5"}`, id, u, quoted)
}

func steps() []step {
	odd := "it's \\ a\nb \"ü€\" \t\r\x00\b /* x */ (1)"
	return []step{
		{
			sql:  "INSERT INTO d.t VALUES (1, 4294967295, '" + awkward + "', NULL, NOW(), 1.5), (-2, 0, '', NULL, NOW(), 1.5)",
			want: []string{"t c - " + jsonRow(1, 4294967295, odd), "t c - " + jsonRow(-2, 0, "")},
		},
		{
			sql: "BEGIN; UPDATE d.t SET s='n' WHERE id=1; DELETE FROM d.t\nWHERE id=-2 /*\nCOMMIT\n*/; INSERT INTO d.other VALUES (1); COMMIT",
			want: []string{
				"t u " + jsonRow(1, 4294967295, odd) + " " + jsonRow(1, 4294967295, "n"), "t d " + jsonRow(-2, 0, "") + " -",
			},
		},
		{sql: "INSERT INTO d.other VALUES (2)"},
		{
			sql:  "BEGIN; INSERT INTO d.t VALUES (3,3,'',NULL,NOW(),1.5); SAVEPOINT a; INSERT INTO d.t VALUES (4,4,'',NULL,NOW(),1.5); ROLLBACK TO a; INSERT INTO d.t VALUES (5,5,'',NULL,NOW(),1.5); COMMIT",
			want: []string{"t c - " + jsonRow(3, 3, ""), "t c - " + jsonRow(5, 5, "")},
		},
		{sql: "BEGIN; INSERT INTO d.t VALUES (6,6,'',NULL,NOW(),1.5); ROLLBACK"},
		{sql: "XA START 'a','b',3; INSERT INTO d.t VALUES (7,7,'',NULL,NOW(),1.5); XA END 'a','b',3; XA PREPARE 'a','b',3", on: "a"},
		{sql: "INSERT INTO d.m VALUES (7)", want: []string{`m c - {"id":7}`}},
		{sql: "FLUSH BINARY LOGS"},
		{sql: "XA COMMIT 'a','b',3", want: []string{"t c - " + jsonRow(7, 7, "")}, on: "a"},
		{sql: "XA START 'r'; INSERT INTO d.t VALUES (8,8,'',NULL,NOW(),1.5); XA END 'r'; XA PREPARE 'r'", on: "r"},
		{sql: "XA ROLLBACK 'r'", undone: true, on: "r"},
		{sql: "XA START 'o'; INSERT INTO d.t VALUES (9,9,'',NULL,NOW(),1.5); XA END 'o'; XA COMMIT 'o' ONE PHASE", want: []string{"t c - " + jsonRow(9, 9, "")}},
		{
			sql:  "BEGIN; INSERT INTO d.m VALUES (10); INSERT INTO d.t VALUES (10,10,'',NULL,NOW(),1.5); ROLLBACK",
			want: []string{`m c - {"id":10}`}, skip: not(gtids),
		},
		{
			sql:  "BEGIN; INSERT INTO d.t VALUES (11,11,'',NULL,NOW(),1.5); CREATE TEMPORARY TABLE d.tt (i INT); DROP TEMPORARY TABLE d.tt; ROLLBACK",
			skip: not(gtids, noGTIDs), undone: true,
		},
		{
			sql:  "CREATE TEMPORARY TABLE d.tt (i INT) ENGINE=InnoDB; BEGIN; INSERT INTO d.t VALUES (12,12,'',NULL,NOW(),1.5); SAVEPOINT b; INSERT INTO d.t VALUES (13,13,'',NULL,NOW(),1.5); INSERT INTO d.tt VALUES (1); ROLLBACK TO b; COMMIT; DROP TEMPORARY TABLE d.tt",
			want: []string{"t c - " + jsonRow(12, 12, "")},
		},
		{
			sql:  "SET gtid_next='AUTOMATIC:blue'; INSERT INTO d.m VALUES (14); SET gtid_next='AUTOMATIC'",
			want: []string{`m c - {"id":14}`}, skip: not(noGTIDs, maria),
		},
		{
			sql:  "SET SESSION binlog_transaction_compression=ON; INSERT INTO d.m VALUES (15); SET SESSION binlog_transaction_compression=OFF",
			want: []string{`m c - {"id":15}`}, skip: not(maria),
		},
		{
			sql:  "SET GLOBAL log_bin_compress=ON; INSERT INTO d.t VALUES (16,16,REPEAT('y',500),NULL,NOW(),1.5); SET GLOBAL log_bin_compress=OFF",
			want: []string{"t c - " + jsonRow(16, 16, strings.Repeat("y", 500))}, skip: not(gtids, noGTIDs),
		},
		{sql: "CREATE TABLE d.q (id INT PRIMARY KEY) SELECT id FROM d.m WHERE id=7", want: []string{`q c - {"id":7}`}},
		{
			sql:  "BEGIN; INSERT INTO d.t VALUES (18,18,'',NULL,NOW(),1.5); UPDATE d.t, d.m SET d.t.u=19, d.m.id=70 WHERE d.t.id=18 AND d.m.id=7; ROLLBACK",
			want: []string{`m u {"id":7} {"id":70}`}, skip: not(gtids),
		},
		{
			sql:  "CREATE TRIGGER d.g AFTER INSERT ON d.t FOR EACH ROW INSERT INTO d.m VALUES (NEW.id); BEGIN; INSERT INTO d.t VALUES (19,19,'',NULL,NOW(),1.5); ROLLBACK; DROP TRIGGER d.g",
			want: []string{`m c - {"id":19}`}, skip: not(gtids),
		},
		{sql: "ALTER TABLE d.m ADD y INT; INSERT INTO d.m VALUES (17, -1)", want: []string{`m c - {"id":17,"y":-1}`}},
	}
}

// What the parser makes of the binlogs of real servers is what was done to them,
// in the order of the commits, and with the positions that the servers name.
func TestParser_RealServers(t *testing.T) {
	for _, c := range []struct {
		name    string
		version mysqltest.Version
		opts    []mysqltest.Option
		where   string
	}{
		{gtids, mysqltest.MySQL97, nil, "SELECT @@gtid_executed"},
		{noGTIDs, mysqltest.MySQL97, []mysqltest.Option{mysqltest.Flags("--gtid-mode=OFF", "--enforce-gtid-consistency=OFF")}, "SHOW BINARY LOG STATUS"},
		{maria, mysqltest.MariaDB1011, nil, "SELECT @@gtid_binlog_pos"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mysqltest.Start(t, c.version, append(c.opts, mysqltest.Own())...)
			s.Exec(t, "CREATE DATABASE d CHARACTER SET utf8mb4",
				"CREATE TABLE d.t (id INT PRIMARY KEY, u INT UNSIGNED, s VARCHAR(600), x TEXT, d DATETIME, n DECIMAL(8,2))",
				"CREATE TABLE d.m (id INT PRIMARY KEY) ENGINE=MyISAM", "CREATE TABLE d.other (id INT)")
			r := &rehearsal{t: t, db: s.DB(t), where: c.where, conns: map[string]*sql.Conn{}}
			for _, step := range steps() {
				if step.skip == nil || !step.skip(c.name) {
					r.perform(step)
				}
			}
			r.compare(read(t, s))
		})
	}
}

func read(t *testing.T, s *mysqltest.Server) (*source, *image) {
	t.Helper()
	m := newImage()
	tables := Tables("it", "d", "t", "m", "q")
	for i := range tables {
		if err := tables[i].describe(t.Context(), s.DB(t)); err != nil {
			t.Fatal(err)
		}
	}
	src, err := readBinlogs(t.Context(), s, tables, m)
	if err != nil {
		t.Fatal(err)
	}
	return src, m
}

// rehearsal performs steps and knows what they should have come to.
type rehearsal struct {
	t     *testing.T
	db    *sql.DB
	where string

	conns  map[string]*sql.Conn
	last   position
	groups []rehearsed
	undone int
}

// rehearsed is a group that is behind one position and not behind another.
type rehearsed struct {
	step          string
	want          []string
	before, after position
}

func (r *rehearsal) perform(s step) {
	r.t.Helper()
	r.last = r.position()
	if _, err := r.conn(s.on).ExecContext(r.t.Context(), s.sql); err != nil {
		r.t.Fatalf("%s: %v", s.sql, err)
	}
	if s.undone {
		r.undone++
	}
	if len(s.want) > 0 {
		r.groups = append(r.groups, rehearsed{s.sql, s.want, r.last, r.position()})
	}
}

func (r *rehearsal) conn(name string) *sql.Conn {
	r.t.Helper()
	if r.conns[name] == nil {
		conn, err := r.db.Conn(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { _ = conn.Close() })
		r.conns[name] = conn
	}
	return r.conns[name]
}

// position is where the server says that its binlog ends.
func (r *rehearsal) position() position {
	r.t.Helper()
	rows, err := mysqltest.Query(context.WithoutCancel(r.t.Context()), r.db, r.where)
	if err != nil {
		r.t.Fatal(err)
	}
	text := rows[0][0].String
	if len(rows[0]) > 1 {
		text += ":" + rows[0][1].String
	}
	p, err := parsePosition(text)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

func (r *rehearsal) compare(s *source, m *image) {
	r.t.Helper()
	for i := range min(len(s.groups), len(r.groups)) {
		want := r.groups[i]
		if !s.behind(int32(i), want.after) || s.behind(int32(i), want.before) {
			r.t.Errorf("%s: %s is not between the positions before and after", want.step, s.name(int32(i)))
		}
		if got := s.groups[i].count; int(got) != len(want.want) {
			r.t.Fatalf("%s: %d changes, want %d", want.step, got, len(want.want))
		}
		for n, text := range want.want {
			if c := s.change(int32(i), int32(n)); !same(r.t, s, m, c, text) {
				r.t.Errorf("%s: change %d is %c %+v, want %s", want.step, n, c.op, c, text)
			}
		}
	}
	if len(s.groups) != len(r.groups) || len(s.undone) != r.undone {
		r.t.Errorf("%d groups and %d undone, want %d and %d", len(s.groups), len(s.undone), len(r.groups), r.undone)
	}
}

// same compares a change with its text.
func same(t *testing.T, s *source, m *image, c *change, text string) bool {
	t.Helper()
	table, rest, _ := strings.Cut(text, " ")
	op, rows, _ := strings.Cut(rest, " ")
	before, after := rows, "-"
	if i := strings.LastIndex(rows, "} "); i >= 0 {
		before, after = rows[:i+1], rows[i+2:]
	} else if strings.HasPrefix(rows, "- ") {
		before, after = "-", rows[2:]
	}
	sum := func(row string) uint64 {
		v, err := m.sumRow(json.RawMessage(row), s.layouts[c.layout])
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	return s.tables[c.table].Name == table && c.op == operation(op[0]) && c.before == sum(before) && c.after == sum(after)
}
