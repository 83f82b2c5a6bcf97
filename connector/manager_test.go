package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// stage is a manager of connectors that reach no server, and end when they are let.
type stage struct {
	t        *testing.T
	m        *Manager
	delivery Delivery
	broken   bool // nothing can be built
	built    []string
	why      []error  // of whoever was told to end, in order
	ends     []func() // let them
}

func newStage(t *testing.T, d Delivery) *stage {
	t.Helper()
	s := &stage{t: t, delivery: d}
	s.m = NewManager(t.Context(), s.build)
	s.m.begin = func() (context.Context, context.CancelCauseFunc) {
		ctx, cancel := context.WithCancelCause(t.Context())
		return ctx, func(why error) {
			s.why = append(s.why, why)
			s.ends = append(s.ends, func() { cancel(why) })
		}
	}
	t.Cleanup(func() {
		go s.m.Close()
		s.until("it is closed", func() bool { return s.m.ended && len(s.m.slots) == 0 })
	})
	return s
}

// build is called with the manager's lock held, like begin's functions.
func (s *stage) build(j Job) (*Connector, error) {
	s.built = append(s.built, fmt.Sprintf("%s/%d/%d", j.Name, j.Generation, j.Revision))
	if s.broken {
		return nil, errNoServer
	}
	return New(Config{Name: j.Name, Host: "127.0.0.1", Port: 1, Delivery: s.delivery}, Deps{Metrics: NewMetrics(j.Name, nil)}), nil
}

// until lets whoever was told to end do so, until something holds.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		s.m.mu.Lock()
		for _, end := range s.ends {
			end()
		}
		ok := holds()
		s.m.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			s.t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// are checks what was built so far.
func (s *stage) are(built string) {
	s.t.Helper()
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if got := strings.Join(s.built, " "); got != built {
		s.t.Errorf("built were %q, want %q", got, built)
	}
}

func job(generation, revision uint64) Job {
	return Job{Name: "c", Generation: generation, Revision: revision}
}

func handedOver(generation uint64) Job {
	j := job(generation, 1)
	j.HandingOver = true
	return j
}

func TestManager_SameJobGoesOn(t *testing.T) {
	s := newStage(t, Required)
	for range 3 {
		s.m.Assign([]Job{job(1, 1)}, true)
	}
	s.are("c/1/1")
	if runs := s.m.Runs(); len(runs) != 1 || runs[0].Phase != Starting || runs[0].LagSeconds != -1 {
		t.Errorf("it runs as %+v", runs)
	}
}

// TestManager_OneAtATime: the next one begins when the one before has ended.
func TestManager_OneAtATime(t *testing.T) {
	s := newStage(t, Required)
	s.m.Assign([]Job{job(1, 1)}, true)
	s.m.Assign([]Job{job(1, 2)}, true)
	s.m.Assign([]Job{job(2, 2)}, true)
	s.are("c/1/1")
	s.until("the last is built", func() bool { return len(s.built) == 2 })
	s.are("c/1/1 c/2/2")
}

func TestManager_RevokedAndGrantedAgain(t *testing.T) {
	s := newStage(t, Required)
	s.m.Assign([]Job{job(1, 1)}, true)
	s.m.Assign([]Job{job(1, 1)}, false)
	if len(s.why) != 1 || !errors.Is(s.why[0], ErrRevoked) {
		t.Errorf("it was told to end for %v", s.why)
	}
	s.m.Assign([]Job{job(1, 1)}, true)
	s.are("c/1/1")
	s.until("it runs again", func() bool { return len(s.built) == 2 })
}

func TestManager_HandedOver(t *testing.T) {
	for delivery, told := range map[Delivery]int{Required: 0, Disabled: 1} {
		s := newStage(t, delivery)
		s.m.Assign([]Job{job(1, 1)}, true)
		s.m.Assign([]Job{handedOver(1)}, true)
		if len(s.why) != told {
			t.Errorf("%v: it was told to end %d times", delivery, len(s.why))
		}
		s.m.Assign(nil, true)
		s.until("it has ended", func() bool { return len(s.m.slots) == 0 })
		s.are("c/1/1")
	}
}

// TestManager_HandedOverIsNotStarted: neither where it does not run, nor after one
// that was about to be started again.
func TestManager_HandedOverIsNotStarted(t *testing.T) {
	s := newStage(t, Required)
	s.m.Assign([]Job{handedOver(1)}, true)
	s.are("")
	s.m.Assign([]Job{job(1, 1)}, true)
	s.m.Assign(nil, false)
	s.m.Assign([]Job{job(1, 1)}, true)
	s.m.Assign([]Job{handedOver(1)}, true)
	s.until("it has ended", func() bool { return len(s.m.slots) == 0 })
	s.are("c/1/1")
}

func TestManager_CannotBeBuilt(t *testing.T) {
	s := newStage(t, Required)
	s.broken = true
	s.m.Assign([]Job{job(1, 1)}, true)
	s.m.Assign([]Job{job(1, 1)}, true)
	if runs := s.m.Runs(); len(runs) != 1 || runs[0].Phase != Failed || !errors.Is(runs[0].Err, errNoServer) {
		t.Errorf("it runs as %+v", runs)
	}
	s.broken = false
	s.m.Assign([]Job{job(1, 2)}, true)
	s.are("c/1/1 c/1/2")
}

func TestManager_ClosedStartsNothing(t *testing.T) {
	s := newStage(t, Required)
	s.m.Assign([]Job{job(1, 1)}, true)
	closed := make(chan struct{})
	go func() { s.m.Close(); close(closed) }()
	s.until("it is closed", func() bool { return s.m.ended && len(s.m.slots) == 0 })
	<-closed
	s.m.Assign([]Job{job(2, 1)}, true)
	s.are("c/1/1")
}
