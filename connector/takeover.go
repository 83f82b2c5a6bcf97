package connector

import (
	"context"
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/sink"
)

// Why a takeover does not decide by itself where to go on. Each names the remedy.
var (
	// ErrStateLost says that Kafka has lost the position that raft knows of.
	ErrStateLost = errors.New("the state topic holds no position although the connector has written before: it was deleted, or this is another Kafka cluster. " +
		"What was written since raft last heard of it is not known; decide with cdcd offsets reset where to go on")
	// ErrStateBehind says that Kafka's position is older than the one in raft.
	ErrStateBehind = errors.New("the position in the state topic is older than the one that raft knows of: Kafka has lost committed records, or was restored from a copy. " +
		"Decide with cdcd offsets reset where to go on: --to kafka reads again what Kafka has lost, --to last goes on behind it")
	// ErrOtherDeployment says that a session of another raft cluster has written.
	ErrOtherDeployment = errors.New("somebody else has written to this connector's topics: another deployment with the same cluster.name and connector name, or this raft cluster was restored from a copy. " +
		"Stop the other one and rename one of them; if there is none, confirm the position with cdcd offsets reset --to kafka")
)

// takeover is one session's way to become the owner, and what it found.
type takeover struct {
	store Store
	known Stored
	state event.State // where to go on; the zero Position is from now
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
	t.known.Session, t.known.Tables = now.Session, now.Tables
	if t.state, err = decide(c, t.known); err != nil {
		return sink.Grant{}, err
	}
	above := uint64(0)
	if c.Last != nil {
		above = c.Last.Session
	}
	session, err := t.store.Session(ctx, Producer{ID: c.ProducerID, Epoch: c.Epoch}, above)
	return sink.Grant{Session: session, N: t.state.N}, err
}

// decide returns the state that counts: Kafka's, which is written together with
// the records, unless raft's was stored later by a session without Kafka
// transactions. Kafka's is never older than what raft heard of it.
func decide(c sink.Claim, known Stored) (event.State, error) {
	reached := known.State.N > 0
	plain := reached && !known.Fenced
	switch {
	case c.ProducerID < 0:
		return known.State, nil
	case c.Last == nil && reached && known.Fenced:
		return event.State{}, fmt.Errorf("%w (raft knows of commit %d at %s)", ErrStateLost, known.State.N, known.State.Position)
	case c.Last == nil, plain && known.Writer > c.Last.Session:
		return known.State, nil
	case c.Foreign != nil:
		return event.State{}, c.Foreign
	case known.Session > 0 && c.Last.Session > known.Session:
		return event.State{}, fmt.Errorf("%w (the topic's last record is of session %d, raft knows %d)", ErrOtherDeployment, c.Last.Session, known.Session)
	case c.Last.State.N < known.State.N:
		return event.State{}, fmt.Errorf("%w (commit %d at %s in Kafka, commit %d at %s in raft)", ErrStateBehind,
			c.Last.State.N, c.Last.State.Position, known.State.N, known.State.Position)
	}
	return c.Last.State, nil
}
