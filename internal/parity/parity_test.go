package parity

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/connecttest"
	"cdcd/internal/daemontest"
	"cdcd/internal/golden"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// root is the folder of the cases.
const root = "../../testdata/parity"

func TestMain(m *testing.M) { mysqltest.Main(m) }

// TestParity runs every case, or those whose names CDCD_PARITY is a part of.
func TestParity(t *testing.T) {
	only := os.Getenv("CDCD_PARITY")
	if only == "" {
		t.Skip("runs only with CDCD_PARITY=all, or a part of the names of cases (make parity)")
	}
	cases, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	cases = slices.DeleteFunc(cases, func(s scenario) bool { return only != "all" && !strings.Contains(s.name, only) })
	b := newBench(t)
	for _, s := range cases {
		t.Run(s.name, func(t *testing.T) { b.try(t, s) })
	}
}

// bench is where cases are run.
type bench struct {
	rival   *kafkatest.Cluster // where Debezium writes
	own     *kafkatest.Cluster // where cdcd does
	worker  *connecttest.Worker
	servers map[mysqltest.Version]*mysqltest.Server
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		rival: kafkatest.Start(t, kafkatest.Config{Own: true, Properties: map[string]string{"auto.create.topics.enable": "true"}}),
		own:   kafkatest.Fake(t, kfake.DefaultNumPartitions(1)), servers: map[mysqltest.Version]*mysqltest.Server{},
	}
	b.worker = connecttest.Start(t, b.rival)
	for v, flags := range map[mysqltest.Version][]string{
		mysqltest.MySQL97:     {"--server-id=1", "--binlog-rows-query-log-events=ON"},
		mysqltest.MariaDB1011: {"--server-id=10"},
	} {
		b.servers[v] = mysqltest.Start(t, v, mysqltest.Own(), mysqltest.Flags(flags...))
	}
	return b
}

// trial is one case at work.
type trial struct {
	*bench
	scenario

	t      *testing.T
	server *mysqltest.Server
	db     *sql.DB
	conn   *sql.Conn // what the files set holds for what follows
}

func (b *bench) try(t *testing.T, s scenario) {
	t.Helper()
	version := mysqltest.MySQL97
	if s.isMariaDB() {
		version = mysqltest.MariaDB1011
	}
	c := &trial{bench: b, scenario: s, t: t, server: b.servers[version], db: b.servers[version].DB(t)}
	c.server.DropDatabases(t)
	c.server.Exec(t, "CREATE DATABASE warm; FLUSH BINARY LOGS")
	var err error
	if c.conn, err = c.db.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.conn.Close() })
	c.execute(s.setup)
	c.compare()
}

// compare runs both, and looks at what they wrote.
func (c *trial) compare() {
	c.t.Helper()
	props := maps.Clone(c.props)
	maps.Copy(props, map[string]string{
		"name":              c.name,
		"database.hostname": c.server.Host, "database.port": fmt.Sprint(c.server.Port),
		"database.user": c.server.User, "database.password": c.server.Password,
		"schema.history.internal.kafka.bootstrap.servers": c.rival.Bootstrap(),
		"schema.history.internal.kafka.topic":             golden.HistoryTopic(c.name),
	})
	props["database.server.id"] = "6001"
	c.worker.Create(c.name, props)
	defer c.worker.Delete(c.name)
	props = maps.Clone(props)
	props["database.server.id"] = "6002"
	d := daemontest.New(c.t, daemontest.Config{
		Kafka: c.own.Bootstrap(), Connectors: map[string]map[string]string{c.name: props},
	})
	d.Start()
	d.Ready()
	d.Until(30*time.Second, "both read the binlog", func() bool { return c.dumps() >= 2 })
	file, start := c.place()
	c.execute(c.run)
	want, got := c.settle(d)
	if p := d.Part(c.name); p.Phase != "running" {
		c.t.Errorf("cdcd's connector is %s: %s", p.Phase, p.Error)
	}
	if s := c.worker.Status(c.name); s.State != "RUNNING" && c.differs == "" {
		c.t.Fatalf("Debezium's task has %s: %s", s.State, s.Trace)
	}
	d.Stop()
	if c.judge(want, got); !c.t.Failed() && c.differs == "" && os.Getenv("CDCD_PARITY_KEEP") != "" {
		c.keep(file, start, want)
	}
}

// place is the end of the binlog: its newest file, and how long that is.
func (c *trial) place() (file string, size int) {
	c.t.Helper()
	names, err := c.server.Binlogs()
	if err != nil {
		c.t.Fatal(err)
	}
	file = names[len(names)-1]
	return file, len(c.binlog(file))
}

func (c *trial) binlog(name string) []byte {
	c.t.Helper()
	content, err := c.server.ReadBinlog(name)
	if err != nil {
		c.t.Fatal(err)
	}
	return content
}

// keep makes a recording of the case.
func (c *trial) keep(file string, start int, want []golden.Record) {
	c.t.Helper()
	history, err := c.rival.Read(c.t.Context(), golden.HistoryTopic(c.name))
	if err != nil {
		c.t.Fatal(err)
	}
	names, err := c.server.Binlogs()
	if err != nil {
		c.t.Fatal(err)
	}
	binlogs := map[string][]byte{}
	for _, name := range names[slices.Index(names, file):] {
		binlogs[name] = c.binlog(name)
	}
	recording := &golden.Case{
		Name: c.name, Dir: filepath.Join(root, c.name), BinlogFile: file, Start: uint64(start),
		Records: slices.Concat(want, golden.Of(history)),
	}
	if err := recording.Keep(binlogs); err != nil {
		c.t.Fatal(err)
	}
}

// dumps is how many replicas the server has.
func (c *trial) dumps() int {
	ids, err := mysqltest.Dumps(c.t.Context(), c.db)
	if err != nil {
		c.t.Fatal(err)
	}
	return len(ids)
}

func (c *trial) execute(text string) {
	c.t.Helper()
	if _, err := c.conn.ExecContext(context.WithoutCancel(c.t.Context()), text); err != nil {
		c.t.Fatalf("%.100s: %v", text, err)
	}
}

// still is for how long nothing more must come, and hope how long there is for both
// to have written as much.
const (
	still = 1500 * time.Millisecond
	hope  = 15 * time.Second
)

// settle returns what both have written when nothing more comes.
func (c *trial) settle(d *daemontest.Daemon) (want, got []golden.Record) {
	c.t.Helper()
	began, since := time.Now(), time.Now()
	d.Until(2*hope, "both have written", func() bool {
		w, g := c.written(c.rival), c.written(c.own)
		if len(w) != len(want) || len(g) != len(got) {
			want, got, since = w, g, time.Now()
		}
		return time.Since(since) > still && (len(want) > 0 && len(want) == len(got) || time.Since(began) > hope)
	})
	return want, got
}

// written are the records of the case.
func (c *trial) written(k *kafkatest.Cluster) []golden.Record {
	c.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.Brokers()...))
	if err != nil {
		c.t.Fatal(err)
	}
	defer cl.Close()
	topics, err := kadm.NewClient(cl).ListTopics(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	var names []string
	for _, name := range topics.Names() {
		if c.compares(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	records, err := k.Read(c.t.Context(), names...)
	if err != nil {
		c.t.Fatal(err)
	}
	return golden.Of(records)
}

// compares tells whether a topic is the case's: of a table, of its transactions, or
// of changes to the schema.
func (c *trial) compares(topic string) bool {
	delimiter := cmp.Or(c.props["topic.delimiter"], ".")
	return strings.HasPrefix(topic+delimiter, c.props["topic.prefix"]+delimiter)
}

// judge compares. The server is the same, and so are its times and places.
func (c *trial) judge(want, got []golden.Record) {
	c.t.Helper()
	diff := golden.Mask{MariaDB: c.isMariaDB()}.Diff(want, got)
	switch {
	case len(want)+len(got) == 0:
		c.t.Error("nothing was compared: neither has written a record")
	case diff != "" && c.differs == "":
		c.t.Error(diff)
	case diff == "" && c.differs != "":
		c.t.Errorf("equal, though differs.txt says: %s", c.differs)
	default:
		c.t.Logf("%d records", len(want))
	}
}
