package model

import (
	"math/bits"
	"slices"
)

// canonical returns the state that stands for all that go on as s does, up to
// names and numbers. It is what makes an unbounded number of crashes, moves and
// take-overs a finite number of states.
func (m *Model) canonical(s state) state {
	for i := range s.owners {
		m.collapse(&s, &s.owners[i])
	}
	slices.SortFunc(s.old[:], request.compare)
	s.renumberEpochs()
	s.rankGenerations()
	s.renumberSessions()
	s.swap()
	return s
}

// forget drops requests that can have no effect any more, whenever they arrive.
func (s *state) forget() {
	for i, q := range s.old {
		if s.dead(q) {
			s.old[i] = request{}
		}
	}
}

// dead relies on that epochs, sequences within an epoch, sessions and their
// generations only grow. An EndTxn of the epoch before may be answered, but
// changes nothing.
func (s *state) dead(q request) bool {
	switch q.kind {
	case openSession:
		return q.state.gen < s.session.gen || q.state.id <= s.session.id
	case produce:
		return q.epoch != s.txn.epoch || q.seq < s.txn.dataNext
	case produceState:
		return q.epoch != s.txn.epoch || q.seq < s.txn.stateNext
	case addPartitions, commit, abort:
		return q.epoch != s.txn.epoch
	case none, initProducer:
	}
	return false
}

// collapse forgets what an owner of an old epoch has in memory, since all that it
// can still learn is that it is refused.
func (m *Model) collapse(s *state, o *owner) {
	if o.at == session && o.gen < s.session.gen {
		o.id = 0 // refused whatever its number
	}
	if o.epoch == s.txn.epoch || m.mayLearn(s, o) {
		return
	}
	o.epoch = 0
	if o.at < join {
		return
	}
	stale := owner{at: data, gen: o.gen}
	switch {
	case !m.has(KeepBatch):
	case o.at == end: // what it has in hand may be committed
		stale.at = end
	default:
		stale.n, stale.base, stale.pos, stale.id = o.n, o.base, o.base, m.kept(o)
	}
	*o = stale
}

// mayLearn tells whether an EndTxn sent again would be recognised.
func (m *Model) mayLearn(s *state, o *owner) bool {
	committed := s.txn.status == prepareCommit || s.txn.status == completeCommit
	return m.Level == TV2 && o.at == end && committed && o.epoch+1 == s.txn.epoch
}

// renumberEpochs keeps how far an epoch is behind the newest, as far as that
// matters: the newest, the one before, older.
func (s *state) renumberEpochs() {
	shift := func(e *uint8) { *e = firstEpoch - min(s.txn.epoch-*e, firstEpoch) }
	for i := range s.owners {
		shift(&s.owners[i].epoch)
	}
	for i := range s.old {
		shift(&s.old[i].epoch)
	}
	s.txn.epoch = firstEpoch
}

// rankGenerations numbers the generations that somebody holds or may hold. That
// of the newest session and that of the last committed state are bars, which
// others are only held against: what counts is who is below.
func (s *state) rankGenerations() {
	holders := [...]*uint8{
		&s.place.gen, &s.txn.state.gen, &s.owners[0].gen, &s.owners[1].gen,
		&s.old[0].state.gen, &s.old[1].state.gen, &s.old[2].state.gen,
	}
	var held uint64
	for _, p := range holders {
		held |= 1 << *p
	}
	held &^= 1 // 0 is none
	rank := func(gen uint8) uint8 { return 1 + uint8(bits.OnesCount64(held&(1<<gen-1))) }
	for _, p := range holders {
		if *p != 0 {
			*p = rank(*p)
		}
	}
	s.session.gen, s.done.last.gen = rank(s.session.gen), rank(s.done.last.gen)
}

// renumberSessions keeps the order of sessions and which of them are neighbours:
// a new one is one more than the largest of some, and compared with others.
func (s *state) renumberSessions() {
	holders := [...]*uint8{
		&s.session.id, &s.done.last.id, &s.txn.state.id,
		&s.owners[0].id, &s.owners[1].id, &s.owners[0].heard, &s.owners[1].heard,
		&s.old[0].state.id, &s.old[1].state.id, &s.old[2].state.id,
	}
	var held uint64
	for _, p := range holders {
		held |= 1 << *p
	}
	var to [64]uint8
	last, next := uint8(0), uint8(0)
	for held &^= 1; held != 0; held &= held - 1 {
		id := uint8(bits.TrailingZeros64(held))
		next += min(id-last, 2)
		to[id], last = next, id
	}
	for _, p := range holders {
		*p = to[*p]
	}
}

// swap gives the owners their order: which of two equal processes is which does
// not matter.
func (s *state) swap() {
	c := s.owners[0].compare(&s.owners[1])
	if c > 0 || c == 0 && s.place.owner == 1 {
		s.owners[0], s.owners[1] = s.owners[1], s.owners[0]
		s.place.owner = 1 - s.place.owner
	}
}
