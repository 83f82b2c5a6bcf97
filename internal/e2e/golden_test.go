package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"cdcd/internal/golden"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// The golden cases once more, on live servers: the same SQL gives the same
// records. setup.sql, then the connector, then run.sql, as they were recorded.
func TestGolden_Live(t *testing.T) {
	bench := t // outlives a case
	kafka := kafkatest.Start(t, kafkatest.Config{})
	servers := map[mysqltest.Version]*mysqltest.Server{}
	names, err := golden.Names()
	if err != nil {
		t.Fatal(err)
	}
	golden.Each(t, names, func(t *testing.T, c *golden.Case) {
		t.Helper()
		version := mysqltest.MySQL97
		if c.IsMariaDB() {
			version = mysqltest.MariaDB1011
		}
		if servers[version] == nil {
			servers[version] = mysqltest.Start(bench, version, mysqltest.Own(), mysqltest.Flags(recordedID[version]))
		}
		liveCase(t, c, servers[version], kafka)
	})
}

// recordedID is the server id in the recorded events.
var recordedID = map[mysqltest.Version]string{
	mysqltest.MySQL97:     "--server-id=1",
	mysqltest.MariaDB1011: "--server-id=10",
}

func liveCase(t *testing.T, c *golden.Case, server *mysqltest.Server, kafka *kafkatest.Cluster) {
	t.Helper()
	name := c.Name
	server.DropDatabases(t) // which a connector would publish
	conn := session(t, server)
	// The executed set must not be empty: its size decides positions.
	execute(t, conn, "CREATE DATABASE IF NOT EXISTS warm; FLUSH BINARY LOGS")
	executeFile(t, conn, c, "setup.sql")
	props := c.Config
	props["name"] = name
	props["database.hostname"], props["database.port"] = server.Host, fmt.Sprint(server.Port)
	props["database.user"], props["database.password"] = server.User, server.Password
	sent := signalsOf(t, c, kafka)
	d := newDaemon(t, kafka.Bootstrap(), props)
	d.Start()
	d.Ready()
	ran := make(chan error, 1)
	go func() { ran <- runFile(conn, c, "run.sql") }()
	send(t, d, kafka, c, sent)
	if err := <-ran; err != nil {
		t.Fatal(err)
	}

	want := c.Happened(slices.Concat(c.Data(), c.Transactions(), c.Notifications()))
	if name != "maria_types" && name != "maria_basic" { // which were recorded beside another database
		want = append(want, c.Topic(props["topic.prefix"])...)
	}
	want = slices.DeleteFunc(want, func(r golden.Record) bool { // how many there are of these is the clock's
		return r.Topic == "g_heartbeat.heartbeat.hb" || isWindow(r)
	})
	var topics []string
	for _, r := range want {
		if len(topics) == 0 || topics[len(topics)-1] != r.Topic {
			topics = append(topics, r.Topic)
		}
	}
	var got []golden.Record
	d.Until(30*time.Second, "all records arrived", func() bool {
		records, err := kafka.Read(t.Context(), topics...)
		got = slices.DeleteFunc(golden.Of(records), isWindow)
		return err == nil && len(got) >= len(want) // topics come with their first record
	})
	mask := golden.Mask{
		Live: true, MariaDB: c.IsMariaDB(),
		Positions: slices.Contains([]string{"blocking_snapshot", "incr_snapshot", "incr_snapshot_readonly", "ddl", "ddl_noschema", "heartbeat"}, name),
		Unordered: len(sent) > 0, // the stream goes on while the rows are copied
	}
	if diff := mask.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d.Stop()
}

// session returns one connection: what the files set holds for what follows.
func session(t *testing.T, server *mysqltest.Server) *sql.Conn {
	t.Helper()
	conn, err := server.DB(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func execute(t *testing.T, conn *sql.Conn, text string) {
	t.Helper()
	if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), text); err != nil {
		t.Fatalf("%.100s: %v", text, err)
	}
}

func executeFile(t *testing.T, conn *sql.Conn, c *golden.Case, file string) {
	t.Helper()
	if err := runFile(conn, c, file); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func runFile(conn *sql.Conn, c *golden.Case, file string) error {
	text, err := c.SQL(file)
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(context.Background(), text)
	return err
}
