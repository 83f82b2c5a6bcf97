package model

import (
	"fmt"
	"os"
	"testing"
)

func levels() []Level { return []Level{TV1, TV2} }

// bounds are small ones, and larger ones for whoever has a minute.
type bounds struct {
	source []int
	old    int
}

func small() bounds { return bounds{[]int{1, 2}, 1} }

func large(t *testing.T) []bounds {
	t.Helper()
	if os.Getenv("CDCD_TEST_ALL") != "1" {
		t.Skip("larger bounds: set CDCD_TEST_ALL=1")
	}
	return []bounds{{[]int{1, 2}, 3}, {[]int{2, 1, 1}, 2}, {[]int{1, 2, 1, 2}, 1}}
}

func explore(t *testing.T, c Config, b bounds) Result {
	t.Helper()
	c.Source, c.Old = b.source, b.old
	r := New(c).Explore()
	t.Logf("source %v, %d old requests: %d states, %d steps between them, the farthest %d away", c.Source, c.Old, r.States, r.Steps, r.Depth)
	return r
}

func holds(t *testing.T, c Config, b bounds) {
	t.Helper()
	r := explore(t, c, b)
	if r.Broken != None {
		t.Fatalf("broken: %s\n%s", r.Broken, r.Trace)
	}
	if !r.Finished {
		t.Error("the whole source is never committed")
	}
}

func breaks(t *testing.T, c Config, b bounds, rule Rule, steps int) {
	t.Helper()
	r := explore(t, c, b)
	if r.Broken != rule || len(r.Trace) != steps {
		t.Errorf("broken is %q after %d steps, want %q after %d", r.Broken, len(r.Trace), rule, steps)
	}
	t.Logf("\n%s     broken: %s", r.Trace, r.Broken)
}

func TestProtocol_Holds(t *testing.T) {
	for _, l := range levels() {
		t.Run(l.String(), func(t *testing.T) { holds(t, Config{Level: l}, small()) })
	}
}

func TestProtocol_HoldsAtLargerBounds(t *testing.T) {
	for _, b := range large(t) {
		for _, l := range levels() {
			t.Run(fmt.Sprintf("%s/source %v, %d given up", l, b.source, b.old), func(t *testing.T) { holds(t, Config{Level: l}, b) })
		}
	}
}

func TestProtocol_NeverStuck(t *testing.T) {
	for _, l := range levels() {
		t.Run(l.String(), func(t *testing.T) {
			if n := New(Config{Level: l, Source: []int{1, 2}}).Stuck(); n > 0 {
				t.Errorf("from %d states the source cannot be committed to its end", n)
			}
		})
	}
}

// TestVariants_Hold are other ways that keep every rule, or all but the named
// one. What they leave out is not what exactly once rests on.
func TestVariants_Hold(t *testing.T) {
	for name, c := range map[string]Config{
		"the state read behind the session":             {Order: ReadLast},
		"raft compares a session with the placement":    {Strict: true},
		"raft loses its disks":                          {Changes: RaftLost},
		"no confirm":                                    {Changes: NoConfirm},
		"no session, but the order of owners":           {Changes: NoSession, Waive: RaftOrder},
		"neither, but the order of owners":              {Changes: NoSession | NoConfirm, Waive: RaftOrder},
		"a batch is kept, and raft is strict":           {Changes: KeepBatch, Strict: true},
		"a batch is kept, raft is strict, no confirm":   {Changes: KeepBatch | NoConfirm, Strict: true},
		"the mirror of before":                          {Compare: ComparedEarly},
		"the mirror of now, confirmed by a strict raft": {Compare: ComparedConfirmed, Strict: true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, l := range levels() {
				t.Run(l.String(), func(t *testing.T) {
					c.Level = l
					holds(t, c, bounds{[]int{1, 1}, 0})
				})
			}
		})
	}
}

func TestVariants_HoldAtLargerBounds(t *testing.T) {
	_ = large(t)
	for _, c := range []Config{
		{Order: ReadLast},
		{Changes: RaftLost},
		{Changes: NoConfirm},
		{Changes: NoSession, Waive: RaftOrder},
		{Changes: KeepBatch, Strict: true},
		{Compare: ComparedEarly},
	} {
		for _, l := range levels() {
			t.Run(l.String(), func(t *testing.T) {
				c.Level = l
				holds(t, c, small())
			})
		}
	}
}

// TestSecondLevel_EndMayBeRepeated is what a lost reply to EndTxn is for at the
// second level only.
func TestSecondLevel_EndMayBeRepeated(t *testing.T) {
	holds(t, Config{Level: TV2, Changes: RetryEnd}, small())
}

// TestChanges_Caught shows that the model can see: each departure is found, by
// the shortest run that leads to it.
func TestChanges_Caught(t *testing.T) {
	for _, c := range []struct {
		name  string
		rule  Rule
		steps [2]int // at either level
		Config
	}{
		{"an owner without a session commits after its successor", RaftOrder, [2]int{18, 16}, Config{Changes: NoSession}},
		{"an owner without session and confirm does", RaftOrder, [2]int{18, 16}, Config{Changes: NoSession | NoConfirm}},
		{"an owner without a session writes its batch again", ExactlyOnce, [2]int{20, 18}, Config{Changes: KeepBatch | NoSession, Waive: RaftOrder}},
		{"an owner without session and confirm writes its batch again", ExactlyOnce, [2]int{19, 17}, Config{Changes: KeepBatch | NoSession | NoConfirm, Waive: RaftOrder}},
		{"a batch is kept and raft is not strict", ExactlyOnce, [2]int{23, 21}, Config{Changes: KeepBatch}},
		{"the state is read before InitProducerID", ExactlyOnce, [2]int{18, 16}, Config{Order: ReadFirst}},
		{"the state is read before InitProducerID, without a session", ExactlyOnce, [2]int{16, 14}, Config{Order: ReadFirst, Changes: NoSession}},
		{"raft forgets the sessions that the state names", SessionOrder, [2]int{23, 21}, Config{Order: ReadLast, Changes: RaftLost}},
		{"commit within a source transaction", Whole, [2]int{10, 9}, Config{Changes: CutAnywhere}},
		{"position one transaction ahead", Position, [2]int{9, 8}, Config{Changes: Ahead}},
		{"state record without the transaction", Position, [2]int{7, 6}, Config{Changes: StateOutside}},
		{"compared with a mirror that has gone on", NoAlarm, [2]int{15, 14}, Config{Compare: ComparedLate}},
		{"compared with a mirror that has gone on, raft is strict", NoAlarm, [2]int{15, 14}, Config{Compare: ComparedLate, Strict: true}},
		{"compared with a mirror that has gone on, by who is confirmed", NoAlarm, [2]int{15, 14}, Config{Compare: ComparedConfirmed}},
		{"compared with a session that is not the newest any more", NoAlarm, [2]int{17, 16}, Config{Compare: ComparedTooEarly, Strict: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, l := range levels() {
				t.Run(l.String(), func(t *testing.T) {
					c.Level = l
					breaks(t, c.Config, bounds{[]int{1, 2}, 0}, c.rule, c.steps[l-TV1])
				})
			}
		})
	}
}

func TestFirstLevel_LateEndCommitsHalfATransaction(t *testing.T) {
	breaks(t, Config{Level: TV1, Changes: RetryEnd}, small(), Whole, 14)
}
