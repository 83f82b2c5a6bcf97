package clustertest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
	"cdcd/internal/mysqltest"
)

// TestMany has a cluster run many idle connectors on a server with many tables,
// and loses a node: every connector has a session again soon, and what the nodes
// keep stays bounded. CDCD_MANY_CONNECTORS and CDCD_MANY_TABLES set how many.
func TestMany(t *testing.T) {
	connectors, tables := 12, 50
	if daemontest.Everything() {
		connectors, tables = 200, 1000
	}
	connectors, tables = setting(t, "CDCD_MANY_CONNECTORS", connectors), setting(t, "CDCD_MANY_TABLES", tables)
	server := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--max-connections=2000"))
	db := server.Database(t)
	create(t, server, db, tables)
	all := map[string]map[string]string{}
	for i := range connectors {
		props := daemontest.Capturing(server, db, 1)
		maps.Copy(props, map[string]string{"database.server.id": fmt.Sprint(8001 + i), "topic.prefix": fmt.Sprintf("%s-%d", db, i)})
		all[fmt.Sprintf("%s-%d", db, i)] = props
	}
	c := New(t, Config{Kafka: kafkatest.StartPrompt(t, 2, 1), MySQL: server, Connectors: all})
	began := time.Now()
	for _, n := range c.Nodes {
		n.Start()
	}
	c.Until(4*time.Minute, "every connector runs", paced(func() bool { return running(c.View(), "") == connectors }))
	t.Logf("all %d run %s after the first start", connectors, time.Since(began).Round(time.Millisecond))
	lost := c.Others(c.Leader())[0]
	before := c.View()
	lost.Kill()
	began = time.Now()
	c.Until(time.Minute, "every connector runs on another node", paced(func() bool { return running(c.View(), lost.ID) == connectors }))
	took := time.Since(began)
	t.Logf("%d connectors were on the lost node; all run elsewhere after %s", connectors-running(before, lost.ID), took.Round(time.Millisecond))
	for _, n := range c.Others(lost) {
		peak, err := machine.PeakRSS(n.PID())
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: peak of memory %d kB, raft.db %d kB, snapshots %d kB", n.ID, peak>>10,
			n.Size("data", "raft.db")>>10, n.Size("data", "snapshots")>>10)
	}
	if took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// paced asks seldom: to show hundreds of connectors is work, which is not to be
// measured.
func paced(cond func() bool) func() bool {
	asked := time.Now()
	return func() bool {
		if time.Since(asked) < 250*time.Millisecond {
			return false
		}
		asked = time.Now()
		return cond()
	}
}

// running counts the connectors that run, and not on a node that was lost.
func running(v daemontest.View, lost string) (n int) {
	for _, c := range v.Connectors {
		if c.Phase == "running" && c.Node != lost {
			n++
		}
	}
	return n
}

// create makes tables of a few columns each.
func create(t *testing.T, server *mysqltest.Server, db string, tables int) {
	t.Helper()
	conn := server.DB(t)
	for i := range tables {
		stmt := fmt.Sprintf("CREATE TABLE %s.t%d (id BIGINT PRIMARY KEY, name VARCHAR(100) NOT NULL, price DECIMAL(10,2), made DATETIME(6), note TEXT, n%d INT)", db, i, i)
		if _, err := conn.ExecContext(t.Context(), stmt); err != nil {
			t.Fatal(err)
		}
	}
}
