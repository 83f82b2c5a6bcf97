package connector

import (
	"fmt"
	"strings"
	"testing"

	"cdcd/internal/mysqltest"
)

// mariaTable has the types and column formats that only MariaDB has.
const mariaTable = `(id INT PRIMARY KEY, u UUID, i4 INET4, i6 INET6,
	vc VARCHAR(500) COMPRESSED, tx TEXT COMPRESSED CHARACTER SET latin1, bl LONGBLOB COMPRESSED, vb VARBINARY(500) COMPRESSED)`

// TestMariaTypes_Live prints what SELECT shows, with and without names in the
// table maps, and with compressed events.
func TestMariaTypes_Live(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MariaDB1011)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t "+mariaTable)
	done := follow(t, server, db)
	id := 0
	for _, metadata := range []string{"MINIMAL", "NO_LOG", "FULL"} {
		for _, compress := range []string{"OFF", "ON"} {
			id += 10
			server.Exec(t, "USE "+db, "SET GLOBAL binlog_row_metadata="+metadata, "SET GLOBAL log_bin_compress="+compress,
				fmt.Sprintf("INSERT INTO t VALUES (%d, '123e4567-e89b-12d3-a456-426655440011', '10.0.1.2', 'fe80::1', REPEAT('é', 300), REPEAT('ü', 300), REPEAT('b', 5000), 'short')", id),
				fmt.Sprintf("INSERT INTO t VALUES (%d, NULL, NULL, '::ffff:192.168.0.1', '', '', '', ''), (%d, UUID(), '0.0.0.0', '::', NULL, NULL, NULL, NULL)", id+1, id+2),
				fmt.Sprintf("UPDATE t SET vc=REPEAT('z', 400), u='ffffffff-ffff-4fff-bfff-ffffffffffff', i4='255.255.255.255' WHERE id=%d", id+1))
		}
	}
	got := map[string]imageChange{}
	for _, c := range done()["t"] {
		got[string(c.after["id"])] = c
	}
	rows, err := mysqltest.Query(t.Context(), server.DB(t), `SELECT id, JSON_COMPACT(JSON_OBJECT('id', id, 'u', u, 'i4', i4, 'i6', i6, 'vc', vc, 'tx', tx,
		'bl', REPLACE(TO_BASE64(bl), '\n', ''), 'vb', REPLACE(TO_BASE64(vb), '\n', ''))) FROM `+db+".t")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 18 || len(got) != len(rows) {
		t.Fatalf("%d rows, %d in events", len(rows), len(got))
	}
	for _, row := range rows {
		after := got[row[0].String].after
		var fields []string
		for _, name := range []string{"id", "u", "i4", "i6", "vc", "tx", "bl", "vb"} {
			fields = append(fields, fmt.Sprintf("%q:%s", name, after[name]))
		}
		if text := "{" + strings.Join(fields, ",") + "}"; text != row[1].String {
			t.Errorf("row %s:\n %s, the server shows\n %s", row[0].String, text, row[1].String)
		}
	}
}
