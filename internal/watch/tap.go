package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/kafkatest"
)

// Tap reads topics as a consumer of committed records does, all the while, and
// notes which rows came and when. A row is known by its column id, and is told
// about in one record a topic. Its methods may be called concurrently.
type Tap struct {
	topics int
	mu     sync.Mutex // guards what follows
	came   map[int]map[string]int
	whole  map[int]time.Time // when a row had come in all topics
	wrong  error
}

// StartTap reads until the test ends. The topics exist.
func StartTap(t testing.TB, kafka *kafkatest.Cluster, topics ...string) *Tap {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...), kgo.ConsumeTopics(topics...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(50*time.Millisecond),
		kgo.MetadataMinAge(100*time.Millisecond), kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }))
	if err != nil {
		t.Fatal(err)
	}
	p := &Tap{topics: len(topics), came: map[int]map[string]int{}, whole: map[int]time.Time{}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var reading sync.WaitGroup
	reading.Go(func() { p.read(ctx, cl) })
	t.Cleanup(func() {
		cancel()
		reading.Wait()
		cl.Close()
	})
	return p
}

func (p *Tap) read(ctx context.Context, cl *kgo.Client) {
	for ctx.Err() == nil {
		cl.PollFetches(ctx).EachRecord(p.note)
	}
}

func (p *Tap) note(r *kgo.Record) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var e struct{ After struct{ ID int } }
	if err := json.Unmarshal(r.Value, &e); err != nil || e.After.ID == 0 {
		p.wrong = fmt.Errorf("record %d of %s: no row in %.100s: %w", r.Offset, r.Topic, r.Value, err)
		return
	}
	id := e.After.ID
	if p.came[id] == nil {
		p.came[id] = map[string]int{}
	}
	p.came[id][r.Topic]++
	if len(p.came[id]) == p.topics && p.whole[id].IsZero() {
		p.whole[id] = time.Now()
	}
}

// Arrived is when a row had come in all topics.
func (p *Tap) Arrived(id int) (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok = p.whole[id]
	return at, ok
}

// Records is how many records came.
func (p *Tap) Records() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, topics := range p.came {
		for _, times := range topics {
			n += times
		}
	}
	return n
}

// Complete tells whether the rows 1 to last have come.
func (p *Tap) Complete(last int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.whole) >= last
}

// Beyond tells whether a row above last has come.
func (p *Tap) Beyond(last int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.came {
		if id > last {
			return true
		}
	}
	return false
}

// Twice are the rows that came more than once in a topic.
func (p *Tap) Twice() (ids []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, topics := range p.came {
		for _, n := range topics {
			if n > 1 {
				ids = append(ids, id)
				break
			}
		}
	}
	return ids
}

// Check fails the test unless the rows 1 to last came, and nothing else.
func (p *Tap) Check(t testing.TB, last int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil {
		t.Error(p.wrong)
	}
	for id := 1; id <= last; id++ {
		if p.whole[id].IsZero() {
			t.Errorf("row %d: %v", id, p.came[id])
		}
	}
	if len(p.came) > last {
		t.Errorf("%d rows came, and %d were committed", len(p.came), last)
	}
}
