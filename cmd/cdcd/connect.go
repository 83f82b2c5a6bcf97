package main

import (
	"context"

	"cdcd/api"
	"cdcd/connector"
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

// Delete forgets a connector.
func (c connectors) Delete(ctx context.Context, name string) error { return told(c.remove(ctx, name)) }
