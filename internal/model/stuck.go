package model

// Stuck counts the states from which, whatever happens, the source can never be
// committed to its end. It keeps every transition in memory.
func (m *Model) Stuck() int {
	g := graph{}
	x := &exploration{m: m, seen: newSet(), edge: g.edge}
	x.run()
	hope := make([]bool, x.seen.len())
	for i := range hope {
		hope[i] = m.finished(&x.seen.states[i])
	}
	for g.spread(hope) {
	}
	stuck := 0
	for _, h := range hope {
		if !h {
			stuck++
		}
	}
	return stuck
}

// graph is the transitions, by where they start: to[ends[i-1]:ends[i]] are those
// of state i.
type graph struct {
	to   []uint32
	ends []int
}

// edge is told transitions in the order of their starts.
func (g *graph) edge(from, to int) {
	for len(g.ends) <= from {
		g.ends = append(g.ends, len(g.to))
	}
	g.to = append(g.to, uint32(to))
	g.ends[from] = len(g.to)
}

// spread gives hope to every state that leads to one with hope, and reports
// whether there was any. States found late come first: most steps lead there.
func (g *graph) spread(hope []bool) (changed bool) {
	for i := len(g.ends) - 1; i >= 0; i-- {
		if hope[i] {
			continue
		}
		for _, to := range g.from(i) {
			if hope[to] {
				hope[i], changed = true, true
				break
			}
		}
	}
	return changed
}

func (g *graph) from(i int) []uint32 {
	begin := 0
	if i > 0 {
		begin = g.ends[i-1]
	}
	return g.to[begin:g.ends[i]]
}
