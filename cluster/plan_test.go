package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// planned returns the view that two lists of words describe.
//
// A node is its id and, after a colon, how it is when it is not stable: new,
// dead, leaving, or gone for both of these.
// A connector is its name, an @ and its node, a ! and a node to avoid for each of
// these, a = and its load in units of idleLoad when there is one, and :off when it
// is not wanted.
func planned(nodes, connectors string) view {
	v := view{nodes: map[string]nodeView{}, connectors: map[string]connectorView{}}
	for word := range strings.FieldsSeq(nodes) {
		id, how, _ := strings.Cut(word, ":")
		v.nodes[id] = nodeViews[how]
	}
	for word := range strings.FieldsSeq(connectors) {
		rest, off := strings.CutSuffix(word, ":off")
		rest, load, _ := strings.Cut(rest, "=")
		name, node, _ := strings.Cut(rest, "@")
		nodes := strings.Split(node, "!")
		units, _ := strconv.ParseFloat(load, 64)
		c := connectorView{wanted: !off, node: nodes[0], load: units * idleLoad, avoid: map[string]bool{}}
		for _, id := range nodes[1:] {
			c.avoid[id] = true
		}
		v.connectors[name] = c
	}
	return v
}

var nodeViews = map[string]nodeView{
	"":        {live: true, stable: true},
	"new":     {live: true},
	"dead":    {},
	"leaving": {live: true, stable: true, leaving: true},
	"gone":    {leaving: true},
}

// said returns moves as words: c->n, and c=>n for one that is handed over.
func said(moves []relocation) string {
	words := make([]string, len(moves))
	for i, m := range moves {
		arrow := "->"
		if m.handOver {
			arrow = "=>"
		}
		words[i] = m.connector + arrow + m.node
	}
	return strings.Join(words, " ")
}

// after returns v with moves made.
func after(v view, moves []relocation) view {
	v.connectors = maps.Clone(v.connectors)
	for _, m := range moves {
		c := v.connectors[m.connector]
		c.node = m.node
		v.connectors[m.connector] = c
	}
	return v
}

func TestPlan_WhatIsDue(t *testing.T) {
	for _, c := range []struct{ hazard, nodes, connectors, want string }{
		{"nothing is known", "", "", ""},
		{"nothing is wrong", "a b", "x@a y@b", ""},
		{"counts differ, not settled", "a b", "x@a y@a z@a", ""},

		{"not wanted", "a b", "x@a:off y@b", "x->"},
		{"not wanted, nowhere", "a b", "x@:off", ""},
		{"not wanted, on a dead node", "a b:dead", "x@b:off", "x->"},
		{"not wanted, on a node that leaves", "a b:leaving", "x@b:off", "x->"},
		{"not wanted, no node is live", "a:dead", "x@a:off", "x->"},
		{"not wanted weighs nothing", "a b", "w@a:off x@a:off y@b z@", "w-> x-> z->a"},

		{"on a dead node", "a b:dead", "x@b", "x->a"},
		{"on a node that is no member", "a", "x@b", "x->a"},
		{"on a dead node that was leaving", "a b:gone", "x@b", "x->a"},
		{"on a dead node, no other takes it", "a:dead b:dead", "x@b", ""},
		{"on a dead node, the other leaves", "a:leaving b:dead", "x@b", ""},
		{"on no member, the other is dead", "a:dead", "x@b", ""},

		{"on a node that leaves", "a b:leaving", "x@b", "x=>a"},
		{"on a node that leaves, alone", "b:leaving", "x@b", ""},
		{"on a node that leaves, others do too", "a:leaving b:leaving c:dead", "x@a y@b", ""},

		{"nowhere", "a", "x@", "x->a"},
		{"nowhere, no node", "", "x@", ""},
		{"nowhere, none takes it", "a:dead b:leaving", "x@", ""},

		{"it does not get on", "a b", "x@a!a y@b", "x=>b"},
		{"it does not get on, nobody else", "a b:dead", "x@a!a", ""},
		{"it does not get on, on any", "a b c", "x@a!a!b!c", ""},
		{"it does not get on, on two", "a b c", "x@a!a!b v@c w@c y@b", "x=>c"},
		{"it got on nowhere, and its node is dead", "a:dead b c", "x@a!a!b!c", "x->b"},
		{"it did not get on elsewhere", "a b:dead c", "x@b!a", "x->c"},

		{"a new node gets nothing", "a b:new", "w@a x@a y@a z@", "z->a"},
		{"a new node keeps what it has", "a b:new", "x@b", ""},
		{"there are only new ones", "a:new b:new", "x@ y@", "x->a y->b"},
		{"a new one is all that is left", "a:dead b:new", "x@a", "x->b"},
		{"a new one and one that leaves", "a:leaving b:new", "x@a", "x=>b"},
	} {
		if got := said(plan(planned(c.nodes, c.connectors))); got != c.want {
			t.Errorf("%s: nodes %q, connectors %q: plan is %q, want %q", c.hazard, c.nodes, c.connectors, got, c.want)
		}
	}
}

func TestPlan_WhereTo(t *testing.T) {
	for _, c := range []struct{ hazard, nodes, connectors, want string }{
		{"equal nodes: by id", "b a", "x@", "x->a"},
		{"the lightest by count", "a b", "x@a y@", "y->b"},
		{"the lightest by load", "a b", "w@a=9 x@b y@b z@", "z->b"},
		{"equal weights: the fewest connectors", "a b", "w@a x@a y@b=1 z@", "z->b"},
		{"idle ones: by name, in turns", "a b", "z@ y@ x@ w@", "w->a x->b y->a z->b"},
		{"the heaviest first", "a b", "w@=1 x@=1 y@=1 z@=4", "w->b x->b y->b z->a"},
		{"what a node keeps counts", "a b c:dead", "v@a w@a x@c y@c z@c", "x->b y->b z->a"},
	} {
		if got := said(plan(planned(c.nodes, c.connectors))); got != c.want {
			t.Errorf("%s: nodes %q, connectors %q: plan is %q, want %q", c.hazard, c.nodes, c.connectors, got, c.want)
		}
	}
}

func TestPlan_Balance(t *testing.T) {
	for _, c := range []struct{ hazard, nodes, connectors, want string }{
		{"counts differ by one", "a b", "x@a y@a z@b", ""},
		{"counts differ by two", "a b", "x@a y@a", "x=>b"},
		{"one move each time", "a b", "w@a x@a y@a z@a", "w=>b"},
		{"something is due", "a b", "w@a x@a y@a z@", "z->b"},
		{"a new node gets nothing", "a b:new", "w@a x@a y@a", ""},
		{"a new node gives", "a b:new", "w@b x@b y@b", "w=>a"},
		{"no node is stable", "a:new b:new", "x@a y@a", ""},
		{"nobody is there", "a:dead", "x@a", ""},
		{"a node that leaves keeps what none takes", "a:leaving", "x@a y@a", ""},

		{"loads differ", "a b", "v@a=9 w@a=3 x@a=5 y@b", "v=>b"},
		{"the one that brings them closest", "a b", "v@a=1 w@a=20 x@a=4 y@a=8", "w=>b"},
		{"equally close: by name", "a b", "x@a=7 y@a=7", "x=>b"},
		{"a single heavy one stays", "a b", "x@a=90 y@b", ""},
		{"the heaviest has none to give, the next has", "a b c", "u@a=90 v@b w@b", "v=>c"},
		{"it did not get on there", "a b", "x@a!b y@a z@a", "y=>b"},
		{"it would be the heavier one then", "a b", "x@a=9 y@a z@b=3", "y=>b"},
		{"it is not clear", "a b", "w@a=10 x@a=1 y@b=4 z@b=4", ""},
		{"little load does not matter", "a b", "x@a=0.2 y@a=0.2 z@b", ""},
	} {
		v := planned(c.nodes, c.connectors)
		v.settled = true
		if got := said(plan(v)); got != c.want {
			t.Errorf("%s: nodes %q, connectors %q: plan is %q, want %q", c.hazard, c.nodes, c.connectors, got, c.want)
		}
	}
}

// A node that is lost and comes back causes as many moves as it has connectors,
// each time.
func TestPlan_LostAndBack(t *testing.T) {
	v := planned("a b c", "r@a s@a t@b u@b v@c w@c")
	v.nodes["c"] = nodeViews["dead"]
	lost := plan(v)
	if want := "v->a w->b"; said(lost) != want {
		t.Fatalf("without c the plan is %q, want %q", said(lost), want)
	}
	v = after(v, lost)
	v.nodes["c"], v.settled = nodeViews[""], true
	v, back := settle(t, v, 10)
	if want := "t=>c r=>c"; said(back) != want {
		t.Fatalf("with c again it moves %q, want %q", said(back), want)
	}
	checkCounts(t, v)
}

// settle makes what is planned until nothing is.
func settle(t rapid.TB, v view, calls int) (view, []relocation) {
	t.Helper()
	var made []relocation
	for range calls {
		moves := plan(v)
		if len(moves) == 0 {
			return v, made
		}
		made = append(made, moves...)
		v = after(v, moves)
	}
	t.Fatalf("there are moves after %d calls: %q", calls, said(made))
	return v, made
}

func checkCounts(t rapid.TB, v view) {
	t.Helper()
	counts := map[string]int{}
	for id, n := range v.nodes {
		if n == nodeViews[""] {
			counts[id] = 0
		}
	}
	for _, c := range v.connectors {
		if _, ok := counts[c.node]; ok && c.wanted {
			counts[c.node]++
		}
	}
	all := slices.Sorted(maps.Values(counts))
	if len(all) > 0 && all[len(all)-1]-all[0] > 1 {
		t.Fatalf("the numbers of connectors are %v", counts)
	}
}

// drawView returns a view whose nodes are like some of hows. Connectors may be
// on any of them, nowhere, and on a node that is no member.
func drawView(t *rapid.T, hows []string) view {
	v := view{nodes: map[string]nodeView{}, connectors: map[string]connectorView{}}
	places := []string{"", "stranger"}
	for i, how := range rapid.SliceOfN(rapid.SampledFrom(hows), 1, 6).Draw(t, "nodes") {
		id := fmt.Sprintf("n%d", i)
		v.nodes[id] = nodeViews[how]
		places = append(places, id)
	}
	load := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 50*idleLoad))
	for i := range rapid.IntRange(0, 40).Draw(t, "connectors") {
		v.connectors[fmt.Sprintf("c%02d", i)] = connectorView{
			wanted: rapid.IntRange(0, 9).Draw(t, "wanted") > 0,
			node:   rapid.SampledFrom(places).Draw(t, "node"),
			load:   load.Draw(t, "load"),
		}
	}
	return v
}

var (
	anyHow  = slices.Sorted(maps.Keys(nodeViews))
	anyLive = []string{"", "", "new"}
)

// idle returns v without any load.
func idle(v view) view {
	v.connectors = maps.Clone(v.connectors)
	for name, c := range v.connectors {
		c.load = 0
		v.connectors[name] = c
	}
	return v
}

// mayTake is rule for rule which nodes may be given a connector.
func mayTake(v view) map[string]bool {
	stable, others := map[string]bool{}, map[string]bool{}
	for id, n := range v.nodes {
		switch {
		case !n.live || n.leaving:
		case n.stable:
			stable[id] = true
		default:
			others[id] = true
		}
	}
	if len(stable) > 0 {
		return stable
	}
	return others
}

// wantMove is rule for rule whether a connector has to move, and whether to a
// node or to nowhere.
func wantMove(v view, c connectorView, takers map[string]bool) (moves, toNode bool) {
	n, member := v.nodes[c.node]
	switch {
	case !c.wanted:
		return c.node != "", false
	case len(takers) == 0:
		return false, false
	}
	return c.node == "" || !member || !n.live || n.leaving, true
}

func TestPlan_MovesWhatIsDueAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t, anyHow)
		moves := plan(v)
		if !slices.IsSortedFunc(moves, func(a, b relocation) int { return strings.Compare(a.connector, b.connector) }) {
			t.Fatalf("out of order: %q", said(moves))
		}
		byName, takers := map[string]relocation{}, mayTake(v)
		for _, m := range moves {
			byName[m.connector] = m
		}
		if len(byName) != len(moves) {
			t.Fatalf("a connector moves twice: %q", said(moves))
		}
		for name, c := range v.connectors {
			m, moves := byName[name]
			want, toNode := wantMove(v, c, takers)
			if moves != want || moves && takers[m.node] != toNode {
				t.Fatalf("connector %s %+v: moves is %t, to %q", name, c, moves, m.node)
			}
			if handOver := toNode && v.nodes[c.node].live; moves && m.handOver != handOver {
				t.Fatalf("connector %s %+v: handOver is %t", name, c, m.handOver)
			}
		}
	})
}

func TestPlan_SameForSameView(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t, anyHow)
		v.settled = rapid.Bool().Draw(t, "settled")
		first := plan(v)
		for range 5 {
			if again := plan(after(v, nil)); !slices.Equal(first, again) {
				t.Fatalf("%q, then %q", said(first), said(again))
			}
		}
	})
}

func TestPlan_BalanceIsOneHandOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t, anyHow)
		v = after(v, plan(v))
		if moves := plan(v); len(moves) > 0 {
			t.Fatalf("not done in one call, then %q", said(moves))
		}
		v.settled = true
		moves := plan(v)
		if len(moves) > 1 {
			t.Fatalf("balance is %q", said(moves))
		}
		for _, m := range moves {
			from, to := v.nodes[v.connectors[m.connector].node], v.nodes[m.node]
			if !m.handOver || to != nodeViews[""] || !from.keeps() {
				t.Fatalf("%q, from %+v to %+v", said(moves), from, to)
			}
		}
	})
}

func TestPlan_ComesToAnEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t, anyHow)
		v.settled = true
		v, _ = settle(t, v, 2*len(v.connectors)+2)
		takers := mayTake(v)
		for name, c := range v.connectors {
			if n := v.nodes[c.node]; c.wanted && len(takers) > 0 && !n.keeps() {
				t.Fatalf("connector %s is on %q", name, c.node)
			}
		}
	})
}

func TestPlan_IdleConnectorsEndEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := idle(drawView(t, []string{"", "", "dead", "leaving", "gone"}))
		v.settled = true
		v, _ = settle(t, v, len(v.connectors)+2)
		checkCounts(t, v)
	})
}

func TestPlan_LostNodeMovesItsConnectorsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t, anyLive)
		v.settled = true
		v, _ = settle(t, v, 2*len(v.connectors)+2)
		lost := rapid.SampledFrom(slices.Sorted(maps.Keys(v.nodes))).Draw(t, "lost")
		how := rapid.SampledFrom([]string{"dead", "leaving", "gone"}).Draw(t, "how")
		v.nodes[lost] = nodeViews[how]
		for _, m := range plan(v) {
			// One may move for balance where the node that is lost had none.
			if c := v.connectors[m.connector]; c.node != lost && hasAny(v, lost) {
				t.Fatalf("%s was on %q, and %q is lost", m.connector, c.node, lost)
			}
		}
	})
}

func hasAny(v view, node string) bool {
	for _, c := range v.connectors {
		if c.node == node {
			return true
		}
	}
	return false
}

// A node that joins gets what balance needs and gives nothing.
func TestPlan_JoinedNodeGetsItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := idle(drawView(t, []string{""}))
		v.settled = true
		v, _ = settle(t, v, len(v.connectors)+2)
		v.nodes["joined"] = nodeViews[""]
		wanted := len(newPlanner(v).names) - unwanted(v)
		_, made := settle(t, v, len(v.connectors)+2)
		if share := wanted / len(v.nodes); len(made) != share {
			t.Fatalf("%d of %d connectors move to one of %d nodes: %q", len(made), wanted, len(v.nodes), said(made))
		}
		for _, m := range made {
			if m.node != "joined" {
				t.Fatalf("a node joined, but: %q", said(made))
			}
		}
	})
}

func unwanted(v view) (count int) {
	for _, c := range v.connectors {
		if !c.wanted {
			count++
		}
	}
	return count
}

// measured returns v with each load wrong by any part up to loadError.
func measured(t *rapid.T, v view) view {
	v.connectors = maps.Clone(v.connectors)
	// Extremes at random find more than numbers in between.
	by := rapid.SampledFrom([]float64{-loadError, -loadError, -loadError / 3, 0, loadError / 2, loadError, loadError})
	for _, name := range slices.Sorted(maps.Keys(v.connectors)) {
		c := v.connectors[name]
		c.load *= 1 + by.Draw(t, "by")
		v.connectors[name] = c
	}
	return v
}

// uneven is the sum of the squares of what the nodes really bear: it is the
// smaller the more even they are.
func uneven(v view) (sum float64) {
	for _, h := range newPlanner(v).hosts {
		sum += h.weight() * h.weight()
	}
	return sum
}

// Whatever is measured, each move for balance makes the nodes really more even:
// then no connector can go back and forth.
func TestPlan_NoiseMovesNothingBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t, anyLive)
		v = after(v, plan(v))
		v.settled = true
		made := 0
		for range 200 {
			moves := plan(measured(t, v))
			next := after(v, moves)
			if len(moves) > 0 && uneven(next) > uneven(v)-2*clearGain {
				t.Fatalf("%q takes the nodes from %.3f to %.3f", said(moves), uneven(v), uneven(next))
			}
			made, v = made+len(moves), next
		}
		if limit := 2 * len(v.connectors); made > limit {
			t.Fatalf("%d moves of %d connectors", made, len(v.connectors))
		}
	})
}

func TestPlan_NeverUndoesABalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t, anyLive)
		v = after(v, plan(v))
		v.settled = true
		for _, m := range plan(v) {
			from := v.connectors[m.connector].node
			for _, back := range plan(measured(t, after(v, []relocation{m}))) {
				if back.connector == m.connector && back.node == from {
					t.Fatalf("%s went from %s to %s and goes back", m.connector, from, m.node)
				}
			}
		}
	})
}
