package connector

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// ddl folds statements in a tracker, as a reader does; each is a group of its own.
func ddl(t *testing.T, statements ...string) (items []event.Item) {
	t.Helper()
	tracker := schema.New(schema.WithFlavor(schema.FlavorMySQL))
	for i, s := range statements {
		d := schema.DDL{Database: "d", Statement: s}
		changes, err := tracker.Apply(d)
		if err != nil {
			t.Fatal(err)
		}
		txn := &event.Txn{GTID: fmt.Sprintf("g:%d", i+1)}
		items = append(items,
			event.DDL{Meta: event.Meta{Txn: txn, File: "f", Pos: 7}, Database: d.Database, Text: s, Changes: changes, Parts: schema.Outline(d, schema.FlavorMySQL)},
			event.Commit{Position: event.Position{File: "f", Offset: uint64(i)}})
	}
	return items
}

// published runs items and returns what goes to the schema change topic, in short.
func published(t *testing.T, items []event.Item, from event.State, changes ...string) []string {
	t.Helper()
	cfg := parsed(t, append([]string{
		"include.schema.changes", "true", "key.converter", "JsonConverter", "key.converter.schemas.enable", "false",
		"value.converter", "JsonConverter", "value.converter.schemas.enable", "false",
	}, changes...)...)
	j, err := format.NewJSON(cfg.Format)
	if err != nil {
		t.Fatal(err)
	}
	s := &told{}
	p := newPipeline(t, &scripted{items: items}, s, blocks{}, 1<<20)
	p.state, p.ids, p.changes = from, true, newSchemaChanges(cfg, j)
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	var out []string
	for _, r := range s.records {
		if rest, ok := strings.CutPrefix(r, "demo "); ok {
			out = append(out, short(t, rest))
		}
	}
	return out
}

// short is "database [tables of the source]: ddl (changes) headers".
func short(t *testing.T, record string) string {
	t.Helper()
	var v struct {
		Source struct {
			DB    string  `json:"db"`
			Table *string `json:"table"`
		} `json:"source"`
		DatabaseName string `json:"databaseName"`
		DDL          string `json:"ddl"`
		TableChanges []struct {
			Type, ID string
			Table    *struct{ PrimaryKeyColumnNames []string }
		} `json:"tableChanges"`
	}
	key, value, _ := strings.Cut(record, "} ")
	d := json.NewDecoder(strings.NewReader(value))
	if err := d.Decode(&v); err != nil || key != fmt.Sprintf(`{"databaseName":%q`, v.DatabaseName) {
		t.Fatalf("%s: key %s, %v", value, key, err)
	}
	tables := "none"
	if v.Source.Table != nil {
		tables = v.Source.DB + "." + *v.Source.Table
	}
	out := fmt.Sprintf("%s [%s]: %s", v.DatabaseName, tables, v.DDL)
	for _, c := range v.TableChanges {
		out += fmt.Sprintf(" (%s %s", c.Type, c.ID)
		if c.Table != nil {
			out += fmt.Sprint(" ", c.Table.PrimaryKeyColumnNames)
		}
		out += ")"
	}
	for field := range strings.FieldsSeq(value[d.InputOffset():]) {
		if name, id, ok := strings.Cut(field, "="); ok && strings.HasPrefix(name, "cdcd.") {
			out += " " + id
		}
	}
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSchemaChanges_Published(t *testing.T) {
	items := ddl(t,
		"CREATE TABLE a (x int NOT NULL, y int)",
		"CREATE INDEX i ON a (y)",
		"CREATE UNIQUE INDEX u ON a (x)",
		"CREATE TABLE e.b LIKE a",
		"TRUNCATE a",
		"DROP TABLE a, e.b",
		"CREATE TABLE IF NOT EXISTS mysql.t (a int)")
	same(t, "all", published(t, items, event.State{}),
		`d [d.a]: CREATE TABLE a (x int NOT NULL, y int) (CREATE "d"."a" []) g:1 0`,
		`d [d.]: CREATE INDEX i ON a (y) g:2 0`,
		`d [d.a]: CREATE UNIQUE INDEX u ON a (x) (ALTER "d"."a" [x]) g:3 0`,
		`e [e.b]: CREATE TABLE e.b LIKE a (CREATE "e"."b" [x]) g:4 0`,
		"d [d.a]: DROP TABLE `d`.`a` (DROP \"d\".\"a\") g:6 0",
		"e [e.b]: DROP TABLE `e`.`b` (DROP \"e\".\"b\") g:6 1",
		`d [d.]: CREATE TABLE IF NOT EXISTS mysql.t (a int) g:7 0`)
	same(t, "of captured tables", published(t, items, event.State{}, "table.include.list", `e\.b`, "database.include.list", "e",
		"schema.history.internal.store.only.captured.tables.ddl", "true"),
		`e [e.b]: CREATE TABLE e.b LIKE a (CREATE "e"."b" [x]) g:4 0`,
		"e [e.b]: DROP TABLE `e`.`b` (DROP \"e\".\"b\") g:6 0")
	same(t, "of captured databases", published(t, items, event.State{}, "database.include.list", "e",
		"schema.history.internal.store.only.captured.databases.ddl", "true"),
		`e [e.b]: CREATE TABLE e.b LIKE a (CREATE "e"."b" [x]) g:4 0`,
		"e [e.b]: DROP TABLE `e`.`b` (DROP \"e\".\"b\") g:6 0")
}

// A statement in front of the rows of a transaction is durable when some of those
// rows are, and is not written again.
func TestSchemaChanges_NotAgainBehindASplit(t *testing.T) {
	items := ddl(t, "CREATE TABLE a (x int)")
	table := &schema.Table{ID: schema.ID{Database: "d", Name: "a"}}
	txn := items[0].(event.DDL).Meta.Txn
	rows := func(pos uint64) event.Item {
		return &event.Rows{Table: table, Size: 1, Meta: event.Meta{Txn: txn, Pos: pos}}
	}
	items = []event.Item{event.Begin{Txn: txn}, items[0], rows(1), rows(2), items[1]}
	want := `d [d.a]: CREATE TABLE a (x int) (CREATE "d"."a" []) g:1 0`
	same(t, "whole", published(t, items, event.State{}), want)
	same(t, "second part", published(t, items, event.State{Split: &event.Split{Group: "g:1", Part: 1, Events: 1, Rows: 1}}))
}

// What a connector finds is published as statements that make it, database after
// database; the last one says so.
func TestSchemaChanges_Found(t *testing.T) {
	tracker := schema.New(schema.WithFlavor(schema.FlavorMySQL))
	tracker.SetDatabase("", "latin1", "latin1_swedish_ci")
	for _, s := range []string{
		"CREATE DATABASE a CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "CREATE DATABASE empty", "CREATE TABLE a.y (i int)",
		"CREATE TABLE a.x (i int)", "CREATE DATABASE `a-b`", "CREATE TABLE `a-b`.z (i int)",
	} {
		if _, err := tracker.Apply(schema.DDL{Statement: s}); err != nil {
			t.Fatal(err)
		}
	}
	f := func(want string, changes ...string) {
		t.Helper()
		cfg := parsed(t, append([]string{"include.schema.changes", "true"}, changes...)...)
		s := &schemaChanges{cfg: cfg.SchemaChanges, filter: cfg.Filter}
		got := ""
		records := s.found(tracker.Versions(), func(id schema.ID) string { return "CREATE " + id.Name }, event.Position{File: "f", Offset: 7}, event.LastRow)
		for i, r := range records {
			if snapshot := map[bool]event.Snapshot{false: "true", true: "last"}[i == len(records)-1]; r.Meta.Snapshot != snapshot || r.Meta.Pos != 7 {
				t.Errorf("record %d: %+v", i, r.Meta)
			}
			got += r.DDL + "\n"
		}
		if got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", changes, got, want)
		}
	}
	const server = "SET character_set_server=latin1, collation_server=latin1_swedish_ci\n"
	const a = "DROP DATABASE IF EXISTS `a`\nCREATE DATABASE `a` CHARSET utf8mb4 COLLATE utf8mb4_bin\nUSE `a`\n"
	f(server + "DROP TABLE IF EXISTS `a-b`.`z`\nDROP TABLE IF EXISTS `a`.`x`\nDROP TABLE IF EXISTS `a`.`y`\n" +
		"DROP DATABASE IF EXISTS `a-b`\nCREATE DATABASE `a-b` CHARSET latin1 COLLATE latin1_swedish_ci\nUSE `a-b`\nCREATE z\n" + a + "CREATE x\nCREATE y\n")
	f(server+"DROP TABLE IF EXISTS `a`.`y`\n"+a+"CREATE y\n", "table.include.list", `a\.y`, "schema.history.internal.store.only.captured.tables.ddl", "true")
	f(server+"DROP TABLE IF EXISTS `a`.`x`\nDROP TABLE IF EXISTS `a`.`y`\n"+a+"CREATE x\nCREATE y\n",
		"database.include.list", "a", "schema.history.internal.store.only.captured.databases.ddl", "true")
	f(server, "database.include.list", "none", "schema.history.internal.store.only.captured.databases.ddl", "true")
}

// The definitions are those that the server sent.
func TestTranscript(t *testing.T) {
	id := schema.ID{Database: "d`", Name: "t"}
	other := schema.ID{Database: "d", Name: "u;SHOW"}
	tr := &transcript{answers: map[string]string{}}
	f := func(answer answering, statements ...string) {
		t.Helper()
		tr.Querier = answer
		if _, err := tr.Ask(t.Context(), statements...); err != nil {
			t.Fatal(err)
		}
	}
	f(answering{{"t", "no definition"}}, "SELECT 1")
	f(answering{{"t", "CREATE TABLE `t` (i int)"}, {"u;SHOW", "CREATE TABLE `u;SHOW` (i int)"}}, schema.ShowCreateTable(id), schema.ShowCreateTable(other))
	if tr.text(id) != "CREATE TABLE `t` (i int)" || tr.text(other) != "CREATE TABLE `u;SHOW` (i int)" || len(tr.answers) != 2 {
		t.Error(tr.answers)
	}
}

// answering is a server that always says the same.
type answering [][]string

func (a answering) Ask(context.Context, ...string) ([][]sql.NullString, error) {
	var rows [][]sql.NullString
	for _, row := range a {
		var out []sql.NullString
		for _, v := range row {
			out = append(out, sql.NullString{String: v, Valid: true})
		}
		rows = append(rows, out)
	}
	return rows, nil
}
