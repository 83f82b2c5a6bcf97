package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/offsets"
)

// dialled is a client that knows one node only.
func dialled(t *testing.T, door *Node) *Client {
	t.Helper()
	cfg := door.cfg
	cfg.Peers = map[string]string{cfg.NodeID: cfg.Listen}
	c, err := Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// viewed is the cluster as its leader sees it.
func viewed(t *testing.T, c *Client) View {
	t.Helper()
	v, err := c.LeaderView(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// calm leaves the leader in office however busy the machine is: with the timings of
// quick, elections that nobody asked for moved the leadership between two lines of a
// test, which then removed a node that did not lead any more.
func calm(cfgs []Config) []Config {
	for i := range cfgs {
		t := &cfgs[i].Timing
		t.Heartbeat, t.Election, t.Lease = time.Second, time.Second, 500*time.Millisecond
	}
	return cfgs
}

func TestClient_GovernsThroughAnyNode(t *testing.T) {
	m := teamOf(t, calm(quick(three(t))))
	for _, door := range m.nodes {
		t.Run(door.cfg.NodeID, func(t *testing.T) {
			c := dialled(t, door)
			commanded(t, c)
			joins(t, c)
			refusesToRemoveTheLeader(t, c)
			transfers(t, c, door.cfg.NodeID)
			drains(t, c, m)
		})
	}
	c := dialled(t, m.nodes[0])
	leader := viewed(t, c).Leader
	gone := slices.IndexFunc(m.nodes, func(n *Node) bool { return n.cfg.NodeID != leader })
	if err := c.Remove(soon(t), m.nodes[gone].cfg.NodeID); err != nil {
		t.Fatal(err)
	}
	if left := viewed(t, c).Members; len(left) != 2 {
		t.Fatalf("the members are %+v", left)
	}
}

// commanded has commands applied, and refused.
func commanded(t *testing.T, c *Client) {
	t.Helper()
	if err := c.Apply(soon(t), offsets.SetTarget{Connector: "c", Target: offsets.Paused}); err != nil {
		t.Fatal(err)
	}
	if got := viewed(t, c).Connectors["c"].Target; got != "paused" {
		t.Fatalf("the target is %s", got)
	}
	if err := c.Apply(soon(t), offsets.SetTarget{Connector: "c"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Apply(soon(t), offsets.SetTarget{Connector: "nobody"}); !errors.Is(err, offsets.ErrUnknownConnector) {
		t.Fatalf("SetTarget of no connector: %v", err)
	}
}

// joins makes a node a member that does not run, and no member again.
func joins(t *testing.T, c *Client) {
	t.Helper()
	for _, address := range []string{"127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:2"} {
		if err := c.Join(soon(t), "n9", address); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(viewed(t, c).Members, func(m Member) bool { return m.ID == "n9" && m.Address == address && !m.Voter })
		if i < 0 {
			t.Fatalf("joined at %s: %+v", address, viewed(t, c).Members)
		}
	}
	if err := c.Remove(soon(t), "n9"); err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(soon(t), "n9"); !errors.Is(err, ErrUnknownNode) {
		t.Fatalf("remove nobody: %v", err)
	}
	if err := c.Drain(soon(t), "n9", true); !errors.Is(err, ErrUnknownNode) {
		t.Fatalf("drain nobody: %v", err)
	}
}

func refusesToRemoveTheLeader(t *testing.T, c *Client) {
	t.Helper()
	before := viewed(t, c)
	err := c.Remove(soon(t), before.Leader)
	if !errors.Is(err, ErrQuorum) || !strings.Contains(err.Error(), "cdcd cluster transfer") {
		after := viewed(t, c)
		t.Fatalf("remove the leader: %v (%s led in term %d, %s in term %d)", err, before.Leader, before.Term, after.Leader, after.Term)
	}
}

func transfers(t *testing.T, c *Client, to string) {
	t.Helper()
	before := viewed(t, c)
	if err := c.Transfer(soon(t), ""); err != nil {
		t.Fatal(err)
	}
	if after := viewed(t, c); after.Leader == before.Leader {
		t.Fatalf("%s leads in terms %d and %d", after.Leader, before.Term, after.Term)
	}
	if err := c.Transfer(soon(t), to); err != nil {
		t.Fatal(err)
	}
	if after := viewed(t, c); after.Leader != to {
		t.Fatalf("%s leads, not %s", after.Leader, to)
	}
}

func drains(t *testing.T, c *Client, m *team) {
	t.Helper()
	owner, a := m.owner(t, 0)
	if err := c.Drain(soon(t), owner.cfg.NodeID, true); err != nil {
		t.Fatal(err)
	}
	if next, _ := m.owner(t, a.Generation); next == owner {
		t.Fatal("a drained node has the connector")
	}
	if err := c.Drain(soon(t), owner.cfg.NodeID, false); err != nil {
		t.Fatal(err)
	}
}

// asked is a client whose nodes answer what the test says, and who was asked.
func asked(t *testing.T, answers ...error) (nodes []string, err error) {
	t.Helper()
	c := &Client{cfg: Config{NodeID: "n2", Peers: map[string]string{"n1": "", "n2": "", "n3": ""}}.withDefaults()}
	_, err = through(soon(t), c, func(_ context.Context, node string) (nothing, error) {
		nodes = append(nodes, node)
		if len(nodes) > len(answers) {
			return nothing{}, nil
		}
		return nothing{}, answers[len(nodes)-1]
	})
	return nodes, err
}

func TestClient_WaitsThroughElections(t *testing.T) {
	silent := fmt.Errorf("%w: connection refused", ErrOutcomeUnknown)
	nodes, err := asked(t, silent, ErrNotLeader, silent, ErrNotLeader)
	if want := []string{"n2", "n1", "n3", "n2", "n1"}; err != nil || !slices.Equal(nodes, want) {
		t.Fatalf("asked %v, not %v: %v", nodes, want, err)
	}
}

func TestClient_DoesNotRepeatWhatIsRefused(t *testing.T) {
	nodes, err := asked(t, ErrNotLeader, ErrQuorum)
	if want := []string{"n2", "n1"}; !errors.Is(err, ErrQuorum) || !slices.Equal(nodes, want) {
		t.Fatalf("asked %v, not %v: %v", nodes, want, err)
	}
}

// TestClient_DoesNotWaitForAConfiguration: a wrong certificate stays one.
func TestClient_DoesNotWaitForAConfiguration(t *testing.T) {
	wrong := fmt.Errorf("%w: %w", ErrOutcomeUnknown, ErrCertificate)
	nodes, err := asked(t, wrong, wrong, wrong)
	if !errors.Is(err, ErrCertificate) || len(nodes) != 3 {
		t.Fatalf("asked %v: %v", nodes, err)
	}
}

func TestClient_ViewWithoutALeader(t *testing.T) {
	nodes := started(t, quick(three(t)))
	_, others := split(t, nodes)
	left := others[0]
	for _, n := range nodes {
		if n != left {
			closed(t, n)
		}
	}
	c := dialled(t, left)
	v, err := c.View(soon(t))
	if err != nil || !v.Stale || v.Node != left.cfg.NodeID {
		t.Fatalf("the view is %+v, %v", v, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := c.LeaderView(ctx); err == nil || !isRetryable(err) {
		t.Fatalf("the leader's view without one: %v", err)
	}
}

func TestDial_DoesNotListen(t *testing.T) {
	c := dialled(t, opened(t, single(t)))
	if c.wire.tcp != nil {
		t.Fatalf("a client listens on %s", c.wire.Addr())
	}
}
