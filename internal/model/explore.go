package model

import (
	"hash/maphash"
	"slices"
)

// Result is what an exploration found.
type Result struct {
	States   int   // all of them, if nothing is broken
	Steps    int   // transitions between them
	Depth    int   // of the state farthest from the start
	Broken   Rule  // None, or what the trace breaks
	Trace    Trace // the shortest way there
	Finished bool  // a state is reachable in which the whole source is committed
}

// Explore visits every state that can be reached, nearest first, and ends at the
// first that breaks a rule.
func (m *Model) Explore() Result {
	x := &exploration{m: m, seen: newSet()}
	return x.run()
}

type exploration struct {
	m    *Model
	seen *set
	r    Result
	edge func(from, to int) // told each transition, unless nil
}

func (x *exploration) run() Result {
	x.add(0, start())
	level := 1 // the first state that is farther away than the one in hand
	for i := 0; i < x.seen.len(); i++ {
		if i == level {
			x.r.Depth++
			level = x.seen.len()
		}
		s := x.seen.states[i]
		if s.broken != None {
			x.r.Broken = s.broken
			x.r.Trace = x.m.replay(x.seen.path(i))
			break
		}
		x.r.Finished = x.r.Finished || x.m.finished(&s)
		x.m.successors(&s, func(_ step, t *state) {
			x.r.Steps++
			x.add(i, *t)
		})
	}
	x.r.States = x.seen.len()
	return x.r
}

func (x *exploration) add(from int, s state) {
	to := x.seen.add(x.m.canonical(s), uint32(from))
	if x.edge != nil {
		x.edge(from, to)
	}
}

func (m *Model) finished(s *state) bool { return s.done.count == m.total }

// set is the states in the order of their discovery. It compares whole states,
// so that two are never taken for one.
type set struct {
	states []state
	from   []uint32 // where each was first reached from
	slots  []uint32 // hash table: 1 + index, 0 is free; its length is a power of two
	seed   maphash.Seed
}

func newSet() *set { return &set{slots: make([]uint32, 1<<12), seed: maphash.MakeSeed()} }

func (s *set) len() int { return len(s.states) }

// add takes a state in, unless it is there, and returns its index.
func (s *set) add(x state, from uint32) int {
	if 2*s.len() > len(s.slots) {
		s.grow()
	}
	slot := s.find(x)
	if *slot != 0 {
		return int(*slot) - 1
	}
	s.states = append(s.states, x)
	s.from = append(s.from, from)
	*slot = uint32(s.len())
	return s.len() - 1
}

// find returns the slot of x, or the one that it should take.
func (s *set) find(x state) *uint32 {
	mask := len(s.slots) - 1
	for i := int(maphash.Comparable(s.seed, x)) & mask; ; i = (i + 1) & mask {
		if at := s.slots[i]; at == 0 || s.states[at-1] == x {
			return &s.slots[i]
		}
	}
}

func (s *set) grow() {
	s.slots = make([]uint32, 2*len(s.slots))
	for i := range s.states {
		*s.find(s.states[i]) = uint32(i) + 1
	}
}

// path is the states behind the first one, up to i.
func (s *set) path(i int) []state {
	var back []state
	for ; i != 0; i = int(s.from[i]) {
		back = append(back, s.states[i])
	}
	slices.Reverse(back)
	return back
}
