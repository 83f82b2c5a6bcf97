package watch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cdcd/internal/daemontest"
)

// Honest decides I10: of all that nodes ever say, at most one runs a connector in
// a generation, and one that has failed says why. Generations are not given
// twice, so it does not matter who was asked when. Its methods may be called
// concurrently.
type Honest struct {
	mu      sync.Mutex // guards what follows
	owners  map[placement]string
	silent  map[placement]bool // those that failed without a reason, told of
	samples int
	found   []string
}

type placement struct {
	connector  string
	generation uint64
}

// NewHonest is told by Observe only.
func NewHonest() *Honest {
	return &Honest{owners: map[placement]string{}, silent: map[placement]bool{}}
}

// StartHonest asks nodes, by their ids, ten times a second until the test ends.
// Each is asked for itself: one that does not answer keeps nobody waiting.
func StartHonest(t testing.TB, nodes map[string]*daemontest.Daemon) *Honest {
	t.Helper()
	h := NewHonest()
	for id, d := range nodes {
		every(t, 100*time.Millisecond, func(context.Context) {
			if s, ok := d.Status(); ok {
				h.Observe(id, s)
			}
		}, func() {})
	}
	return h
}

// Observe is told what a node says.
func (h *Honest) Observe(node string, s daemontest.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.samples++
	for connector, part := range s.Connectors() {
		p := placement{connector, part.Generation}
		h.reasoned(p, node, part.Phase, part.Error)
		if part.Phase != "running" {
			continue
		}
		if owner, known := h.owners[p]; known && owner != node {
			h.find("I10: connector %s, generation %d: %s says that it runs it, and so did %s", connector, part.Generation, node, owner)
			continue
		}
		h.owners[p] = node
	}
	for connector, p := range s.Cluster.Connectors {
		h.reasoned(placement{connector, p.Generation}, node, p.Phase, p.Error)
	}
}

// reasoned finds failures that nobody explains, each once.
func (h *Honest) reasoned(p placement, node, phase, reason string) {
	if phase == "failed" && reason == "" && !h.silent[p] {
		h.silent[p] = true
		h.find("I10: connector %s, generation %d: %s says that it has failed, and not why", p.connector, p.generation, node)
	}
}

func (h *Honest) find(format string, args ...any) {
	h.found = append(h.found, fmt.Sprintf(format, args...))
}

// Violations are what was found so far.
func (h *Honest) Violations() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.found)
}

// Summary is how much was seen, in a line.
func (h *Honest) Summary() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprintf("%d answers of nodes, %d placements that ran", h.samples, len(h.owners))
}
