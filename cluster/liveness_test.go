package cluster

import (
	"errors"
	"testing"
	"time"

	"cdcd/offsets"
)

// office is a leader's term that a test moves through: times are since it began.
type office struct {
	*testing.T
	*liveness
	began time.Time
}

// The timing of the tests: whole numbers, each another one.
const (
	testGrant   = 7 * time.Second
	testSilence = 10 * time.Second
	testStable  = 50 * time.Second
)

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, liveness: newLiveness(Timing{Grant: testGrant, Silence: testSilence, Stable: testStable}), began: time.Now()}
	o.begin(o.began)
	return o
}

func (o *office) at(since time.Duration) time.Time { return o.began.Add(since) }

// beats has a process of node n heard.
func (o *office) beats(boot string, since time.Duration) {
	o.Helper()
	if err := o.hear(heartbeat{Node: "n", Boot: boot}, o.at(since)); err != nil {
		o.Fatalf("after %s: %v", since, err)
	}
}

// sees checks what is known of node n.
func (o *office) sees(was offsets.Node, known bool, since time.Duration, want nodeView) {
	o.Helper()
	if got := o.see("n", was, known, o.at(since)); got != want {
		o.Fatalf("after %s: %+v, want %+v", since, got, want)
	}
}

var (
	wasLive = offsets.Node{Live: true}
	wasLost = offsets.Node{}
)

// A node that was never heard may have a grant of the leader before.
func TestLiveness_NewLeaderWaitsForAGrant(t *testing.T) {
	o := newOffice(t)
	o.sees(wasLive, true, testGrant-1, nodeView{live: true})
	o.sees(wasLive, true, testGrant, nodeView{})
}

func TestLiveness_SilenceIsCountedFromTheLastWord(t *testing.T) {
	o := newOffice(t)
	o.beats("a", time.Second)
	o.beats("a", 5*time.Second)
	o.sees(wasLive, true, 5*time.Second+testSilence-1, nodeView{live: true, stable: true})
	o.sees(wasLive, true, 5*time.Second+testSilence, nodeView{stable: true})
}

// Only a node that was lost is distrusted, and not for a change of leaders.
func TestLiveness_WhoIsStable(t *testing.T) {
	for what, c := range map[string]struct {
		was           offsets.Node
		known, stable bool
	}{
		"a new node":               {wasLost, false, true},
		"one that was live":        {wasLive, true, true},
		"one that was lost before": {wasLost, true, false},
	} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			for since := time.Duration(0); since <= testStable; since += testSilence - 1 {
				o.beats("a", since)
			}
			o.sees(c.was, c.known, 1, nodeView{live: true, stable: c.stable})
			o.sees(c.was, c.known, testStable-1, nodeView{live: true, stable: c.stable})
			o.sees(c.was, c.known, testStable, nodeView{live: true, stable: true})
		})
	}
}

// A silence, or another process, begins the time anew.
func TestLiveness_LostNodeIsHeardAnew(t *testing.T) {
	for what, boot := range map[string]string{"the same process": "a", "another process": "b"} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			o.beats("a", 0)
			o.beats(boot, testStable)
			o.sees(wasLost, true, testStable+1, nodeView{live: true})
		})
	}
}

func TestLiveness_Twin(t *testing.T) {
	o := newOffice(t)
	o.beats("a", 0)
	if err := o.hear(heartbeat{Node: "n", Boot: "b"}, o.at(testSilence-1)); !errors.Is(err, ErrTwin) {
		t.Fatalf("while the first one lives: %v", err)
	}
	o.beats("b", testSilence)
	if err := o.hear(heartbeat{Node: "n", Boot: "a"}, o.at(testSilence+1)); !errors.Is(err, ErrTwin) {
		t.Fatalf("the first one, after the second: %v", err)
	}
}

// A node that is restarted need not wait for the silence of the process before.
func TestLiveness_WhoLeftIsNoTwin(t *testing.T) {
	o := newOffice(t)
	if err := o.hear(heartbeat{Node: "n", Boot: "a", Leaving: true}, o.at(0)); err != nil {
		t.Fatal(err)
	}
	o.sees(wasLive, true, 1, nodeView{live: true, stable: true, leaving: true})
	o.beats("b", 2)
	o.sees(wasLive, true, 3, nodeView{live: true, stable: true})
}

func TestLiveness_DrainedIsLeaving(t *testing.T) {
	o := newOffice(t)
	drained := offsets.Node{Live: true, Drained: true}
	o.sees(drained, true, 1, nodeView{live: true, leaving: true})
	o.beats("a", 2)
	o.sees(drained, true, 3, nodeView{live: true, stable: true, leaving: true})
}

func TestLiveness_TermsForget(t *testing.T) {
	o := newOffice(t)
	if err := o.hear(heartbeat{Node: "n", Boot: "a", Reports: map[string]Report{"c": {}}}, o.at(0)); err != nil {
		t.Fatal(err)
	}
	o.begin(o.at(1))
	if got := o.reports(o.at(2)); len(got) > 0 {
		t.Fatalf("reports are %v", got)
	}
	o.beats("b", 3)
}

func TestLiveness_Alive(t *testing.T) {
	o := newOffice(t)
	alive := func(since time.Duration, want string, wantErr error) {
		t.Helper()
		if got, err := o.alive("n", o.at(since)); got != want || !errors.Is(err, wantErr) {
			t.Fatalf("after %s: %q, %v; want %q, %v", since, got, err, want, wantErr)
		}
	}
	alive(testSilence-1, "", ErrNotLeader)
	alive(testSilence, "", nil)
	o.beats("a", testSilence)
	alive(2*testSilence-1, "a", nil)
	alive(2*testSilence, "", nil)
}

func TestLiveness_Applied(t *testing.T) {
	o := newOffice(t)
	applied := func(since time.Duration, wantIndex uint64, wantHeard time.Duration) {
		t.Helper()
		if index, heard := o.applied("n", o.at(since)); index != wantIndex || heard != wantHeard {
			t.Fatalf("after %s: %d, %s; want %d, %s", since, index, heard, wantIndex, wantHeard)
		}
	}
	says := func(mute bool, since time.Duration, index uint64) {
		t.Helper()
		if err := o.hear(heartbeat{Node: "n", Boot: "a", Mute: mute, Applied: index}, o.at(since)); err != nil {
			t.Fatal(err)
		}
	}
	applied(0, 0, 0)
	says(true, 0, 3)
	applied(1, 0, 0) // it is no voter yet, however far it is
	says(false, 2, 5)
	applied(3, 5, 3)
	applied(2+testSilence, 0, 0)
	says(false, 2+testSilence, 9)
	applied(3+testSilence, 9, 1)
}

// Of a connector that two nodes report on, the later generation counts.
func TestLiveness_Reports(t *testing.T) {
	o := newOffice(t)
	says := func(node string, since time.Duration, reports map[string]Report) {
		t.Helper()
		if err := o.hear(heartbeat{Node: node, Boot: "a", Reports: reports}, o.at(since)); err != nil {
			t.Fatal(err)
		}
	}
	generation := func(since time.Duration, want offsets.Generation) {
		t.Helper()
		if got := o.reports(o.at(since))["c"].Generation; got != want {
			t.Fatalf("after %s: generation %d, want %d", since, got, want)
		}
	}
	says("n1", 0, map[string]Report{"c": {Generation: 1}})
	says("n2", time.Second, map[string]Report{"c": {Generation: 2}})
	generation(time.Second, 2)
	says("n1", 5*time.Second, nil) // no news
	generation(testSilence, 2)
	generation(time.Second+testSilence, 1) // the other one is lost
	says("n1", 6*time.Second, map[string]Report{})
	generation(6*time.Second, 2)
	generation(time.Second+testSilence, 0)
}

// The placer looks at once when something changes that it places by, and only then.
func TestLiveness_TellsWhatPlacingDependsOn(t *testing.T) {
	o := newOffice(t)
	tells := func(h heartbeat, since time.Duration, want bool) {
		t.Helper()
		changed := o.heard.wait()
		h.Node = "n"
		if err := o.hear(h, o.at(since)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
			if !want {
				t.Fatalf("after %s it told", since)
			}
		default:
			if want {
				t.Fatalf("after %s it did not tell", since)
			}
		}
	}
	tells(heartbeat{Boot: "a"}, 0, true)
	tells(heartbeat{Boot: "a", Applied: 9}, 1, false)
	tells(heartbeat{Boot: "a", Leaving: true}, 2, true)
	tells(heartbeat{Boot: "b"}, 3, true)
	tells(heartbeat{Boot: "b"}, 3+testSilence, true)
}
