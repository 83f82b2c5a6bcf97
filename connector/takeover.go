package connector

import (
	"context"
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/sink"
)

// Why a takeover does not decide by itself where to go on. With each comes the
// command that decides.
var (
	// ErrStateLost says that Kafka has lost the position that raft knows of.
	ErrStateLost = errors.New("the state topic holds no position although the connector has written before: it was deleted, or this is another Kafka cluster")
	// ErrStateBehind says that Kafka's position is older than the one in raft.
	ErrStateBehind = errors.New("the position in the state topic is older than the one that raft knows of: Kafka has lost committed records, or was restored from a copy")
	// ErrOtherDeployment says that a session of another raft cluster has written.
	ErrOtherDeployment = errors.New("somebody else has written to this connector's topics: another deployment with the same cluster.name and connector name, or this raft cluster was restored from a copy")
	// ErrNoKafkaState says that Kafka's position was told to count by a
	// connector that does not keep one there.
	ErrNoKafkaState = errors.New("the offsets were reset to the position in Kafka, and this connector writes without Kafka transactions")
)

// takeover is one session's way to become the owner, and what it found.
type takeover struct {
	name  string // of the connector
	store Store
	known Stored
	last  *sink.StateRecord // Kafka's, nil when there is none
	state event.State       // where to go on; the zero Position is as at a first start

	abandons bool // the state is of a copy that is not gone on with
}

var _ sink.Owner = (*takeover)(nil)

// Confirm asks the store, and what it knows before we are the owner in Kafka: all
// of that was committed there before our InitProducerID.
func (t *takeover) Confirm(ctx context.Context) (err error) {
	if err := t.store.Confirm(ctx); err != nil {
		return err
	}
	t.known, err = t.store.Load(ctx)
	return err
}

// Begin decides where to go on and opens the session. An owner that paused since
// the state was read finds that raft has heard of a later one: it was fenced, and
// nothing is lost. So Kafka's state is compared with what raft knew before. A
// session that is not known is another matter: that of Kafka's state was opened
// before it was written, and so is known now. Package internal/model has both.
func (t *takeover) Begin(ctx context.Context, c sink.Claim) (sink.Grant, error) {
	now, err := t.store.Load(ctx)
	if err != nil {
		return sink.Grant{}, err
	}
	t.known.Session, t.known.Tables, t.last = now.Session, now.Tables, c.Last
	if t.state, err = Decide(t.name, c, t.known); err != nil {
		return sink.Grant{}, err
	}
	session, err := t.store.Session(ctx, Producer{ID: c.ProducerID, Epoch: c.Epoch}, newest(c))
	return sink.Grant{Session: session, N: t.state.N}, err
}

// kept tells whether the state that counts is not the one in Kafka.
func (t *takeover) kept() bool {
	return t.last == nil || t.last.State.N != t.state.N || t.last.State.Schema != t.state.Schema ||
		t.last.State.Position.String() != t.state.Position.String()
}

// newest is the session of Kafka's state, 0 when there is none.
func newest(c sink.Claim) uint64 {
	if c.Last == nil {
		return 0
	}
	return c.Last.Session
}

// Decide returns the state that counts: Kafka's, which is written together with
// the records, unless raft's was stored later by a session without Kafka
// transactions, as that of an operator is. Kafka's is never older than what raft
// heard of it. An operator who forgot raft's state told Kafka's to count, whoever
// wrote it before. The error is one of those above, or Claim.Foreign, with the
// command that decides for the connector.
func Decide(connector string, c sink.Claim, known Stored) (event.State, error) {
	plain := known.Writer > 0 && !known.Fenced
	adopts := plain && known.State.N == 0
	to := func(to string) string { return sink.ResetCommand(connector, to) }
	switch {
	case adopts && c.ProducerID < 0:
		return event.State{}, fmt.Errorf("%w. Set exactly.once.support=required, or go on without what Kafka knows with %s", ErrNoKafkaState, to("now"))
	case c.ProducerID < 0:
		return known.State, nil
	case c.Last == nil && adopts:
		return event.State{}, fmt.Errorf("%w; and raft was told to forget its own. Begin as at a first start with %s, or anywhere with a position in place of now", ErrStateLost, to("now"))
	case c.Last == nil && known.Fenced && known.State.N > 0:
		return event.State{}, fmt.Errorf("%w. Raft knows of commit %d at %s. After cdcd was stopped in order that is the last one, otherwise what came later is written again by %s; %s leaves out what was not read yet",
			ErrStateLost, known.State.N, known.State.Position, to("last"), to("now"))
	case c.Last == nil, plain && !adopts && known.Writer > c.Last.Session:
		return known.State, nil
	case c.Foreign != nil && (!adopts || known.Writer <= c.Last.Session):
		return event.State{}, c.Foreign
	case known.Session > 0 && c.Last.Session > known.Session:
		return event.State{}, fmt.Errorf("%w (the topic's last record is of session %d, raft knows %d). Stop the other one and rename one of them; if there is none, confirm the position in Kafka with %s",
			ErrOtherDeployment, c.Last.Session, known.Session, to("kafka"))
	case c.Last.State.N < known.State.N:
		return event.State{}, fmt.Errorf("%w (commit %d at %s in Kafka, commit %d at %s in raft). Read again what Kafka has lost with %s, or go on behind it with %s",
			ErrStateBehind, c.Last.State.N, c.Last.State.Position, known.State.N, known.State.Position, to("kafka"), to("last"))
	}
	return c.Last.State, nil
}
