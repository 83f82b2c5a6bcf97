package sink

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/internal/kafkatest"
	"cdcd/sink/format"
)

// BenchmarkTxn is Kafka transactions one after the other on a real broker, each
// waited for: the time that a lone source transaction takes.
func BenchmarkTxn(b *testing.B) {
	benchLevels(b, func(b *testing.B, brokers []string) {
		b.Helper()
		for _, records := range []int{1, 1000} {
			b.Run("records="+itoa(records), func(b *testing.B) {
				x, _ := owned(b, brokers, &raft{}, quietly)
				in, _ := timingBatch(&format.Topic{Name: "timing"})
				in.Records = in.Records[:min(records, 100)]
				n := uint64(0)
				for b.Loop() {
					for range max(1, records/100) {
						if err := x.Append(b.Context(), in); err != nil {
							b.Fatal(err)
						}
					}
					n++
					if err := x.Commit(b.Context(), at(n)); err != nil {
						b.Fatal(err)
					}
					mustFlush(b, x)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "txn/s")
			})
		}
	})
}

// BenchmarkTxnDrain is source transactions of 100 records as fast as they go, per
// record, against the sink without transactions; cpu-ns is the processor time of
// this process alone.
func BenchmarkTxnDrain(b *testing.B) {
	benchLevels(b, func(b *testing.B, brokers []string) {
		b.Helper()
		b.Run("mode=at_least_once", func(b *testing.B) {
			k := open(b, brokers, func(c *Config) { c.Logger = nil })
			drain(b, k, k.Flush)
		})
		b.Run("mode=exactly_once", func(b *testing.B) {
			x, _ := owned(b, brokers, &raft{}, quietly)
			drain(b, x, x.Flush)
		})
	})
}

// BenchmarkTxnLatency is what a source transaction waits for its commit when 500
// of them come a second, whether the sink keeps up or not.
func BenchmarkTxnLatency(b *testing.B) {
	benchLevels(b, func(b *testing.B, brokers []string) {
		b.Helper()
		b.Run("rate=500", func(b *testing.B) {
			var l latencies
			x, _ := owned(b, brokers, &raft{}, func(c *TxnConfig) { quietly(c); c.OnCommit = l.committed })
			in, _ := timingBatch(&format.Topic{Name: "timing"})
			in.Records = in.Records[:1]
			tick := time.NewTicker(time.Second / 500)
			defer tick.Stop()
			for b.Loop() {
				due := <-tick.C
				if err := x.Append(b.Context(), in); err != nil {
					b.Fatal(err)
				}
				if err := x.Commit(b.Context(), l.began(due)); err != nil {
					b.Fatal(err)
				}
			}
			mustFlush(b, x)
			l.report(b)
		})
	})
}

func quietly(c *TxnConfig) { c.Logger = nil }

func benchLevels(b *testing.B, f func(*testing.B, []string)) {
	b.Helper()
	for version := 1; version <= 2; version++ {
		b.Run("tv="+itoa(version), func(b *testing.B) {
			c := kafkatest.Start(b, kafkatest.Config{TransactionVersion: version, Heap: "1g", JVM: []string{"-server"}})
			f(b, c.Brokers())
		})
	}
}

// stream is what both kinds of sink have.
type stream interface {
	Append(ctx context.Context, b *format.Batch) error
	Commit(ctx context.Context, s event.State) error
}

func drain(b *testing.B, s stream, flush func(context.Context) error) {
	b.Helper()
	in, size := timingBatch(&format.Topic{Name: "timing"})
	b.SetBytes(size / 100)
	b.ReportAllocs()
	before, n := cpuTime(b), uint64(0)
	for i := 0; b.Loop(); i++ {
		if i%100 != 0 {
			continue
		}
		n++
		if err := s.Append(b.Context(), in); err != nil {
			b.Fatal(err)
		}
		if err := s.Commit(b.Context(), at(n)); err != nil {
			b.Fatal(err)
		}
	}
	if err := flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// latencies are from when transactions were due until their commit was told.
type latencies struct {
	mu    sync.Mutex // guards the following
	due   []time.Time
	done  []time.Duration
	kafka int
}

func (l *latencies) began(due time.Time) event.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due = append(l.due, due)
	return at(len(l.due))
}

func (l *latencies) committed(s event.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kafka++
	for len(l.done) < int(s.Position.Offset) {
		l.done = append(l.done, time.Since(l.due[len(l.done)]))
	}
}

func (l *latencies) report(b *testing.B) {
	b.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.done)
	for _, p := range []int{50, 99} {
		b.ReportMetric(l.done[len(l.done)*p/100].Seconds()*1000, fmt.Sprintf("p%d-ms", p))
	}
	b.ReportMetric(float64(len(l.done))/float64(l.kafka), "source-txn/txn")
}
