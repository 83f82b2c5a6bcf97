package e2e

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"cdcd/internal/daemontest"
	"cdcd/internal/golden"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// alone are cases that need the server for themselves.
var alone = map[string]string{
	"snap_empty_all":               "the last table of all has a marker",
	"snap_include_collection_none": "the last table of all has a marker",
	"snap_several_databases":       "it captures the databases of others",
}

// atOnce is how many connectors copy and stream at the same time.
const atOnce = 30

// TestGolden_Copied has the rows of the cases copied that make parity has kept: many
// connectors of one cdcd at once, each with a database of its own. Cases that have a
// second start are left to make parity.
func TestGolden_Copied(t *testing.T) {
	names, err := golden.Copied()
	if err != nil {
		t.Fatal(err)
	}
	b := &copiedBench{servers: map[bool]*mysqltest.Server{}, dbs: map[bool]*sql.DB{}, kafka: kafkatest.Fake(t, kfake.DefaultNumPartitions(1))}
	for maria, version := range map[bool]mysqltest.Version{false: mysqltest.MySQL97, true: mysqltest.MariaDB1011} {
		b.servers[maria] = mysqltest.Start(t, version, mysqltest.Own(), mysqltest.Flags(recordedID[version]))
		b.dbs[maria] = b.servers[maria].DB(t)
		b.servers[maria].Exec(t, "CREATE DATABASE warm")
	}
	var cases []*golden.Case
	groups := [][]*golden.Case{}
	for _, name := range names {
		c, err := golden.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		switch _, single := alone[name]; {
		case startsAgain(c):
		case single:
			groups = append(groups, []*golden.Case{c})
		default:
			cases = append(cases, c)
		}
	}
	for _, some := range slices.AppendSeq(groups, slices.Chunk(cases, atOnce)) {
		b.copy(t, some)
	}
}

// startsAgain tells whether a case has a second start.
func startsAgain(c *golden.Case) bool {
	_, err := c.SQL("again.sql")
	return err == nil
}

// copiedBench is where cases are copied; servers and connections are by whether they
// are of MariaDB.
type copiedBench struct {
	servers map[bool]*mysqltest.Server
	dbs     map[bool]*sql.DB
	kafka   *kafkatest.Cluster
}

// copy runs cases beside each other.
func (b *copiedBench) copy(t *testing.T, cases []*golden.Case) {
	t.Helper()
	conns, connectors := map[string]*sql.Conn{}, map[string]map[string]string{}
	readers := map[bool]int{}
	for i, c := range cases {
		server := b.servers[c.IsMariaDB()]
		conns[c.Name] = session(t, server)
		executeFile(t, conns[c.Name], c, "setup.sql")
		c.Config["name"], c.Config["database.server.id"] = c.Name, fmt.Sprint(8000+i)
		c.Config["database.hostname"], c.Config["database.port"] = server.Host, fmt.Sprint(server.Port)
		c.Config["database.user"], c.Config["database.password"] = server.User, server.Password
		connectors[c.Name] = c.Config
		if golden.Streams(c.Config) {
			readers[c.IsMariaDB()]++
		}
	}
	d := daemontest.New(t, daemontest.Config{Kafka: b.kafka.Bootstrap(), Connectors: connectors})
	d.Start()
	d.Until(30*time.Second, "all read the binlog", func() bool { return b.dumps(t, false) >= readers[false] && b.dumps(t, true) >= readers[true] })
	for _, c := range cases {
		if golden.Streams(c.Config) {
			executeFile(t, conns[c.Name], c, "run.sql")
		}
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { b.compare(t, d, c) })
	}
	d.Stop()
	for maria, server := range b.servers {
		if _, err := server.KillDumps(t.Context(), b.dbs[maria]); err != nil {
			t.Fatal(err)
		}
		server.DropDatabases(t)
	}
}

// dumps is how many read the binlog.
func (b *copiedBench) dumps(t *testing.T, maria bool) int {
	t.Helper()
	ids, err := mysqltest.Dumps(t.Context(), b.dbs[maria])
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

// compare waits for the records of a case.
func (b *copiedBench) compare(t *testing.T, d *daemontest.Daemon, c *golden.Case) {
	t.Helper()
	want := own(c, c.Records)
	var topics []string
	for _, r := range want {
		if !slices.Contains(topics, r.Topic) {
			topics = append(topics, r.Topic)
		}
	}
	var got []golden.Record
	d.Until(30*time.Second, "all records arrived", func() bool {
		records, err := b.kafka.Read(t.Context(), topics...)
		got = own(c, golden.Of(records))
		return err == nil && len(got) >= len(want) // topics come with their first record
	})
	mask := golden.Mask{Live: true, Positions: true, MariaDB: c.IsMariaDB(), Unordered: golden.Unordered(c.Config)}
	if diff := mask.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p := d.Part(c.Name); p.Phase != "running" {
		t.Errorf("the connector is %s: %s", p.Phase, p.Error)
	}
}

// own leaves out what is of other cases too: what the topic of schema changes has of
// their databases, where Debezium publishes what it finds of all, and transactions.
func own(c *golden.Case, records []golden.Record) []golden.Record {
	databases := map[string]bool{}
	for _, r := range c.Topic(c.Config["topic.prefix"]) {
		databases[database.FindString(*r.Key)] = true
	}
	return slices.DeleteFunc(slices.Clone(records), func(r golden.Record) bool {
		changes := r.Topic == c.Config["topic.prefix"]
		return changes && !databases[database.FindString(*r.Key)] || strings.HasSuffix(r.Topic, ".transaction")
	})
}

// database is what the key of a schema change says.
var database = regexp.MustCompile(`"databaseName":"[^"]*"`)
