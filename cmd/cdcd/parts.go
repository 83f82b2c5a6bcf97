package main

import (
	"errors"
	"math"

	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/snapshot"
)

// parts is what /readyz asks and /status shows of this node, by name: the
// connectors are those that it runs now, and those that it is to run, or that are
// placed nowhere yet.
func (d *daemon) parts() map[string]api.Part {
	out := map[string]api.Part{"cluster": nodePart{d.node, d.submitted.Load()}}
	for _, name := range d.node.Awaited() {
		out["connector "+name] = connectorPart{connector.Run{Status: connector.Status{Phase: connector.Starting}}}
	}
	for _, r := range d.runner.manager.Runs() {
		out["connector "+r.Name] = connectorPart{r}
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

// Status returns where the connector stands, errors as text.
func (c connectorPart) Status() any {
	s := c.Run.Status
	text := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	return struct {
		Phase    connector.Phase `json:"phase"`
		Gen      uint64          `json:"generation"`
		Error    string          `json:"error,omitempty"`
		Source   string          `json:"source,omitempty"`
		Sink     string          `json:"sink,omitempty"`
		N        uint64          `json:"n"`
		Position string          `json:"position"`
		Snapshot *snapshotStatus `json:"snapshot,omitempty"`
	}{s.Phase, c.Generation, text(s.Err), text(s.Source), text(s.Sink), s.State.N, s.State.Position.String(), snapshotOf(s.Copy)}
}

// Notifications returns the last ones of this process.
func (c connectorPart) Notifications() any {
	return append([]connector.Notified{}, c.Run.Notifications...)
}

// snapshotStatus is how far the copy of existing rows is.
type snapshotStatus struct {
	Complete      bool    `json:"complete"`
	Percent       int     `json:"percent"`
	Rows          int64   `json:"rows"`
	Bytes         int64   `json:"bytes"`
	RowsPerSecond float64 `json:"rowsPerSecond"`
	SecondsLeft   float64 `json:"secondsLeft,omitempty"`
	Tables        int     `json:"tables"`
	TablesLeft    int     `json:"tablesLeft"`
	// OfTables is how many rows were copied of each table that has some.
	OfTables map[string]int64 `json:"ofTables,omitempty"`
}

func snapshotOf(s *snapshot.Status) *snapshotStatus {
	if s == nil {
		return nil
	}
	out := &snapshotStatus{
		Complete: s.Complete, Percent: int(100 * s.Share()), Rows: s.Rows, Bytes: s.Bytes, RowsPerSecond: math.Round(s.Speed()),
		SecondsLeft: s.Left().Seconds(), Tables: s.Tables, TablesLeft: s.Remaining, OfTables: map[string]int64{},
	}
	for id, rows := range s.Read {
		out.OfTables[id.String()] = rows
	}
	return out
}
