package main

import (
	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
)

// parts is what /readyz asks and /status shows, by name.
func (d *daemon) parts() map[string]api.Part {
	out := map[string]api.Part{"cluster": nodePart{d.node}}
	for _, c := range d.manager.Connectors() {
		out["connector "+c.Name()] = connectorPart{c}
	}
	return out
}

// nodePart shows a node; only the type of its status differs.
type nodePart struct{ *cluster.Node }

// Status returns the node's view of the cluster.
func (n nodePart) Status() any { return n.Node.Status() }

type connectorPart struct{ connector *connector.Connector }

// Ready returns why the connector does not stream.
func (c connectorPart) Ready() error { return c.connector.Status().Ready() }

// Status returns where the connector stands, errors as text.
func (c connectorPart) Status() any {
	s := c.connector.Status()
	text := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	return struct {
		Phase    connector.Phase `json:"phase"`
		Error    string          `json:"error,omitempty"`
		Source   string          `json:"source,omitempty"`
		Sink     string          `json:"sink,omitempty"`
		N        uint64          `json:"n"`
		Position string          `json:"position"`
	}{s.Phase, text(s.Err), text(s.Source), text(s.Sink), s.State.N, s.State.Position.String()}
}
