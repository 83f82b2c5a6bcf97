package connector

import (
	"context"
	"strings"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/sink"
)

// ends runs a connector to its end, and returns why it ended and what it wrote.
func ends(t *testing.T, cfg Config) (why, wrote string) {
	t.Helper()
	return endsBehind(t, NewMemory(event.State{}), cfg)
}

// endsBehind is ends with what is stored.
func endsBehind(t *testing.T, store *Memory, cfg Config) (why, wrote string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	var out strings.Builder
	c := New(cfg, Deps{Store: store, Metrics: NewMetrics(cfg.Name, nil), OpenSink: func(_ context.Context, _ Config, h Hooks) (Sink, error) {
		return sink.NewStdout(&out, sink.Options{OnCommit: h.Committed}), nil
	}})
	err := c.Run(ctx)
	if err == nil {
		t.Fatalf("it was not refused: %+v", c.Status())
	}
	return err.Error(), out.String()
}

// TestCopy_WrongSelect: a statement of the user's that the server fails ends the copy
// before its first row, whatever is wrong with it, and is not quoted.
func TestCopy_WrongSelect(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Shared(t, v)
			db := server.Database(t)
			server.Exec(t, "CREATE TABLE "+db+".a (id INT PRIMARY KEY, v INT)", "CREATE TABLE "+db+".t (id INT PRIMARY KEY, v INT)",
				"INSERT INTO "+db+".a VALUES (1,1)", "INSERT INTO "+db+".t VALUES (1,1)")
			f := func(name, code, statement string) {
				t.Run(name, func(t *testing.T) {
					cfg := liveConfig(t, server, db+`\..*`, "snapshot.mode", "initial",
						"snapshot.select.statement.overrides", db+".t", "snapshot.select.statement.overrides."+db+".t", statement)
					why, wrote := ends(t, cfg)
					for _, want := range []string{"copy table " + db + ".t: ", "snapshot.select.statement.overrides", "error " + code} {
						if !strings.Contains(why, want) {
							t.Errorf("%q is not in: %s", want, why)
						}
					}
					if strings.Contains(why, "s3cret") {
						t.Errorf("the statement is in: %s", why)
					}
					if wrote != "" {
						t.Errorf("rows were copied before: %s", wrote)
					}
				})
			}
			f("no SQL", "1064", "SELEKT * FROM "+db+".t WHERE v = 's3cret'")
			f("no such column", "1054", "SELECT * FROM "+db+".t WHERE s3cret = 1")
			f("a column is left out", "1054", "SELECT id FROM "+db+".t WHERE v <> 's3cret'")
			f("no such function", "1305", "SELECT * FROM "+db+".t WHERE v = "+db+".s3cret()")
		})
	}
}

// TestCopy_NotAllowed: a table that the account may not read, or not all columns of, ends
// the copy before its first row with the statement that mends it.
func TestCopy_NotAllowed(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Shared(t, v)
			db := server.Database(t)
			user := "lacks_" + db
			t.Cleanup(func() { _, _ = server.DB(t).ExecContext(context.WithoutCancel(t.Context()), "DROP USER "+user) })
			server.Exec(t, "CREATE TABLE "+db+".a (id INT PRIMARY KEY, v INT)", "CREATE TABLE "+db+".`t``s` (id INT PRIMARY KEY, v INT)",
				"INSERT INTO "+db+".a VALUES (1,1)", "INSERT INTO "+db+".`t``s` VALUES (2,2)",
				"CREATE USER "+user+"@'%' IDENTIFIED BY 'x'", "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO "+user+"@'%'",
				"GRANT SELECT ON "+db+".a TO "+user+"@'%'", "GRANT INSERT ON "+db+".`t``s` TO "+user+"@'%'")
			cfg := liveConfig(t, server, db+`\..*`, "snapshot.mode", "initial", "database.user", user, "database.password", "x")
			fix := "GRANT SELECT ON `" + db + "`.`t``s` TO '" + user + "'@'%';"
			for _, grants := range []string{"GRANT INSERT (id)", "GRANT SELECT (id)"} {
				server.Exec(t, grants+" ON "+db+".`t``s` TO "+user+"@'%'")
				why, wrote := ends(t, cfg)
				if !strings.Contains(why, "copy table "+db+".t`s: ") || !strings.HasSuffix(why, "; fix: "+fix) || wrote != "" {
					t.Errorf("%s: %s, wrote %q", grants, why, wrote)
				}
			}
			server.Exec(t, strings.TrimSuffix(fix, ";"))
			l := newLive()
			l.run(t, cfg, 2, "", nil)
			l.wrote(t, `{"id":1,"v":1}`, `{"id":2,"v":2}`)
		})
	}
}
