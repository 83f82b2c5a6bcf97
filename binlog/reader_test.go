package binlog

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

func same(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: -want +got\n%s", what, d)
	}
}

// yields reads a history that must end well.
func yields(t testing.TB, what string, p *replay, want ...string) {
	t.Helper()
	got, err := p.run(t)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	same(t, what, got, want...)
}

func TestReader_Transactions(t *testing.T) {
	f := func(what string, h *history, want ...string) {
		t.Helper()
		yields(t, what, of(h), want...)
	}
	f("insert", mysqlHistory().gtid(1).begin().insert("t", 5).xid(),
		"begin @1 U:1", "c d.t @4 5", "commit @6 U:1")
	f("several rows and statements", mysqlHistory().gtid(1).begin().
		tableMap(1, "t").rows(typeWriteRows, 1, testRow{1, "a"}, testRow{2, "b"}).
		tableMap(1, "t").rows(typeUpdateRows, 1, testRow{1, "a"}, testRow{3, "a"}).rows(typeDeleteRows, 1, testRow{2, "b"}).xid(),
		"begin @1 U:1", "c d.t @4 1 2", "u d.t @6 1>3", "d d.t @7 2", "commit @9 U:1")
	f("version 1 rows without GTID events", mysqlHistory().begin().tableMap(1, "t").rows(typeWriteRowsV1, 1, testRow{1, "a"}).
		rows(typeUpdateRowsV1, 1, testRow{1, "a"}, testRow{2, "a"}).rows(typeDeleteRowsV1, 1, testRow{2, "a"}).xid(),
		"begin @1", "c d.t @3 1", "u d.t @4 1>2", "d d.t @5 2", "commit @7")
	f("COMMIT of tables without transactions", mysqlHistory().gtid(1).begin().insert("t", 1).query("COMMIT"),
		"begin @1 U:1", "c d.t @4 1", "commit @6 U:1")
	f("anonymous", mysqlHistory().anonymous().begin().insert("t", 1).xid(),
		"begin @1", "c d.t @4 1", "commit @6")
	f("tagged", mysqlHistory().tagged(1).begin().xid().tagged(2).begin().xid().gtid(9).begin().xid(),
		"begin @1 U:blue:1", "commit @4 U:blue:1", "begin @4 U:blue:2", "commit @7 U:blue:1-2",
		"begin @7 U:9", "commit @10 U:9:blue:1-2")
	f("uncaptured table", mysqlHistory().gtid(1).begin().insert("skip", 1).insert("t", 2).xid(),
		"begin @1 U:1", "c d.t @6 2", "commit @8 U:1")
	f("two tables in one statement", mysqlHistory().gtid(1).begin().tableMap(1, "t").tableMap(2, "u").
		rows(typeWriteRows, 2, testRow{8, ""}).rows(typeWriteRows, 1, testRow{9, ""}).xid(),
		"begin @1 U:1", "c d.u @5 8", "c d.t @6 9", "commit @8 U:1")
	f("empty statement", mysqlHistory().gtid(1).begin().add(typeDeleteRows, 0, rowsBody(typeDeleteRows, dummyTable)).xid(),
		"begin @1 U:1", "commit @5 U:1")
	f("DDL in a transaction", mysqlHistory().gtid(1).begin().
		query("CREATE TABLE n (id INT NOT NULL, s VARCHAR(20)) CHARSET utf8mb4 START TRANSACTION").insert("n", 1).xid(),
		"begin @1 U:1", "ddl @3 1:d.n", "c d.n @5 1", "commit @7 U:1")
	f("ROLLBACK", mysqlHistory().gtid(1).begin().insert("t", 1).query("ROLLBACK").gtid(2).begin().xid(),
		"begin @1 U:1", "c d.t @4 1", "rollback(U:1) @6 U:1", "begin @6 U:2", "commit @9 U:1-2")
	f("savepoint", mysqlHistory().gtid(1).begin().insert("t", 1).query("SAVEPOINT `a`").insert("t", 2).xid(),
		"begin @1 U:1", "c d.t @4 1", "c d.t @7 2", "commit @9 U:1")
}

func TestReader_DDL(t *testing.T) {
	f := func(what string, h *history, want ...string) {
		t.Helper()
		yields(t, what, of(h), want...)
	}
	f("alone", mysqlHistory().gtid(1).query("ALTER TABLE t ADD c INT"), "ddl @2 2:d.t", "commit @3 U:1")
	f("no GTID event", mysqlHistory().query("DROP TABLE t"), "ddl @1 3:d.t", "commit @2")
	f("without shape", mysqlHistory().gtid(1).query("GRANT SELECT ON d.* TO joe").gtid(2).query("CREATE VIEW v AS SELECT 1"),
		"commit @3 U:1", "commit @5 U:1-2")
	f("comment before it", mysqlHistory().gtid(1).query("/* gh-ost */ rename table t to o, u to t"),
		"ddl @2 4:d.o 4:d.t", "commit @3 U:1")
	f("TRUNCATE", mysqlHistory().gtid(1).query("TRUNCATE t"), "ddl @2 5:d.t", "commit @3 U:1")
	f("rows of the new version", mysqlHistory().gtid(1).query("ALTER TABLE t MODIFY s VARCHAR(20) NOT NULL").
		gtid(2).begin().add(typeTableMap, 0, notNull(tableMapBody(1, "t"))).rows(typeWriteRows, 1, testRow{1, ""}).xid(),
		"ddl @2 2:d.t", "commit @3 U:1", "begin @3 U:2", "c d.t @6 1", "commit @8 U:1-2")
}

// notNull says of all columns that they are NOT NULL.
func notNull(tableMap []byte) []byte {
	tableMap[len(tableMap)-1] = 0
	return tableMap
}

// TestReader_StatusVars: what a session has set decides what its DDL means.
func TestReader_StatusVars(t *testing.T) {
	nullable := func(h *history, column int) bool {
		t.Helper()
		p := of(h)
		if _, err := p.run(t); err != nil {
			t.Fatal(err)
		}
		return p.tables.Table(schema.ID{Database: "d", Name: "n"}).Columns[column].Nullable
	}
	create := "CREATE TABLE n (id INT, ts TIMESTAMP)"
	flags := []byte{0, 0, 0, 0, 0}
	if !nullable(mysqlHistory().gtid(1).query(create, flags...), 1) {
		t.Error("TIMESTAMP is NOT NULL with explicit_defaults_for_timestamp")
	}
	// sql_mode, catalog, time zone, updated databases, microseconds, then the flag.
	vars := slices.Concat(flags, []byte{1}, le(8, 0), []byte{6, 3, 's', 't', 'd', 5, 3, 'U', 'T', 'C', 12, 1, 'd', 0, 13, 1, 2, 3, 16, 0})
	if nullable(mysqlHistory().gtid(1).query(create, vars...), 1) {
		t.Error("TIMESTAMP is nullable without explicit_defaults_for_timestamp")
	}

	p := of(mysqlHistory().gtid(1).query(`CREATE TABLE "n" ("ü" INT)`, slices.Concat([]byte{1}, le(8, 4))...))
	if _, err := p.run(t); err != nil {
		t.Errorf("ANSI_QUOTES: %v", err)
	}
	latin1 := slices.Concat([]byte{4}, le(2, 8), le(2, 8), le(2, 8))
	p = of(mysqlHistory().gtid(1).query("CREATE TABLE n (`\xfc` INT)", latin1...))
	if _, err := p.run(t); err != nil {
		t.Fatalf("latin1: %v", err)
	}
	if c := p.tables.Table(schema.ID{Database: "d", Name: "n"}).Columns[0].Name; c != "ü" {
		t.Errorf("latin1 column is %q", c)
	}
}

func TestReader_Maria(t *testing.T) {
	f := func(what string, h *history, want ...string) {
		t.Helper()
		yields(t, what, of(h), want...)
	}
	f("group", mariaHistory().mariaGTID(0, 5, 0).add(typeMariaAnnotateRows, 0, []byte("INSERT")).insert("t", 1).xid(),
		"begin @1 0-7-5", "c d.t @4 1", "commit @6 0-7-5")
	f("standalone", mariaHistory().mariaGTID(0, 5, 1).query("DROP TABLE t"), "ddl @2 3:d.t", "commit @3 0-7-5")
	f("domains", mariaHistory().mariaGTID(2, 1, 0).xid().mariaGTID(0, 9, 0).xid().mariaGTID(2, 2, 0).xid(),
		"begin @1 2-7-1", "commit @3 2-7-1", "begin @3 0-7-9", "commit @5 0-7-9,2-7-1", "begin @5 2-7-2", "commit @7 0-7-9,2-7-2")
	f("compressed rows", mariaHistory().mariaGTID(0, 5, 0).tableMap(1, "t").rows(typeMariaWriteRowsZ1, 1, testRow{1, "a"}).
		rows(typeMariaUpdateRowsZ1, 1, testRow{1, "a"}, testRow{2, "b"}).rows(typeMariaDeleteRowsZ1, 1, testRow{2, "b"}).
		rows(typeMariaWriteRowsZ2, 1, testRow{3, "a"}).xid(),
		"begin @1 0-7-5", "c d.t @3 1", "u d.t @4 1>2", "d d.t @5 2", "c d.t @6 3", "commit @8 0-7-5")
	f("compressed query", mariaHistory().mariaGTID(0, 5, 1).queryCompressed("DROP TABLE t"), "ddl @2 3:d.t", "commit @3 0-7-5")
	f("bookkeeping", mariaHistory().add(typeMariaGTIDList, 0, le(4, 0)).add(typeMariaCheckpoint, 0, le(4, 0)).
		mariaGTID(0, 5, 0).xid(), "begin @3 0-7-5", "commit @5 0-7-5")
	branch := func() *history {
		return mariaHistory().mariaGTID(0, 5, 64).insert("t", 1).xaPrepare(0).mariaGTID(0, 6, 128)
	}
	f("XA COMMIT", branch().query("XA COMMIT X'67',X'62',1"),
		"commit @5 0-7-5 +g@1", "begin @1 0-7-5", "c d.t @3 1", "commit @7 0-7-6")
	f("XA ROLLBACK", branch().query("XA ROLLBACK X'67',X'62',1"), "commit @5 0-7-5 +g@1", "commit @7 0-7-6")
	f("CREATE TABLE … SELECT", mariaHistory().mariaGTID(0, 5, 0).
		query("CREATE TABLE n (id INT NOT NULL, s VARCHAR(20)) CHARSET utf8mb4").insert("n", 1).xid(),
		"begin @1 0-7-5", "ddl @2 1:d.n", "c d.n @4 1", "commit @6 0-7-5")
}

func TestReader_XA(t *testing.T) {
	branch := func() *history {
		return mysqlHistory().gtid(1).query("XA START X'67',X'62',1").insert("t", 1).query("XA END X'67',X'62',1")
	}
	f := func(what string, h *history, want ...string) {
		t.Helper()
		yields(t, what, of(h), want...)
	}
	f("two phases", branch().xaPrepare(0).gtid(2).begin().xid().gtid(3).query("XA COMMIT X'67',X'62',1"),
		"commit @7 U:1 +g@1", "begin @7 U:2", "commit @10 U:1-2 +g@1", "begin @1 U:1", "c d.t @4 1", "commit @12 U:1-3")
	f("rolled back", branch().xaPrepare(0).gtid(2).query("XA ROLLBACK X'67',X'62',1"),
		"commit @7 U:1 +g@1", "commit @9 U:1-2")
	f("one phase", branch().xaPrepare(1), "begin @1 U:1", "c d.t @4 1", "commit @7 U:1")
	f("one phase as a statement", branch().query("XA COMMIT X'67',X'62',1 ONE PHASE"), "begin @1 U:1", "c d.t @4 1", "commit @7 U:1")
	f("rolled back before it was prepared", branch().query("XA ROLLBACK X'67',X'62',1"), "commit @7 U:1")
	f("nothing captured", mysqlHistory().gtid(1).query("XA START X'67',X'62',1").insert("skip", 1).xaPrepare(0).
		gtid(2).query("XA COMMIT X'67',X'62',1"), "commit @6 U:1 +g", "commit @8 U:1-2")
	f("no GTIDs", mysqlHistory().anonymous().query("XA COMMIT X'67',X'62',1").query("XA ROLLBACK X'67',X'62',1"),
		"commit @3", "commit @4")
	f("savepoints", mysqlHistory().gtid(1).query("XA START X'67',X'62',1").insert("t", 1).query("SAVEPOINT `a`").
		insert("t", 2).query("SAVEPOINT `b`").insert("t", 3).query("ROLLBACK TO `a`").insert("t", 4).xaPrepare(1),
		"begin @1 U:1", "c d.t @4 1", "c d.t @13 4", "commit @15 U:1")
	f("xids that clients write differently", mysqlHistory().gtid(1).query("XA START X'00FF', X'',9223372036854775807").insert("t", 1).
		add(typeXAPrepare, 0, join([]byte{0}, le(4, 1<<32-1), le(4, 2), le(4, 0), []byte{0, 0xff})).
		gtid(2).query("XA COMMIT X'00ff',X'',9223372036854775807"),
		"commit @6 U:1 +00ff@1", "begin @1 U:1", "c d.t @4 1", "commit @8 U:1-2")
	f("MariaDB", mariaHistory().mariaGTID(0, 5, 64).insert("t", 1).query("XA END X'67',X'62',1").xaPrepare(0).
		mariaGTID(0, 6, 129).query("XA COMMIT X'67',X'62',1"),
		"commit @6 0-7-5 +g@1", "begin @1 0-7-5", "c d.t @3 1", "commit @8 0-7-6")
	f("compressed", mysqlHistory().gtid(1).payload(compressionZstd, group().query("XA START X'67',X'62',1").insert("t", 1).xaPrepare(0)).
		gtid(2).query("XA COMMIT X'67',X'62',1"), "commit @3 U:1 +g@1", "begin @1 U:1", "c d.t @2 1", "commit @5 U:1-2")
	f("the server died in it", branch().format().gtid(2).begin().xid(), "begin @7 U:2", "commit @10 U:2")
	f("another branch of the name", branch().xaPrepare(0).gtid(2).query("XA START X'67',X'62',1").insert("t", 2).xaPrepare(0).
		gtid(3).query("XA COMMIT X'67',X'62',1"),
		"commit @7 U:1 +g@1", "commit @12 U:1-2 +g@7", "begin @7 U:2", "c d.t @10 2", "commit @14 U:1-3")
}

// TestReader_Meta checks what rows say of themselves.
func TestReader_Meta(t *testing.T) {
	f := func(what string, h *history, want event.Meta, txn event.Txn) {
		t.Helper()
		p := of(h)
		p.queries = true
		r := p.open(t)
		for {
			item, err := r.next(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			rows, ok := item.(*event.Rows)
			if !ok {
				continue
			}
			want.Txn, want.ServerID, want.File = &txn, testServerID, testFile
			want.Pos, txn.File, txn.Pos = h.starts[4].pos, testFile, h.starts[1].pos
			if d := cmp.Diff(want, rows.Meta); d != "" {
				t.Errorf("%s: -want +got\n%s", what, d)
			}
			return
		}
	}
	micros := int64(commitMicrosAt(1))
	f("MySQL", mysqlHistory().gtid(1).begin().insert("t", 1), event.Meta{Micros: micros},
		event.Txn{GTID: gtidText(1), CommitMicros: micros, Thread: 11, HasThread: true})
	f("tagged", mysqlHistory().tagged(1).begin().insert("t", 1), event.Meta{Micros: micros},
		event.Txn{GTID: testUUIDText + ":blue:1", CommitMicros: micros, Thread: 11, HasThread: true})
	f("anonymous", mysqlHistory().anonymous().begin().insert("t", 1), event.Meta{Micros: 100e6},
		event.Txn{Thread: 11, HasThread: true})
	long := strings.Repeat("x", 300)
	f("MariaDB, annotated", mariaHistory().mariaGTID(0, 1, 0).add(typeMariaAnnotateRows, 0, []byte(long)).insert("t", 1),
		event.Meta{Micros: 100e6, Query: long}, event.Txn{GTID: "0-7-1"})
}

func TestReader_RowsQuery(t *testing.T) {
	p := of(mysqlHistory().gtid(1).begin().add(typeRowsQuery, flagIgnorable, []byte("\x06INSERT")).insert("t", 1).xid().
		gtid(2).begin().insert("t", 1).xid())
	p.queries = true
	r := p.open(t)
	var got []string
	for {
		item, err := r.next(t.Context())
		if err != nil {
			break
		}
		if rows, ok := item.(*event.Rows); ok {
			got = append(got, rows.Meta.Query)
		}
	}
	same(t, "statements", got, "INSERT", "")
}

// TestReader_Binding: a table map that is repeated keeps what was compiled, one
// that a DDL made old does not.
func TestReader_Binding(t *testing.T) {
	p := of(mysqlHistory().gtid(1).begin().insert("t", 1).insert("t", 2).xid().gtid(2).query("ALTER TABLE t COMMENT 'x'").
		gtid(3).begin().insert("t", 3).xid())
	r := p.open(t)
	var plans []*rowsPlan
	var tables []*schema.Table
	for {
		item, err := r.next(t.Context())
		if err != nil {
			break
		}
		if rows, ok := item.(*event.Rows); ok {
			plans = append(plans, r.tables[1].plan)
			tables = append(tables, rows.Table)
		}
	}
	if len(plans) != 3 || plans[0] != plans[1] || plans[1] == plans[2] || tables[0] != tables[1] || tables[1] == tables[2] {
		t.Errorf("plans %p, tables %p", plans, tables)
	}
}

// TestReader_MapChanged: the shape of a table changed and no DDL said so.
func TestReader_MapChanged(t *testing.T) {
	other := join(tableMapBody(1, "t")[:15], []byte{1, schema.WireLong, 0, 0})
	_, err := of(mysqlHistory().gtid(1).begin().insert("t", 1).add(typeTableMap, 0, other)).run(t)
	if !errors.Is(err, schema.ErrMismatch) || !strings.Contains(err.Error(), "d.t") {
		t.Errorf("error %v", err)
	}
}
