package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// evolution is a table whose shape changes. Every column of a row holds the
// row's id, and each id is given once.
type evolution struct {
	server *mysqltest.Server
	table  string
	last   int
	shapes map[int][]string // columns of each row when it was made
}

// insert adds n rows, each in a transaction of its own.
func (e *evolution) insert(t *testing.T, n int, columns ...string) {
	t.Helper()
	var stmts []string
	for range n {
		e.last++
		id := fmt.Sprint(e.last)
		e.shapes[e.last] = columns
		stmts = append(stmts, fmt.Sprintf("INSERT INTO load_db.%s (%s) VALUES (%s)", e.table,
			strings.Join(columns, ","), strings.Join(slices.Repeat([]string{id}, len(columns)), ",")))
	}
	e.server.Exec(t, stmts...)
}

// check compares records with the shapes, and returns which rows came.
func (e *evolution) check(t *testing.T, records []kafkatest.Record) map[int]bool {
	t.Helper()
	came := map[int]bool{}
	for _, r := range records {
		var c struct{ After map[string]int }
		if err := json.Unmarshal(r.Value, &c); err != nil {
			t.Fatal(err)
		}
		id := c.After["id"]
		came[id] = true
		got := slices.Sorted(maps.Keys(c.After))
		if want := slices.Sorted(slices.Values(e.shapes[id])); !slices.Equal(got, want) {
			t.Fatalf("row %d has columns %q, want %q", id, got, want)
		}
		for name, value := range c.After {
			if value != id {
				t.Fatalf("row %d: column %s is %d", id, name, value)
			}
		}
	}
	return came
}

// Tables change their shape under load, while the daemon runs and while it is
// down, and it is killed right after: each row comes with the columns that it
// was written with, whatever the table has become since.
func TestFaults_DDL(t *testing.T) {
	for i, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			kafka := kafkatest.Fake(t)
			d, w := under(t, server, kafka, 8401+i)
			e := &evolution{server: server, table: "t", shapes: map[int][]string{}}
			stop := w.load(t)
			evolve(t, d, e)
			stop()
			d.Ready()
			d.Until(time.Minute, "every row arrived", func() bool {
				records, err := kafka.Read(t.Context(), "it.load_db.t", "it.load_db.u")
				return err == nil && len(e.check(t, records)) == e.last
			})
			finish(t, d, kafka, w.workload)
		})
	}
}

// evolve changes the table step by step. The daemon is killed after each
// statement, and every other one comes while it is down.
func evolve(t *testing.T, d *daemon, e *evolution) {
	t.Helper()
	e.server.Exec(t, "CREATE TABLE load_db.t (id INT PRIMARY KEY, a INT, b INT)")
	e.insert(t, 20, "id", "a", "b")
	steps := []struct {
		ddl, table string
		columns    []string
	}{
		{"ALTER TABLE load_db.t ADD COLUMN c INT NOT NULL DEFAULT 7 AFTER a", "t", []string{"id", "a", "c", "b"}},
		{"ALTER TABLE load_db.t DROP COLUMN b", "t", []string{"id", "a", "c"}},
		{"ALTER TABLE load_db.t RENAME COLUMN a TO b", "t", []string{"id", "b", "c"}},
		{"RENAME TABLE load_db.t TO load_db.u", "u", []string{"id", "b", "c"}},
		{"ALTER TABLE load_db.u MODIFY c BIGINT UNSIGNED FIRST, ADD d SMALLINT", "u", []string{"c", "id", "b", "d"}},
		{"CREATE TABLE load_db.t LIKE load_db.u", "t", []string{"c", "id", "b", "d"}},
		{"ALTER TABLE load_db.t CHANGE d e MEDIUMINT AFTER id, DROP c", "t", []string{"id", "e", "b"}},
		{"DROP TABLE load_db.u", "t", []string{"id", "e", "b"}},
	}
	for i, s := range steps {
		if i%2 == 1 {
			d.Kill()
		}
		e.server.Exec(t, s.ddl)
		e.table = s.table
		e.insert(t, 5, s.columns...)
		d.Kill()
		e.insert(t, 5, s.columns...)
		d.Start()
		if i%2 == 1 {
			d.Ready()
			e.insert(t, 5, s.columns...)
		}
	}
}
