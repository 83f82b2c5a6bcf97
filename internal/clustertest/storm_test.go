package clustertest

import (
	"math/rand/v2"
	"testing"
	"time"

	"cdcd/internal/daemontest"
)

// storm is a rig in the way of faults that are drawn.
type storm struct {
	*rig
	rng     *rand.Rand
	short   bool          // nothing that takes half a minute
	grant   time.Duration // how long a node may go on by itself
	silence time.Duration // after which it is taken for dead

	struck   time.Time // when the fault at hand began
	upcoming int       // an entry that had not begun then
}

// newStorm has a cluster with the slower timing, which two cores that are busy
// with everything else do not upset.
func newStorm(t *testing.T, o options, seed uint64) *storm {
	t.Helper()
	o.timing = "wan"
	s := &storm{
		rig: newRig(t, o), rng: rand.New(rand.NewPCG(seed, 0)),
		grant: 2100 * time.Millisecond, silence: 3 * time.Second,
	}
	s.bank.Huge = 20_000
	return s
}

// trouble is a kind of fault, and how often it is drawn.
type trouble struct {
	kind   string
	weight int
	make   func(*storm) bool // false when it did not come about
	long   bool              // it takes long, and is left out of short storms
}

// strike makes one fault, and mostly waits until a transaction that was begun
// after it has arrived.
func (s *storm) strike() {
	s.t.Helper()
	var all []trouble
	total := 0
	for _, x := range troubles() {
		if !s.short || !x.long {
			all, total = append(all, x), total+x.weight
		}
	}
	n := s.rng.IntN(total)
	for _, x := range all {
		if n -= x.weight; n < 0 {
			s.one(x)
			return
		}
	}
}

func (s *storm) one(x trouble) {
	s.t.Helper()
	s.ended()
	s.struck = time.Time{}
	began := time.Now()
	if !x.make(s) {
		return
	}
	s.tally.Fault(x.kind)
	s.t.Logf("%s  %s, %s", began.Format("15:04:05.000"), x.kind, time.Since(began).Round(time.Millisecond))
	if s.rng.IntN(5) == 0 {
		return // the next one comes on top
	}
	s.Until(90*time.Second, "recovered from: "+x.kind, func() bool { return s.arrived(s.upcoming) })
	at, _ := s.tap.Arrived(s.upcoming)
	s.tally.Outage(x.kind, at.Sub(s.struck))
}

// mark notes that the fault has come: what is committed from now on has to get
// through it.
func (s *storm) mark() {
	s.struck, s.upcoming = time.Now(), s.bank.Upcoming()
}

// upTo is a random while.
func (s *storm) upTo(d time.Duration) time.Duration { return time.Duration(s.rng.Int64N(int64(d))) }

// over waits for a fault to be felt: until it is got over without its end, or
// for a while.
func (s *storm) over() {
	if s.rng.IntN(2) == 0 {
		s.after(s.upTo(s.silence + s.grant))
		return
	}
	deadline := time.Now().Add(4 * s.silence)
	for !s.arrived(s.upcoming) && time.Now().Before(deadline) {
		s.after(20 * time.Millisecond)
	}
}

// any is one of nodes.
func (s *storm) any(nodes []*Node) *Node { return nodes[s.rng.IntN(len(nodes))] }

// important is the owner, the leader, or any node.
func (s *storm) important() *Node {
	switch s.rng.IntN(3) {
	case 0:
		return s.owner()
	case 1:
		return s.Leader()
	}
	return s.any(s.Nodes)
}

// follower is a node that does not lead, and does not own if that can be.
func (s *storm) follower() *Node {
	leader, owner := s.Leader(), s.owner()
	for _, n := range s.Nodes {
		if n != leader && n != owner {
			return n
		}
	}
	return s.any(s.Others(leader))
}

// run strikes until there were faults enough, or for so long.
func (s *storm) run(faults int, limit time.Duration) {
	s.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end) && (faults == 0 || s.tally.Total() < faults); {
		s.strike()
	}
	s.Heal()
}

// TestChaos breaks a cluster in every way that it can be broken, at random and
// under load: what the topics hold in the end is each transaction of the source
// once, whole and in order.
func TestChaos(t *testing.T) {
	minutes := setting(t, "CDCD_CHAOS_MINUTES", 0)
	o, faults, limit := options{brokers: setting(t, "CDCD_CHAOS_BROKERS", 1), small: true}, 16, 150*time.Second
	if minutes > 0 {
		faults, limit = 0, time.Duration(minutes)*time.Minute
	}
	n := daemontest.Seed(t)
	s := newStorm(t, o, n)
	s.short = minutes == 0
	defer s.tally.Print(t)
	stop := s.load(n)
	s.run(faults, limit)
	s.caughtUp()
	stop()
	s.judge().Check(t)
	t.Logf("%d faults over %d transactions of %d changes, %d DDL", s.tally.Total(), s.bank.Entries(), s.bank.Rows(), s.bank.Altered())
	if want := max(15, 6*minutes); s.tally.Total() < want {
		t.Errorf("want %d faults", want)
	}
}
