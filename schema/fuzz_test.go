package schema_test

import (
	"strings"
	"testing"

	"cdcd/internal/golden"
	"cdcd/schema"
)

// FuzzFollow folds statements into a tracker that knows a table. Nothing may
// panic, and what comes out must hold together.
func FuzzFollow(f *testing.F) {
	names, err := golden.Names()
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		c, err := golden.Load(name)
		if err != nil {
			f.Fatal(err)
		}
		statements, err := c.Schema()
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range statements {
			f.Add(s.Text, uint64(0))
		}
	}
	for _, s := range []string{
		"ALTER TABLE t ADD (a int, b enum('x') AFTER y", "CREATE TABLE `", "CREATE TABLE t (a int DEFAULT", "/*!", "/*!50000 CREATE", "SET STATEMENT",
		"CREATE TABLE t (a int REFERENCES", "CREATE TABLE t (a int ON UPDATE", "ALTER TABLE t CONVERT TO CHARACTER SET", "ALTER TABLE t ALTER x SET",
		"CREATE TABLE t (x' ", "CREATE TABLE t (a int CHECK (", "CREATE DATABASE x COMMENT", "CREATE TABLE t (a int, UNIQUE KEY ((1)))", "CREATE TABLE t (a CHARACTER SET",
	} {
		f.Add(s, uint64(4))
	}
	f.Fuzz(func(t *testing.T, statement string, mode uint64) {
		tr := schema.New()
		apply(t, tr, "CREATE TABLE t (id int PRIMARY KEY, x varchar(9), y int NOT NULL UNIQUE)")
		changes, err := tr.Follow(schema.DDL{Database: "d", Statement: statement, SQLMode: mode})
		if err != nil && strings.Contains(err.Error(), "cdcd:") {
			t.Errorf("a mark is in the error %v", err)
		}
		for _, c := range changes {
			if c.Table == nil {
				continue
			}
			if strings.Contains(c.Table.Unread, "cdcd:") {
				t.Errorf("a mark is in %s", c.Table.Unread)
			}
			show(c.Table)
			for _, i := range c.Table.Key {
				if c.Table.Columns[i].Nullable {
					t.Errorf("key column %s is nullable", c.Table.Columns[i].Name)
				}
			}
		}
	})
}
