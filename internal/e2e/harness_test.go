package e2e

import (
	"database/sql"
	"fmt"
	"maps"
	"strings"
	"testing"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

func TestMain(m *testing.M) { mysqltest.Main(m) }

// properties are the connector that follows the workload's tables.
func properties(server *mysqltest.Server, extra map[string]string) map[string]string {
	class := "io.debezium.connector.mysql.MySqlConnector"
	if server.Flavor == mysqltest.MariaDB {
		class = "io.debezium.connector.mariadb.MariaDbConnector"
	}
	props := map[string]string{
		"connector.class":                           class,
		"database.hostname":                         server.Host,
		"database.port":                             fmt.Sprint(server.Port),
		"database.user":                             server.User,
		"database.password":                         server.Password,
		"database.server.id":                        "7001",
		"topic.prefix":                              "it",
		"database.include.list":                     "load_db",
		"snapshot.mode":                             "no_data",
		"key.converter":                             "org.apache.kafka.connect.json.JsonConverter",
		"value.converter":                           "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":              "false",
		"value.converter.schemas.enable":            "false",
		"topic.creation.default.partitions":         "6",
		"topic.creation.default.replication.factor": "1",
	}
	maps.Copy(props, extra)
	return props
}

// topicsOf returns the topics of the workload's tables.
func (w *workload) topics() []string {
	var out []string
	for _, h := range w.tables {
		out = append(out, "it.load_db."+h.name)
	}
	return out
}

// consumer reads the workload's topics and applies them table by table.
type consumer struct {
	tail   *kafkatest.Tail
	tables map[string]*replay
}

func (w *workload) consumer(kafka *kafkatest.Cluster) *consumer {
	c := &consumer{tail: kafka.Tail(w.topics()...), tables: map[string]*replay{}}
	for _, h := range w.tables {
		c.tables[h.name] = newReplay()
		c.tables[h.name].copied = w.copied
	}
	return c
}

// consume takes what has arrived since the last call, and returns it. There is nothing
// while a topic is missing: they come with their first record.
func (c *consumer) consume(t *testing.T) []kafkatest.Record {
	t.Helper()
	records, err := c.tail.Next(t.Context())
	if err != nil {
		return nil
	}
	for _, r := range records {
		if err := c.tables[table(r.Topic)].apply(r.Value); err != nil {
			t.Fatal(err)
		}
	}
	return records
}

// arrived tells whether the newest version of every key was seen.
func (w *workload) arrived(tables map[string]*replay) bool {
	for _, h := range w.tables {
		r := tables[h.name]
		for key, version := range h.version {
			_, present := r.rows[key]
			_, seen := r.seen[key]
			if w.copied && !seen && !h.present[key] {
				continue // deleted before the copy
			}
			if r.seen[key] != version || present != h.present[key] {
				return false
			}
		}
	}
	return true
}

// checkTables compares what the topics replay to with what the server holds.
func (w *workload) checkTables(t *testing.T, tables map[string]*replay) {
	t.Helper()
	for _, h := range w.tables {
		r := tables[h.name]
		if len(r.gaps) > 0 {
			t.Errorf("%s: %d changes missing, the first: %s", h.name, len(r.gaps), strings.Join(r.gaps[:min(3, len(r.gaps))], "; "))
		}
		want := rowsOf(t, w.db, h.name)
		if !maps.EqualFunc(want, r.rows, func(a, b row) bool { return a.Version == b.Version && *a.Note == *b.Note }) {
			t.Errorf("%s: the topic replays to %d rows that differ from the server's %d", h.name, len(r.rows), len(want))
		}
	}
}

func rowsOf(t *testing.T, db *sql.DB, name string) map[int]row {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT id, version, note FROM load_db."+name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[int]row{}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.ID, &r.Version, &r.Note); err != nil {
			t.Fatal(err)
		}
		out[r.ID] = r
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
