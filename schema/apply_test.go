package schema_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"cdcd/schema"
)

// apply folds statements that must be understood.
func apply(t *testing.T, tr *schema.Tracker, statements ...string) []schema.Change {
	t.Helper()
	var all []schema.Change
	for _, stmt := range statements {
		changes, err := tr.Apply(schema.DDL{Database: "d", Statement: stmt})
		if err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
		all = append(all, changes...)
	}
	return all
}

func TestApply_ErrorsHoldNoLiteral(t *testing.T) {
	text, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	tr := schema.New()
	for _, stmt := range parseHistory("errors", string(text)).steps[0].statements {
		for mode := range uint64(8) {
			_, err := tr.Apply(schema.DDL{Database: "d", Statement: stmt, SQLMode: mode})
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", stmt, err)
			}
		}
	}
}

// A statement that fails must not leave half of what it did.
func TestApply_FailureChangesNothing(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE a (x int)")
	before, version := tr.Table(schema.ID{Database: "d", Name: "a"}), tr.Version()
	_, err := tr.Apply(schema.DDL{Database: "d", Statement: "ALTER TABLE a ADD y int, ADD UNIQUE (z)"})
	if err == nil || tr.Version() != version || tr.Table(before.ID) != before || len(before.Columns) != 1 {
		t.Errorf("err %v, version %d, columns %d", err, tr.Version(), len(before.Columns))
	}
}

// Published versions are shared with other goroutines.
func TestApply_VersionsAreImmutable(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE a (x int, y enum('a') not null, PRIMARY KEY (x), UNIQUE KEY u (y))")
	old := tr.Table(schema.ID{Database: "d", Name: "a"})
	want := show(old)
	apply(t, tr, "ALTER TABLE a DROP PRIMARY KEY, CHANGE x z bigint FIRST, CHANGE y yy int, RENAME TO b",
		"ALTER TABLE b CONVERT TO CHARACTER SET latin1, COMMENT 'c'", "RENAME TABLE b TO c", "DROP INDEX u ON c")
	if got := show(old); got != want {
		t.Errorf("the first version is now\n%s", got)
	}
}

func TestApply_SQLMode(t *testing.T) {
	const ansiQuotes, noBackslashEscapes = 1 << 2, 1 << 20
	f := func(mode uint64, stmt, want string) {
		t.Helper()
		tr := schema.New()
		changes, err := tr.Apply(schema.DDL{Database: "d", Statement: stmt, SQLMode: mode})
		if err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
		if got := show(changes[0].Table); got != want {
			t.Errorf("%s:\n%s", stmt, got)
		}
	}
	f(ansiQuotes, `CREATE TABLE "t" ("a""b" int DEFAULT '"')`, "d.t utf8mb4\n  a\"b INT[5] default=\" quoted\n")
	f(0, `CREATE TABLE t (a varchar(9) DEFAULT "x")`, "d.t utf8mb4\n  a VARCHAR[18] len=9 utf8mb4 default=x quoted\n")
	f(0, `CREATE TABLE t (a enum('a\'b','\\'))`, "d.t utf8mb4\n  a ENUM[29] utf8mb4 [\"a'b\" \"\\\\\"]\n")
	f(noBackslashEscapes, `CREATE TABLE t (a enum('a\','b''c'))`, "d.t utf8mb4\n  a ENUM[29] utf8mb4 [\"a\\\\\" \"b'c\"]\n")
}

func TestApply_DefaultsOfTheServer(t *testing.T) {
	f := func(d schema.DDL, want string) {
		t.Helper()
		tr := schema.New()
		d.Database = "d"
		if _, err := tr.Apply(d); err != nil {
			t.Fatal(err)
		}
		changes := apply(t, tr, "CREATE TABLE e.t (a char(1))")
		if got := strings.Join(facts(&changes[0].Table.Columns[0]), " "); got != "a CHAR[17] len=1 "+want {
			t.Errorf("%s: %s", d.Statement, got)
		}
	}
	f(schema.DDL{Statement: "CREATE DATABASE e"}, "utf8mb4")
	f(schema.DDL{Statement: "CREATE DATABASE e", ServerCharset: "latin1"}, "latin1")
	f(schema.DDL{Statement: "CREATE DATABASE e", ServerCharset: "latin1_bin"}, "latin1 latin1_bin")
	f(schema.DDL{Statement: "CREATE DATABASE e COLLATE utf8_bin", ServerCharset: "latin1"}, "utf8mb3 utf8mb3_bin")
}

func TestApply_ImplicitTimestamps(t *testing.T) {
	tr := schema.New()
	changes, err := tr.Apply(schema.DDL{
		Database: "d", Statement: "CREATE TABLE t (a timestamp, b timestamp null, c timestamp not null, d datetime)", ImplicitTimestamps: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, false, true} {
		if c := changes[0].Table.Columns[i]; c.Nullable != want {
			t.Errorf("%s is nullable: %t", c.Name, c.Nullable)
		}
	}
}

func TestApply_Options(t *testing.T) {
	tr := schema.New(schema.WithLowerCaseNames(), schema.WithFilter(func(id schema.ID) bool { return id.Name != "left_out" }))
	apply(t, tr, "CREATE TABLE T (a int)", "CREATE TABLE left_out (a int)", "ALTER TABLE D.t ADD b int", "RENAME TABLE t TO left_out")
	if n := len(tr.Tables()); n != 0 {
		t.Errorf("%d tables are left", n)
	}
	mysql := schema.New(schema.WithFlavor(schema.FlavorMySQL))
	changes := apply(t, mysql, "CREATE TABLE t (a int /*M! , b int */ /*! , c int */)")
	if n := len(changes[0].Table.Columns); n != 2 {
		t.Errorf("%d columns", n)
	}
}

func TestApply_RowsAsText(t *testing.T) {
	_, err := schema.New().Apply(schema.DDL{Statement: "INSERT INTO t VALUES ('secret')"})
	if err == nil || errors.Is(err, schema.ErrDDL) {
		t.Error(err)
	}
}

// TestApply_Failed: of a statement that the server logged with an error nothing
// is made.
func TestApply_Failed(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE t (a int)")
	for _, s := range []string{"CREATE TABLE u (a int)", "CREATE OR REPLACE TEMPORARY TABLE t (a int)"} {
		if changes, err := tr.Apply(schema.DDL{Database: "d", Statement: s, Failed: true}); len(changes) > 0 || err != nil {
			t.Errorf("%s: %v, %v", s, changes, err)
		}
	}
	changes, err := tr.Apply(schema.DDL{Database: "d", Statement: "CREATE OR REPLACE TABLE t (b int)", Failed: true})
	if err != nil || len(changes) != 1 || changes[0].Kind != schema.Dropped || len(tr.Tables()) > 0 {
		t.Errorf("changes %v, %v", changes, err)
	}
}
