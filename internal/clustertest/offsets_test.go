package clustertest

import (
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
)

// TestOffsets decides where a connector of a running cluster goes on: not while it
// runs, and then on any node, in either way that loses nothing.
func TestOffsets(t *testing.T) {
	r := newRig(t, options{})
	stop := r.load(daemontest.Seed(t))
	if out, err := r.reset(r.Nodes[0], "last"); err == nil || !strings.Contains(out, "stop it first") {
		t.Errorf("of a connector that runs: %v: %s", err, out)
	}
	for i, to := range []string{"last", "kafka"} {
		n := r.Nodes[i+1]
		r.verb(n, "stop")
		r.Until(20*time.Second, "the connector has ended", func() bool { c := r.View().Connectors[r.db]; return c.Node == "" && c.Phase == "" })
		if out, err := n.Command("offsets", "show", "--connector", r.db); err != nil || !strings.Contains(out, "next start: goes on") {
			t.Errorf("%v: %s", err, out)
		}
		if out, err := r.reset(n, to); err != nil || !strings.Contains(out, "Run cdcd connectors resume") {
			t.Errorf("--to %s: %v: %s", to, err, out)
		}
		r.verb(n, "resume")
		id := r.bank.Upcoming()
		r.Until(30*time.Second, "it goes on", func() bool { return r.arrived(id) })
	}
	r.caughtUp()
	stop()
	r.judge().Check(t)
}

func (r *rig) reset(n *Node, to string) (string, error) {
	return n.Command("offsets", "reset", "--connector", r.db, "--to", to, "--yes")
}

func (r *rig) verb(n *Node, verb string) {
	r.t.Helper()
	if out, err := n.Command("connectors", verb, r.db); err != nil {
		r.t.Fatalf("%s: %v: %s", verb, err, out)
	}
}
