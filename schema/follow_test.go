package schema_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"cdcd/schema"
)

// follows has a tracker meet a statement of a transaction.
func follows(tr *schema.Tracker, group, stmt string) ([]schema.Change, error) {
	return tr.Follow(schema.DDL{Database: "d", Statement: stmt, Group: group})
}

// txn is a transaction of a name.
type txn string

func (t txn) ID() string { return string(t) }

func inD(name string) schema.ID { return schema.ID{Database: "d", Name: name} }

// What is not understood makes the tables unknown that it names, and no others;
// where others could be meant, it stops.
func TestFollow_NotUnderstood(t *testing.T) {
	f := func(stmt, lost string, want error) {
		t.Helper()
		tr := schema.New()
		apply(t, tr, "CREATE TABLE a (x int)", "CREATE TABLE b (x int)", "CREATE TABLE c (x int)", "CREATE TABLE e.a (x int)")
		version, before := tr.Version(), len(tr.Tables())
		changes, err := follows(tr, "g:1", stmt)
		var got []string
		for _, c := range changes {
			got = append(got, c.ID.String())
			if c.Kind != schema.Lost || tr.Table(c.ID) != nil || c.Version <= version {
				t.Errorf("%s: %+v, and the table is %v", stmt, c, tr.Table(c.ID))
			}
			if why := c.Table.Unread; strings.Contains(why, "secret") || !strings.Contains(why, "(transaction g:1)") {
				t.Errorf("%s: %s", stmt, why)
			}
		}
		if !errors.Is(err, want) || strings.Join(got, " ") != lost || err != nil && len(tr.Tables()) != before {
			t.Errorf("%s: lost %q, %v", stmt, got, err)
		}
	}
	f("ALTER TABLE a FROBNICATE 'secret'", "d.a", nil)
	f("ALTER TABLE a FROBNICATE b", "d.a d.b", nil)
	f("ALTER TABLE e.a FROBNICATE", "e.a", nil)
	f("ALTER TABLE `e` . `a` FROBNICATE", "e.a", nil)
	f("ALTER TABLE a DROP COLUMN nowhere", "d.a", nil)
	f("CREATE TABLE n (x FROBNICATE DEFAULT 'secret')", "d.n", nil)
	f("RENAME TABLE a TO n FROBNICATE, b TO a", "d.a d.b", nil)
	f("CREATE INDEX i ON b (x) FROBNICATE", "d.b", nil)
	f("DROP TABLE c FROBNICATE", "d.c", nil)
	f("ALTER TABLE a CONVERT PARTITION p TO TABLE b", "d.a d.b", nil)
	f("ALTER TABLE mysql.user FROBNICATE", "", nil)
	f("FROBNICATE TABLE a", "", schema.ErrDDL)
	f("TRUNCATE TABLE a FROBNICATE", "", schema.ErrDDL) // rows are gone
	f("ALTER DATABASE d FROBNICATE", "", schema.ErrDDL)
	f("ALTER TABLE", "", schema.ErrDDL)
	f("INSERT INTO a VALUES (1)", "", schema.ErrRows)
	f("CREATE TABLE n SELECT 'secret' AS x", "", schema.ErrRows)
	f("CREATE TABLE n (x int) FROBNICATE AS (SELECT 'secret' AS x)", "", schema.ErrRows)
	f("CREATE TABLE n TABLE a", "", schema.ErrRows)
	f("CREATE TABLE n VALUES ROW('secret')", "", schema.ErrRows)
	f("CREATE TABLE n (x FROBNICATE) PARTITION BY LIST (x) (PARTITION p VALUES IN (1))", "d.n", nil)
	f("CREATE OR REPLACE SEQUENCE IF NOT 'secret'", "", schema.ErrDDL)
	f("DROP SEQUENCE IF EXISTS n FROBNICATE", "d.n", nil)
	f("CREATE INDEX sequence ON b (x) FROBNICATE", "d.b", nil)
	f("CREATE TABLE sequence (x FROBNICATE)", "d.sequence", nil)
	f("ALTER SERVER s OPTIONS (PASSWORD 'secret')", "", nil)
	f("ALTER TABLESPACE a FROBNICATE", "", nil)
}

// That a table is not known, and why, survives a restart at any version.
func TestFollow_UnknownIsStored(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE a (x int)", "CREATE TABLE b (x int)")
	history := tr.Versions()[1:]
	known := tr.Version()
	changes, err := follows(tr, "g:1", "ALTER TABLE a FROBNICATE")
	if err != nil {
		t.Fatal(err)
	}
	history = append(history, changes[0].Stored()...)
	f := func(v schema.Version, want error) {
		t.Helper()
		restored := schema.New()
		if err := restored.Restore(throughJSON(t, history), v); err != nil {
			t.Fatal(err)
		}
		_, err := restored.Resolve(&schema.TableMap{ID: inD("a"), Columns: []schema.WireColumn{{Type: schema.WireLong, Nullable: true}}})
		if !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), "ALTER TABLE d.a") {
			t.Errorf("version %d: %v", v, err)
		}
	}
	f(known, nil)
	f(tr.Version(), schema.ErrUnknownTable)
	apply(t, tr, "ALTER TABLE a ADD y int")
	if tr.Table(inD("a")) != nil {
		t.Error("ALTER TABLE made an unknown table known")
	}
	apply(t, tr, "DROP TABLE a", "CREATE TABLE a (z int)")
	if tr.Table(inD("a")) == nil {
		t.Error("CREATE TABLE did not make it known")
	}
}

// given is a definition that counts from transaction g:5 on.
func given(t *testing.T, tr *schema.Tracker, name string, v schema.Version) *schema.Table {
	t.Helper()
	tb, err := tr.Define(inD(name), "CREATE TABLE "+name+" (given int)")
	if err != nil {
		t.Fatal(err)
	}
	return schema.Given(tb, "g:5", v)
}

// What was given counts in its transaction, once, and for nothing else.
func TestAdopt(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE a (x int)", "CREATE TABLE b (x int)")
	version := tr.Version()
	tr.Give(given(t, tr, "a", 0))
	tr.Give(given(t, tr, "n", 0))
	if tr.Version() != version || len(tr.Tables()) != 2 {
		t.Fatal("it counts before its transaction")
	}
	f := func(group, name, want string) {
		t.Helper()
		var got []string
		for _, c := range tr.Adopt(txn(group), inD(name)) {
			got = append(got, fmt.Sprint(c.Kind, c.ID.Name, c.Table.Columns[0].Name, c.Table.From, c.Table.Dropped))
			if tr.Table(c.ID) != c.Table || c.Table.Version != tr.Version() {
				t.Errorf("%s: version %d, not in place", c.ID, c.Table.Version)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s, %s: %q, want %q", group, name, got, want)
		}
	}
	f("g:4", "a", "")
	f("g:5", "b", "")
	f("g:5", "a", fmt.Sprint(schema.Altered, "a", "given", "", false))
	f("g:5", "a", "")
	f("", "n", "")
	f("g:5", "n", fmt.Sprint(schema.Created, "n", "given", "", false))
}

// A statement that stopped is passed with what was given of its transaction, and
// only that one.
func TestFollow_TakesWhatWasGiven(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE a (x int)")
	tr.Give(given(t, tr, "a", 0))
	if _, err := follows(tr, "g:4", "FROBNICATE TABLE a"); !errors.Is(err, schema.ErrDDL) {
		t.Errorf("another statement: %v", err)
	}
	changes, err := follows(tr, "g:5", "FROBNICATE TABLE a")
	if err != nil || len(changes) != 1 || tr.Table(inD("a")).Columns[0].Name != "given" {
		t.Errorf("%v, %v", changes, err)
	}
	if _, err := follows(tr, "g:5", "FROBNICATE TABLE a"); !errors.Is(err, schema.ErrDDL) {
		t.Errorf("a second time: %v", err)
	}
}

// What was given is in the history, is no present version there, and does not
// outlive the reading of all tables anew.
func TestRestore_Given(t *testing.T) {
	tr := schema.New()
	tr.SetDatabase("", "utf8mb4", "")
	apply(t, tr, "CREATE TABLE a (x int)")
	history := tr.Versions()
	v := tr.Version() + 1
	history = append(history, given(t, tr, "a", v))
	restored := schema.New()
	if err := restored.Restore(throughJSON(t, history), v); err != nil {
		t.Fatal(err)
	}
	if got := restored.Table(inD("a")); got == nil || got.Columns[0].Name != "x" {
		t.Fatalf("it is the present version: %v", got)
	}
	if changes := restored.Adopt(txn("g:5"), inD("a")); len(changes) != 1 || changes[0].Version != v+1 {
		t.Errorf("after a restart: %v", changes)
	}
	restored.SetDatabase("", "utf8mb4", "") // as the first of what is read anew
	history = append(history, restored.Versions()[0])
	if err := restored.Restore(throughJSON(t, history), restored.Version()); err != nil {
		t.Fatal(err)
	}
	if changes := restored.Adopt(txn("g:5"), inD("a")); len(changes) != 0 {
		t.Errorf("after all tables were read anew: %v", changes)
	}
}

func TestDefine(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE a (x int)")
	version, before := tr.Version(), tr.Table(inD("a"))
	f := func(stmt, want string) {
		t.Helper()
		tb, err := tr.Define(inD("a"), stmt)
		switch {
		case want == "" && (err != nil || tb.ID != inD("a") || tb.Columns[0].Name != "y"):
			t.Errorf("%s: %v, %v", stmt, tb, err)
		case want != "" && (!errors.Is(err, schema.ErrDefinition) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret")):
			t.Errorf("%s: %v", stmt, err)
		}
	}
	f("CREATE TABLE a (y int)", "")
	f("CREATE TABLE `d`.`a` (\n  `y` int DEFAULT NULL\n) ENGINE=InnoDB;\n", "")
	f("CREATE TABLE IF NOT EXISTS a (y int)", "")
	f("CREATE TABLE b (y int)", "it is of d.b")
	f("CREATE TABLE e.a (y int)", "it is of e.a")
	f("CREATE TEMPORARY TABLE a (y int)", "one CREATE TABLE statement")
	f("ALTER TABLE a ADD y int", "one CREATE TABLE statement")
	f("", "one CREATE TABLE statement")
	f("CREATE TABLE a (y FROBNICATE DEFAULT 'secret')", "not understood")
	f("CREATE TABLE a (y int); DROP TABLE a", "not understood")
	if tr.Version() != version || tr.Table(inD("a")) != before {
		t.Error("the tracker has changed")
	}
}

// Whatever does not name a table leaves it as it is.
func TestTouches(t *testing.T) {
	f := func(stmt string, want bool) {
		t.Helper()
		d := schema.DDL{Database: "other", Statement: stmt}
		if got := schema.Touches(d, schema.FlavorMySQL, inD("a")); got != want {
			t.Errorf("%s: %v", stmt, got)
		}
	}
	f("ALTER TABLE d.a ADD x int", true)
	f("ALTER TABLE `d`.`A` ADD x int", true)
	f("ALTER TABLE d.b RENAME TO d.a", true)
	f("RENAME TABLE d.b TO d.a", true)
	f("DROP TABLE d.b, d.a", true)
	f("ALTER TABLE d.b ADD x int", false)
	f("ALTER TABLE d.b ADD x int DEFAULT 'a'", false)
	f("CREATE TABLE d.b (x int)", false)
	f("TRUNCATE TABLE d.a", false)
	f("GRANT SELECT ON d.a TO joe", false)
	f("CREATE VIEW v AS SELECT * FROM d.a", false)
	f("ALTER DATABASE d CHARACTER SET latin1", true)
	f("DROP DATABASE d", true)
	f("DROP DATABASE e", false)
	f("FROBNICATE TABLE b", true)
	if !schema.Touches(schema.DDL{Database: "d", Statement: "ALTER DATABASE CHARACTER SET latin1"}, schema.FlavorMySQL, inD("a")) {
		t.Error("ALTER DATABASE of the session's own")
	}
}

// What prints is what was read: for every table of the histories.
func TestSQL_IsReadBack(t *testing.T) {
	compared := 0
	for _, h := range histories(t) {
		tr := schema.New()
		tr.SetDatabase("d", "utf8mb4", "")
		for _, s := range h.steps {
			for _, stmt := range s.statements {
				changes, err := tr.Apply(schema.DDL{Database: "d", Statement: stmt})
				if err != nil {
					continue
				}
				for _, c := range changes {
					if c.Kind != schema.Created && c.Kind != schema.Altered || hasImplicit(c.Table) {
						continue
					}
					compared++
					back, err := schema.New().Define(c.ID, c.Table.SQL())
					if err != nil {
						t.Errorf("%s: %v\n%s", stmt, err, c.Table.SQL())
					} else if got, want := show(back), strings.ReplaceAll(show(c.Table), "SERIAL", "BIGINT"); got != want || len(back.Indexes) != len(c.Table.Indexes) {
						t.Errorf("%s\n%s\ngot\n%s\nwant\n%s", stmt, c.Table.SQL(), got, want)
					}
				}
			}
		}
	}
	if compared < 90 {
		t.Errorf("only %d tables were compared", compared)
	}
}

// hasImplicit tells tables with columns that no statement declares.
func hasImplicit(tb *schema.Table) bool {
	for _, c := range tb.Columns {
		if c.Implicit {
			return true
		}
	}
	return false
}
