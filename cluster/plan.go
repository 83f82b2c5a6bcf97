package cluster

// placeholder
type view struct {
	nodes      map[string]nodeView
	connectors map[string]connectorView
	settled    bool
}
type nodeView struct{ live, stable, leaving bool }
type connectorView struct {
	wanted bool
	node   string
	load   float64
}
type step struct {
	connector, node string
	handOver        bool
}

func plan(v view) []step {
	var out []step
	for name, c := range v.connectors {
		if !c.wanted {
			if c.node != "" {
				out = append(out, step{name, "", false})
			}
			continue
		}
		cur, ok := v.nodes[c.node]
		if ok && cur.live && !cur.leaving {
			continue
		}
		for id, n := range v.nodes {
			if n.live && !n.leaving && id != c.node {
				out = append(out, step{name, id, ok && cur.live})
				break
			}
		}
	}
	return out
}
