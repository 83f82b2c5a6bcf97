package checker

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// checkAborted compares what the markers say was aborted with the brokers' lists
// of aborted transactions, by which ordinary consumers leave records out. A
// transaction whose beginning was removed is left out.
func checkAborted(l *log) []Violation {
	var out []Violation
	seen := make([]map[abortedTxn]bool, len(l.parts))
	for _, s := range l.segments {
		p := l.parts[s.part]
		txn := abortedTxn{s.producer, s.first}
		if s.first < p.whole || s.first < 0 || s.first >= p.stable {
			continue
		}
		if s.commit == p.aborted[txn] {
			out = append(out, violation(Views, p, s.first, "", fmt.Sprintf(
				"producer %d: its marker at %d says commit: %v, the list of aborted transactions has it: %v", s.producer, s.marker, s.commit, p.aborted[txn])))
		}
		if seen[s.part] == nil {
			seen[s.part] = map[abortedTxn]bool{}
		}
		seen[s.part][txn] = true
	}
	for i, p := range l.parts {
		for txn := range p.aborted {
			if !seen[i][txn] && txn.first >= p.whole && txn.first < p.stable {
				out = append(out, violation(Views, p, txn.first, "", fmt.Sprintf("producer %d is in the list of aborted transactions, and begins none here", txn.producer)))
			}
		}
	}
	return out
}

// consumer compares what a read_committed consumer gets with what the markers
// decided, partition by partition.
type consumer struct {
	log  *log
	at   map[string]map[int32]*progress
	left int // partitions that are not at their end
	out  []Violation
}

// visible is the offset behind the last thing that a consumer gets which is shown
// control records; 0 for nothing.
func (p *partition) visible() int64 {
	end := p.control + 1
	for _, r := range p.records {
		if r.offset < p.stable {
			end = max(end, r.offset+1)
		}
	}
	return end
}

// progress is how far a partition is consumed.
type progress struct {
	part   *partition
	end    int64
	next   int // of part.records
	done   bool
	failed bool // it differs; only the first difference is told
}

// checkViews reads every topic again, as ordinary consumers do, and compares:
// the same records at the same offsets with the same contents.
func checkViews(ctx context.Context, l *log, brokers []string, ends []extent) ([]Violation, error) {
	c := &consumer{log: l, at: map[string]map[int32]*progress{}}
	starts := map[string]map[int32]kgo.Offset{}
	for i, e := range ends {
		end := l.parts[i].visible()
		if end == 0 {
			continue
		}
		if starts[e.topic] == nil {
			starts[e.topic], c.at[e.topic] = map[int32]kgo.Offset{}, map[int32]*progress{}
		}
		starts[e.topic][e.number] = kgo.NewOffset().At(e.start)
		c.at[e.topic][e.number] = &progress{part: l.parts[i], end: end}
		c.left++
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumePartitions(starts), kgo.KeepControlRecords(),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(100*time.Millisecond), kgo.FetchMaxPartitionBytes(fetchBytes))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	for c.left > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("consume: %w", err)
		}
		fetches.EachRecord(c.take)
	}
	return c.out, nil
}

// take compares the next record that the consumer got.
func (c *consumer) take(r *kgo.Record) {
	p := c.at[r.Topic][r.Partition]
	if p.done {
		return
	}
	if r.Offset < p.end && !r.Attrs.IsControl() {
		c.compare(p, r)
	}
	if r.Offset >= p.end-1 {
		p.done = true
		c.left--
		if p.next < len(p.part.records) && p.part.records[p.next].offset < p.end {
			c.differ(p, p.part.records[p.next].offset, "a consumer does not get the record that its marker committed")
		}
	}
}

func (c *consumer) compare(p *progress, r *kgo.Record) {
	if p.next == len(p.part.records) || p.part.records[p.next].offset != r.Offset {
		c.differ(p, r.Offset, "a consumer gets another record than the next one that the markers committed")
		return
	}
	if p.part.records[p.next].content != c.log.content(rawOf(r)) {
		c.differ(p, r.Offset, "a consumer gets the record with other contents")
	}
	p.next++
}

func (c *consumer) differ(p *progress, offset int64, what string) {
	if !p.failed {
		c.out = append(c.out, violation(Views, p.part, offset, "", what))
	}
	p.failed = true
}

func rawOf(r *kgo.Record) *rawRecord {
	out := &rawRecord{offset: r.Offset, key: r.Key, value: r.Value}
	for _, h := range r.Headers {
		out.headers = append(out.headers, rawHeader{h.Key, h.Value})
	}
	return out
}
