package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"go.uber.org/zap"
)

// Client asks a running cluster, as a command line on the machine of one of its
// nodes does: with that node's configuration, over the nodes' own port.
type Client struct {
	cfg   Config
	wire  *wire
	calls *calls
}

// Dial returns a client; it asks nobody yet.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if len(cfg.Peers) == 0 {
		cfg.Peers = map[string]string{cfg.NodeID: cfg.Listen}
	}
	c := &Client{cfg: cfg}
	var err error
	c.wire, err = openWire(ctx, wireConfig{
		Listen: "127.0.0.1:0", Cluster: cfg.Name, Node: cfg.NodeID, TLS: cfg.TLS, Insecure: cfg.Insecure,
		Address: c.address, Logger: zap.NewNop(),
	})
	if err != nil {
		return nil, err
	}
	c.calls = newCalls(c.wire, http.NotFoundHandler(), zap.NewNop())
	return c, nil
}

// Close ends the client.
func (c *Client) Close() error {
	c.calls.close()
	return c.wire.Close()
}

func (c *Client) address(node string) (string, error) {
	if addr, ok := c.cfg.Peers[node]; ok {
		return addr, nil
	}
	return "", fmt.Errorf("%w: %s", ErrUnknownNode, node)
}

// View returns the cluster as its leader sees it, or as the first node that
// answers does.
func (c *Client) View(ctx context.Context) (View, error) {
	return through[nothing, View](ctx, c, "look", nothing{})
}

// Join makes a node a member of the cluster: see [Node.Join].
func (c *Client) Join(ctx context.Context, node, address string) error {
	return c.govern(ctx, order{Verb: "join", Member: member{Node: node, Address: address}})
}

// Remove makes a node no member any more.
func (c *Client) Remove(ctx context.Context, node string) error {
	return c.govern(ctx, order{Verb: "remove", Member: member{Node: node}})
}

// Transfer makes a node the leader, any other where node is "".
func (c *Client) Transfer(ctx context.Context, node string) error {
	return c.govern(ctx, order{Verb: "transfer", Member: member{Node: node}})
}

// Drain moves every connector off a node, and keeps others from it until it is
// called with on=false.
func (c *Client) Drain(ctx context.Context, node string, on bool) error {
	return c.govern(ctx, order{Verb: "drain", Member: member{Node: node, On: on}})
}

func (c *Client) govern(ctx context.Context, o order) error {
	_, err := through[order, nothing](ctx, c, "order", o)
	return err
}

// through asks the first node that answers: the one of the configuration, or
// another.
func through[In, Out any](ctx context.Context, c *Client, name string, in In) (out Out, err error) {
	nodes := []string{c.cfg.NodeID}
	for _, id := range slices.Sorted(maps.Keys(c.cfg.Peers)) {
		if id != c.cfg.NodeID {
			nodes = append(nodes, id)
		}
	}
	var errs []error
	for _, node := range nodes {
		out, err = call[In, Out](ctx, c.calls, node, name, in)
		if err == nil || !isRetryable(err) || ctx.Err() != nil {
			return out, err
		}
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// order is what an operator wants of the membership.
type order struct {
	Verb   string `json:"verb"`
	Member member `json:"member"`
}

// serveOrder passes an order on to the leader, from any node.
func (n *Node) serveOrder(ctx context.Context, o order) (nothing, error) {
	ctx, cancel := context.WithTimeout(ctx, memberTimeout)
	defer cancel()
	switch o.Verb {
	case "join":
		return nothing{}, n.Join(ctx, o.Member.Node, o.Member.Address)
	case "remove":
		return nothing{}, n.Remove(ctx, o.Member.Node)
	case "transfer":
		return nothing{}, n.Transfer(ctx, o.Member.Node)
	case "drain":
		return nothing{}, n.Drain(ctx, o.Member.Node, o.Member.On)
	}
	return nothing{}, fmt.Errorf("there is no order %.40q", o.Verb)
}

// serveLook shows the cluster from any node.
func (n *Node) serveLook(ctx context.Context, _ nothing) (View, error) { return n.View(ctx), nil }
