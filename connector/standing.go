package connector

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/sink"
)

// Standing is what is known, while a connector does not run, of where it goes on.
type Standing struct {
	Connector string
	Delivery  Delivery
	Raft      Stored
	Kafka     sink.Peeked
	Unread    error // why Kafka could not be asked; Kafka says nothing then
}

// Next is where the next start goes on as things are, or why it stops.
func (s Standing) Next() (event.State, error) {
	claim := s.Kafka.Claim()
	if s.Delivery == Disabled {
		claim.ProducerID = -1
	}
	return Decide(s.Connector, claim, s.Raft)
}

// Target is where an operator wants a connector to go on.
type Target string

// The targets that need no position.
const (
	ToLast  Target = "last"  // where raft last heard of it
	ToKafka Target = "kafka" // where Kafka's state record says, whoever wrote it
	ToNow   Target = "now"   // as at a first start
)

// ErrNoReset says that there is nothing to reset to, or nowhere to go on from.
var ErrNoReset = errors.New("it cannot be decided so where the connector goes on")

// Reset returns the state that raft has to store, in a session of the operator's
// numbered above Kafka's record, for the target to count; place is the one of any
// other target. Commits go on rising whatever is chosen.
func (s Standing) Reset(to Target, place event.Position) (event.State, error) {
	n := max(s.Raft.State.N, s.inKafka().N, 1)
	switch to {
	case ToLast:
		last := s.Raft.State
		if last.Position.IsZero() {
			return last, fmt.Errorf("%w: raft knows no position of connector %s, which has not written from here or was reset before; choose kafka, now or a position", ErrNoReset, s.Connector)
		}
		last.N = n
		return last, nil
	case ToKafka:
		return event.State{}, s.keepsInKafka()
	case ToNow:
		return event.State{N: n}, nil
	}
	return event.State{N: n, Position: place}, nil
}

// inKafka is the zero State when there is none.
func (s Standing) inKafka() event.State {
	if s.Kafka.Last == nil {
		return event.State{}
	}
	return s.Kafka.Last.State
}

// keepsInKafka says why Kafka's position cannot count.
func (s Standing) keepsInKafka() error {
	switch {
	case s.Delivery == Disabled:
		return fmt.Errorf("%w: connector %s has exactly.once.support=disabled and keeps no position in Kafka; choose last, now or a position", ErrNoReset, s.Connector)
	case s.Unread != nil:
		return fmt.Errorf("%w: whether Kafka has a position, and whose it is, is not known while Kafka cannot be read: %w", ErrNoReset, s.Unread)
	case s.Kafka.Last == nil:
		return fmt.Errorf("%w: %s holds no position; choose last, now or a position", ErrNoReset, sink.StateTopic(s.Connector))
	}
	return nil
}

// Define returns the state that raft has to store, in a session of the operator's,
// for a connector to go on where it stands with one more table version, whose
// number is the state's.
func (s Standing) Define() (event.State, error) {
	if s.Unread != nil && s.Delivery != Disabled {
		return event.State{}, fmt.Errorf("%w: where connector %s stands is not known while Kafka cannot be read: %w", ErrNoReset, s.Connector, s.Unread)
	}
	state, err := s.Next()
	switch {
	case err != nil:
		return state, err
	case state.Position.IsZero() || state.Schema == 0:
		return state, fmt.Errorf("%w: connector %s reads the tables as they are when it starts", ErrNoReset, s.Connector)
	case s.Raft.Tables < state.Schema:
		return state, fmt.Errorf("%w: raft lacks table versions that Kafka has; start connector %s once, which brings them back", ErrNoReset, s.Connector)
	}
	state.N = max(s.Raft.State.N, s.inKafka().N, 1)
	state.Schema++
	return state, nil
}

// Above is what the number of the operator's session has to be larger than,
// besides raft's own.
func (s Standing) Above() uint64 { return newest(s.Kafka.Claim()) }

// After is the standing once raft has stored a state in the operator's session.
func (s Standing) After(stored event.State) Standing {
	session := max(s.Raft.Session, s.Above()) + 1
	s.Raft = Stored{State: stored, Writer: session, Session: session, Tables: s.Raft.Tables}
	return s
}
