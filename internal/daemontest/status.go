package daemontest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Status is what /status says.
type Status struct {
	Ready   bool
	Reasons map[string]string // by part
	Parts   map[string]Part   // what the node runs
	Cluster View
}

// Part is what /status says about a connector, or about the node itself.
type Part struct {
	Phase, Error, Sink, Position string
	N, Generation                uint64
}

// View is what a node knows of its cluster.
type View struct {
	Name, Node, Leader string
	Term               uint64
	Stale              bool // the leader could not be asked
	Members            []Member
	Connectors         map[string]Placement
}

// Member is a node of a cluster.
type Member struct {
	ID, Address          string
	Voter, Live, Drained bool
}

// Placement is where a connector runs, and how it is.
type Placement struct {
	Target, Node, Phase, Error, Position string
	Generation, Session, N               uint64
	LagSeconds                           float64
}

// Status asks the daemon; ok is false while it does not answer within a second.
func (d *Daemon) Status() (s Status, ok bool) {
	code, body := d.get("/status", time.Second)
	_ = json.Unmarshal([]byte(body), &s) // what other parts say may be of another form
	return s, code == http.StatusOK
}

// prefix is how the parts of connectors are called.
const prefix = "connector "

// Connectors are the parts that are connectors, by their names.
func (s Status) Connectors() map[string]Part {
	out := map[string]Part{}
	for name, part := range s.Parts {
		if connector, ok := strings.CutPrefix(name, prefix); ok {
			out[connector] = part
		}
	}
	return out
}

// Part returns what is known of a connector, the zero Part while nobody answers.
func (d *Daemon) Part(connector string) Part {
	s, _ := d.Status()
	return s.Parts[prefix+connector]
}
