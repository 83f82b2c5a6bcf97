package main

import (
	"context"
	"errors"

	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/connector/signal"
	"cdcd/offsets"
)

// connectors is what Kafka Connect's paths see of the cluster.
type connectors struct{ governor }

var _ api.Connectors = connectors{}

// All returns the connectors as the leader sees them.
func (c connectors) All(ctx context.Context) (map[string]api.Connector, error) {
	v, err := c.cluster.LeaderView(ctx)
	if err != nil {
		return nil, told(err)
	}
	all := map[string]api.Connector{}
	for name, one := range v.Connectors {
		all[name] = api.Connector{Target: targetOf(one.Target), Node: one.Node, Phase: connector.Phase(one.Phase), Reason: one.Error}
	}
	return all, nil
}

// targetOf is the inverse of [offsets.Target.String].
func targetOf(text string) offsets.Target {
	if text == offsets.Running.String() {
		return offsets.Running
	}
	return offsets.Target(text)
}

// SetTarget says what is wanted of a connector.
func (c connectors) SetTarget(ctx context.Context, name string, t offsets.Target) error {
	return told(c.setTarget(ctx, name, t))
}

// Signal gives a signal to a connector, on whatever node it runs.
func (c connectors) Signal(ctx context.Context, name string, m signal.Message) error {
	return renamed(c.cluster.Deliver(ctx, name, m.Text()))
}

// renamed is what becomes of a signal, in the words of the cluster and in those of the
// connector, whichever it is said in.
func renamed(err error) error {
	for _, both := range [][2]error{
		{cluster.ErrNotStreaming, connector.ErrNotStreaming}, {cluster.ErrBusy, connector.ErrBusy}, {cluster.ErrOutcomeUnknown, connector.ErrUnsettled},
	} {
		if errors.Is(err, both[0]) || errors.Is(err, both[1]) {
			return &twofold{err, both}
		}
	}
	return err
}

// twofold is an error that is known under two names.
type twofold struct {
	error
	is [2]error
}

// Unwrap returns the error and its names.
func (e *twofold) Unwrap() []error { return []error{e.error, e.is[0], e.is[1]} }

// Delete forgets a connector.
func (c connectors) Delete(ctx context.Context, name string) error { return told(c.remove(ctx, name)) }
