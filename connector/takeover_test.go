package connector

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/sink"
)

// at is commit n, whose position says so.
func at(n uint64) event.State {
	return event.State{N: n, Position: event.Position{File: "binlog.000001", Offset: 100 * n}, Schema: 7}
}

// inTopic is what a transactional sink finds.
func inTopic(session, n uint64) sink.Claim {
	return sink.Claim{Last: &sink.StateRecord{Session: session, State: at(n)}}
}

// of is inTopic for a record that is not this deployment's.
func foreign(session, n uint64) sink.Claim {
	c := inTopic(session, n)
	c.Foreign = sink.ErrForeignState
	return c
}

// mirrored is raft after session 5 wrote commit n in Kafka transactions.
func mirrored(n uint64) Stored {
	return Stored{State: at(n), Writer: 5, Fenced: true, Session: 5}
}

// plainly is raft after a session stored a state without.
func plainly(session uint64, s event.State) Stored {
	return Stored{State: s, Writer: session, Session: session}
}

var (
	emptyTopic = sink.Claim{}
	noFence    = sink.Claim{ProducerID: -1, Epoch: -1}
)

// Where a session goes on, for each of what Kafka and raft can know.
func TestDecide(t *testing.T) {
	f := func(name string, c sink.Claim, known Stored, want event.State) {
		t.Helper()
		got, err := Decide("shop", c, known)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	f("nothing anywhere", emptyTopic, Stored{}, event.State{})
	f("raft lost its disks", inTopic(5, 9), Stored{}, at(9))
	f("Kafka is ahead of the mirror", inTopic(5, 9), mirrored(8), at(9))
	f("Kafka is as far as the mirror", inTopic(5, 9), mirrored(9), at(9))
	f("the owner before mirrored nothing", inTopic(5, 9), Stored{State: at(8), Writer: 4, Fenced: true, Session: 5}, at(9))
	f("without transactions raft counts", noFence, mirrored(8), at(8))
	f("transactions are switched on", emptyTopic, plainly(5, at(8)), at(8))
	f("transactions are switched on again", inTopic(4, 3), plainly(5, at(8)), at(8))
	f("reset to last, the topic is lost", emptyTopic, plainly(6, at(8)), at(8))
	f("reset to last, Kafka is ahead", inTopic(5, 9), plainly(6, at(8)), at(8))
	f("reset to last, the record is another's", foreign(5, 9), plainly(6, at(8)), at(8))
	f("reset to now", inTopic(5, 9), plainly(6, event.State{N: 9}), event.State{N: 9})
	f("reset to kafka", inTopic(5, 3), plainly(6, event.State{}), at(3))
	f("reset to kafka, the record is another's", foreign(9, 3), plainly(10, event.State{}), at(3))
	f("reset to kafka, and the session after it wrote", inTopic(11, 4), Stored{Writer: 10, Session: 11}, at(4))
	f("reset to now, and the session after it wrote", inTopic(7, 10), Stored{State: event.State{N: 9}, Writer: 6, Session: 7}, at(10))
}

// A state of the operator's that differs in its tables only is one to keep again:
// the state topic lacks the version that he added.
func TestTakeover_KeepsWhatAnOperatorAdded(t *testing.T) {
	added := at(9)
	added.Schema++
	f := func(state event.State, want bool) {
		t.Helper()
		if got := (&takeover{last: inTopic(5, 9).Last, state: state}).kept(); got != want {
			t.Errorf("version %d: %v", state.Schema, got)
		}
	}
	f(at(9), false)
	f(added, true)
}

// What a session does not decide by itself names the command that does.
func TestDecide_Halts(t *testing.T) {
	f := func(name string, c sink.Claim, known Stored, want error, parts ...string) {
		t.Helper()
		_, err := Decide("shop", c, known)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, p := range parts {
			if !strings.Contains(err.Error(), p) {
				t.Errorf("%s: %q is not in %v", name, p, err)
			}
		}
	}
	const command = "cdcd offsets reset --connector shop --to "
	f("the topic was deleted", emptyTopic, mirrored(8), ErrStateLost, "commit 8 at binlog.000001:800", command+"last", command+"now")
	f("restored from a copy", inTopic(4, 3), mirrored(8), ErrStateBehind, "commit 3 at", "commit 8 at", command+"kafka", command+"last")
	f("the end was cut off", inTopic(5, 7), mirrored(8), ErrStateBehind)
	f("another deployment", inTopic(6, 9), mirrored(8), ErrOtherDeployment, "session 6, raft knows 5", command+"kafka")
	f("another cluster's topic", foreign(5, 9), mirrored(8), sink.ErrForeignState)
	f("another cluster's topic, raft is new", foreign(5, 9), Stored{}, sink.ErrForeignState)
	f("reset to kafka, and another deployment wrote since", inTopic(11, 9), plainly(10, event.State{}), ErrOtherDeployment)
	f("reset to kafka, and a foreign one wrote since", foreign(11, 9), plainly(10, event.State{}), sink.ErrForeignState)
	f("reset to kafka, and the topic was deleted", emptyTopic, plainly(10, event.State{}), ErrStateLost, command+"now")
	f("reset to kafka, and transactions were switched off", noFence, plainly(10, event.State{}), ErrNoKafkaState, "exactly.once.support=required", command+"now")
	f("reset to last, and another deployment wrote since", inTopic(11, 9), plainly(10, at(8)), ErrOtherDeployment)
}
