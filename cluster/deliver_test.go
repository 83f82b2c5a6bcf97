package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"cdcd/offsets"
)

// TestDeliver_ThroughAnyNode: a message reaches the node that has the connector once,
// whoever is asked, and what becomes of it comes back. It is not in the raft log.
func TestDeliver_ThroughAnyNode(t *testing.T) {
	m := teamOf(t, calm(quick(three(t))))
	owner, _ := m.owner(t, 0)
	r := m.runners[owner]
	r.took = nil
	var want []string
	index := owner.fsm.index()
	for _, door := range m.nodes {
		for what, deliver := range map[string]func(context.Context, string, []byte) error{"node": door.Deliver, "client": dialled(t, door).Deliver} {
			message := fmt.Sprintf("%s %s", what, door.cfg.NodeID)
			if err := deliver(soon(t), "c", []byte(message)); err != nil {
				t.Fatalf("%s: %v", message, err)
			}
			want = append(want, "c "+message)
			if err := deliver(soon(t), "nobody", nil); !errors.Is(err, offsets.ErrUnknownConnector) {
				t.Errorf("%s, to nobody: %v", message, err)
			}
			for _, refusal := range []error{ErrNotStreaming, ErrBusy, ErrOutcomeUnknown, errors.New("odd")} {
				r.refuse(refusal)
				err := deliver(soon(t), "c", []byte(message))
				if err == nil || err.Error() != refusal.Error() || !errors.Is(err, refusal) && refusal.Error() != "odd" {
					t.Errorf("%s: %v, not %v", message, err, refusal)
				}
			}
			r.refuse(nil)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Sort(want); !slices.Equal(slices.Sorted(slices.Values(r.took)), want) {
		t.Errorf("it took %q, want %q", r.took, want)
	}
	if now := owner.fsm.index(); now >= index+uint64(len(want)) { // some are the cluster's own
		t.Errorf("commands were committed: %d, before %d", now, index)
	}
}

func TestDeliver_RunsNowhere(t *testing.T) {
	n := opened(t, steady(t)) // without Run: it just started
	if err := n.Apply(soon(t), put); err != nil {
		t.Fatal(err)
	}
	if err := n.Deliver(soon(t), "c", nil); !errors.Is(err, ErrNotStreaming) {
		t.Errorf("placed nowhere: %v", err)
	}
	if err := n.Apply(soon(t), offsets.Place{Moves: []offsets.Move{{Connector: "c", Generation: 1, Node: "n1"}}}); err != nil {
		t.Fatal(err)
	}
	if err := n.Deliver(soon(t), "c", nil); !errors.Is(err, ErrNotStreaming) {
		t.Errorf("placed here, and not run: %v", err)
	}
	closed(t, n)
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := n.Deliver(ctx, "c", nil); !errors.Is(err, ErrBusy) {
		t.Errorf("without a leader: %v", err)
	}
}
