package sink

import (
	"context"
	"fmt"
	"sync"
	"time"

	"cdcd/event"
	"cdcd/sink/format"

	"go.uber.org/zap"
)

// Kafka writes records to Kafka, at least once and in order per partition. One
// goroutine at a time may call Append and Commit; Flush and Close may come from
// any. After an error of Append the sink can only be closed: how much of the
// batch was taken is not known.
type Kafka struct {
	cfg    Config
	client *client
	bufs   buffers
	codec  compressor // of Append; each sender has its own
	log    *zap.Logger

	dialect dialect
	group   *group // of transactions; nil when writing without

	ctx  context.Context //nolint:containedctx // the life of the goroutines, ended by Close with the reason
	stop context.CancelCauseFunc
	wg   sync.WaitGroup
	kick chan struct{} // control has something to do
	tell chan struct{} // notify has something to do

	mu      sync.Mutex // guards the following, and every topic, partition and sender
	topics  map[string]*topic
	interns map[*format.Topic]*topic
	lastRef *format.Topic // of the record before, with its topic: saves a lookup
	last    *topic
	senders map[int32]*sender
	ledger  ledger
	reached []*interval   // for notify, in order
	n       uint64        // commits; notify's, once Takeover is over
	held    int64         // bytes: capacities of batches, and boundaries
	waiters int           // calls of Append and Flush that wait: linger no longer
	space   chan struct{} // closed and replaced when held falls; nil while nobody waits

	owner producer // noProducer until Kafka gave one
	stale bool     // leaders have to be asked for

	trouble time.Time // when attempts began to fail; zero while they succeed
	logNext time.Time // when the next failure may be logged
	logged  bool      // a failure was, since the last success
}

// intervalCost is what a boundary that is not reached counts against
// Config.BufferBytes.
const intervalCost = 256

// Open starts a sink. A Kafka that is down is waited for by what is appended;
// Open fails when the configuration is wrong or Kafka refuses us.
func Open(ctx context.Context, c Config) (*Kafka, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	k := newKafka(context.WithoutCancel(ctx), c, cl)
	if err := k.greet(ctx); err != nil {
		cl.close()
		return nil, err
	}
	k.wg.Go(k.control)
	k.wg.Go(k.notify)
	return k, nil
}

func newKafka(ctx context.Context, c Config, cl *client) *Kafka {
	k := &Kafka{
		cfg: c, client: cl, log: c.Logger,
		kick: make(chan struct{}, 1), tell: make(chan struct{}, 1),
		topics: map[string]*topic{}, interns: map[*format.Topic]*topic{}, senders: map[int32]*sender{},
		ledger: newLedger(), owner: noProducer, dialect: plainDialect,
	}
	k.codec, _ = newCompressor(c.Compression) // checked by withDefaults
	k.ctx, k.stop = context.WithCancelCause(ctx)
	return k
}

// greet asks for a producer id once, so that refused credentials and the like
// are told at once.
func (k *Kafka) greet(ctx context.Context) error {
	err := k.initProducer(ctx)
	if err = k.tolerate("producer id", err); err != nil && (ctx.Err() != nil || Classify(Write, err) == Fatal) {
		return fmt.Errorf("sink: connect to Kafka at %s: %w%s", brokerList(k.cfg.Brokers), err, txnRemedy(err))
	}
	return nil
}

// Takeover asks for leave to write. It is called before anything is appended.
func (k *Kafka) Takeover(ctx context.Context, o Owner) error {
	g, err := plainly(ctx, o)
	k.n = g.N
	return err
}

// plainly is a takeover where there is nothing to fence.
func plainly(ctx context.Context, o Owner) (Grant, error) {
	if err := o.Confirm(ctx); err != nil {
		return Grant{}, fmt.Errorf("%w: %w", ErrNotOwner, err)
	}
	return o.Begin(ctx, Claim{ProducerID: -1, Epoch: -1})
}

// Commit marks a boundary. Once every record appended before it is acknowledged,
// OnCommit is told s, in the order of the boundaries. Commit waits for nothing
// and holds nothing back. Of boundaries with no record between them only the
// last is told when they are reached together. Commits are numbered here: s.N
// does not count.
func (k *Kafka) Commit(_ context.Context, s event.State) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	held := len(k.ledger.intervals)
	k.ledger.commit(s)
	k.held += int64(len(k.ledger.intervals)-held) * intervalCost
	k.advance()
	return context.Cause(k.ctx)
}

// Flush returns when everything appended before the call is acknowledged and
// OnCommit was told every boundary among it.
func (k *Kafka) Flush(ctx context.Context) error {
	reached := make(chan struct{})
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ledger.flush(reached)
	k.held += intervalCost
	k.advance()
	return k.await(ctx, reached)
}

// Wait returns what ended the sink once something did, or nil when ctx ends
// first.
func (k *Kafka) Wait(ctx context.Context) error {
	select {
	case <-k.ctx.Done():
		return context.Cause(k.ctx)
	case <-ctx.Done():
		return nil
	}
}

// Close stops the sink and waits for its goroutines. What is not acknowledged
// may or may not be written; boundaries that were reached are told. It may be
// called more than once.
func (k *Kafka) Close() error {
	k.stop(ErrClosed)
	k.wg.Wait()
	k.client.close()
	return nil
}

// fail ends the sink; the first reason counts.
func (k *Kafka) fail(err error) { k.stop(err) }

// advance hands boundaries that are reached to notify.
func (k *Kafka) advance() {
	n := len(k.reached)
	if k.reached = k.ledger.take(k.reached); len(k.reached) > n {
		nudge(k.tell)
	}
}

// notify tells boundaries, in order, outside of the lock. What was reached when
// the sink stops is still told: it is written.
func (k *Kafka) notify() {
	for {
		k.mu.Lock()
		reached := k.reached
		k.reached = nil
		k.mu.Unlock()
		for _, in := range reached {
			k.announce(in)
		}
		k.release(int64(len(reached)) * intervalCost)
		if len(reached) > 0 {
			continue
		}
		select {
		case <-k.tell:
		case <-k.ctx.Done():
			return
		}
	}
}

func (k *Kafka) announce(in *interval) {
	if in.state != nil {
		k.n++
		in.state.N = k.n
		k.cfg.OnCommit(*in.state)
	}
	if in.reached != nil {
		close(in.reached)
	}
}

// nudge wakes the goroutine that owns c, now or when it next looks.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
