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
	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/daemontest"
	"cdcd/internal/golden"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// trial is one case at work.
type trial struct {
	*bench
	scenario

	t      *testing.T
	server *mysqltest.Server
	db     *sql.DB
	conn   *sql.Conn // what the files set holds for what follows
}

// compare runs both, and looks at what they wrote.
func (c *trial) compare() {
	c.t.Helper()
	d := daemontest.New(c.t, daemontest.Config{
		Kafka: c.own.Bootstrap(), Connectors: map[string]map[string]string{c.name: c.properties("6002")},
	})
	c.start(d)
	defer c.worker.Delete(c.name)
	file, start := c.place()
	c.execute(c.run)
	want, got := c.settle(d)
	if c.again != "" {
		c.stop(d)
		c.execute(c.again)
		c.start(d)
		want, got = c.settle(d)
	}
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

// properties are the case's, for one of the two.
func (c *trial) properties(serverID string) map[string]string {
	props := maps.Clone(c.props)
	maps.Copy(props, map[string]string{
		"name":              c.name,
		"database.hostname": c.server.Host, "database.port": fmt.Sprint(c.server.Port),
		"database.user": c.server.User, "database.password": c.server.Password,
		"database.server.id":                              serverID,
		"schema.history.internal.kafka.bootstrap.servers": c.rival.Bootstrap(),
		"schema.history.internal.kafka.topic":             golden.HistoryTopic(c.name),
	})
	return props
}

// start starts both, and waits until they have copied what is there: then they read
// the binlog, unless that is all.
func (c *trial) start(d *daemontest.Daemon) {
	c.t.Helper()
	c.worker.Create(c.name, c.properties("6001"))
	d.Start()
	d.Ready()
	if !golden.Streams(c.props) {
		c.settle(d)
		return
	}
	d.Until(30*time.Second, "both read the binlog", func() bool {
		n := c.dumps()
		return n >= 2 || n == 1 && c.differs != "" && c.worker.Status(c.name).State == "FAILED"
	})
}

// stop ends both, with what they keep for the next start.
func (c *trial) stop(d *daemontest.Daemon) {
	c.t.Helper()
	c.worker.Delete(c.name)
	d.Stop()
	unread(c.t, c.server, c.db)
}

// unread waits until nobody reads a server's binlog. It notices that a reader is gone
// when it writes to it.
func unread(t *testing.T, server *mysqltest.Server, db *sql.DB) {
	t.Helper()
	daemontest.Until(t, 30*time.Second, "nobody reads the binlog", nil, func() bool {
		server.Exec(t, "FLUSH PRIVILEGES") // which is logged, and changes nothing
		ids, err := mysqltest.Dumps(t.Context(), db)
		return err == nil && len(ids) == 0
	})
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

// keep makes a recording of the case; of rows that were copied there is no binlog.
func (c *trial) keep(file string, start int, want []golden.Record) {
	c.t.Helper()
	recording := &golden.Case{Name: c.name, Dir: filepath.Join(root, c.name), Records: want}
	if !golden.Copies(c.props) {
		recording.BinlogFile, recording.Start = file, uint64(start)
		recording.Records = slices.Concat(want, c.history())
	}
	if err := recording.Keep(c.since(file)); err != nil {
		c.t.Fatal(err)
	}
}

// history are the records of Debezium's schema history.
func (c *trial) history() []golden.Record {
	c.t.Helper()
	history, err := c.rival.Read(c.t.Context(), golden.HistoryTopic(c.name))
	if err != nil {
		c.t.Fatal(err)
	}
	return golden.Of(history)
}

// since are the binlog files from one on, by name: none where rows were copied.
func (c *trial) since(file string) map[string][]byte {
	c.t.Helper()
	if golden.Copies(c.props) {
		return nil
	}
	names, err := c.server.Binlogs()
	if err != nil {
		c.t.Fatal(err)
	}
	binlogs := map[string][]byte{}
	for _, name := range names[slices.Index(names, file):] {
		binlogs[name] = c.binlog(name)
	}
	return binlogs
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
		w, err := c.written(c.rival)
		if err != nil {
			return false // as long as a topic has no leader
		}
		g, err := c.written(c.own)
		if err != nil {
			return false
		}
		if len(w) != len(want) || len(g) != len(got) {
			want, got, since = w, g, time.Now()
		}
		return time.Since(since) > still && (len(want) > 0 && len(want) == len(got) || time.Since(began) > hope)
	})
	return want, got
}

// written are the records of the case.
func (c *trial) written(k *kafkatest.Cluster) ([]golden.Record, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.Brokers()...))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	topics, err := kadm.NewClient(cl).ListTopics(c.t.Context())
	if err != nil {
		return nil, err
	}
	names := slices.DeleteFunc(topics.Names(), func(name string) bool { return !c.compares(name) })
	if len(names) == 0 {
		return nil, nil
	}
	records, err := k.Read(c.t.Context(), names...)
	return golden.Of(records), err
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
	diff := golden.Mask{MariaDB: c.isMariaDB(), Unordered: golden.Unordered(c.props), Signalled: golden.Signalled(c.props)}.Diff(want, got)
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
