package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cdcd/offsets"
)

// What becomes of a message to a connector that is not taken.
var (
	// ErrNotStreaming says that the connector does not run, or not as far as to take
	// messages.
	ErrNotStreaming = errors.New("the connector does not stream")
	// ErrBusy says that the connector did not take the message in time. Nothing was
	// done.
	ErrBusy = errors.New("the connector is busy and did not take it")
)

// deliverTime is how long a connector may take over a message: less than those wait
// who ask, so that they hear of it.
const deliverTime = 8 * time.Second

// delivery is a message on its way to a connector. What it says is between whoever
// sends it and the connector; it may hold what nobody else is to see, and is neither
// in the raft log nor in any other.
type delivery struct {
	Connector string `json:"connector"`
	Message   []byte `json:"message"`
}

// Deliver gives a message to a connector, on whatever node it runs, and returns when
// that has done what it has to. It is an offsets.ErrUnknownConnector, an ErrNotStreaming
// or an ErrBusy when nothing was done, what the connector has against the message, and
// an [ErrOutcomeUnknown] when nobody knows. It does not send twice.
func (n *Node) Deliver(ctx context.Context, connector string, message []byte) error {
	v, err := n.LeaderView(ctx)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrBusy, err) //nolint:errorlint // nothing was sent, so its outcome is known
	}
	c, known := v.Connectors[connector]
	d := delivery{connector, message}
	switch {
	case !known:
		return fmt.Errorf("%w: %s", offsets.ErrUnknownConnector, connector)
	case c.Node == "":
		return fmt.Errorf("%w: %s is placed on no node", ErrNotStreaming, connector)
	case c.Node == n.cfg.NodeID:
		_, err = n.serveDeliver(ctx, d)
	default:
		_, err = call[delivery, nothing](ctx, n.calls, c.Node, "deliver", d)
	}
	return err
}

// serveDeliver answers as the node that runs the connector.
func (n *Node) serveDeliver(ctx context.Context, d delivery) (nothing, error) {
	r := n.runner.Load()
	if r == nil {
		return nothing{}, fmt.Errorf("%w: node %s has just started", ErrNotStreaming, n.cfg.NodeID)
	}
	ctx, cancel := context.WithTimeout(ctx, deliverTime)
	defer cancel()
	return nothing{}, (*r).Deliver(ctx, d.Connector, d.Message)
}

// serveSend passes a client's message on, from any node.
func (n *Node) serveSend(ctx context.Context, d delivery) (nothing, error) {
	return nothing{}, n.Deliver(ctx, d.Connector, d.Message)
}

// Deliver is [Node.Deliver], through the first node that knows the leader.
func (c *Client) Deliver(ctx context.Context, connector string, message []byte) error {
	v, err := c.LeaderView(ctx)
	if err != nil {
		return err
	}
	_, err = call[delivery, nothing](ctx, c.calls, v.Node, "send", delivery{connector, message})
	return err
}
