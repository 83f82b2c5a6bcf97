package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// wide is a table of 300 columns.
func wide(name string) string {
	columns := make([]string, 300)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%03d INT DEFAULT %d", i, i)
	}
	return "CREATE TABLE " + name + " (id INT PRIMARY KEY, " + strings.Join(columns, ", ") + ")"
}

// TestSnapshot_Sizes copies a table without rows, one of 301 columns, and a row of 16 MiB.
// A topic that does not take that row stops a connector as it would in the stream.
func TestSnapshot_Sizes(t *testing.T) {
	const size = 16 << 20
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".a_none (id INT PRIMARY KEY)", wide(db+".b_wide"), "INSERT INTO "+db+".b_wide (id) VALUES (1)",
		"CREATE TABLE "+db+".c_large (id INT PRIMARY KEY, note LONGTEXT)", fmt.Sprintf("INSERT INTO %s.c_large VALUES (7, CONCAT('%s', REPEAT('x', %d)))", db, secretRow, size))
	kafka := kafkatest.Start(t, kafkatest.Config{})
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7801, map[string]string{
		"snapshot.mode": "initial", "topic.creation.default.max.message.bytes": "33554432",
	}))
	d.discreet()
	d.Connector("small", following(t, server, db, 7802, map[string]string{"snapshot.mode": "initial", "topic.prefix": "small"}))
	d.Start()
	d.fails("small", "table "+db+".c_large", "row with key (id)", "max.message.bytes=1048588", "topic small."+db+".c_large")
	d.streams("it")
	server.Exec(t, "INSERT INTO "+db+".a_none VALUES (1)")
	topics := []string{"it." + db + ".a_none", "it." + db + ".b_wide", "it." + db + ".c_large"}
	got := map[string][]kafkatest.Record{}
	d.Until(30*time.Second, "all rows arrived", func() bool {
		for _, topic := range topics {
			got[topic], _ = kafka.Read(t.Context(), topic)
		}
		return len(got[topics[0]]) > 0 && len(got[topics[1]]) > 0 && len(got[topics[2]]) > 0
	})
	for i, want := range []struct {
		op      string
		columns int
	}{{"c", 1}, {"r", 301}, {"r", 2}} {
		records := got[topics[i]]
		var value struct {
			Op    string
			After map[string]any
		}
		if err := json.Unmarshal(records[0].Value, &value); err != nil {
			t.Fatal(err)
		}
		if len(records) != 1 || value.Op != want.op || len(value.After) != want.columns {
			t.Errorf("%s: %d records, op %s, %d columns", topics[i], len(records), value.Op, len(value.After))
		}
		if note, ok := value.After["note"].(string); ok && len(note) != size+len(secretRow) {
			t.Errorf("%d bytes", len(note))
		}
	}
}

// TestSnapshot_Keyless kills the process while it copies a table without a key: a reader
// that reads what is committed sees none of its rows, or each of them once.
func TestSnapshot_Keyless(t *testing.T) {
	const rows = 150_000
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT, note TEXT)", fmt.Sprintf("INSERT INTO %s.t WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i+1 FROM n WHERE i<%d)"+
		" SELECT /*+ SET_VAR(cte_max_recursion_depth=%d) */ i, REPEAT('x', 100) FROM n", db, rows, rows))
	kafka := kafkatest.Start(t, kafkatest.Config{})
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7811, map[string]string{"snapshot.mode": "initial"}))
	read := func() []kafkatest.Record {
		records, _ := kafka.Read(t.Context(), "it."+db+".t")
		return records
	}
	copied := func() float64 { return d.Metric("cdcd_records_total") }
	for range 2 {
		d.Start()
		d.Until(30*time.Second, "copies", func() bool { return copied() > 1000 })
		d.Kill()
		if n := len(read()); n != 0 && n != rows {
			t.Errorf("%d rows are seen in between", n)
		}
	}
	d.Start()
	d.Until(30*time.Second, "all rows arrived", func() bool { return len(read()) >= rows })
	seen := map[string]bool{}
	for _, r := range read() {
		seen[string(r.Value[:min(len(r.Value), 60)])] = true
	}
	if n := len(read()); n != rows || len(seen) != rows {
		t.Errorf("%d records of %d rows", n, len(seen))
	}
}
