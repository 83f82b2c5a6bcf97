package clustertest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"
)

// section is what a node's configuration says about the others.
type section struct {
	Cluster struct {
		Listen, Timing string
		Peers          map[string]string
	}
}

// ear answers each line that it hears with the same.
type ear struct {
	address string
	lines   atomic.Int64 // heard
}

// idle is a cluster without processes, with an ear in the place of each node.
func idle(t *testing.T) (*Cluster, map[string]section, map[string]*ear) {
	t.Helper()
	_, port, _ := net.SplitHostPort(listen(t, "127.0.0.1:0").address)
	server := &mysqltest.Server{Host: "127.0.0.1"}
	if _, err := fmt.Sscan(port, &server.Port); err != nil {
		t.Fatal(err)
	}
	c := New(t, Config{Timing: "wan", Kafka: kafkatest.Fake(t), MySQL: server, Connectors: map[string]map[string]string{"shop": {"a": "b"}}})
	sections, ears := map[string]section{}, map[string]*ear{}
	for _, n := range c.Nodes {
		var s section
		if err := yaml.Unmarshal([]byte(n.Read("cdcd.yaml")), &s); err != nil {
			t.Fatal(err)
		}
		sections[n.ID], ears[n.ID] = s, listen(t, s.Cluster.Listen)
	}
	return c, sections, ears
}

// listen has an ear at an address until the test ends.
func listen(t *testing.T, address string) *ear {
	t.Helper()
	var c net.ListenConfig
	ln, err := c.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	e := &ear{address: ln.Addr().String()}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go e.answer(conn)
		}
	}()
	return e
}

func (e *ear) answer(conn net.Conn) {
	defer conn.Close()
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		e.lines.Add(1)
		_, _ = fmt.Fprintln(conn, lines.Text())
	}
}

// reaches tells whether an answer comes from an address.
func reaches(t *testing.T, address string) bool {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(150 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(conn, "hello"); err != nil {
		return false
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && line == "hello\n"
}

// TestNetwork cuts one node off from the others in each way. Who can be asked is
// the same from either side: an answer takes both directions.
func TestNetwork(t *testing.T) {
	c, sections, _ := idle(t)
	n := c.Nodes[0]
	f := func(name string, between bool) {
		t.Helper()
		for from, s := range sections {
			for to, address := range s.Cluster.Peers {
				want := from == to || between || from != n.ID && to != n.ID
				if got := reaches(t, address); got != want {
					t.Errorf("%s: %s reaches %s: %v", name, from, to, got)
				}
			}
		}
		n.Heal()
	}
	f("at the start", true)
	n.CutRaft()
	f("cut", false)
	n.Silence(proxy.Both)
	f("in silence", false)
	n.Silence(proxy.Request)
	f("heard by nobody", false)
	n.Silence(proxy.Response)
	f("deaf", false)
	f("healed", true)
	if got := reaches(t, n.MySQL.Addr()); !got {
		t.Error("MySQL is not reached")
	}
}

// TestNetwork_OneWay has what a node sends arrive, and what it is sent not, or the
// other way round, whoever opened the connection.
func TestNetwork_OneWay(t *testing.T) {
	c, _, ears := idle(t)
	one, other := c.Nodes[0], c.Nodes[1]
	f := func(from, to *Node, d proxy.Direction, arrives bool) {
		t.Helper()
		before := ears[to.ID].lines.Load()
		one.Silence(d)
		reaches(t, from.out[to.ID].Addr())
		if got := ears[to.ID].lines.Load() > before; got != arrives {
			t.Errorf("a %s of %s vanishes: what %s says to %s arrives: %v", d, one.ID, from.ID, to.ID, got)
		}
		one.Heal()
	}
	f(one, other, proxy.Request, false)
	f(one, other, proxy.Response, true)
	f(other, one, proxy.Request, true)
	f(other, one, proxy.Response, false)
}

// TestReferences has connectors ask where MySQL is, and nothing else change.
func TestReferences(t *testing.T) {
	c, sections, _ := idle(t)
	for _, n := range c.Nodes {
		for _, want := range []string{hostReference, portReference, `"a":"b"`} {
			if text := n.Read("connectors.d/shop.json"); !strings.Contains(text, want) {
				t.Errorf("%s has no %s: %s", n.ID, want, text)
			}
		}
		s := sections[n.ID].Cluster
		if s.Timing != "wan" || s.Peers[n.ID] != s.Listen || len(s.Peers) != len(c.Nodes) {
			t.Errorf("%s: %+v", n.ID, s)
		}
	}
}

// TestHold holds a frame of whichever node is the first, and lets those of the
// others pass.
func TestHold(t *testing.T) {
	c, _, _ := idle(t)
	ask := func(n *Node) error {
		cl, err := kgo.NewClient(kgo.SeedBrokers(n.Kafka.Brokers()...), kgo.RequestRetries(0))
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return cl.Ping(ctx)
	}
	metadata := func(k *proxy.Kafka) *proxy.Hold { return k.Hold(kmsg.Metadata, proxy.Request) }
	done := make(chan error, 1)
	var held atomic.Bool
	go func() { // a frame that came before somebody holds one has passed
		err := ask(c.Nodes[1])
		for err == nil && !held.Load() {
			err = ask(c.Nodes[1])
		}
		done <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	h := c.Hold(ctx, metadata)
	if h == nil {
		t.Fatal("none is held")
	}
	held.Store(true)
	if err := ask(c.Nodes[0]); err != nil {
		t.Errorf("another node's frame does not pass: %v", err)
	}
	h.Release()
	if err := <-done; err != nil {
		t.Errorf("the frame that was let go: %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if c.Hold(short, metadata) != nil {
		t.Error("a frame is held, and none came")
	}
}
