package clustertest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"
)

// Config is what a cluster is started with.
type Config struct {
	Binary string // "" for daemontest.Binary
	Nodes  int    // 0 for three
	Timing string // cluster.timing, "" for the default
	Kafka  *kafkatest.Cluster
	MySQL  *mysqltest.Server
	// Connectors are properties by name. database.hostname and database.port are
	// set to what the node says that runs the connector.
	Connectors map[string]map[string]string
}

// Cluster is a number of nodes. The methods that start and end nodes are called
// by one goroutine; the others may be called concurrently.
type Cluster struct {
	Nodes []*Node
	t     testing.TB
}

// secret is equal on all nodes.
const secret = "sixteen bytes and then some more"

// Where a connector finds MySQL.
const (
	hostReference = "CDCD_TEST_MYSQL_HOST"
	portReference = "CDCD_TEST_MYSQL_PORT"
)

// New makes a cluster that does not run yet. It ends with the test.
func New(t testing.TB, c Config) *Cluster {
	t.Helper()
	if c.Nodes == 0 {
		c.Nodes = 3
	}
	cl := &Cluster{t: t}
	listen := map[string]string{}
	for i := range c.Nodes {
		n := &Node{ID: fmt.Sprintf("n%d", i+1), t: t, in: map[string]*proxy.Proxy{}, out: map[string]*proxy.Proxy{}}
		cl.Nodes, listen[n.ID] = append(cl.Nodes, n), daemontest.Address(t)
	}
	for _, from := range cl.Nodes {
		for _, to := range cl.Nodes {
			if from != to {
				p := proxy.Start(t, listen[to.ID])
				from.out[to.ID], to.in[from.ID] = p, p
			}
		}
	}
	for _, n := range cl.Nodes {
		n.make(c, listen[n.ID])
	}
	return cl
}

// make gives a node the ways out of it, and a daemon.
func (n *Node) make(c Config, listen string) {
	n.t.Helper()
	n.Kafka, n.MySQL = proxy.StartKafka(n.t, c.Kafka.Brokers()...), proxy.Start(n.t, c.MySQL.Addr())
	peers := map[string]string{n.ID: listen}
	for id, p := range n.out {
		peers[id] = p.Addr()
	}
	section := map[string]string{"secret": secret}
	if c.Timing != "" {
		section["timing"] = c.Timing
	}
	host, port, _ := net.SplitHostPort(n.MySQL.Addr())
	n.Daemon = daemontest.New(n.t, daemontest.Config{
		Binary: c.Binary, Kafka: strings.Join(n.Kafka.Brokers(), ","), Connectors: referring(c.Connectors),
		Node: n.ID, Listen: listen, Peers: peers, Cluster: section,
		Environment: []string{hostReference + "=" + host, portReference + "=" + port},
	})
}

// referring are connectors that ask the environment where MySQL is.
func referring(connectors map[string]map[string]string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for name, props := range connectors {
		out[name] = maps.Clone(props)
		out[name]["database.hostname"] = "${env:" + hostReference + "}"
		out[name]["database.port"] = "${env:" + portReference + "}"
	}
	return out
}

// Start starts all nodes and waits until they are ready.
func (c *Cluster) Start() {
	c.t.Helper()
	for _, n := range c.Nodes {
		n.Start()
	}
	c.Ready()
}

// Ready waits until every node says that it is, and that all of them live.
func (c *Cluster) Ready() {
	c.t.Helper()
	c.Until(60*time.Second, "every node is ready", func() bool {
		for _, n := range c.Nodes {
			if code, _ := n.Get("/readyz"); code != http.StatusOK {
				return false
			}
		}
		live := 0
		for _, m := range c.View().Members {
			if m.Live {
				live++
			}
		}
		return live == len(c.Nodes)
	})
}

// Until polls a condition, and fails the test when the time is over; what the
// nodes say then is logged.
func (c *Cluster) Until(limit time.Duration, what string, cond func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(limit)
	daemontest.Until(c.t, limit+time.Minute, what, nil, func() bool {
		if cond() {
			return true
		}
		if time.Now().Before(deadline) {
			return false
		}
		for _, n := range c.Nodes {
			_, body := n.Get("/status")
			c.t.Logf("%s, running %v: %s", n.ID, n.Running(), body)
		}
		c.t.Fatalf("not %s after %s", what, limit)
		return false
	})
}

// View is the cluster as its leader knows it, by way of the first node that
// could ask it; the zero View while nobody can.
func (c *Cluster) View() daemontest.View {
	views := make(chan daemontest.View, len(c.Nodes))
	for _, n := range c.Nodes {
		go func() {
			s, ok := n.Status()
			if !ok || s.Cluster.Stale {
				s.Cluster = daemontest.View{}
			}
			views <- s.Cluster
		}()
	}
	for range c.Nodes {
		if v := <-views; v.Leader != "" {
			return v
		}
	}
	return daemontest.View{}
}

// Leader is the node that leads, waited for.
func (c *Cluster) Leader() *Node {
	c.t.Helper()
	var n *Node
	c.Until(60*time.Second, "a node leads", func() bool { n = c.node(c.View().Leader); return n != nil })
	return n
}

// Owner is the node that runs a connector, waited for.
func (c *Cluster) Owner(connector string) *Node {
	c.t.Helper()
	var n *Node
	c.Until(90*time.Second, "a node runs "+connector, func() bool {
		p := c.View().Connectors[connector]
		n = c.node(p.Node)
		return n != nil && p.Phase == "running"
	})
	return n
}

// node is the one with an id, nil where there is none.
func (c *Cluster) node(id string) *Node {
	for _, n := range c.Nodes {
		if n.ID == id {
			return n
		}
	}
	return nil
}

// Others are the nodes but one.
func (c *Cluster) Others(but *Node) (others []*Node) {
	for _, n := range c.Nodes {
		if n != but {
			others = append(others, n)
		}
	}
	return others
}

// Heal ends what was done to the network.
func (c *Cluster) Heal() {
	for _, n := range c.Nodes {
		n.Heal()
	}
}

// Daemons are the nodes' daemons, by their ids.
func (c *Cluster) Daemons() map[string]*daemontest.Daemon {
	out := map[string]*daemontest.Daemon{}
	for _, n := range c.Nodes {
		out[n.ID] = n.Daemon
	}
	return out
}

// Hold holds the next frame of a kind that any node sends or gets, if one comes
// while ctx lasts, and returns nil otherwise.
func (c *Cluster) Hold(ctx context.Context, hold func(*proxy.Kafka) *proxy.Hold) *proxy.Hold {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	came := make(chan *proxy.Hold, len(c.Nodes))
	for _, n := range c.Nodes {
		h := hold(n.Kafka)
		go func() {
			if h.Wait(ctx) != nil {
				h.Release() // of one that came after all
				h = nil
			}
			came <- h
		}()
	}
	var first *proxy.Hold
	for range c.Nodes {
		h := <-came
		switch {
		case h != nil && first == nil:
			first = h
			cancel()
		case h != nil:
			h.Release()
		}
	}
	return first
}
