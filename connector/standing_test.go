package connector

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/sink"
)

// standing is that of a connector whose topic and raft are as given.
func standing(c sink.Claim, raft Stored) Standing {
	return Standing{Connector: "shop", Delivery: Required, Raft: raft, Kafka: sink.Peeked{Last: c.Last, Foreign: c.Foreign}}
}

// Whatever stopped a connector, every reset that is possible lets it go on where
// it says, with commits that rise.
func TestStanding_ResetCounts(t *testing.T) {
	given := event.Position{File: "binlog.000002", Offset: 4}
	f := func(name string, s Standing, last, kafka bool) {
		t.Helper()
		n := max(s.Raft.State.N, s.inKafka().N, 1)
		check := func(to Target, want event.State) {
			t.Helper()
			stored, err := s.Reset(to, given)
			if err != nil {
				t.Errorf("%s, --to %s: %v", name, to, err)
				return
			}
			if got, err := s.After(stored).Next(); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, --to %s: goes on at %v, %v; want %v", name, to, got, err, want)
			}
		}
		check(ToNow, event.State{N: n})
		check("binlog.000002:4", event.State{N: n, Position: given})
		if last {
			want := s.Raft.State
			want.N = n
			check(ToLast, want)
		}
		if kafka {
			check(ToKafka, s.inKafka())
		}
	}
	f("nothing is wrong", standing(inTopic(5, 9), mirrored(8)), true, true)
	f("the topic is lost", standing(emptyTopic, mirrored(8)), true, false)
	f("the topic is behind", standing(inTopic(4, 3), mirrored(8)), true, true)
	f("another deployment wrote", standing(inTopic(9, 20), mirrored(8)), true, true)
	f("another cluster's topic", standing(foreign(9, 20), mirrored(8)), true, true)
	f("another cluster's topic, raft is new", standing(foreign(9, 20), Stored{}), false, true)
	f("forgotten, and the topic is lost", standing(emptyTopic, plainly(6, event.State{})), false, false)
	f("without transactions", Standing{Connector: "shop", Delivery: Disabled, Raft: plainly(5, at(8))}, true, false)
}

// One more table version counts, and where the connector goes on stays.
func TestStanding_Define(t *testing.T) {
	f := func(name string, s Standing, want event.State, refused string) {
		t.Helper()
		got, err := s.Define()
		switch {
		case refused != "":
			if err == nil || !strings.Contains(err.Error(), refused) {
				t.Errorf("%s: %v", name, err)
			}
			return
		case err != nil:
			t.Errorf("%s: %v", name, err)
			return
		}
		want.Schema++
		next, err := s.After(got).Next()
		if err != nil || !reflect.DeepEqual(next, want) {
			t.Errorf("%s: goes on at %v, %v; want %v", name, next, err, want)
		}
	}
	raft := mirrored(8)
	raft.Tables = 12
	f("Kafka is ahead", standing(inTopic(5, 9), raft), at(9), "")
	split := inTopic(5, 9)
	split.Last.State.Split = &event.Split{Group: "g", Part: 2}
	f("within a transaction", standing(split, raft), split.Last.State, "")
	plain := plainly(6, at(8))
	plain.Tables = 7
	f("said before", standing(inTopic(5, 9), plain), event.State{N: 9, Position: at(8).Position, Schema: 7}, "")
	f("not begun", standing(emptyTopic, Stored{}), event.State{}, "reads the tables as they are when it starts")
	f("at a position that was given", standing(inTopic(5, 9), plainly(6, event.State{N: 9, Position: at(8).Position})), event.State{}, "reads the tables")
	f("raft lost tables", standing(inTopic(5, 9), mirrored(8)), event.State{}, "brings them back")
	unread := standing(inTopic(5, 9), raft)
	unread.Unread = errSilent
	f("Kafka is away", unread, event.State{}, "while Kafka cannot be read")
	f("stopped", standing(emptyTopic, raft), event.State{}, "the state topic holds no position")
}

// A reset that could not count is refused, and says what to choose.
func TestStanding_ResetRefused(t *testing.T) {
	f := func(name string, s Standing, to Target, parts ...string) {
		t.Helper()
		_, err := s.Reset(to, event.Position{})
		if !errors.Is(err, ErrNoReset) {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, p := range parts {
			if !strings.Contains(err.Error(), p) {
				t.Errorf("%s: %q is not in %v", name, p, err)
			}
		}
	}
	f("raft is new", standing(inTopic(5, 9), Stored{}), ToLast, "raft knows no position", "choose kafka, now")
	f("no record", standing(emptyTopic, mirrored(8)), ToKafka, "__cdcd-state-shop holds no position", "choose last, now")
	off := standing(inTopic(5, 9), mirrored(8))
	off.Delivery = Disabled
	f("without transactions", off, ToKafka, "exactly.once.support=disabled", "choose last, now")
	down := standing(emptyTopic, mirrored(8))
	down.Unread = errors.New("connection refused")
	f("Kafka is down", down, ToKafka, "not known while Kafka cannot be read", "connection refused")
}
