package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"cdcd/offsets"
)

// Client asks a running cluster, as a command line on the machine of one of its
// nodes does: with that node's configuration, over the nodes' own port.
type Client struct {
	cfg    Config
	wire   *wire
	calls  *calls
	packer *packer
}

// Dial returns a client; it asks nobody yet.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if len(cfg.Peers) == 0 {
		cfg.Peers = map[string]string{cfg.NodeID: cfg.Listen}
	}
	packer, err := newPacker()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, packer: packer}
	c.wire, err = openWire(ctx, wireConfig{
		Cluster: cfg.Name, Node: cfg.NodeID, TLS: cfg.TLS, Insecure: cfg.Insecure,
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

// LeaderView returns the cluster as its leader sees it. Like every call of a client
// but View it waits through elections, for as long as ctx allows.
func (c *Client) LeaderView(ctx context.Context) (View, error) {
	return through(ctx, c, c.look)
}

// View is LeaderView where there is a leader soon. Where there is none it is what
// the last node that answered knows, and View.Stale.
func (c *Client) View(ctx context.Context) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*c.cfg.Timing.Election)
	defer cancel()
	var last View
	v, err := through(ctx, c, func(ctx context.Context, node string) (View, error) {
		v, err := c.look(ctx, node)
		if v.Node != "" {
			last = v
		}
		return v, err
	})
	if err != nil && last.Node != "" {
		return last, nil
	}
	return v, err
}

// look asks one node. What it says without the leader comes with an error.
func (c *Client) look(ctx context.Context, node string) (View, error) {
	v, err := call[nothing, View](ctx, c.calls, node, "look", nothing{})
	if err == nil && v.Stale {
		err = &remoteError{text: fmt.Sprintf("node %s: %s", node, v.Reason), is: ErrNotLeader}
	}
	return v, err
}

// Apply has a command committed and applied by the leader, and returns the refusal
// if it was refused. After an [ErrOutcomeUnknown], which the end of ctx is one of,
// the command may be sent again.
func (c *Client) Apply(ctx context.Context, command offsets.Command) error {
	frame, err := offsets.Encode(command)
	if err != nil {
		return err
	}
	_, err = through(ctx, c, func(ctx context.Context, node string) (nothing, error) {
		return call[[]byte, nothing](ctx, c.calls, node, "command", frame)
	})
	return err
}

// Join makes a node a member of the cluster. It runs already, with this cluster's
// name and an empty data folder; it gets the log first, and votes when it has
// caught up and is stable. Of a member it changes the address.
func (c *Client) Join(ctx context.Context, node, address string) error {
	return c.govern(ctx, order{Verb: "join", Member: member{Node: node, Address: address}})
}

// Remove makes a node no member any more. It is refused where the voters that are
// left and live would be no majority.
func (c *Client) Remove(ctx context.Context, node string) error {
	v, err := c.LeaderView(ctx)
	if err != nil {
		return err
	}
	was := slices.ContainsFunc(v.Members, func(m Member) bool { return m.ID == node })
	err = c.govern(ctx, order{Verb: "remove", Member: member{Node: node}})
	if was && errors.Is(err, ErrUnknownNode) {
		return nil // the first answer was lost
	}
	return err
}

// Transfer makes a node the leader, where node is "" any other than the one that
// leads now.
func (c *Client) Transfer(ctx context.Context, node string) error {
	v, err := c.LeaderView(ctx)
	if err != nil {
		return err
	}
	return c.govern(ctx, order{Verb: "transfer", Member: member{Node: node, From: v.Leader}})
}

// Drain moves every connector off a node, and keeps others from it until it is
// called with on=false.
func (c *Client) Drain(ctx context.Context, node string, on bool) error {
	return c.govern(ctx, order{Verb: "drain", Member: member{Node: node, On: on}})
}

func (c *Client) govern(ctx context.Context, o order) error {
	_, err := through(ctx, c, func(ctx context.Context, node string) (nothing, error) {
		return call[order, nothing](ctx, c.calls, node, "order", o)
	})
	return err
}

// through asks the nodes in turn until one answers, for as long as ctx allows: that
// of the configuration first, and none for so long that the others have no time.
func through[Out any](ctx context.Context, c *Client, ask func(ctx context.Context, node string) (Out, error)) (out Out, err error) {
	var before error // of the last round that was not cut short, which says more
	for {
		var errs []error
		hopeless := true
		for _, node := range c.nodes() {
			out, err = bounded(ctx, 4*c.cfg.Timing.Call, node, ask)
			if err == nil || !isRetryable(err) {
				return out, err
			}
			errs = append(errs, err)
			hopeless = hopeless && isMistake(err)
		}
		switch err = errors.Join(errs...); {
		case hopeless:
			return out, err
		case ctx.Err() != nil && before != nil:
			return out, fmt.Errorf("%w: %w", context.Cause(ctx), before)
		case !pause(ctx, retryPause):
			return out, err
		}
		before = err
	}
}

func bounded[Out any](ctx context.Context, limit time.Duration, node string, ask func(ctx context.Context, node string) (Out, error)) (Out, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ask(ctx, node)
}

// nodes are the configured ones, in the order in which they are asked.
func (c *Client) nodes() []string {
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(c.cfg.Peers)), func(id string) bool { return id == c.cfg.NodeID })
	return append([]string{c.cfg.NodeID}, others...)
}

// isMistake tells whether a node does not answer because of a configuration, which
// waiting does not mend.
func isMistake(err error) bool {
	return slices.ContainsFunc([]error{ErrCertificate, ErrInsecure, ErrOtherCluster, ErrOtherNode}, func(one error) bool { return errors.Is(err, one) })
}

// order is what an operator wants of the membership.
type order struct {
	Verb   string `json:"verb"`
	Member member `json:"member"`
}

// orders are carried out by the leader. Each may come twice.
func orders() map[string]func(*Node, context.Context, member) (nothing, error) {
	return map[string]func(*Node, context.Context, member) (nothing, error){
		"join": (*Node).serveJoin, "remove": (*Node).serveRemove, "transfer": (*Node).serveTransfer, "drain": (*Node).serveDrain,
	}
}

// serveOrder passes an order on to the leader, from any node.
func (n *Node) serveOrder(ctx context.Context, o order) (nothing, error) {
	serve, known := orders()[o.Verb]
	if !known {
		return nothing{}, fmt.Errorf("there is no order %.40q", o.Verb)
	}
	return passOn(ctx, n, o.Verb, serve, o.Member)
}

// serveCommand passes a command on to the leader, from any node.
func (n *Node) serveCommand(ctx context.Context, frame []byte) (nothing, error) {
	return passOn(ctx, n, "apply", (*Node).serveApply, frame)
}

// serveStored passes the question of how far a connector has got on to the leader.
func (n *Node) serveStored(ctx context.Context, connector string) (Stored, error) {
	return passOn(ctx, n, "load", (*Node).serveLoad, connector)
}

// serveHistory passes the question of what a connector's tables looked like on to the
// leader.
func (n *Node) serveHistory(ctx context.Context, q tablesAfter) (tablesPage, error) {
	return passOn(ctx, n, "tables", (*Node).serveTables, q)
}

// passOn has the leader answer a client, which does not know for how long to wait.
func passOn[In, Out any](ctx context.Context, n *Node, name string, serve func(*Node, context.Context, In) (Out, error), in In) (Out, error) {
	ctx, cancel := context.WithTimeout(ctx, memberTimeout)
	defer cancel()
	return ask(ctx, n, name, serve, in)
}

// serveLook shows the cluster from any node.
func (n *Node) serveLook(ctx context.Context, _ nothing) (View, error) { return n.View(ctx), nil }
