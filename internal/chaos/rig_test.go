package chaos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/checker"
	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"
	"cdcd/internal/watch"
)

func TestMain(m *testing.M) { mysqltest.Main(m) }

// connector are the properties of one that captures a database of a server, which
// it finds at an address.
func connector(server *mysqltest.Server, address, database string, id, replicas int) map[string]string {
	host, port, _ := strings.Cut(address, ":")
	props := daemontest.Capturing(server, database, replicas)
	maps.Copy(props, map[string]string{"database.hostname": host, "database.port": port, "database.server.id": fmt.Sprint(id)})
	return props
}

// rig is a daemon with one connector, behind a proxy of its own, that follows
// two tables of a database of its own. Each source transaction is a row in
// either.
type rig struct {
	t     *testing.T
	mysql *mysqltest.Server
	sql   *sql.DB
	kafka *kafkatest.Cluster
	proxy *proxy.Kafka
	d     *daemontest.Daemon
	props map[string]string
	tap   *watch.Tap
	tally *watch.Tally

	kind    string // of the faults
	binary  string
	db      string // which names the connector too
	last    int    // the rows 1 to last are committed
	faulted time.Time
	again   map[int]bool // rows that may come again, of a time without exactly once
}

// ground is what rigs stand on. What they leave there stays until its test ends.
type ground struct {
	t     *testing.T
	mysql *mysqltest.Server
	kafka *kafkatest.Cluster
	tally *watch.Tally
}

// newRig starts a daemon, and returns when the first transactions have arrived.
func newRig(t *testing.T, g ground, kind, binary string, extra map[string]string) *rig {
	t.Helper()
	r := &rig{t: t, mysql: g.mysql, sql: g.mysql.DB(t), kafka: g.kafka, tally: g.tally, kind: kind, binary: binary, db: g.mysql.Database(g.t)}
	r.exec("CREATE TABLE "+r.db+".a (id INT PRIMARY KEY, note MEDIUMTEXT)", "CREATE TABLE "+r.db+".b (id INT PRIMARY KEY)")
	for _, topic := range r.topics() {
		r.kafka.CreateTopic(t, topic, 3, map[string]string{"min.insync.replicas": fmt.Sprint(max(1, len(r.kafka.Brokers())-1))})
	}
	r.tap = watch.StartTap(t, r.kafka, r.topics()...)
	r.proxy = proxy.StartKafka(t, r.kafka.Brokers()...)
	r.props = connector(r.mysql, r.mysql.Addr(), r.db, serverID(r.db), min(3, len(r.kafka.Brokers())))
	maps.Copy(r.props, extra)
	r.d = daemontest.New(t, daemontest.Config{
		Binary: binary, Kafka: strings.Join(r.proxy.Brokers(), ","), Connectors: map[string]map[string]string{r.db: r.props},
	})
	r.d.Start()
	r.d.Ready()
	r.write(3)
	if binary == "" {
		r.delivered()
	} else { // a mutant may be late with the last one
		r.soon(10*time.Second, func() bool { return r.tap.Complete(r.last - 1) })
	}
	return r
}

// serverID makes a number of the digits in a name that is unique.
func serverID(database string) int {
	n := 10_000
	for _, c := range database {
		if c >= '0' && c <= '9' {
			n = (n*10 + int(c-'0')) % 1_000_000_000
		}
	}
	return n
}

func (r *rig) topics() []string { return []string{r.db + "." + r.db + ".a", r.db + "." + r.db + ".b"} }

func (r *rig) exec(stmts ...string) {
	r.t.Helper()
	for _, stmt := range stmts {
		if _, err := r.sql.ExecContext(r.t.Context(), stmt); err != nil {
			r.t.Fatalf("%.80s: %v", stmt, err)
		}
	}
}

// write commits n transactions.
func (r *rig) write(n int) {
	r.t.Helper()
	for range n {
		r.last++
		r.exec(fmt.Sprintf("BEGIN; INSERT INTO %[1]s.a (id, note) VALUES (%[2]d, 'x'); INSERT INTO %[1]s.b VALUES (%[2]d); COMMIT", r.db, r.last))
	}
}

// writeLarge commits one transaction of n rows in either table, of so many bytes.
func (r *rig) writeLarge(n, bytes int) {
	r.t.Helper()
	var s strings.Builder
	s.WriteString("BEGIN;")
	for range n {
		r.last++
		fmt.Fprintf(&s, "INSERT INTO %[1]s.a (id, note) VALUES (%[2]d, REPEAT('x',%[3]d)); INSERT INTO %[1]s.b VALUES (%[2]d);", r.db, r.last, bytes)
	}
	r.exec(s.String() + "COMMIT")
}

// held waits until a frame is.
func (r *rig) held(h *proxy.Hold) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	if err := h.Wait(ctx); err != nil {
		r.t.Fatal(err)
	}
}

// fault notes that one happens now.
func (r *rig) fault() {
	r.faulted = time.Now()
	r.tally.Fault(r.kind)
}

// recovered commits a transaction, waits for it and everything before it, and
// notes how long the fault kept it away.
func (r *rig) recovered() {
	r.t.Helper()
	r.write(1)
	r.delivered()
	at, _ := r.tap.Arrived(r.last)
	r.tally.Outage(r.kind, at.Sub(r.faulted))
}

// delivered waits for everything that was committed.
func (r *rig) delivered() {
	r.t.Helper()
	r.d.Until(60*time.Second, fmt.Sprintf("%d transactions arrived", r.last), func() bool { return r.tap.Complete(r.last) })
}

// soon waits for a condition, but not for long, and reports whether it came.
func (r *rig) soon(limit time.Duration, cond func() bool) bool {
	deadline, tick := time.After(limit), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			return false
		}
	}
	return true
}

// arrives waits for everything that was committed, but not for long.
func (r *rig) arrives() {
	r.soon(10*time.Second, func() bool { return r.tap.Complete(r.last) })
}

// check holds what arrived against what was committed, and every transaction
// against once.
func (r *rig) check() {
	r.t.Helper()
	r.write(2)
	r.delivered()
	r.tap.Check(r.t, r.last)
	for _, id := range r.tap.Twice() {
		if !r.again[id] {
			r.t.Errorf("row %d came twice", id)
		}
	}
}

// report has the checker decide. Nothing is written any more.
func (r *rig) report(ctx context.Context, stateTopic string) (*checker.Report, error) {
	return checker.Run(ctx, checker.Config{
		Brokers: r.kafka.Brokers(), StateTopic: stateTopic, Server: r.mysql, Tables: checker.Tables(r.db, r.db, "a", "b"),
	})
}

func (r *rig) stateTopic() string { return "__cdcd-state-" + r.db }

// may notes that the rows from first to last are of a time without exactly
// once.
func (r *rig) may(first, last int) {
	if r.again == nil {
		r.again = map[int]bool{}
	}
	for id := first; id <= last; id++ {
		r.again[id] = true
	}
}

// admin calls f with a client for as long as f runs.
func (r *rig) admin(f func(*kadm.Client) error) {
	r.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(r.kafka.Brokers()...))
	if err != nil {
		r.t.Fatal(err)
	}
	defer cl.Close()
	if err := f(kadm.NewClient(cl)); err != nil {
		r.t.Fatal(err)
	}
}

// transaction is how the coordinator says that the connector's stands.
func (r *rig) transaction() (state string) {
	r.t.Helper()
	id := "cdcd-test-" + r.db
	r.admin(func(a *kadm.Client) error {
		described, err := a.DescribeTransactions(r.t.Context(), id)
		state = described[id].State
		return errors.Join(err, described[id].Err)
	})
	return state
}

// leader is which broker leads the first partition of a topic.
func (r *rig) leader(topic string) (broker int) {
	r.t.Helper()
	r.admin(func(a *kadm.Client) error {
		topics, err := a.ListTopicsWithInternal(r.t.Context(), topic)
		broker = int(topics[topic].Partitions[0].Leader) - 1
		return err
	})
	return broker
}

// aborted waits until the broker has given the open transaction up.
func (r *rig) aborted() {
	r.t.Helper()
	state := ""
	if !r.soon(20*time.Second, func() bool { state = r.transaction(); return state == "CompleteAbort" }) {
		r.t.Fatalf("the transaction is not aborted but %q", state)
	}
}
