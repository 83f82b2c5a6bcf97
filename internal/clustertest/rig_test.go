package clustertest

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cdcd/internal/bank"
	"cdcd/internal/checker"
	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"
	"cdcd/internal/watch"
)

func TestMain(m *testing.M) { mysqltest.Main(m) }

// setting is a whole number from the environment, or what it is without.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// rig is a cluster that captures a bank, with everybody who looks on.
type rig struct {
	*Cluster
	t      *testing.T
	kafka  *kafkatest.Cluster
	server *mysqltest.Server
	sql    *sql.DB
	db     string // which names the connector too
	bank   *bank.Bank
	tap    *watch.Tap
	tally  *watch.Tally
	stable *watch.Stable
	honest *watch.Honest
	small  *Node // whose disk can be filled, nil where there is none
}

// options are what rigs differ in.
type options struct {
	binary, timing string
	level, brokers int // of Kafka
	props          map[string]string
	small          bool       // one node has a small disk
	flags          []string   // of the MySQL server
	before         func(*rig) // what is done before the cluster starts
}

// newRig starts servers and a cluster, and returns when it captures.
func newRig(t *testing.T, o options) *rig {
	t.Helper()
	r := &rig{
		t: t, kafka: kafkatest.StartPrompt(t, cmp.Or(o.level, 2), max(1, o.brokers)), tally: watch.NewTally(),
		server: mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags(o.flags...)),
	}
	r.sql, r.db = r.server.DB(t), r.server.Database(t)
	var err error
	if r.bank, err = bank.Open(t.Context(), r.sql, r.db); err != nil {
		t.Fatal(err)
	}
	r.bank.Beside, r.bank.Pace = r.server.Database(t), 20*time.Millisecond
	for _, table := range bank.Tables() {
		r.kafka.CreateTopic(t, r.topic(table), 3, map[string]string{"min.insync.replicas": fmt.Sprint(max(1, len(r.kafka.Brokers())-1))})
	}
	props := daemontest.Capturing(r.server, r.db, min(3, len(r.kafka.Brokers())))
	props["database.server.id"] = "7001"
	maps.Copy(props, o.props)
	r.Cluster = New(t, Config{
		Binary: o.binary, Timing: o.timing, Kafka: r.kafka, MySQL: r.server,
		Connectors: map[string]map[string]string{r.db: props},
	})
	if o.small {
		r.shrink()
	}
	if o.before != nil {
		o.before(r)
	}
	r.look()
	r.Start()
	r.Owner(r.db)
	if err := r.bank.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// look has everybody look on from before the start.
func (r *rig) look() {
	r.t.Helper()
	r.tap = watch.StartTap(r.t, r.kafka, r.topic("ledger"))
	topics := []string{r.stateTopic()}
	for _, table := range bank.Tables() {
		topics = append(topics, r.topic(table))
	}
	r.stable = watch.StartStable(r.t, r.kafka.Brokers(), daemontest.TransactionTimeout, topics...)
	r.honest = watch.StartHonest(r.t, r.Daemons())
}

func (r *rig) topic(table string) string { return r.db + "." + r.db + "." + table }

func (r *rig) stateTopic() string { return "__cdcd-state-" + r.db }

// owner is the node that runs the connector.
func (r *rig) owner() *Node {
	r.t.Helper()
	return r.Owner(r.db)
}

// load has the bank at work; the function that it returns ends it.
func (r *rig) load(seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.bank.Run(ctx, seed) }()
	return func() {
		r.t.Helper()
		cancel()
		if err := <-done; err != nil {
			r.t.Fatal(err)
		}
	}
}

// arrived tells whether an entry has.
func (r *rig) arrived(id int) bool {
	_, ok := r.tap.Arrived(id)
	return ok
}

// after waits for a while.
func (r *rig) after(d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.t.Context().Done():
	}
}

// delivered waits until everything that was committed has arrived.
func (r *rig) delivered(limit time.Duration) {
	r.t.Helper()
	r.Until(limit, "every transaction has arrived", func() bool { return r.tap.Complete(r.bank.Entries()) })
}

// caughtUp decides I8, at a time when nothing is broken any more and the load
// goes on: within 30 s the connector is less than 5 s behind.
func (r *rig) caughtUp() {
	r.t.Helper()
	began := time.Now()
	for lag := time.Hour; lag >= 5*time.Second; r.after(50 * time.Millisecond) {
		if lag = r.bank.Lag(r.arrived); time.Since(began) > 30*time.Second && lag >= 5*time.Second {
			r.t.Errorf("I8: %s behind, 30 s after the last fault", lag.Round(time.Millisecond))
			return
		}
	}
	r.t.Logf("I8: less than 5 s behind %s after the last fault", time.Since(began).Round(time.Millisecond))
}

// ended checks that nobody ended who was not told to, or had no disk to write to.
func (r *rig) ended() {
	r.t.Helper()
	for _, n := range r.Nodes {
		if n.Running() {
			continue
		}
		if log := n.Log.Tail(4 << 10); n != r.small || !strings.Contains(log, "no space left") {
			r.t.Errorf("%s has ended by itself, code %d:\n%s", n.ID, n.ExitCode(), log)
		}
		n.Start()
	}
}

// judge ends the cluster in order and has everybody decide.
func (r *rig) judge() *checker.Report {
	r.t.Helper()
	r.delivered(2 * time.Minute)
	for _, n := range r.Nodes {
		n.Stop()
	}
	for _, v := range append(r.stable.Violations(), r.honest.Violations()...) {
		r.t.Error(v)
	}
	r.t.Logf("I9: the last stable offset stood for %s at most; I10: %s", r.stable.Worst().Round(time.Millisecond), r.honest.Summary())
	if err := r.bank.Sum(r.t.Context()); err != nil {
		r.t.Error(err)
	}
	report, err := r.report(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

// report has the checker decide. Nothing is written any more.
func (r *rig) report(ctx context.Context) (*checker.Report, error) {
	return checker.Run(ctx, checker.Config{
		Brokers: r.kafka.Brokers(), StateTopic: r.stateTopic(), Server: r.server,
		Tables: checker.Tables(r.db, r.db, bank.Tables()...),
		Bank:   map[string]string{r.topic("account"): "balance"},
	})
}

// way is a direction, drawn.
func way(rng *rand.Rand) proxy.Direction {
	if rng.IntN(2) == 0 {
		return proxy.Request
	}
	return proxy.Response
}

// shrink gives the last node, which has not been started yet, a disk of 48 MiB,
// where that can be had.
func (r *rig) shrink() {
	r.t.Helper()
	n := r.Nodes[len(r.Nodes)-1]
	dir := filepath.Join(n.Dir, "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	unmount, err := machine.MountSmall(dir, 48)
	if err != nil {
		r.t.Logf("not among the faults: disk of a node full: %v", err)
		return
	}
	r.small = n
	r.t.Cleanup(func() {
		n.Kill()
		if err := unmount(); err != nil {
			r.t.Errorf("unmount %s: %v", dir, err)
		}
	})
}
