package cluster

import (
	"context"
	"slices"
	"time"

	"cdcd/offsets"
)

// Assignment is a connector that this node is to run.
type Assignment struct {
	Connector  string
	Generation offsets.Generation
	Config     []byte // as it was put
	Revision   uint64 // another one with every other Config
	// HandingOver says that the connector was moved, and that the next node has
	// not opened its session yet. If it runs here it goes on; otherwise it is not
	// started.
	HandingOver bool
}

func (a Assignment) equal(b Assignment) bool {
	return a.Connector == b.Connector && a.Generation == b.Generation && a.Revision == b.Revision && a.HandingOver == b.HandingOver
}

// Runner runs connectors on this node. But for Deliver its methods return at once, and
// are called by one goroutine each.
type Runner interface {
	// Assign replaces what is to run. granted is false when the cluster does not
	// renew this node's right to run anything: what runs then stops without a
	// last write.
	Assign(all []Assignment, granted bool)
	// Reports says how the connectors are that run here, by name.
	Reports() map[string]Report
	// Deliver gives a message to a connector that runs here, and returns when that
	// has done what it has to: see [Node.Deliver] for the errors. It may be called
	// concurrently.
	Deliver(ctx context.Context, connector string, message []byte) error
}

// handOverTime bounds how long a connector goes on where it was, in case the next
// node never opens a session.
const handOverTime = 3 * time.Second

// assigner tells the runner what this node is to run.
type assigner struct {
	node   *Node
	lasts  []Assignment
	lasted bool // granted
	since  map[string]sighting
}

// sighting is when the handing over to a generation was seen first.
type sighting struct {
	generation offsets.Generation
	at         time.Time
}

// run follows the state and the grant until ctx ends.
func (a *assigner) run(ctx context.Context) {
	n := a.node
	for {
		applied, granted := n.fsm.changed.wait(), n.heart.grant.changed.wait()
		left := n.heart.grant.left()
		a.tell(left > 0)
		if left <= 0 {
			left = time.Hour // until there is one
		}
		t := time.NewTimer(min(left, n.cfg.Timing.Beat))
		select {
		case <-t.C:
		case <-applied:
		case <-granted:
		case <-ctx.Done():
			t.Stop()
			return
		}
		t.Stop()
	}
}

// tell tells the runner, if there is news.
func (a *assigner) tell(granted bool) {
	var now []Assignment
	if granted {
		now = a.assigned(time.Now())
	}
	if granted == a.lasted && slices.EqualFunc(now, a.lasts, Assignment.equal) {
		return
	}
	a.lasts, a.lasted = now, granted
	(*a.node.runner.Load()).Assign(now, granted)
}

// assigned is what this node is to run while it has a grant, in order of names.
func (a *assigner) assigned(now time.Time) []Assignment {
	var out []Assignment
	a.node.Read(func(s *offsets.State) {
		for _, name := range s.Connectors() {
			if one, ok := a.one(s, name, now); ok {
				out = append(out, one)
			}
		}
	})
	return out
}

func (a *assigner) one(s *offsets.State, name string, now time.Time) (Assignment, bool) {
	p, self := s.Placement(name), a.node.cfg.NodeID
	one := Assignment{Connector: name, Generation: p.Generation, Config: s.Config(name), Revision: s.Revision(name)}
	switch {
	case !s.Wanted(name):
		return one, false
	case p.Node == self:
		return one, true
	case !s.HandsOver(self, name):
		return one, false
	}
	if a.since[name].generation != p.Generation {
		a.since[name] = sighting{p.Generation, now}
	}
	one.Generation, one.HandingOver = p.Generation-1, true
	return one, now.Sub(a.since[name].at) < handOverTime
}

// Awaited returns the connectors that this node is to run, and those that are to
// run and placed nowhere yet, as far as it knows.
func (n *Node) Awaited() (names []string) {
	n.Read(func(s *offsets.State) {
		for _, name := range s.Connectors() {
			if p := s.Placement(name); s.Wanted(name) && (p.Node == n.cfg.NodeID || p.Node == "") {
				names = append(names, name)
			}
		}
	})
	return names
}

// Leave hands the connectors of this node over, before its process ends. It
// returns when others run them, or when nobody can.
func (n *Node) Leave(ctx context.Context) error {
	if n.runner.Load() == nil {
		return nil
	}
	n.heart.goodbye()
	for {
		applied := n.fsm.changed.wait()
		if !n.mayHandOver() {
			return nil
		}
		select {
		case <-applied:
		case <-time.After(n.cfg.Timing.Beat):
		case <-n.failing:
			return n.failed()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// mayHandOver tells whether another node could still take something over from
// this one.
func (n *Node) mayHandOver() (yes bool) {
	self := n.cfg.NodeID
	n.Read(func(s *offsets.State) {
		others := slices.ContainsFunc(s.Nodes(), func(id string) bool {
			other, _ := s.Node(id)
			return id != self && other.Live && !other.Drained
		})
		for _, name := range s.Connectors() {
			ours := s.Placement(name).Node == self || s.HandsOver(self, name)
			yes = yes || others && ours && s.Wanted(name)
		}
	})
	return yes
}
