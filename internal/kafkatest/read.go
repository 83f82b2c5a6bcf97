package kafkatest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Record is a record that was read back.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Time      time.Time
	Key       []byte // nil for null, unlike empty
	Value     []byte // likewise
	Headers   []Header
}

// Header is a header of a record.
type Header struct {
	Name  string
	Value []byte
}

// Read returns every record of the topics that a read_committed consumer sees
// now, in the order of topic, partition and offset. What is written after the
// call began is left out, and so is what follows the start of a transaction
// that is still open.
func (c *Cluster) Read(ctx context.Context, topics ...string) ([]Record, error) {
	return c.Tail(topics...).Next(ctx)
}

// Tail reads topics on from where it has come to.
type Tail struct {
	cluster *Cluster
	topics  []string
	next    map[partition]int64
}

// Tail reads topics from their beginning.
func (c *Cluster) Tail(topics ...string) *Tail {
	return &Tail{cluster: c, topics: topics, next: map[partition]int64{}}
}

// Next is Read, less what earlier calls returned.
func (t *Tail) Next(ctx context.Context) ([]Record, error) {
	ends, err := t.cluster.ends(ctx, t.topics)
	if err != nil {
		return nil, err
	}
	starts := map[string]map[int32]kgo.Offset{}
	for p, end := range ends {
		next, begun := t.next[p]
		if next >= end {
			delete(ends, p)
			continue
		}
		if starts[p.topic] == nil {
			starts[p.topic] = map[int32]kgo.Offset{}
		}
		starts[p.topic][p.number] = kgo.NewOffset().AtStart()
		if begun {
			starts[p.topic][p.number] = kgo.NewOffset().At(next)
		}
	}
	if len(ends) == 0 {
		return nil, nil
	}
	// Control records show where an aborted transaction ends, which may be the
	// end of the partition.
	cl, err := kgo.NewClient(kgo.SeedBrokers(t.cluster.Brokers()...), kgo.ConsumePartitions(starts),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	records, err := readTo(ctx, cl, maps.Clone(ends))
	if err == nil {
		maps.Copy(t.next, ends)
	}
	return records, err
}

// partition names a partition of a topic.
type partition struct {
	topic  string
	number int32
}

// ends returns how far a read_committed consumer can read each partition that
// is not empty.
func (c *Cluster) ends(ctx context.Context, topics []string) (map[partition]int64, error) {
	ends := map[partition]int64{}
	err := c.admin(ctx, c.Brokers(), func(ctx context.Context, a *kadm.Client) error {
		last, err := a.ListCommittedOffsets(ctx, topics...)
		if err != nil {
			return fmt.Errorf("list the ends of %v: %w", topics, err)
		}
		first, err := a.ListStartOffsets(ctx, topics...)
		if err != nil {
			return fmt.Errorf("list the starts of %v: %w", topics, err)
		}
		last.Each(func(o kadm.ListedOffset) {
			if start, ok := first.Lookup(o.Topic, o.Partition); ok && start.Offset < o.Offset {
				ends[partition{o.Topic, o.Partition}] = o.Offset
			}
		})
		return last.Error()
	})
	return ends, err
}

// readTo reads until it has been at every end.
func readTo(ctx context.Context, cl *kgo.Client, ends map[partition]int64) ([]Record, error) {
	var records []Record
	for len(ends) > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("read %d more partitions: %w", len(ends), err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			p := partition{r.Topic, r.Partition}
			end, reading := ends[p]
			if reading && r.Offset < end && !r.Attrs.IsControl() {
				records = append(records, record(r))
			}
			if r.Offset >= end-1 {
				delete(ends, p)
			}
		})
	}
	slices.SortFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return records, nil
}

func record(r *kgo.Record) Record {
	out := Record{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Time: r.Timestamp,
		Key: r.Key, Value: r.Value,
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, Header{h.Key, h.Value})
	}
	return out
}
