package proxy

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// kind is what a Kafka frame is picked by.
type kind struct {
	key       kmsg.Key // -1 where it is unknown
	direction Direction
}

// holds counts the frames of a cluster and picks those that a test wants held.
// The zero value holds nothing.
type holds struct {
	mu    sync.Mutex   // guards what follows
	armed []*Hold      // in the order of their making
	seen  map[kind]int // frames that have arrived
}

// Hold is the wish to hold the next frame of a kind. Its methods may be called
// concurrently.
type Hold struct {
	kind
	holds   *holds
	held    chan struct{} // closed when a frame is held
	verdict chan bool     // whether the frame goes on
	done    chan struct{} // closed when it has, or never will
	decided sync.Once
}

func (hs *holds) arm(k kind) *Hold {
	h := &Hold{
		kind: k, holds: hs,
		held: make(chan struct{}), verdict: make(chan bool, 1), done: make(chan struct{}),
	}
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.armed = append(hs.armed, h)
	return h
}

// take returns the Hold that a frame is for, if there is one, and tells those
// who wait for it.
func (hs *holds) take(k kind) *Hold {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	i := slices.IndexFunc(hs.armed, func(h *Hold) bool { return h.key == k.key && h.direction&k.direction != 0 })
	if i < 0 {
		return nil
	}
	h := hs.armed[i]
	hs.armed = slices.Delete(hs.armed, i, i+1)
	close(h.held)
	return h
}

// disarm tells whether it could keep h from ever holding a frame.
func (hs *holds) disarm(h *Hold) bool {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	i := slices.Index(hs.armed, h)
	if i < 0 {
		return false
	}
	hs.armed = slices.Delete(hs.armed, i, i+1)
	return true
}

func (hs *holds) count(k kind) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.seen == nil {
		hs.seen = map[kind]int{}
	}
	hs.seen[k]++
}

func (hs *holds) frames(key kmsg.Key, d Direction) int {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	n := 0
	for k, seen := range hs.seen {
		if k.key == key && k.direction&d != 0 {
			n += seen
		}
	}
	return n
}

// Wait returns when a frame is held, or has been, with an error when ctx ends
// before.
func (h *Hold) Wait(ctx context.Context) error {
	select {
	case <-h.held:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hold a %s %s: none came: %w", h.key.Name(), h.direction, ctx.Err())
	}
}

// Release lets the held frame go on and returns when it has been sent. It is
// sent even if its sender has closed the connection, but not after Cut. When no
// frame is held yet, none will be. Only the first Release or Drop counts.
func (h *Hold) Release() { h.decide(true) }

// Drop makes the held frame vanish and closes its connection on both sides
// before it returns. When no frame is held yet, none will be. Only the first
// Release or Drop counts.
func (h *Hold) Drop() { h.decide(false) }

func (h *Hold) decide(forward bool) {
	h.decided.Do(func() {
		if h.holds.disarm(h) {
			return
		}
		h.verdict <- forward
		<-h.done
	})
}

// await tells whether the frame may go on. It may not when its link ends.
func (h *Hold) await(ctx context.Context) bool {
	select {
	case forward := <-h.verdict:
		return forward
	case <-ctx.Done():
		return false
	}
}
