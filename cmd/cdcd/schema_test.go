package main

import (
	"strings"
	"testing"

	"cdcd/schema"
)

// What cdcd schema show prints of a history.
func TestNewest(t *testing.T) {
	tr := schema.New()
	var history []*schema.Table
	for _, d := range []schema.DDL{
		{Statement: "CREATE TABLE a (x int)"},
		{Statement: "ALTER TABLE a ADD y int"},
		{Statement: "CREATE TABLE b (x int)"},
		{Statement: "DROP TABLE b"},
		{Statement: "CREATE TABLE c (x int)"},
		{Statement: "ALTER TABLE c FROBNICATE", Group: "g:5"},
		{Statement: "CREATE DATABASE e"},
	} {
		d.Database = "d"
		changes, err := tr.Follow(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			history = append(history, c.Stored()...)
		}
	}
	said, err := tr.Define(schema.ID{Database: "d", Name: "c"}, "CREATE TABLE c (z int)")
	if err != nil {
		t.Fatal(err)
	}
	history = append(history, schema.Given(said, "g:6", tr.Version()+1))
	var text strings.Builder
	for _, tb := range newest(history) {
		text.WriteString(printed(tb))
	}
	const want = "-- d.a, version 2\n" +
		"CREATE TABLE `d`.`a` (\n  `x` INT NULL,\n  `y` INT NULL\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n" +
		"-- d.c, version 6: not known any more: ALTER TABLE d.c: the statement is not understood near FROBNICATE (transaction g:5)\n\n" +
		"-- d.c, version 8: said to count from transaction g:6 on\n" +
		"CREATE TABLE `d`.`c` (\n  `z` INT NULL\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\n"
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
}

func TestTableID(t *testing.T) {
	if id, err := tableID("d.a.b"); err != nil || id != (schema.ID{Database: "d", Name: "a.b"}) {
		t.Errorf("%v, %v", id, err)
	}
	for _, bad := range []string{"", "t", ".t", "d."} {
		if _, err := tableID(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
