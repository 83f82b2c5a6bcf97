package clustertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"cdcd/internal/checker"
	"cdcd/internal/daemontest"
	"cdcd/internal/mutant"
	"cdcd/internal/proxy"
)

// suspect is a cluster of daemons with a bug.
type suspect struct {
	name  string
	bug   mutant.Bug
	level int // of Kafka's transaction protocol
	props map[string]string
	big   int // rows of a large transaction
	make  func(*storm) bool
	want  []checker.Invariant // one of them is violated
}

func suspects() []suspect {
	small := map[string]string{
		"producer.override.request.timeout.ms": "1000", "producer.override.batch.size": "4096", "producer.override.max.request.size": "8192",
	}
	return []suspect{{
		name:  "takes over without a session step",
		bug:   slices.Concat(mutant.EarlyState(), mutant.AnySession(), mutant.Stubborn()),
		level: 2, big: 200, make: (*storm).lateTakeover,
		want: []checker.Invariant{checker.Duplicate, checker.Chain},
	}, {
		name:  "writes a refused batch again as another producer, unconfirmed",
		bug:   slices.Concat(mutant.Zombie(), mutant.Stubborn()),
		level: 2, big: 200, make: (*storm).lateBatch,
		want: []checker.Invariant{checker.Duplicate, checker.Session},
	}, {
		name: "repeats EndTxn when in doubt", bug: mutant.BlindEndTxn(), level: 1, props: small, big: 2000, make: (*storm).staleCommit,
		want: []checker.Invariant{checker.Atomicity},
	}, {
		name: "commits in the middle of a transaction", bug: mutant.MidCommit(), level: 2, big: 10_000,
		props: map[string]string{"producer.override.buffer.memory": "1048576"}, make: (*storm).slowCommit,
		want: []checker.Invariant{checker.Atomicity},
	}, {
		name: "goes on from raft's copy of the position", bug: mutant.BehindMirror(), level: 2, big: 200,
		make: func(s *storm) bool { return s.killed(s.owner()) },
		want: []checker.Invariant{checker.Duplicate, checker.Chain},
	}}
}

// rounds is how often a mutant may get away before it counts as not found.
const rounds = 8

// TestMutants has clusters with a bug each found out, by the invariant that the
// bug breaks, and says how many faults that took.
func TestMutants(t *testing.T) {
	if !daemontest.Everything() {
		t.Skip("runs only with CDCD_TEST_ALL=1 (make test-all)")
	}
	for _, m := range suspects() {
		t.Run(m.name, func(t *testing.T) { m.caught(t, m.bug.Build(t), daemontest.Seed(t)) })
	}
}

// caught makes faults until the checker finds the bug. Where the product notices by
// itself that something is wrong, and halts, before that has come to the topics,
// another cluster is tried.
func (m suspect) caught(t *testing.T, binary string, seed uint64) {
	t.Helper()
	var s *storm
	faults := 0
	for round := range uint64(rounds) {
		if s == nil {
			s = newStorm(t, options{binary: binary, level: m.level, props: m.props}, seed+round)
			s.bank.Big = m.big
		}
		made, halted := m.attack(s, seed+round)
		faults += made
		report := s.interim()
		t.Logf("%d faults: %s", faults, report.Summary())
		for _, v := range report.Violations {
			if slices.Contains(m.want, v.Invariant) {
				t.Logf("found after %d faults: %s", faults, v)
				return
			}
		}
		if halted {
			t.Log("the connector halted: another cluster")
			s = nil
			continue
		}
		for _, n := range s.Nodes {
			n.Start()
		}
	}
	t.Errorf("it survived %d faults", faults)
}

// attack makes a few faults under load, until the connector halts.
func (m suspect) attack(s *storm, seed uint64) (made int, halted bool) {
	stop := s.load(seed)
	defer stop()
	for i := 0; i < 3 && !halted; i++ {
		if m.make(s) {
			s.tally.Fault(m.name)
			made++
		}
		s.soon(20*time.Second, func() bool {
			halted = s.View().Connectors[s.db].Phase == "failed"
			return halted || s.arrived(s.upcoming)
		})
	}
	return made, halted
}

// interim has the checker decide about what there is, with the nodes killed. What
// a mutant does not deliver is waited for a while only.
func (s *storm) interim() *checker.Report {
	s.t.Helper()
	s.soon(30*time.Second, func() bool { return s.tap.Complete(s.bank.Entries()) })
	for _, n := range s.Nodes {
		n.Kill()
	}
	report, err := s.report(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// soon waits for a condition, but not for long.
func (s *storm) soon(limit time.Duration, cond func() bool) {
	for deadline := time.Now().Add(limit); !cond() && time.Now().Before(deadline); {
		s.after(20 * time.Millisecond)
	}
}

// lateTakeover stops a node that is about to become the owner in Kafka, and has it
// do so when another has followed and written.
func (s *storm) lateTakeover() bool {
	first := s.owner()
	first.Kill()
	ctx, cancel := context.WithTimeout(s.t.Context(), 4*s.silence)
	defer cancel()
	h := s.Hold(ctx, func(k *proxy.Kafka) *proxy.Hold { return k.Hold(kmsg.InitProducerID, proxy.Request) })
	second := s.node(s.View().Connectors[s.db].Node)
	first.Start()
	if h == nil {
		return false
	}
	if second == nil || second == first {
		h.Release()
		return false
	}
	s.followed(second, h)
	return true
}

// lateBatch stops the owner with a batch on its way, which arrives when another
// has followed and written.
func (s *storm) lateBatch() bool {
	n := s.owner()
	h := n.Kafka.Hold(kmsg.Produce, proxy.Request)
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	if h.Wait(ctx) != nil {
		h.Release()
		return false
	}
	s.followed(n, h)
	return true
}

// followed stops a node until another has followed, and lets a frame of it go on
// with it.
func (s *storm) followed(n *Node, h *proxy.Hold) {
	n.Pause()
	s.mark()
	s.soon(20*s.silence, func() bool { return s.arrived(s.upcoming) })
	n.Resume()
	h.Release()
	s.after(2 * time.Second)
	s.mark()
}

// staleCommit has an EndTxn arrive that was given up, while half of a later
// transaction is with the broker, and kills the owner then.
func (s *storm) staleCommit() bool {
	n := s.owner()
	held := func(key kmsg.Key) *proxy.Hold {
		h := n.Kafka.Hold(key, proxy.Request)
		ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
		defer cancel()
		if h.Wait(ctx) != nil {
			h.Release()
			return nil
		}
		return h
	}
	stale := held(kmsg.EndTxn)
	if stale == nil {
		return false
	}
	s.mark()
	s.soon(5*time.Second, func() bool { return s.arrived(s.upcoming) })
	if first := held(kmsg.Produce); first != nil {
		first.Release()
	}
	second := held(kmsg.Produce)
	stale.Release()
	s.after(200 * time.Millisecond)
	n.Kill()
	if second != nil {
		second.Drop()
	}
	s.mark()
	n.Start()
	return true
}

// slowCommit keeps the answer to a commit while a large transaction comes in.
func (s *storm) slowCommit() bool {
	h := s.hold(kmsg.EndTxn, proxy.Response)
	if h == nil {
		return false
	}
	s.mark()
	s.after(500 * time.Millisecond)
	h.Release()
	return true
}
