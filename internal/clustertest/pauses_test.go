package clustertest

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"cdcd/internal/daemontest"
	"cdcd/internal/proxy"
)

// TestPauses stops the owner in the middle of a Kafka transaction for longer than
// its grant, and wakes it when another has followed: the brokers refuse what it
// still sends, and nobody ever sees it.
func TestPauses(t *testing.T) {
	pauses := 3
	if daemontest.Everything() {
		pauses = 30
	}
	n := daemontest.Seed(t)
	r := newRig(t, options{})
	defer r.tally.Print(t)
	stop := r.load(n)
	for i := range pauses {
		r.zombie([]kmsg.Key{kmsg.Produce, kmsg.EndTxn}[i%2])
	}
	r.caughtUp()
	stop()
	refused := 0
	for _, n := range r.Nodes {
		refused += refusals(n)
	}
	t.Logf("%d pauses, %d late writes refused", pauses, refused)
	if refused < pauses {
		t.Errorf("%d late writes were refused in %d pauses", refused, pauses)
	}
	r.judge().Check(t)
}

// zombie pauses the owner with a request on its way to the broker, which arrives
// when the owner is awake again and has been followed.
func (r *rig) zombie(key kmsg.Key) {
	r.t.Helper()
	n := r.owner()
	before := refusals(n)
	h := n.Kafka.Hold(key, proxy.Request)
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	if err := h.Wait(ctx); err != nil {
		r.t.Fatal(err)
	}
	n.Pause()
	began, id := time.Now(), r.bank.Upcoming()
	r.Until(30*time.Second, "another node has taken over", func() bool { return r.arrived(id) })
	at, _ := r.tap.Arrived(id)
	n.Resume()
	h.Release()
	kind := "owner paused at " + key.Name()
	r.tally.Fault(kind)
	r.tally.Outage(kind, at.Sub(began))
	r.Until(20*time.Second, "the late write is refused", func() bool { return refusals(n) > before })
	r.ended()
	r.Ready()
}

// refusals is how often brokers told a node that it is not the owner any more.
func refusals(n *Node) int {
	fenced := []int16{kerr.InvalidProducerEpoch.Code, kerr.ProducerFenced.Code, kerr.InvalidTxnState.Code}
	return n.Kafka.Refusals(kmsg.Produce, fenced...) + n.Kafka.Refusals(kmsg.EndTxn, fenced...)
}
