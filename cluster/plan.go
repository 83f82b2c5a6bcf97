package cluster

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// What placing weighs.
const (
	// idleLoad is the load, in bytes a second, that weighs as much as a
	// connector that has none: its connections, buffers and goroutines.
	//
	// Count and load are added in this fixed rate instead of being related to
	// the mean of all loads, so that the weight of a connector says nothing of
	// the others: a busy one does not make a node with idle ones lighter, and
	// where all loads are far below idleLoad only counts matter.
	idleLoad = 1 << 20
	// loadError is by which part of the truth a measured load may be wrong
	// without a connector ever going back and forth.
	loadError = 0.2
	// clearGain is by how much the node that gives a connector away must stay
	// the heavier one, without the connector. It must be less than 1, or the
	// counts of idle connectors could differ by two.
	clearGain = 0.5
)

// view is what the leader plans from.
type view struct {
	nodes      map[string]nodeView      // members of the cluster, by id
	connectors map[string]connectorView // by name
	// settled says that enough time has passed since the last move for balance.
	settled bool
}

// nodeView is what the leader knows of a member.
type nodeView struct {
	live    bool // heard lately
	stable  bool // live for long enough to be given work
	leaving bool // is stopping, or drained by an operator
}

// keeps tells whether the connectors of a node stay on it.
func (n nodeView) keeps() bool { return n.live && !n.leaving }

// connectorView is what the leader knows of a connector.
type connectorView struct {
	wanted bool    // has a configuration, and its target is running
	node   string  // where it is placed; "" for nowhere
	load   float64 // measured, bytes a second, EWMA; 0 for idle or unknown
	// avoid are nodes where it did not get on, as long as it may get on elsewhere.
	avoid map[string]bool
}

func (c connectorView) burden() burden { return burden{count: 1, load: c.load} }

// relocation is one connector that is to be placed elsewhere.
type relocation struct {
	connector string
	node      string // "" for nowhere
	// handOver says that the node before is live and may go on until the new
	// one has opened a session.
	handOver bool
}

// plan returns what is to be placed elsewhere, by connector. It depends on
// nothing but v.
//
// A connector that is not wanted goes nowhere. One that is wanted goes to the
// lightest node that may take it when it is nowhere, when its node is dead or no
// member, and, handed over, when its node is leaving or one to avoid. Any other
// stays, and so does one that no node may take: its node may come back, and until
// then a new generation gains nothing. One that gets on nowhere stays, too.
//
// Only when nothing of that is due and v is settled, one connector may be handed
// over for balance. As long as every measured load is within loadError of what
// it really is, each such move makes the nodes really more even, so that they
// come to an end however the measured ones vary.
func plan(v view) []relocation {
	p := newPlanner(v)
	moves := p.due()
	if len(moves) == 0 && v.settled {
		moves = p.balance()
	}
	slices.SortFunc(moves, func(a, b relocation) int { return cmp.Compare(a.connector, b.connector) })
	return moves
}

// planner is a view with the connectors sorted to their nodes.
type planner struct {
	view
	names []string // of all connectors, ascending: sums of floats depend on the order
	hosts []*host  // the nodes that keep their connectors, by id
}

func newPlanner(v view) *planner {
	p := &planner{view: v, names: slices.Sorted(maps.Keys(v.connectors))}
	hosts := map[string]*host{}
	for _, id := range slices.Sorted(maps.Keys(v.nodes)) {
		if n := v.nodes[id]; n.keeps() {
			hosts[id] = &host{id: id, stable: n.stable}
			p.hosts = append(p.hosts, hosts[id])
		}
	}
	for _, name := range p.names {
		c := v.connectors[name]
		if h, ok := hosts[c.node]; ok && c.wanted {
			h.connectors = append(h.connectors, name)
			h.burden = h.plus(c.burden())
		}
	}
	return p
}

// due returns the moves that do not wait for anything.
func (p *planner) due() []relocation {
	var moves []relocation
	var homeless []string
	for _, name := range p.names {
		switch c := p.connectors[name]; {
		case !c.wanted && c.node != "":
			moves = append(moves, relocation{connector: name})
		case c.wanted && (!p.nodes[c.node].keeps() || c.avoid[c.node]):
			homeless = append(homeless, name)
		}
	}
	return append(moves, p.house(homeless)...)
}

// house gives each of the named connectors to the node that is the lightest by
// then. The heaviest come first, because the others even out what they leave.
func (p *planner) house(names []string) []relocation {
	takers := p.takers()
	if len(takers) == 0 {
		return nil
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(p.connectors[b].load, p.connectors[a].load)
	})
	moves := make([]relocation, 0, len(names))
	for _, name := range names {
		c := p.connectors[name]
		fit := c.fit(takers)
		if len(fit) == 0 && p.nodes[c.node].keeps() {
			continue
		}
		if len(fit) == 0 {
			fit = takers
		}
		to := slices.MinFunc(fit, compareHosts)
		to.burden = to.plus(c.burden())
		moves = append(moves, relocation{connector: name, node: to.id, handOver: p.nodes[c.node].live})
	}
	return moves
}

// fit returns the hosts that a connector does not avoid.
func (c connectorView) fit(hosts []*host) []*host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h *host) bool { return c.avoid[h.id] })
}

// takers returns the nodes that may be given a connector that has none. In a
// cluster that just started, or lost all other nodes, no node is stable.
func (p *planner) takers() []*host {
	if stable := p.stable(); len(stable) > 0 {
		return stable
	}
	return p.hosts
}

// stable returns the nodes that may be given a connector for balance.
func (p *planner) stable() []*host {
	var stable []*host
	for _, h := range p.hosts {
		if h.stable {
			stable = append(stable, h)
		}
	}
	return stable
}

// balance returns at most one move, to the lightest node from the heaviest one
// that has a connector to give. This need not be the heaviest of all: it may have
// a single connector.
func (p *planner) balance() []relocation {
	stable := p.stable()
	if len(stable) == 0 {
		return nil
	}
	to := slices.MinFunc(stable, compareHosts)
	heaviest := slices.SortedFunc(slices.Values(p.hosts), func(a, b *host) int { return compareHosts(b, a) })
	for _, from := range heaviest {
		if name := p.excess(from, to); name != "" {
			return []relocation{{connector: name, node: to.id, handOver: true}}
		}
	}
	return nil
}

// excess returns the connector whose move brings two nodes closest together, ""
// when no move makes things clearly better.
//
// It does when from stays heavier than to by clearGain even where the loads of
// what stays there were measured too high and those of to too low. The way back
// would need the opposite. The load of the connector itself does not matter:
// whatever it is, it is on one of two nodes, and to is the better one.
func (p *planner) excess(from, to *host) (best string) {
	least := math.Inf(1)
	for _, name := range from.connectors {
		if p.connectors[name].avoid[to.id] {
			continue
		}
		b := p.connectors[name].burden()
		rest := from.minus(b)
		if rest.atLeast() <= to.atMost()+clearGain {
			continue
		}
		if gap := math.Abs(rest.weight() - to.plus(b).weight()); gap < least {
			best, least = name, gap
		}
	}
	return best
}

// host is a node that keeps its connectors.
type host struct {
	id     string
	stable bool
	burden
	connectors []string // that it keeps, by name
}

// compareHosts orders hosts by how much they bear, the lightest first.
func compareHosts(a, b *host) int {
	return cmp.Or(
		cmp.Compare(a.weight(), b.weight()),
		cmp.Compare(a.count, b.count),
		cmp.Compare(a.id, b.id),
	)
}

// burden is a number of connectors and the sum of their loads.
type burden struct {
	count int
	load  float64
}

func (b burden) plus(o burden) burden  { return burden{b.count + o.count, b.load + o.load} }
func (b burden) minus(o burden) burden { return burden{b.count - o.count, b.load - o.load} }

// weight is what a burden weighs; an idle connector weighs 1.
func (b burden) weight() float64 { return float64(b.count) + b.load/idleLoad }

// atLeast is the weight if all loads were measured too high.
func (b burden) atLeast() float64 { return burden{b.count, b.load / (1 + loadError)}.weight() }

// atMost is the weight if all loads were measured too low.
func (b burden) atMost() float64 { return burden{b.count, b.load / (1 - loadError)}.weight() }
