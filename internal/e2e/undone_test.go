package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// What did not happen is not seen, and what was decided late comes then: a group
// over two storage engines that is rolled back, and XA branches that are
// committed and rolled back in another file, after the daemon was killed.
func TestUndone_RolledBackAndPrepared(t *testing.T) {
	f := func(name string, v mysqltest.Version, flags ...string) {
		t.Run(name, func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own(), mysqltest.Flags(flags...))
			undone(t, server)
		})
	}
	f("MySQL", mysqltest.MySQL97, "--gtid-mode=OFF", "--enforce-gtid-consistency=OFF") // which forbids two engines
	f("MariaDB", mysqltest.MariaDB1011)
}

func undone(t *testing.T, server *mysqltest.Server) {
	t.Helper()
	kafka := kafkatest.Start(t, kafkatest.Config{})
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".inno (id INT PRIMARY KEY) ENGINE=InnoDB",
		"CREATE TABLE "+db+".isam (id INT PRIMARY KEY) ENGINE=MyISAM")
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7801, map[string]string{"cdcd.event.headers": "true"}))
	d.Start()
	d.Ready()
	mixed := session(t, server)
	execute(t, mixed, "BEGIN; INSERT INTO "+db+".inno VALUES (1),(2); INSERT INTO "+db+".isam VALUES (1); INSERT INTO "+db+".inno VALUES (3)")
	if _, err := mixed.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	a, b := session(t, server), session(t, server)
	execute(t, a, "XA START 'a'; INSERT INTO "+db+".inno VALUES (10); XA END 'a'; XA PREPARE 'a'")
	execute(t, b, "XA START 'b'; INSERT INTO "+db+".inno VALUES (20); XA END 'b'; XA PREPARE 'b'")
	server.Exec(t, "INSERT INTO "+db+".inno VALUES (11)", "FLUSH BINARY LOGS")
	d.Until(30*time.Second, "the change between them arrived", func() bool {
		return slices.Equal(ids(t, kafka, "it."+db+".inno"), []int{11})
	})
	d.Kill()
	d.Start()
	execute(t, a, "XA COMMIT 'a'")
	execute(t, b, "XA ROLLBACK 'b'")
	server.Exec(t, "INSERT INTO "+db+".inno VALUES (99)")
	d.Until(30*time.Second, "the last change arrived", func() bool {
		got := ids(t, kafka, "it."+db+".inno")
		return len(got) > 0 && got[len(got)-1] == 99
	})
	if got := ids(t, kafka, "it."+db+".inno"); !slices.Equal(got, []int{11, 10, 99}) {
		t.Errorf("changes of the table with transactions: %v", got)
	}
	if got := ids(t, kafka, "it."+db+".isam"); !slices.Equal(got, []int{1}) {
		t.Errorf("changes of the table without: %v", got)
	}
}

// ids returns the keys of a topic's creates, in order; none while there is no
// such topic.
func ids(t *testing.T, kafka *kafkatest.Cluster, topic string) (got []int) {
	t.Helper()
	records, err := kafka.Read(t.Context(), topic)
	if err != nil {
		return nil
	}
	for _, r := range records {
		var c change
		if err := json.Unmarshal(r.Value, &c); err != nil {
			t.Fatal(err)
		}
		got = append(got, c.After.ID)
	}
	return got
}
