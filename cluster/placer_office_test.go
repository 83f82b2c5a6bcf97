package cluster

import (
	"testing"
	"time"
)

// TestPlacer_ElectedAgain: the time in which another node led is no stall that
// silent nodes are excused for. They would be waited for as long again.
func TestPlacer_ElectedAgain(t *testing.T) {
	n := opened(t, single(t))
	if err := n.WaitLeader(soon(t)); err != nil {
		t.Fatal(err)
	}
	p := &placer{node: n, last: time.Now().Add(-time.Hour), ordeals: ordeals{}}
	every := n.cfg.Timing.Beat / 2
	term := n.lead.change()
	p.attend(t.Context(), every)
	n.liveness.begin(time.Now())
	n.lead.establish(term)
	p.attend(t.Context(), every)
	n.liveness.mu.Lock()
	defer n.liveness.mu.Unlock()
	if ahead := time.Until(n.liveness.office); ahead > 0 {
		t.Errorf("silent nodes are excused for %s", ahead)
	}
}
