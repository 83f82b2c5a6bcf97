package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cdcd/offsets"
)

// TestMain leaves out who waits for an answer that raft never gives: it shuts down
// without looking at what is still on its way to the state machine.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/hashicorp/raft.(*deferError).Error"))
}

// enough is how long anything may take in a test.
const enough = 20 * time.Second

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(enough)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", enough, what)
		}
		time.Sleep(time.Millisecond)
	}
}

// soon returns a context for one step of a test.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	t.Cleanup(cancel)
	return ctx
}

// single is the configuration of a cluster of one, which elects itself at once.
func single(t testing.TB) Config {
	t.Helper()
	return Config{
		NodeID: "n1", DataDir: t.TempDir(), Listen: "127.0.0.1:0", Name: "test", MirrorInterval: time.Millisecond,
		Timing: Timing{Heartbeat: 20 * time.Millisecond, Election: 20 * time.Millisecond, Lease: 20 * time.Millisecond},
	}
}

// steady is a cluster of one that a machine without CPU does not take out of office.
func steady(t testing.TB) Config {
	t.Helper()
	cfg := single(t)
	cfg.Timing = Timing{Heartbeat: time.Second, Election: time.Second, Lease: time.Second}
	return cfg
}

// opened is a node that leads, and is closed with the test.
func opened(t testing.TB, cfg Config) *Node {
	t.Helper()
	n, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, n) })
	if err := n.WaitLeader(soon(t)); err != nil {
		t.Fatal(err)
	}
	return n
}

func closed(t testing.TB, n *Node) {
	t.Helper()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// owned is the store of connector c with a session.
func owned(t testing.TB, n *Node) *Store {
	t.Helper()
	s := n.Store("c", 1)
	if _, err := s.Session(soon(t), offsets.NoProducer, 0); err != nil {
		t.Fatal(err)
	}
	return s
}

// commands is how many commands a node has had applied as the leader.
func commands(t testing.TB, n *Node) uint64 {
	t.Helper()
	families, err := n.cfg.Registerer.(prometheus.Gatherer).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "cdcd_raft_commit_seconds" {
			return f.GetMetric()[0].GetHistogram().GetSampleCount()
		}
	}
	t.Fatal("commands are not counted")
	return 0
}

// tablesOf are the tables of a store, with their definitions.
func tablesOf(t testing.TB, s *Store, upTo offsets.TableVersion) (tables []Table) {
	t.Helper()
	all, err := s.Tables(soon(t), upTo)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		definition, err := k.Definition()
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, Table{k.Version(), definition})
	}
	return tables
}

// stored is the offset of connector c on a node.
func stored(n *Node) (o offsets.Offset) {
	n.Read(func(s *offsets.State) { o = s.Offset("c") })
	return o
}

// copied is the data folder as a process that is killed now leaves it.
func copied(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// freePorts returns addresses that nobody listens on.
func freePorts(t testing.TB, count int) []string {
	t.Helper()
	var addresses []string
	var listeners []net.Listener
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		addresses = append(addresses, l.Addr().String())
	}
	for _, l := range listeners {
		l.Close()
	}
	return addresses
}

// three is the configuration of a cluster of three.
func three(t testing.TB) []Config {
	t.Helper()
	peers := map[string]string{}
	for i, addr := range freePorts(t, 3) {
		peers[fmt.Sprintf("n%d", i+1)] = addr
	}
	var cfgs []Config
	for id, addr := range peers {
		cfgs = append(cfgs, Config{NodeID: id, DataDir: t.TempDir(), Listen: addr, Peers: peers, Name: "test", MirrorInterval: time.Millisecond})
	}
	return cfgs
}
