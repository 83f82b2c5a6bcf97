package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Peeked is what the state topic says at a moment at which its owner may write.
type Peeked struct {
	Last    *StateRecord // nil when there is none, or no topic
	Foreign error        // why Last is not this deployment's, an ErrForeignState
	// Open means that a transaction is open behind Last: that of an owner which
	// was killed, until somebody takes over, or of one that writes.
	Open bool
}

// Claim is what a takeover would find now.
func (p Peeked) Claim() Claim { return Claim{Last: p.Last, Foreign: p.Foreign} }

// Peek reads the last committed state of a connector without taking over. It
// changes nothing, and fences nobody. It tries until ctx ends, or an error that
// trying again cannot mend.
func Peek(ctx context.Context, c TxnConfig) (Peeked, error) {
	c, err := c.withDefaults()
	if err != nil {
		return Peeked{}, err
	}
	cl, err := newClient(c.Config)
	if err != nil {
		return Peeked{}, err
	}
	defer cl.close()
	var last error
	for n := 1; ; n++ {
		p, err := peek(ctx, cl, c)
		if err == nil {
			return p, nil
		}
		if last == nil || ctx.Err() == nil {
			last = err // what the end of ctx interrupts says less
		}
		if ctx.Err() != nil || Classify(Write, err) == Fatal {
			return p, fmt.Errorf("sink: read %s in Kafka at %s: %w%s", StateTopic(c.Connector), brokerList(c.Brokers), last, txnRemedy(last))
		}
		pause(ctx, backoff(n))
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func peek(ctx context.Context, cl *client, c TxnConfig) (Peeked, error) {
	name := StateTopic(c.Connector)
	resp, err := cl.metadata(ctx, []string{name})
	if err != nil {
		return Peeked{}, err
	}
	m := &resp.Topics[0]
	switch err := codeError(m.ErrorCode); {
	case errors.Is(err, kafka.UnknownTopicOrPartition):
		return Peeked{}, nil
	case err != nil:
		return Peeked{}, lacking(err, "Describe", name)
	}
	l := &stateLog{client: cl, topic: name, leader: leaderOf(m, 0)}
	if l.leader == anyBroker {
		return Peeked{}, kafka.LeaderNotAvailable
	}
	p, err := l.peek(ctx)
	if p.Last != nil {
		p.Foreign = p.Last.check(c, clusterID(resp))
	}
	return p, err
}

func (l *stateLog) peek(ctx context.Context) (Peeked, error) {
	start, end, err := l.bounds(ctx)
	p := Peeked{Open: errors.Is(err, errUndecided)}
	if err != nil && !p.Open {
		return p, err
	}
	r, found, err := l.lastIn(ctx, start, end)
	if found {
		p.Last = &r
	}
	return p, err
}

// clusterID is that of the Kafka cluster, "" where brokers do not tell it.
func clusterID(resp *kmsg.MetadataResponse) string {
	if resp.ClusterID == nil {
		return ""
	}
	return *resp.ClusterID
}
