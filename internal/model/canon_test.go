package model

import (
	"math/rand/v2"
	"testing"
)

// walk takes runs at random through every kind of configuration, with names and
// numbers as they are. Most steps get on, so that some runs get far.
func walk(t *testing.T, at func(m *Model, s state)) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range someConfigs() {
		m := New(c)
		for range 40 {
			s := start()
			for range 45 {
				at(m, s)
				if s = m.anyNext(s, rnd); s.broken != None {
					break
				}
			}
		}
	}
}

func (m *Model) anyNext(s state, rnd *rand.Rand) state {
	var next []state
	m.successors(&s, func(e step, t *state) {
		next = append(next, *t)
		if e.act == exchanges || e.act == marks || e.act == reads || e.act == arrives {
			next = append(next, *t, *t, *t, *t)
		}
	})
	return next[rnd.IntN(len(next))]
}

// TestCanonical_GoesOnAlike holds states against those that stand for them: both
// must lead to the same.
func TestCanonical_GoesOnAlike(t *testing.T) {
	walk(t, func(m *Model, s state) {
		short := m.canonical(s)
		raw, canonical := m.reach(s), m.reach(short)
		for x := range raw {
			if !canonical[x] {
				t.Fatalf("%+v:\n%+v leads to\n%+v,\n%+v does not", m.Config, s, x, short)
			}
		}
		if len(raw) != len(canonical) {
			t.Fatalf("%+v:\n%+v leads to %d states,\n%+v to %d", m.Config, s, len(raw), short, len(canonical))
		}
	})
}

// reach returns what stands for the successors of s, other than s itself.
func (m *Model) reach(s state) map[state]bool {
	reached := map[state]bool{}
	m.successors(&s, func(_ step, t *state) { reached[m.canonical(*t)] = true })
	delete(reached, m.canonical(s))
	return reached
}

// TestDead_HasNoEffectEver serves every request that an owner ever had, as soon
// as it counts as dead and in all states after that.
func TestDead_HasNoEffectEver(t *testing.T) {
	var sent map[request]bool
	walk(t, func(m *Model, s state) {
		if s == start() {
			sent = map[request]bool{}
		}
		for _, o := range s.owners {
			sent[m.request(o)] = true
		}
		for q := range sent {
			was := s
			if !s.dead(q) {
				continue
			}
			if reply := m.serve(&s, q); s != was {
				t.Fatalf("%+v:\n%s is dead in\n%+v\nbut changes it to\n%+v (%d)", m.Config, q, was, s, reply)
			}
		}
	})
}

func someConfigs() []Config {
	var all []Config
	for _, l := range []Level{TV1, TV2} {
		for _, c := range []Config{
			{},
			{Order: ReadLast},
			{Order: ReadFirst},
			{Compare: ComparedLate},
			{Compare: ComparedTooEarly},
			{Compare: ComparedEarly, Order: ReadLast},
			{Compare: ComparedConfirmed, Strict: true},
			{Changes: NoConfirm | RaftLost},
			{Changes: NoSession, Waive: RaftOrder},
			{Changes: KeepBatch | RetryEnd},
			{Changes: KeepBatch | NoSession | NoConfirm, Waive: RaftOrder},
			{Changes: CutAnywhere},
		} {
			c.Level, c.Source, c.Old = l, []int{1, 2, 1}, 2
			all = append(all, c)
		}
	}
	return all
}
