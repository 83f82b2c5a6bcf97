package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cdcd/event"
	"cdcd/sink/format"

	"go.uber.org/zap"
)

// TxnConfig is what a transactional sink needs besides Config.
type TxnConfig struct {
	Config
	Connector string
	Cluster   string // cluster.name, the same for all nodes of the cdcd cluster

	// Timeout is transaction.timeout.ms: how long an open transaction may hold
	// back readers once its owner is gone for good; 60 s. A transaction may last
	// 0.8 of it.
	Timeout time.Duration
	// Age and Size cut a Kafka transaction at the next boundary; 200 ms and 64
	// MiB. Of what is larger than half of BufferBytes the first part is sent before
	// the rest is there.
	Age  time.Duration
	Size int64
	// Split has a source transaction that takes longer than that divided where
	// Offer tells, instead of failing.
	Split bool
	// Quiet is how long a position waits for records to be committed with; 5 s.
	Quiet time.Duration
}

// TransactionalID is the id that one owner at a time of a connector holds.
func (c TxnConfig) TransactionalID() string { return "cdcd-" + c.Cluster + "-" + c.Connector }

func (c TxnConfig) withDefaults() (TxnConfig, error) {
	var err error
	if c.Config, err = c.Config.withDefaults(); err != nil {
		return c, err
	}
	if c.Cluster == "" || c.Connector == "" {
		return c, errors.New("sink: exactly once needs cluster.name and the connector's name")
	}
	fallback(&c.Timeout, time.Minute)
	fallback(&c.Age, 200*time.Millisecond)
	fallback(&c.Size, 64<<20)
	fallback(&c.Quiet, 5*time.Second)
	return c, nil
}

// Errors of a transactional sink.
var (
	// ErrTooOld means that the brokers cannot do exactly once.
	ErrTooOld = errors.New("sink: Kafka is too old for exactly-once delivery, which needs brokers of 3.6 or later; upgrade, or set exactly.once.support=disabled")
	// ErrNotOwner means that ownership was not confirmed.
	ErrNotOwner = errors.New("ownership is not confirmed")
	// ErrOversize means that a source transaction outlasts the Kafka transaction.
	ErrOversize = errors.New("sink: a source transaction takes longer than a Kafka transaction may; raise producer.override.transaction.timeout.ms, and transaction.max.timeout.ms of the brokers if need be, or set cdcd.transaction.oversize=split, which has readers see such a transaction in parts")
	// ErrAborted is returned by calls on a sink that Abort ended.
	ErrAborted = errors.New("sink: aborted")
	// ErrUnfinished is returned by Flush: what it waits for is in one Kafka
	// transaction with the beginning of a source transaction that is not over.
	ErrUnfinished = errors.New("sink: the Kafka transaction holds a part of a source transaction, and cannot be committed")
)

// Transactional writes records and the position behind them in Kafka
// transactions: readers with isolation.level=read_committed see a source
// transaction once, and whole. Takeover comes first, and once. After that it is
// used as Kafka is; any error ends it, and after a *ResolveError another one is
// opened and taken over with.
type Transactional struct {
	k        *Kafka
	g        *group
	cfg      TxnConfig
	level    level
	settling settling // the committer's
	coords   coordinators
	id       string
	kafkaID  string
	session  uint64

	stateTopic string
	open       bool // Kafka may have an open transaction of ours; owned by the committer, then by whoever waited for it
	ending     sync.Once
	end        error
}

// OpenTransactional connects, learns which protocol the cluster speaks, and
// opens or makes the state topic. It writes nothing.
func OpenTransactional(ctx context.Context, c TxnConfig) (*Transactional, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	cl, err := newClient(c.Config)
	if err != nil {
		return nil, err
	}
	t := newTransactional(context.WithoutCancel(ctx), c, cl)
	if err := t.greet(ctx); err != nil {
		t.k.stop(err)
		cl.close()
		return nil, fmt.Errorf("sink: connect to Kafka at %s: %w", brokerList(c.Brokers), err)
	}
	t.k.wg.Go(t.k.control)
	return t, nil
}

func newTransactional(ctx context.Context, c TxnConfig, cl *client) *Transactional {
	k := newKafka(ctx, c.Config, cl)
	t := &Transactional{
		settling: settling{patience: firstPatience},
		k:        k, cfg: c, id: c.TransactionalID(), stateTopic: StateTopic(c.Connector),
		coords: coordinators{client: cl, id: c.TransactionalID(), broker: anyBroker},
	}
	t.g = &group{
		k: k, limits: limits{age: c.Age, quiet: c.Quiet, bytes: c.Size, stream: min(c.Size, c.BufferBytes/2)},
		stateTopic: t.stateTopic, connector: c.Connector, encode: t.encodeState, committed: time.Now(),
	}
	k.group = t.g
	return t
}

// greet asks once each for what Open promises.
func (t *Transactional) greet(ctx context.Context) error {
	level, err := t.chooseLevel(ctx)
	if err != nil {
		return err
	}
	t.level, t.k.client.topicIDs = level, true
	t.k.dialect = level.dialect(t.id)
	return t.openStateTopic(ctx)
}

// Append is as Kafka.Append. What it takes is in the transaction of the next
// Commit.
func (t *Transactional) Append(ctx context.Context, b *format.Batch) error { return t.k.Append(ctx, b) }

// Commit marks the end of a source transaction. OnCommit is told s, or a later
// state in its place, once everything before it is committed in Kafka. It waits
// for nothing. Kafka transactions are numbered here: s.N does not count.
func (t *Transactional) Commit(_ context.Context, s event.State) error {
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	t.g.boundary(s, time.Now())
	return context.Cause(t.k.ctx)
}

// Wait returns what ended the sink once something did, or nil when ctx ends
// first.
func (t *Transactional) Wait(ctx context.Context) error { return t.k.Wait(ctx) }

// PutTables adds table versions to the transaction of the next Commit.
func (t *Transactional) PutTables(tables []TableRecord) {
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	t.g.tables = append(t.g.tables, tables...)
}

// Offer tells a place inside of a source transaction, behind everything appended
// so far, where it may be divided: s goes on from there. It reports whether it
// was, which is only when the transaction takes too long for Kafka.
func (t *Transactional) Offer(s event.State) bool {
	t.k.mu.Lock()
	defer t.k.mu.Unlock()
	now := time.Now()
	if !t.cfg.Split || !t.g.overdue(now, t.cfg.Timeout*4/5) {
		return false
	}
	t.g.boundary(s, now)
	if !t.g.gate.closed {
		t.g.cut()
	}
	return true
}

// Flush returns when every boundary before the call is committed in Kafka and
// told. It fails with ErrUnfinished when that depends on more to be appended: under
// load, when source and sink are stopped in the middle of a source transaction.
func (t *Transactional) Flush(ctx context.Context) error {
	k, g := t.k, t.g
	k.mu.Lock()
	defer k.mu.Unlock()
	g.hurry++
	defer func() { g.hurry-- }()
	nudge(k.tell)
	for target := k.ledger.boundaries; g.durable < target; {
		if g.unfinished() {
			return ErrUnfinished
		}
		if g.progress == nil {
			g.progress = make(chan struct{})
		}
		if err := k.await(ctx, g.progress); err != nil {
			return err
		}
	}
	return context.Cause(k.ctx)
}

// Abort ends the sink and the open Kafka transaction, so that readers do not
// wait for it: nothing behind the last committed state happened. A commit that
// was sent is waited for.
func (t *Transactional) Abort(ctx context.Context) error { return t.shut(ctx, ErrAborted) }

// closeTime bounds how long Close waits for Kafka.
const closeTime = time.Second

// Close is Abort, as far as Kafka answers soon. What was not committed is
// written again by the next owner.
func (t *Transactional) Close() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.k.ctx), closeTime)
	defer cancel()
	if err := t.shut(ctx, ErrClosed); err != nil {
		t.k.log.Info("an open transaction is left to the next owner to abort", zap.Error(err))
	}
	return nil
}

func (t *Transactional) shut(ctx context.Context, why error) error {
	t.ending.Do(func() {
		resolved := context.Cause(t.k.ctx) == nil || !needsTakeover(context.Cause(t.k.ctx))
		t.k.stop(why)
		t.k.wg.Wait()
		if t.open && resolved && !needsTakeover(t.end) {
			t.end = t.abort(ctx)
		}
		t.k.client.close()
	})
	return t.end
}

func needsTakeover(err error) bool {
	var resolve *ResolveError
	return errors.As(err, &resolve)
}

// abort ends the open transaction without its records.
func (t *Transactional) abort(ctx context.Context) error {
	_, err := t.level.end(ctx, t, t.k.owner, false)
	t.open = err != nil
	return err
}
