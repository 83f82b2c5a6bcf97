package watch

import (
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
)

// TestStable has the last stable offset stand still, too long and not.
func TestStable(t *testing.T) {
	type sample struct {
		at          time.Duration
		stable, end int64
	}
	f := func(name string, want int, samples ...sample) {
		t.Helper()
		s, began := NewStable(20*time.Second), time.Now()
		for _, x := range samples {
			for _, topic := range []string{"a", "b"} { // b is always at its end
				end := x.end
				if topic == "b" {
					end = x.stable
				}
				s.Observe(began.Add(x.at), topic, 1, x.stable, end)
			}
		}
		if got := s.Violations(); len(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	standing := func(from, to time.Duration, stable, end int64) (out []sample) {
		for at := from; at <= to; at += time.Second {
			out = append(out, sample{at, stable, end})
		}
		return out
	}
	f("idle", 0, standing(0, time.Minute, 7, 7)...)
	f("open for less than the limit", 0, standing(0, 35*time.Second, 7, 9)...)
	f("open for longer, told once", 1, standing(0, time.Minute, 7, 9)...)
	f("its end goes on meanwhile", 1, append(standing(0, 30*time.Second, 7, 9), standing(31*time.Second, time.Minute, 7, 99)...)...)
	f("it moves in between", 0, append(standing(0, 30*time.Second, 7, 9), standing(31*time.Second, time.Minute, 8, 9)...)...)
	f("nobody could look in between", 0, append(standing(0, 30*time.Second, 7, 9), standing(40*time.Second, time.Minute, 7, 9)...)...)
}

// TestHonest has nodes tell what cannot be.
func TestHonest(t *testing.T) {
	type says struct {
		node, phase, reason string
		generation          uint64
	}
	f := func(name, want string, all ...says) {
		t.Helper()
		h := NewHonest()
		for _, s := range all {
			part := daemontest.Part{Phase: s.phase, Error: s.reason, Generation: s.generation}
			h.Observe(s.node, daemontest.Status{Parts: map[string]daemontest.Part{"connector shop": part, "cluster": {Phase: "running"}}})
		}
		got := strings.Join(h.Violations(), "; ")
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	f("one owner after the other", "", says{"n1", "running", "", 1}, says{"n2", "running", "", 2}, says{"n1", "running", "", 2 + 1})
	f("the next owner starts", "", says{"n1", "running", "", 1}, says{"n2", "starting", "", 1})
	f("two of one generation", "n2 says that it runs it, and so did n1",
		says{"n1", "running", "", 4}, says{"n2", "running", "", 5}, says{"n2", "running", "", 4})
	f("failed and says why", "", says{"n1", "failed", "no such table", 1})
	f("failed and does not", "and not why", says{"n1", "failed", "", 1})
}

// TestHonest_Cluster has the view of the cluster hold a failure without a reason.
func TestHonest_Cluster(t *testing.T) {
	h := NewHonest()
	s := daemontest.Status{Cluster: daemontest.View{Connectors: map[string]daemontest.Placement{"shop": {Phase: "failed", Generation: 3}}}}
	h.Observe("n1", s)
	h.Observe("n2", s)
	if got := h.Violations(); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// TestTally prints a line for each kind and one for all.
func TestTally(t *testing.T) {
	y := NewTally()
	for i := range 100 {
		y.Fault("a")
		y.Outage("a", time.Duration(i+1)*time.Second)
	}
	y.Fault("b")
	want := `outages: from the fault until a transaction committed after it has arrived
fault                                         times       p50       p99       max
a                                               100       51s     1m40s     1m40s
b                                                 1        0s        0s        0s
all                                             101       51s     1m40s     1m40s
`
	if got := y.table(); got != want {
		t.Errorf("got\n%s", got)
	}
	if y.Total() != 101 {
		t.Errorf("%d faults", y.Total())
	}
}
