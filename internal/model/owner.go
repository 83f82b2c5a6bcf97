package model

// begin is an idle owner that is told to run the connector, and has it confirmed.
// That takes two calls to raft. Both answer at one instant here, because if the
// connector moves in between, the second one says no, and the owner is idle again.
func (m *Model) begin(s *state, i uint8) {
	o := &s.owners[i]
	*o = owner{at: confirm, gen: s.place.gen}
	if m.has(NoConfirm) {
		m.enter(s, o, 0)
		return
	}
	m.confirmed(s, o)
}

func (m *Model) confirmed(s *state, o *owner) {
	switch m.Compare {
	case ComparedTooEarly:
		o.mirror, o.heard = s.mirror, s.session.id
	case ComparedEarly:
		o.mirror = s.mirror
	case NotCompared, ComparedLate, ComparedConfirmed:
	}
	m.passed(s, o)
}

// takeover starts again from the first step, because what happened is not known
// or somebody else took over. An owner that is about to ask for confirmation is
// an idle one, unless it keeps something in memory.
func (m *Model) takeover(s *state, o *owner, isRefused bool) {
	keeps := m.has(KeepBatch) && (o.keepBatch == 1 || isRefused && o.at >= join && o.at < end)
	switch {
	case keeps:
		*o = owner{gen: o.gen, n: o.n, id: m.kept(o), base: o.base, keepBatch: 1}
	case m.has(NoConfirm):
		*o = owner{gen: o.gen}
	default:
		*o = owner{}
		return
	}
	m.enter(s, o, 0)
}

// kept is the session that an owner keeps together with its batch: none, if it
// will open a new one.
func (m *Model) kept(o *owner) uint8 {
	if m.has(NoSession) {
		return o.id
	}
	return 0
}

// enter goes to a step of the takeover, or beyond the last.
func (m *Model) enter(s *state, o *owner, step int) {
	if step < len(m.steps) && m.steps[step] == read && o.keepBatch == 1 {
		step++
	}
	if step == len(m.steps) {
		m.ready(s, o)
		return
	}
	o.at = m.steps[step]
	if o.at == session {
		o.number(s)
	}
}

// number chooses the session: above every one that is known.
func (o *owner) number(s *state) { o.id = max(s.session.id, o.id) + 1 }

// passed goes on behind a step of the takeover that succeeded.
func (m *Model) passed(s *state, o *owner) {
	for step, p := range m.steps {
		if p == o.at {
			m.enter(s, o, step+1)
			return
		}
	}
}

// ready ends the takeover.
func (m *Model) ready(s *state, o *owner) {
	switch {
	case o.keepBatch == 1:
		o.pos, o.keepBatch = o.base, 0
	case m.has(NoSession):
		o.number(s)
	}
	m.next(o)
}

// next begins a Kafka transaction. An owner that has written everything sends
// nothing any more, which is what an idle one does.
func (m *Model) next(o *owner) {
	switch {
	case o.pos == m.total:
		*o = owner{}
		return
	case m.Level == TV1:
		o.at = join
	default:
		o.at = data
	}
	if m.has(KeepBatch) {
		o.base = o.pos
	}
}

// recall reads the last committed state. Once it has a session of its own, the
// one of that state is of no interest.
func (m *Model) recall(s *state, o *owner) {
	last := s.done.last
	o.n, o.pos = last.n, last.pos
	if m.Order != ReadLast || m.has(NoSession) {
		o.id = last.id
	}
	if m.atOdds(s, o) {
		m.violate(s, NoAlarm)
	}
	o.mirror, o.heard = 0, 0
	m.passed(s, o)
}

// atOdds compares what was read with what was heard at Confirm, and its session
// with the newest one, which later ones only exceed.
func (m *Model) atOdds(s *state, o *owner) bool {
	if m.Compare == NotCompared || m.has(RaftLost) {
		return false
	}
	newest := s.session.id
	if m.Compare == ComparedTooEarly {
		newest = o.heard
	}
	return o.mirror > o.n || newest > 0 && s.done.last.id > newest
}

// check compares raft's mirror with the state that was read.
func (m *Model) check(s *state, i uint8) {
	o := &s.owners[i]
	switch {
	case s.mirror <= o.n:
		m.passed(s, o)
	case m.Compare == ComparedConfirmed && !s.confirms(i):
		*o = owner{}
	default:
		m.violate(s, NoAlarm)
	}
}

// request is what an owner waits for the answer to, none where it does not wait.
func (m *Model) request(o owner) request {
	switch o.at {
	case initialise:
		return request{kind: initProducer}
	case session:
		return request{kind: openSession, state: record{id: o.id, gen: o.gen}}
	case join:
		return request{kind: addPartitions, epoch: o.epoch}
	case data:
		return request{kind: produce, epoch: o.epoch, seq: o.dataSeq, state: record{pos: o.pos}}
	case stateRecord:
		return request{kind: produceState, epoch: o.epoch, seq: o.stateSeq, state: m.stateOf(o)}
	case end:
		return request{kind: commit, epoch: o.epoch}
	case idle, confirm, read, compare:
	}
	return request{}
}

func (m *Model) stateOf(o owner) record {
	r := record{n: o.n + 1, id: o.id, gen: o.gen, pos: o.pos}
	if m.has(Ahead) {
		for r.pos++; r.pos < m.total && !m.whole[r.pos]; r.pos++ {
		}
	}
	return r
}

// answered is an owner's reaction to a reply.
func (m *Model) answered(s *state, o *owner, r reply) {
	switch {
	case r == refused, r == concurrent && o.at == initialise:
		m.takeover(s, o, true) // each InitProducerID after a Confirm of its own
	case r == concurrent: // the same request again
	case o.at == initialise:
		o.epoch, o.dataSeq, o.stateSeq = s.txn.epoch, 0, 0
		m.passed(s, o)
	case o.at == session:
		m.passed(s, o)
	default:
		m.wrote(s, o)
	}
}

// wrote goes on behind a request of a transaction.
func (m *Model) wrote(s *state, o *owner) {
	switch o.at {
	case join:
		o.at = data
	case data:
		o.pos++
		o.dataSeq++
	case stateRecord:
		o.stateSeq++
		o.at = end
	case end:
		m.ended(s, o)
	case idle, confirm, initialise, read, compare, session:
	}
}

// ended goes on behind a commit. At the second level its reply brought the epoch
// of the next transaction.
func (m *Model) ended(s *state, o *owner) {
	o.n++
	if m.Level == TV2 {
		o.epoch, o.dataSeq, o.stateSeq = s.txn.epoch, 0, 0
	}
	m.next(o)
}

// mayCut tells whether a transaction may end behind the record just written, and
// mayGoOn whether another one may follow in it.
func (m *Model) mayCut(o owner) bool  { return m.whole[o.pos] || m.has(CutAnywhere) }
func (m *Model) mayGoOn(o owner) bool { return o.pos < m.total }

// mayRepeat tells whether a request without an answer may be sent again. A batch
// is recognised by its sequence, and an EndTxn by its epoch, but at the second
// level only.
func (m *Model) mayRepeat(p point) bool {
	switch p {
	case join, data, stateRecord:
		return true
	case end:
		return m.Level == TV2 || m.has(RetryEnd)
	case idle, confirm, initialise, read, compare, session:
	}
	return false
}

// mayGiveUp tells whether an owner may take over instead.
func (m *Model) mayGiveUp(p point) bool { return p != end || !m.has(RetryEnd) }
