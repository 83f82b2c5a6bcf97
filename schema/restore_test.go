package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/schema"
)

// What changes store, cut at any version and brought through JSON, must restore
// the tables of that version.
func TestRestore_AnyVersion(t *testing.T) {
	tr := schema.New()
	tr.SetDatabase("", "latin1", "latin1_swedish_ci")
	history := tr.Versions()
	shots := map[schema.Version][]*schema.Table{tr.Version(): tr.Versions()}
	for _, stmt := range []string{
		"CREATE DATABASE e CHARACTER SET latin2", "CREATE TABLE a (x int, y char(3) DEFAULT 'q', KEY (x))", "CREATE TABLE e.b (x char(1))",
		"RENAME TABLE a TO b, e.b TO a", "ALTER TABLE a ADD z enum('k','l') NOT NULL UNIQUE", "TRUNCATE a", "DROP TABLE b",
		"ALTER DATABASE e CHARACTER SET utf8", "CREATE TABLE e.c (x char(1))", "CREATE SEQUENCE s", "CREATE SEQUENCE e.s", "RENAME TABLE s TO t",
		"DROP DATABASE e", "DROP SEQUENCE t",
	} {
		for _, c := range apply(t, tr, stmt) {
			history = append(history, c.Stored()...)
		}
		shots[tr.Version()] = tr.Versions()
	}
	for v, want := range shots {
		restored := schema.New()
		if err := restored.Restore(throughJSON(t, history), v); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, restored.Versions()); diff != "" || restored.Version() != v {
			t.Errorf("version %d, restored %d:\n%s", v, restored.Version(), diff)
		}
	}
}

// throughJSON stores and reads versions; their numbers are stored beside.
func throughJSON(t *testing.T, history []*schema.Table) []*schema.Table {
	t.Helper()
	out := make([]*schema.Table, 0, len(history))
	for _, tb := range history {
		b, err := json.Marshal(tb)
		if err != nil {
			t.Fatal(err)
		}
		back := &schema.Table{Version: tb.Version}
		if err := json.Unmarshal(b, back); err != nil {
			t.Fatal(err)
		}
		out = append(out, back)
	}
	return out
}

func TestRestore_IncompleteHistory(t *testing.T) {
	tr := schema.New()
	apply(t, tr, "CREATE TABLE a (x int)", "CREATE TABLE b (x int)")
	if err := schema.New().Restore(tr.Tables()[:1], tr.Version()); err == nil {
		t.Error("a history without the newest version was accepted")
	}
}

func TestHash_IsOfTheContent(t *testing.T) {
	hash := func(statements ...string) schema.Hash {
		tr := schema.New()
		apply(t, tr, statements...)
		h, err := tr.Table(schema.ID{Database: "d", Name: "a"}).Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	same := hash("CREATE TABLE a (x int)")
	if hash("CREATE TABLE b (x int)", "CREATE TABLE a (x int)") != same {
		t.Error("the version number is in the hash")
	}
	if hash("CREATE TABLE a (x int not null)") == same {
		t.Error("the content is not in the hash")
	}
}

// What is forgotten is gone; how the server writes names is still known.
func TestForget(t *testing.T) {
	tr := schema.New(schema.WithLowerCaseNames())
	apply(t, tr, "CREATE TABLE d.t (a int)")
	history, v := tr.Versions(), tr.Version()
	tr.Forget()
	if tables := tr.Tables(); len(tables) > 0 || tr.Version() != 0 {
		t.Errorf("version %d still has %v", tr.Version(), tables)
	}
	if err := tr.Restore(history, v); err != nil || tr.Table(schema.ID{Database: "D", Name: "T"}) == nil {
		t.Errorf("what was restored is not known: %v", err)
	}
}
