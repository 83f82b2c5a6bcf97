package offsets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"

	"cdcd/event"
	"cdcd/schema"
)

// every has one command of each kind.
var every = []Command{
	PutConnector{"c", []byte(`{"a":1}`)},
	DeleteConnector{"c"},
	session("c", 1, 1),
	mirror("c", 1, 2),
	PutTables{"c", 1, []Table{table(1, "a")}},
	Truncate{"c", 1, 1},
	Reset{"c", 1, at(2)},
	SetTarget{"c", Paused},
	Place{[]Move{{"c", 2, "n1", true}, {"d", 1, "", false}}},
	SetLive{map[string]bool{"n2": false, "n1": true}},
	Drain{"n1", true},
	RemoveNode{"n1"},
}

func encoded(t testing.TB, c Command) []byte {
	t.Helper()
	frame, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// TestEncode_FormIsFixed pins the bytes: they lie in the logs of running
// clusters.
func TestEncode_FormIsFixed(t *testing.T) {
	hash := HashOf([]byte("a")).String()
	want := []string{
		`3 1 {"connector":"c","config":"eyJhIjoxfQ=="}`,
		`3 2 {"connector":"c"}`,
		`3 3 {"connector":"c","id":1,"generation":1,"node":"n1","producer":{"id":-1,"epoch":-1}}`,
		`3 4 {"entries":[{"connector":"c","session":1,"offset":{"n":2,"pos":{"flavor":"mysql","server":"uuid","file":"binlog.000007","offset":1002,"gtids":"uuid:1-9"},"schema":3}}]}`,
		`3 5 {"connector":"c","session":1,"tables":[{"version":1,"hash":"` + hash + `","definition":"YQ=="}]}`,
		`3 6 {"connector":"c","session":1,"version":1}`,
		`3 7 {"connector":"c","session":1,"offset":{"n":2,"pos":{"flavor":"mysql","server":"uuid","file":"binlog.000007","offset":1002,"gtids":"uuid:1-9"},"schema":3}}`,
		`3 8 {"connector":"c","target":"paused"}`,
		`3 9 {"moves":[{"connector":"c","generation":2,"node":"n1","handOver":true},{"connector":"d","generation":1,"node":""}]}`,
		`3 10 {"nodes":{"n1":true,"n2":false}}`,
		`3 11 {"node":"n1","drained":true}`,
		`3 12 {"node":"n1"}`,
	}
	for i, c := range every {
		f := encoded(t, c)
		if got := fmt.Sprintf("%d %d %s", f[0], f[1], f[frameHeader:]); got != want[i] {
			t.Errorf("%T is now\n%s, not\n%s", c, got, want[i])
		}
	}
}

// TestSnapshot_FormIsFixed pins the bytes of a snapshot: it must be the same on
// every node, and is read after an update.
func TestSnapshot_FormIsFixed(t *testing.T) {
	s := play(t, PutConnector{"c", []byte("{}")}, SetTarget{"c", Stopped}, place("c", 1, "n1"), handOver(2, "n2"),
		SetLive{map[string]bool{"n1": false, "n2": true}}, Drain{"n1", true})
	f, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	const none = `{"connector":"","id":0,"generation":0,"node":"","producer":{"id":0,"epoch":0}}`
	want := `3 0 {"index":6,"placed":4,"nodes":{"n1":{"live":false,"drained":true},"n2":{"live":true}},"connectors":{"c":{` +
		`"config":"e30=","revision":1,"target":"stopped","placement":{"generation":2,"node":"n2","from":"n1"},"session":` + none +
		`,"offset":{"n":0,"pos":{"flavor":""},"schema":0},"writer":` + none + `}},"definitions":{}}`
	if got := fmt.Sprintf("%d %d %s", f[0], f[1], f[frameHeader:]); got != want {
		t.Errorf("it is now\n%s, not\n%s", got, want)
	}
}

func TestEncode_RefusesWhatIsTooLargeOrNameless(t *testing.T) {
	big := make([]byte, MaxEntry/2+1)
	for _, c := range []Command{
		PutConnector{"", []byte("{}")},
		PutConnector{"c", nil},
		PutConnector{"c", make([]byte, MaxEntry+1)},
		DeleteConnector{"\xff"},
		DeleteConnector{strings.Repeat("x", maxName+1)},
		session("c", 0, 1),
		session("", 1, 1),
		Session{Connector: "c", ID: 1},
		mirror("", 1, 1),
		PutTables{"", 1, []Table{table(1, "a")}},
		PutTables{"c", 1, []Table{{Version: 1}}},
		PutTables{"c", 1, []Table{{Version: 1, Hash: HashOf(big), Definition: big}, {Version: 2, Hash: HashOf(big), Definition: big}}},
		PutTables{"c", 1, slices.Repeat([]Table{{Version: 1, Hash: HashOf(nil)}}, MaxEntry/tableSize+1)},
		Truncate{"", 1, 1},
		Reset{"", 1, at(1)},
		SetTarget{"", Paused},
		SetTarget{"c", "dead"},
		place("", 1, "n1"),
		place("c", 1, "\xff"),
		SetLive{map[string]bool{"n1": true, "": true}},
		Drain{"", true},
		RemoveNode{""},
	} {
		if _, err := Encode(c); !errors.Is(err, ErrInvalid) {
			t.Errorf("%T: %v", c, err)
		}
	}
}

// What is right for the first time could be wrong for the next: such a command
// could not be repeated.
func TestEncode_RefusesOneConnectorTwice(t *testing.T) {
	for _, c := range []Command{
		Mirror{[]Entry{{"c", 1, at(1)}, {"d", 1, at(1)}, {"c", 1, at(2)}}},
		Place{[]Move{{"c", 1, "n1", false}, {"d", 1, "n1", false}, {"c", 2, "n2", false}}},
	} {
		if _, err := Encode(c); !errors.Is(err, ErrInvalid) {
			t.Errorf("%T: %v", c, err)
		}
	}
}

// Generation 0 says that there was no placement, and so is never the next one.
func TestEncode_RefusesToPlaceInGenerationZero(t *testing.T) {
	if _, err := Encode(place("c", 0, "")); !errors.Is(err, ErrInvalid) {
		t.Fatal(err)
	}
}

func TestEncode_OneReasonOfSeveralIsAlwaysTheSame(t *testing.T) {
	c := SetLive{map[string]bool{"\xfe": true, "\xff": true, "": true, "n1": true}}
	_, first := Encode(c)
	for range 100 {
		if _, err := Encode(c); err == nil || err.Error() != first.Error() {
			t.Fatalf("%v, before it was %v", err, first)
		}
	}
}

// sealed returns a frame with a right checksum around anything.
func sealed(version, k byte, body string) []byte {
	f := append([]byte{version, k, 0, 0, 0, 0}, body...)
	binary.BigEndian.PutUint32(f[2:], checksum(f))
	return f
}

func TestDecode_UnknownIsNeverSkipped(t *testing.T) {
	f := func(frame []byte, want error) {
		t.Helper()
		if c, err := Decode(frame); c != nil || !errors.Is(err, want) {
			t.Errorf("%q: %v, %v", frame, c, err)
		}
	}
	f(sealed(framePacked+1, 2, `{"connector":"c"}`), ErrUnknownVersion)
	f(sealed(0, 2, `{"connector":"c"}`), ErrUnknownVersion)
	f(sealed(1, 99, `{"connector":"c"}`), ErrUnknownCommand)
	f(sealed(1, 0, `{}`), ErrUnknownCommand) // a snapshot is no command
	f(sealed(1, 2, `{"connector":"c","force":true}`), ErrCorrupt)
	f(sealed(1, 2, `{"connector":"c"}{}`), ErrCorrupt)
	f(sealed(1, 2, ``), ErrCorrupt)
	f(sealed(1, 2, `{"connector":""}`), ErrInvalid)
	f(sealed(1, 5, `{"connector":"c","tables":[{"hash":"00"}]}`), ErrCorrupt)
	f(sealed(framePacked, 2, `{"connector":"c"}`), ErrCorrupt)
	f(sealed(framePacked, 2, string(binary.AppendUvarint(nil, maxBody+1))), ErrCorrupt)
	f([]byte{1, 2, 3}, ErrCorrupt)
	f(nil, ErrCorrupt)
}

// TestEncode_ManyTables compresses an offset that names thousands of tables.
func TestEncode_ManyTables(t *testing.T) {
	want := mirror("c", 1, 2)
	p := &event.Progress{}
	for i := range 10_000 {
		p.Tables = append(p.Tables, &event.TableProgress{ID: schema.ID{Database: "inventory", Name: fmt.Sprintf("customer_order_items_%05d", i)}})
	}
	want.Entries[0].Offset.Snapshot = p
	frame := encoded(t, want)
	if len(frame) > 200<<10 || frame[0] != framePacked {
		t.Errorf("version %d, %d bytes", frame[0], len(frame))
	}
	got, err := Decode(frame)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v, -want +got:\n%.1000s", err, d)
	}
}

// flips calls f with b after each change of one bit.
func flips(b []byte, f func(at int)) {
	for i := range 8 * len(b) {
		b[i/8] ^= 1 << (i % 8)
		f(i)
		b[i/8] ^= 1 << (i % 8)
	}
}

func TestDecode_EveryFlippedBitIsAnError(t *testing.T) {
	for _, c := range every {
		frame := encoded(t, c)
		flips(frame, func(at int) {
			if _, err := Decode(frame); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%T, bit %d: %v", c, at, err)
			}
		})
	}
}

func TestRestore_EveryFlippedBitIsAnError(t *testing.T) {
	snap, err := play(t, every[0], every[2], every[3], every[4], every[7], place("c", 2, "n1"), every[9]).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	flips(snap, func(at int) {
		if _, err := Restore(snap); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("bit %d: %v", at, err)
		}
	})
}

func TestRestore_RefusesWhatDoesNotHoldTogether(t *testing.T) {
	hash := HashOf([]byte("a")).String()
	refs := func(connector string) string { return `{"connectors":{"c":` + connector + `},"definitions":{}}` }
	f := func(frame []byte, want error) {
		t.Helper()
		if _, err := Restore(frame); !errors.Is(err, want) {
			t.Errorf("%s: %v", frame, err)
		}
	}
	f(sealed(framePacked+1, 0, `{}`), ErrUnknownVersion)
	f(sealed(1, 1, `{}`), ErrCorrupt)
	f(sealed(1, 0, refs(`{"tables":[{"version":1,"hash":"`+hash+`"}]}`)), ErrCorrupt)
	f(sealed(1, 0, refs(`{"tables":[{"version":2,"hash":"`+hash+`"},{"version":1,"hash":"`+hash+`"}]}`)), ErrCorrupt)
	f(sealed(1, 0, `{"definitions":{"`+hash+`":"YQ=="}}`), ErrCorrupt)
	f(sealed(1, 0, `{"new":1}`), ErrCorrupt)
}

// A cluster that ran before there were Kafka transactions knows no writers.
func TestRestore_VersionOneHadNoWriters(t *testing.T) {
	s, err := Restore(sealed(1, 0, `{"index":3,"connectors":{"c":{"session":{"connector":"c","id":4,"generation":1,"node":"n","producer":{"id":-1,"epoch":-1}},"offset":{"n":2,"pos":{"flavor":"mysql"},"schema":0}}},"definitions":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if w := s.Writer("c"); w.ID != 4 || !w.Producer.IsZero() {
		t.Fatalf("the writer is %+v", w)
	}
}

// FuzzDecode looks for a body, under a right checksum, that panics or that is
// not written as it was read.
func FuzzDecode(f *testing.F) {
	for _, c := range every {
		frame := encoded(f, c)
		f.Add(frame[1], frame[frameHeader:])
	}
	f.Fuzz(func(t *testing.T, k byte, body []byte) {
		c, err := Decode(sealed(frameVersion, k, string(body)))
		if packed, why := Decode(sealed(framePacked, k, string(s2.Encode(nil, body)))); fmt.Sprint(packed, why) != fmt.Sprint(c, err) {
			t.Fatalf("packed it is %+v, %v, not %+v, %v", packed, why, c, err)
		}
		_, _ = Decode(sealed(framePacked, k, string(body)))
		if err != nil {
			return
		}
		again, err := Decode(encoded(t, c))
		if err != nil || !bytes.Equal(encoded(t, again), encoded(t, c)) {
			t.Fatalf("%+v became %+v: %v", c, again, err)
		}
		_ = New().Apply(1, c)
	})
}

// FuzzRestore does the same for snapshots.
func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{"index":4,"placed":3,"nodes":{"n1":{"live":true}},"connectors":{"c":{"revision":1,"target":"paused",` +
		`"placement":{"generation":2,"node":"n1","from":"n2"},"session":{"connector":"c","id":1}}},"definitions":{}}`))
	f.Add([]byte(`{"index":4,"connectors":{"c":{"session":{"connector":"c","id":1},"tables":[{"version":1,"hash":"` +
		HashOf([]byte("a")).String() + `"}]}},"definitions":{"` + HashOf([]byte("a")).String() + `":"YQ=="}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := Restore(sealed(frameVersion, byte(kindSnapshot), string(body)))
		if err != nil {
			return
		}
		snap, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Restore(snap)
		if err != nil {
			t.Fatal(err)
		}
		same(t, s, again)
		_ = again.Apply(1, Truncate{"c", 1, 0})
	})
}
