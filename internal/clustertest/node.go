package clustertest

import (
	"syscall"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/proxy"
)

// Node is a daemon of a cluster, with what is between it and the others.
type Node struct {
	*daemontest.Daemon
	ID    string
	Kafka *proxy.Kafka // before the brokers
	MySQL *proxy.Proxy // before the server

	t       testing.TB
	in, out map[string]*proxy.Proxy // from and to the other nodes
}

// Pause stops the process without ending it, and Resume has it go on.
func (n *Node) Pause() { n.Signal(syscall.SIGSTOP) }

// Resume is the end of Pause.
func (n *Node) Resume() { n.Signal(syscall.SIGCONT) }

// stopping is how long a node may take to hand over and end.
const stopping = 30 * time.Second

// Stop ends the process in order, and fails the test when it does not end so.
// The time that it took is returned.
func (n *Node) Stop() time.Duration {
	n.t.Helper()
	late := time.AfterFunc(stopping, n.Kill)
	defer late.Stop()
	code, took := n.Daemon.Stop()
	if code != 0 {
		n.t.Errorf("%s: SIGTERM: code %d after %s", n.ID, code, took)
	}
	return took
}

// CutRaft closes the connections to and from the other nodes, and refuses new
// ones.
func (n *Node) CutRaft() {
	n.each((*proxy.Proxy).Cut, (*proxy.Proxy).Cut)
}

// Silence makes vanish what the node sends to the others (Request), what they
// send to it (Response), or both, whoever opened the connection.
func (n *Node) Silence(d proxy.Direction) {
	back := d
	if d != proxy.Both {
		back = proxy.Both &^ d
	}
	n.each(func(p *proxy.Proxy) { p.HalfOpen(back) }, func(p *proxy.Proxy) { p.HalfOpen(d) })
}

// DelayRaft makes whatever passes between the node and the others late.
func (n *Node) DelayRaft(d time.Duration) {
	late := func(p *proxy.Proxy) { p.Delay(d) }
	n.each(late, late)
}

// Heal ends what was done to the node's network.
func (n *Node) Heal() {
	n.each((*proxy.Proxy).Heal, (*proxy.Proxy).Heal)
	n.Kafka.Heal()
	n.MySQL.Heal()
}

func (n *Node) each(in, out func(*proxy.Proxy)) {
	for _, p := range n.in {
		in(p)
	}
	for _, p := range n.out {
		out(p)
	}
}
