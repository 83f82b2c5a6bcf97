package clustertest

import (
	"testing"
	"time"

	"cdcd/internal/daemontest"
)

// TestCutOff has the owner live on, and not reach MySQL any more, nor Kafka then:
// another node goes on with the connector.
func TestCutOff(t *testing.T) {
	r := newRig(t, options{})
	defer r.tally.Print(t)
	stop := r.load(daemontest.Seed(t))
	r.elsewhere("owner cut off from MySQL", func(n *Node) { n.MySQL.Cut() })
	r.elsewhere("owner cut off from Kafka", func(n *Node) { n.Kafka.Cut() })
	r.caughtUp()
	stop()
	r.judge().Check(t)
}

// elsewhere breaks something of the owner until another node goes on.
func (r *rig) elsewhere(kind string, breaks func(*Node)) {
	r.t.Helper()
	n := r.owner()
	breaks(n)
	began, id := time.Now(), r.bank.Upcoming()
	r.tally.Fault(kind)
	r.Until(60*time.Second, "another node has taken over", func() bool { return r.arrived(id) })
	at, _ := r.tap.Arrived(id)
	r.tally.Outage(kind, at.Sub(began))
	if r.owner() == n {
		r.t.Errorf("%s: it goes on on the same node", kind)
	}
	n.Heal()
	r.ended()
	r.Ready()
}
