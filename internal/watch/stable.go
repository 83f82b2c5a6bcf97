package watch

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// grace is how much longer than a transaction's timeout its end may take: what
// the coordinator needs to notice, to abort and to write its markers.
const grace = 15 * time.Second

// blind is for how long nobody may have looked before a wait is counted anew: a
// broker that is down aborts nothing.
const blind = 3 * time.Second

// Stable decides I9: where a transaction is open, the last stable offset of its
// partition does not stand still for longer than the transaction's timeout and
// 15 s. Its methods may be called concurrently.
type Stable struct {
	limit time.Duration
	mu    sync.Mutex // guards what follows
	since map[partition]standing
	worst time.Duration
	found []string
}

type partition struct {
	topic  string
	number int32
}

// standing is a last stable offset, below the end of its partition, and since
// when it is seen there.
type standing struct {
	offset      int64
	began, last time.Time
	told        bool
}

// NewStable is told by Observe only.
func NewStable(timeout time.Duration) *Stable {
	return &Stable{limit: timeout + grace, since: map[partition]standing{}}
}

// StartStable looks at topics a few times a second until the test ends. Topics
// that there are not yet are looked at when they come.
func StartStable(t testing.TB, brokers []string, timeout time.Duration, topics ...string) *Stable {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.MetadataMinAge(100*time.Millisecond), kgo.RequestRetries(1))
	if err != nil {
		t.Fatal(err)
	}
	s := NewStable(timeout)
	every(t, 250*time.Millisecond, func(ctx context.Context) { s.look(ctx, kadm.NewClient(cl), topics) }, cl.Close)
	return s
}

// every calls f again and again until the test ends, and then end.
func every(t testing.TB, d time.Duration, f func(context.Context), end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var looking sync.WaitGroup
	looking.Go(func() {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for ctx.Err() == nil {
			f(ctx)
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		looking.Wait()
		end()
	})
}

// look observes all partitions, those of which the brokers tell. The ends are
// asked for first: what is stable then moves on only.
func (s *Stable) look(ctx context.Context, admin *kadm.Client, topics []string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	ends, err := admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		return
	}
	stable, err := admin.ListCommittedOffsets(ctx, topics...)
	if err != nil {
		return
	}
	now := time.Now()
	stable.Each(func(o kadm.ListedOffset) {
		if end, ok := ends.Lookup(o.Topic, o.Partition); ok && end.Err == nil && o.Err == nil {
			s.Observe(now, o.Topic, o.Partition, o.Offset, end.Offset)
		}
	})
}

// Observe is told where a partition's last stable offset and its end are.
func (s *Stable) Observe(now time.Time, topic string, number int32, stable, end int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := partition{topic, number}
	at, known := s.since[p]
	if stable >= end || !known || at.offset != stable || now.Sub(at.last) > blind {
		at = standing{offset: stable, began: now}
	}
	at.last = now
	stood := now.Sub(at.began)
	s.worst = max(s.worst, stood)
	if stood > s.limit && !at.told {
		s.found = append(s.found, fmt.Sprintf("I9: the last stable offset of %s-%d stands at %d, below %d, for %s", topic, number, stable, end, stood))
		at.told = true
	}
	s.since[p] = at
}

// Violations are what was found so far.
func (s *Stable) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.found)
}

// Worst is the longest that one stood below the end of its partition.
func (s *Stable) Worst() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.worst
}
