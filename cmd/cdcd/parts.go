package main

import (
	"errors"

	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
)

// parts is what /readyz asks and /status shows of this node, by name: the
// connectors are those that it runs now, and those that it is to run, or that are
// placed nowhere yet.
func (d *daemon) parts() map[string]api.Part {
	out := map[string]api.Part{"cluster": nodePart{d.node, d.submitted.Load()}}
	for _, name := range d.node.Awaited() {
		out[connectorPrefix+name] = connectorPart{connector.Run{Status: connector.Status{Phase: connector.Starting}, LagSeconds: -1}}
	}
	for _, r := range d.runner.manager.Runs() {
		out[connectorPrefix+r.Name] = connectorPart{r}
	}
	return out
}

// nodePart shows a node; only the type of its status differs.
type nodePart struct {
	*cluster.Node
	submitted bool
}

// Ready returns why the node takes no part, or does not know all connectors yet.
func (n nodePart) Ready() error {
	if err := n.Node.Ready(); err != nil || n.submitted {
		return err
	}
	return errors.New("the connectors are being given to the cluster")
}

// Status returns the node's view of the cluster.
func (n nodePart) Status() any { return n.Node.Status() }

type connectorPart struct{ connector.Run }

var _ api.Notifier = connectorPart{}

// Ready returns why the connector does not stream.
func (c connectorPart) Ready() error { return c.Run.Ready() }

// connectorStatus is what /status says of a connector that runs on the node.
type connectorStatus struct {
	Phase    connector.Phase `json:"phase"`
	Gen      uint64          `json:"generation"`
	Error    string          `json:"error,omitempty"`
	Source   string          `json:"source,omitempty"`
	Sink     string          `json:"sink,omitempty"`
	N        uint64          `json:"n"`
	Position string          `json:"position"`
	// LagSeconds is the age of the last event read, -1 while none is.
	LagSeconds float64       `json:"lagSeconds"`
	Snapshot   *copyProgress `json:"snapshot,omitempty"`
	// Incremental is what signals have asked for and is not copied yet.
	Incremental *incrementProgress `json:"incrementalSnapshot,omitempty"`
}

// Status returns where the connector stands, errors as text.
func (c connectorPart) Status() any {
	s := c.Run.Status
	text := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	return connectorStatus{
		Phase: s.Phase, Gen: c.Generation, Error: text(s.Err), Source: text(s.Source), Sink: text(s.Sink),
		N: s.State.N, Position: s.State.Position.String(), LagSeconds: c.LagSeconds, Snapshot: progressOf(s.Copy),
		Incremental: incrementOf(s.State.Signals),
	}
}

// Notifications returns the last ones of this process.
func (c connectorPart) Notifications() any {
	return append([]connector.Notified{}, c.Run.Notifications...)
}
