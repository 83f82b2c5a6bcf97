package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"cdcd/offsets"
)

// raftlike stands for Apply: it keeps what came, takes its time, and fails as
// told.
type raftlike struct {
	takes time.Duration // for each call

	mu    sync.Mutex // guards what follows
	fail  []error    // one for each of the next calls
	sent  []offsets.Mirror
	times []time.Time
}

func (r *raftlike) apply(_ context.Context, c offsets.Command) error {
	time.Sleep(r.takes)
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if len(r.fail) > 0 {
		err, r.fail = r.fail[0], r.fail[1:]
	}
	if err == nil {
		r.sent = append(r.sent, c.(offsets.Mirror))
		r.times = append(r.times, time.Now())
	}
	return err
}

// ns is what was sent of a connector.
func (r *raftlike) ns(connector string) (ns []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.sent {
		for _, e := range c.Entries {
			if e.Connector == connector {
				ns = append(ns, e.Offset.N)
			}
		}
	}
	return ns
}

// mirroring runs mirrors with an interval of a second, under fake time.
func mirroring(t *testing.T, r *raftlike) *mirrors {
	t.Helper()
	m := &metrics{mirrors: prometheus.NewCounter(prometheus.CounterOpts{}), mirrorFailures: prometheus.NewCounter(prometheus.CounterOpts{})}
	ms := newMirrors(r.apply, time.Second, zap.NewNop(), m)
	ms.start(t.Context())
	return ms
}

func entry(connector string, s offsets.SessionID, n uint64) offsets.Entry {
	return offsets.Entry{Connector: connector, Session: s, Offset: offset(n)}
}

func TestMirror_OneCommandAnIntervalWithTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &raftlike{}
		m := mirroring(t, r)
		began := time.Now()
		for n := range uint64(35) {
			m.put(entry("a", 1, n+1))
			m.put(entry("b", 1, 100+n))
			time.Sleep(99 * time.Millisecond)
		}
		m.close()
		if got := r.ns("a"); !slices.Equal(got, []uint64{1, 11, 21, 31, 35}) {
			t.Fatalf("sent of a: %v", got)
		}
		if got := r.ns("b"); len(r.sent) != 5 || len(got) != 5 {
			t.Fatalf("sent of b: %v in %d commands", got, len(r.sent))
		}
		for i, at := range r.times[:4] {
			if at.Sub(began) != time.Duration(i)*time.Second {
				t.Fatalf("command %d came after %s", i, at.Sub(began))
			}
		}
	})
}

func TestMirror_NeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &raftlike{takes: time.Hour}
		m := mirroring(t, r)
		began := time.Now()
		for n := range uint64(100) {
			m.put(entry("a", 1, n+1))
		}
		if d := time.Since(began); d != 0 {
			t.Fatalf("it took %s", d)
		}
		if err := m.flush(t.Context(), owner{"a", 1}); err != nil {
			t.Fatal(err)
		}
		if got := r.ns("a"); got[len(got)-1] != 100 {
			t.Fatalf("sent %v", got)
		}
		m.close()
	})
}

func TestMirror_FlushGoesThroughAnElection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &raftlike{fail: []error{ErrNotLeader, ErrOutcomeUnknown, ErrNotLeader}}
		m := mirroring(t, r)
		m.put(entry("a", 1, 5))
		if err := m.flush(t.Context(), owner{"a", 1}); err != nil {
			t.Fatal(err)
		}
		if got := r.ns("a"); !slices.Equal(got, []uint64{5}) {
			t.Fatalf("sent %v", got)
		}
		m.close()
	})
}

func TestMirror_FailureIsTriedAgainWithTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &raftlike{takes: 10 * time.Millisecond, fail: []error{ErrNotLeader}}
		m := mirroring(t, r)
		m.put(entry("a", 1, 5))
		m.put(entry("b", 1, 6))
		time.Sleep(time.Millisecond)
		m.put(entry("a", 1, 7)) // while 5 is under way
		time.Sleep(5 * time.Second)
		if a, b := r.ns("a"), r.ns("b"); !slices.Equal(a, []uint64{7}) || !slices.Equal(b, []uint64{6}) {
			t.Fatalf("sent of a: %v, of b: %v", a, b)
		}
		m.close()
	})
}

func TestMirror_FlushReportsWhatCannotBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &raftlike{fail: append([]error{ErrStorage, ErrStorage}, slices.Repeat([]error{ErrNotLeader}, 1000)...)}
		m := mirroring(t, r)
		m.put(entry("a", 1, 5))
		synctest.Wait() // the first failure is nobody's
		if err := m.flush(t.Context(), owner{"a", 1}); !errors.Is(err, ErrStorage) {
			t.Fatalf("flush: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := m.flush(ctx, owner{"a", 1}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("flush: %v", err)
		}
		m.close()
	})
}

func TestMirror_RefusalIsOfOneSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &raftlike{fail: []error{&offsets.PartialError{Refused: map[string]error{"a": offsets.ErrStaleSession}}}}
		m := mirroring(t, r)
		m.put(entry("a", 1, 5))
		m.put(entry("b", 1, 5))
		synctest.Wait()
		if err := m.flush(t.Context(), owner{"a", 1}); !errors.Is(err, offsets.ErrStaleSession) {
			t.Fatalf("flush of the owner that was: %v", err)
		}
		for _, o := range []owner{{"b", 1}, {"a", 2}} {
			if err := m.flush(t.Context(), o); err != nil {
				t.Fatalf("flush of %v: %v", o, err)
			}
		}
		m.put(entry("a", 2, 9))
		m.put(entry("a", 1, 10)) // too late to replace its successor's
		if err := m.flush(t.Context(), owner{"a", 2}); err != nil || !slices.Equal(r.ns("a"), []uint64{9}) {
			t.Fatalf("sent %v, %v", r.ns("a"), err)
		}
		m.close()
	})
}

func TestMirror_CloseOfTheNodeWritesTheLast(t *testing.T) {
	cfg := single(t)
	cfg.MirrorInterval = time.Hour
	n := opened(t, cfg)
	s := owned(t, n)
	for i := range uint64(20) {
		s.Mirror(offset(i + 1))
	}
	closed(t, n)
	if got := stored(opened(t, cfg)); !cmp.Equal(got, offset(20)) {
		t.Fatalf("stored is %v", got)
	}
}
