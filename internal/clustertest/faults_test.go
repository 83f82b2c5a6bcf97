package clustertest

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"cdcd/internal/machine"
	"cdcd/internal/proxy"
)

// troubles are all that is drawn from.
func troubles() []trouble {
	return []trouble{
		{kind: "owner killed", weight: 10, make: func(s *storm) bool { return s.killed(s.owner()) }},
		{kind: "leader killed", weight: 8, make: func(s *storm) bool { return s.killed(s.Leader()) }},
		{kind: "follower killed", weight: 3, make: func(s *storm) bool { return s.killed(s.follower()) }},
		{kind: "two of three killed", weight: 4, make: (*storm).twoKilled},
		{kind: "owner paused, 0.5 x grant", weight: 3, make: func(s *storm) bool { return s.paused(s.owner(), s.grant/2) }},
		{kind: "owner paused, 1.5 x grant", weight: 4, make: func(s *storm) bool { return s.paused(s.owner(), s.grant*3/2) }},
		{kind: "owner paused, 10 x grant", weight: 2, make: func(s *storm) bool { return s.paused(s.owner(), 10*s.grant) }, long: true},
		{kind: "owner paused, 30 s", weight: 1, make: func(s *storm) bool { return s.paused(s.owner(), 30*time.Second) }, long: true},
		{kind: "leader paused, 0.5 x grant", weight: 2, make: func(s *storm) bool { return s.paused(s.Leader(), s.grant/2) }},
		{kind: "leader paused, 1.5 x grant", weight: 3, make: func(s *storm) bool { return s.paused(s.Leader(), s.grant*3/2) }},
		{kind: "leader paused, 10 x grant", weight: 1, make: func(s *storm) bool { return s.paused(s.Leader(), 10*s.grant) }, long: true},
		{kind: "node cut off from nodes", weight: 6, make: (*storm).cutRaft},
		{kind: "node in silence", weight: 6, make: (*storm).silenced},
		{kind: "node heard by nobody, or deaf", weight: 6, make: (*storm).oneWay},
		{kind: "nodes delayed", weight: 3, make: (*storm).raftDelayed},
		{kind: "owner cut off from Kafka", weight: 5, make: (*storm).cutKafka},
		{kind: "owner cut off from MySQL", weight: 5, make: (*storm).cutMySQL},
		{kind: "Kafka delayed", weight: 3, make: (*storm).kafkaDelayed},
		{kind: "frame of a stream", weight: 12, make: (*storm).streamFrame},
		{kind: "frame of a takeover", weight: 8, make: (*storm).startFrame},
		{kind: "frame comes after a takeover", weight: 6, make: (*storm).lateFrame},
		{kind: "owner stopped in order", weight: 4, make: func(s *storm) bool { return s.stopped(s.owner()) }},
		{kind: "leader stopped in order", weight: 4, make: func(s *storm) bool { return s.stopped(s.Leader()) }},
		{kind: "leadership transferred", weight: 3, make: (*storm).transferred},
		{kind: "owner drained", weight: 3, make: (*storm).drained},
		{kind: "rolling restart", weight: 2, make: (*storm).rolled, long: true},
		{kind: "broker killed", weight: 2, make: (*storm).brokerKilled},
		{kind: "brokers restarted one by one", weight: 1, make: (*storm).brokersRolled, long: true},
		{kind: "MySQL restarted", weight: 2, make: (*storm).restartMySQL},
		{kind: "dump thread killed", weight: 4, make: (*storm).killDump},
		{kind: "disk of a node full", weight: 3, make: (*storm).diskFull},
	}
}

// killed kills nodes, and starts them again when others have taken over, or
// sooner.
func (s *storm) killed(nodes ...*Node) bool {
	s.after(s.upTo(300 * time.Millisecond))
	for _, n := range nodes {
		n.Kill()
	}
	s.mark()
	s.over()
	for _, n := range nodes {
		n.Start()
	}
	return true
}

// twoKilled leaves one, which cannot go on by itself.
func (s *storm) twoKilled() bool {
	nodes := s.Others(s.any(s.Nodes))
	if len(nodes) == 0 {
		return false
	}
	for _, n := range nodes {
		n.Kill()
	}
	s.mark()
	s.after(s.upTo(2 * s.silence))
	for _, n := range nodes {
		n.Start()
	}
	return true
}

// paused stops a node for a while without ending it.
func (s *storm) paused(n *Node, d time.Duration) bool {
	n.Pause()
	s.mark()
	s.after(d)
	n.Resume()
	return true
}

// broken breaks something, until it is got over or for a while.
func (s *storm) broken(breaks, heals func()) bool {
	breaks()
	s.mark()
	s.over()
	heals()
	return true
}

func (s *storm) cutRaft() bool {
	n := s.important()
	return s.broken(n.CutRaft, n.Heal)
}

func (s *storm) silenced() bool {
	n := s.important()
	return s.broken(func() { n.Silence(proxy.Both) }, n.Heal)
}

func (s *storm) oneWay() bool {
	n, d := s.important(), way(s.rng)
	return s.broken(func() { n.Silence(d) }, n.Heal)
}

func (s *storm) raftDelayed() bool {
	d := 20*time.Millisecond + s.upTo(150*time.Millisecond)
	return s.broken(func() {
		for _, n := range s.Nodes {
			n.DelayRaft(d)
		}
	}, s.Heal)
}

func (s *storm) cutKafka() bool {
	n := s.owner()
	if s.rng.IntN(2) == 0 {
		return s.broken(n.Kafka.Cut, n.Heal)
	}
	return s.broken(func() { n.Kafka.HalfOpen(proxy.Both) }, n.Heal)
}

func (s *storm) cutMySQL() bool {
	n := s.owner()
	if s.rng.IntN(2) == 0 {
		return s.broken(n.MySQL.Cut, n.Heal)
	}
	return s.broken(func() { n.MySQL.HalfOpen(way(s.rng)) }, n.Heal)
}

func (s *storm) kafkaDelayed() bool {
	n, d := s.owner(), 20*time.Millisecond+s.upTo(150*time.Millisecond)
	return s.broken(func() {
		for i := range n.Kafka.Brokers() {
			n.Kafka.Broker(i).Delay(d)
		}
	}, n.Heal)
}

// hold holds the next frame of a kind of any node, if one comes soon.
func (s *storm) hold(key kmsg.Key, d proxy.Direction) *proxy.Hold {
	ctx, cancel := context.WithTimeout(s.t.Context(), 4*time.Second)
	defer cancel()
	return s.Hold(ctx, func(k *proxy.Kafka) *proxy.Hold { return k.Hold(key, d) })
}

// meddle loses a held frame, or keeps it for a while.
func (s *storm) meddle(h *proxy.Hold) bool {
	if h == nil {
		return false
	}
	s.mark()
	if s.rng.IntN(2) == 0 {
		h.Drop()
		return true
	}
	s.after(s.upTo(time.Second))
	h.Release()
	return true
}

func (s *storm) streamFrame() bool {
	keys := []kmsg.Key{kmsg.Produce, kmsg.EndTxn, kmsg.EndTxn}
	return s.meddle(s.hold(keys[s.rng.IntN(len(keys))], way(s.rng)))
}

// startFrame meddles with a frame of the node that takes over.
func (s *storm) startFrame() bool {
	keys := []kmsg.Key{kmsg.InitProducerID, kmsg.InitProducerID, kmsg.FindCoordinator, kmsg.ListOffsets, kmsg.Fetch}
	key, d := keys[s.rng.IntN(len(keys))], way(s.rng)
	n := s.owner()
	n.Kill()
	defer n.Start()
	ctx, cancel := context.WithTimeout(s.t.Context(), 4*s.silence)
	defer cancel()
	return s.meddle(s.Hold(ctx, func(k *proxy.Kafka) *proxy.Hold { return k.Hold(key, d) }))
}

// lateFrame loses the owner at a request, which arrives when another has taken
// over, or is about to.
func (s *storm) lateFrame() bool {
	n := s.owner()
	key := []kmsg.Key{kmsg.Produce, kmsg.EndTxn}[s.rng.IntN(2)]
	h := s.hold(key, proxy.Request)
	if h == nil {
		return false
	}
	if s.rng.IntN(2) == 0 {
		n.Pause()
		defer n.Resume()
	} else {
		n.Kill()
		defer n.Start()
	}
	s.mark()
	s.over()
	h.Release()
	return true
}

// stopped ends a node in order and starts it again.
func (s *storm) stopped(n *Node) bool {
	s.mark()
	n.Stop()
	s.after(s.upTo(time.Second))
	n.Start()
	return true
}

func (s *storm) rolled() bool {
	for _, n := range s.Nodes {
		s.stopped(n)
		s.Ready()
	}
	return true
}

// command runs one of cdcd cluster's, which may fail where the cluster is not
// quite itself.
func (s *storm) command(n *Node, args ...string) bool {
	out, err := n.Command(append([]string{"cluster"}, args...)...)
	if err != nil {
		s.t.Logf("cdcd cluster %v on %s: %v: %s", args, n.ID, err, out)
	}
	return err == nil
}

func (s *storm) transferred() bool {
	s.mark()
	return s.command(s.any(s.Nodes), "transfer")
}

// drained drains the owner, and lets it have work again.
func (s *storm) drained() bool {
	n := s.owner()
	s.mark()
	if !s.command(s.any(s.Nodes), "drain", n.ID) {
		return false
	}
	s.over()
	s.Until(30*time.Second, "undrained", func() bool { return s.command(s.any(s.Nodes), "undrain", n.ID) })
	return true
}

// brokerKilled kills a broker between two commits: a coordinator of Kafka 4.3.1
// that comes up with markers to write takes partitions that have no leader yet for
// deleted, and the commit for complete. The transaction then hangs for ever where
// the broker was the only replica (KAFKA-20734).
func (s *storm) brokerKilled() bool {
	h := s.hold(kmsg.EndTxn, proxy.Request)
	if h == nil {
		return false
	}
	i := s.rng.IntN(len(s.kafka.Brokers()))
	if err := s.kafka.Kill(i); err != nil {
		s.t.Fatal(err)
	}
	s.mark()
	h.Drop()
	if err := s.kafka.Resume(s.t.Context(), i); err != nil {
		s.t.Fatal(err)
	}
	return true
}

// brokersRolled restarts one broker after the other, where there are others.
func (s *storm) brokersRolled() bool {
	if len(s.kafka.Brokers()) < 2 {
		return false
	}
	s.mark()
	for i := range s.kafka.Brokers() {
		if err := s.kafka.Restart(s.t.Context(), i); err != nil {
			s.t.Fatal(err)
		}
	}
	return true
}

func (s *storm) restartMySQL() bool {
	s.mark()
	if err := s.server.Restart(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return true
}

// killDump kills the owner's dump thread.
func (s *storm) killDump() bool {
	n, err := s.server.KillDumps(s.t.Context(), s.sql)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mark()
	return n > 0
}

// diskFull fills the disk of the node that has a small one, and has it back with
// room when it has ended, or had nothing to write for a while.
func (s *storm) diskFull() bool {
	if s.small == nil {
		return false
	}
	filler := filepath.Join(s.small.Dir, "data", "filler")
	if err := machine.FillDisk(filler); err != nil {
		s.t.Fatal(err)
	}
	s.mark()
	deadline := time.Now().Add(2 * s.silence)
	for s.small.Running() && time.Now().Before(deadline) {
		s.after(50 * time.Millisecond)
	}
	if err := os.Remove(filler); err != nil {
		s.t.Fatal(err)
	}
	if !s.small.Running() {
		s.small.Start()
	}
	return true
}
