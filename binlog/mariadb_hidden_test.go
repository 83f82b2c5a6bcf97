package binlog

import (
	"testing"

	"cdcd/internal/mysqltest"
)

// TestMariaDBHiddenColumns: the hash of a unique key on a whole TEXT is in the rows, and
// no part of the event.
func TestMariaDBHiddenColumns(t *testing.T) {
	for _, metadata := range []string{"NO_LOG", "MINIMAL", "FULL"} {
		t.Run("metadata="+metadata, func(t *testing.T) {
			l := onServer(t, mysqltest.Start(t, mysqltest.MariaDB1011, mysqltest.Flags("--binlog-row-metadata="+metadata)))
			l.session(t, "CREATE TABLE loaded (id INT PRIMARY KEY, a TEXT UNIQUE, b INT)")
			s := l.tail(t)
			l.session(t, "INSERT INTO loaded VALUES (1,'x',2), (2,NULL,3)", "UPDATE loaded SET id=id+10 ORDER BY id DESC", "DELETE FROM loaded",
				"SET binlog_row_image=MINIMAL", "INSERT INTO loaded VALUES (7,'x',2)", "UPDATE loaded SET a='y'", "SET binlog_row_image=FULL",
				"CREATE TABLE made (n INT, a TEXT NOT NULL, b BLOB, c VARCHAR(2000) CHARSET utf8mb4, UNIQUE (a, b), UNIQUE (b), UNIQUE (c)) WITH SYSTEM VERSIONING",
				"INSERT INTO made (n, a, b, c) VALUES (3,'x','y','z'), (4,'x',NULL,NULL)",
				"CREATE TABLE hash (n INT, UNIQUE (n) USING HASH)", "INSERT INTO hash VALUES (5)",
				"ALTER TABLE hash DROP INDEX n, ADD c BIGINT UNSIGNED", "INSERT INTO hash VALUES (6, 7)",
				"CREATE UNIQUE INDEX i ON hash (c) USING HASH", "INSERT INTO hash VALUES (8, 9)")
			var rows []string
			for _, line := range s.until(t) {
				if line != "commit" && line[:3] != "ddl" {
					rows = append(rows, line)
				}
			}
			same(t, "rows", rows, "c loaded 1 2", "u loaded 2>12 1>11", "d loaded 11 12", "c loaded 7", "u loaded 7>7",
				"c made 3 4", "c hash 5", "c hash 6", "c hash 8")
		})
	}
}
