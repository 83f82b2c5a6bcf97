package connector

import (
	"context"
	"errors"
	"testing"
	"time"

	"cdcd/connector/signal"
	"cdcd/event"
)

// soonOver is a context that ends at once, when something waits for it.
func soonOver(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestSignal_WhatBecomesOfIt(t *testing.T) {
	h := hearing(t, SignalConfig{}, nil)
	s := signal.Signal{ID: "7", Action: signal.Pause{}}
	if err := h.c.Signal(soonOver(t), s); !errors.Is(err, ErrBusy) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nobody takes it: %v", err)
	}
	told := make(chan error, 1)
	go func() { told <- h.c.Signal(t.Context(), s) }()
	a := <-h.c.inbox.signals
	h.c.inbox.await(3, a.done)
	h.c.inbox.durable(&event.Signals{Taken: 3})
	if err := <-told; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { told <- h.c.Signal(ctx, s) }()
	<-h.c.inbox.signals
	cancel()
	if err := <-told; !errors.Is(err, ErrUnsettled) {
		t.Errorf("taken, and not durable: %v", err)
	}
}

// TestInbox_Durable: who waits is told once, by a state that has taken the signal.
func TestInbox_Durable(t *testing.T) {
	b, told := newInbox(), map[uint64]int{}
	for _, n := range []uint64{3, 4, 5} {
		b.await(n, func() { told[n]++ })
	}
	f := func(s *event.Signals, three, four, five int) {
		t.Helper()
		if b.durable(s); told[3] != three || told[4] != four || told[5] != five {
			t.Errorf("%+v: told %v", s, told)
		}
	}
	f(nil, 0, 0, 0)
	f(&event.Signals{Taken: 2}, 0, 0, 0)
	f(&event.Signals{Taken: 4}, 1, 1, 0)
	f(&event.Signals{Taken: 4}, 1, 1, 0)
	f(&event.Signals{Taken: 9}, 1, 1, 1)
}

func TestManager_Signal(t *testing.T) {
	s := newStage(t, Required)
	pause := signal.Signal{Action: signal.Pause{}}
	f := func(what, name string, want error) {
		t.Helper()
		if err := s.m.Signal(soonOver(t), name, pause); !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	f("nothing runs", "c", ErrNotStreaming)
	s.m.Assign([]Job{job(1, 1)}, true)
	f("another one runs", "d", ErrNotStreaming)
	f("it does not stream", "c", ErrNotStreaming)
	s.m.mu.Lock()
	c := s.m.slots["c"].connector
	s.m.mu.Unlock()
	end := c.runChannels(t.Context(), nil)
	s.until("its channels run", func() bool { return c.inbox.open.Load() })
	f("it is busy", "c", ErrBusy)
	end()
	f("its stream has ended", "c", ErrNotStreaming)
	s.broken = true
	s.m.Assign([]Job{job(1, 2)}, true)
	s.until("it could not be built", func() bool { return s.m.slots["c"].failure != nil })
	f("it could not be built", "c", ErrNotStreaming)
}
