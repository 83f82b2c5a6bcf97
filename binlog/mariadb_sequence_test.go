package binlog

import (
	"slices"
	"strings"
	"testing"

	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// TestMariaDBSequence: what is drawn from a captured sequence is no change of a table,
// whether the sequence was there at the first load or came, was renamed or went since,
// and after a resume.
func TestMariaDBSequence(t *testing.T) {
	for _, metadata := range []string{"MINIMAL", "FULL"} {
		t.Run("metadata="+metadata, func(t *testing.T) {
			l := onServer(t, mysqltest.Start(t, mysqltest.MariaDB1011, mysqltest.Flags("--binlog-row-metadata="+metadata)))
			l.session(t, "CREATE SEQUENCE loaded", "CREATE TABLE t (b INT, a INT DEFAULT NEXTVAL(loaded))")
			tracker := l.tracker(t)
			s := l.tail(t, func(c *Config) { c.Tables = tracker })

			l.session(t, "INSERT INTO t (b) VALUES (7)", "SELECT SETVAL(loaded, 3000)", "CREATE SEQUENCE made", "SELECT NEXTVAL(made)",
				"RENAME TABLE made TO renamed", "SELECT NEXTVAL(renamed)")
			same(t, "rows", created(s.until(t)), "c t 7")

			restored := schema.New()
			if err := restored.Restore(tracker.Versions(), tracker.Version()); err != nil {
				t.Fatal(err)
			}
			s = l.tail(t, func(c *Config) { c.Tables, c.Start = restored, s.last })
			l.session(t, "SELECT NEXTVAL(renamed)", "ALTER SEQUENCE renamed RESTART 1", "SELECT NEXTVAL(loaded)",
				"DROP SEQUENCE loaded", "CREATE OR REPLACE TABLE renamed (a INT)", "INSERT INTO renamed VALUES (1)")
			same(t, "rows after a resume", created(s.until(t)), "c renamed 1")
		})
	}
}

// created are the lines of inserted rows.
func created(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return !strings.HasPrefix(line, "c ") })
}
