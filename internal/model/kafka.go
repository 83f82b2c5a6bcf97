package model

// serve is what Kafka or raft does with a request, and what it answers.
func (m *Model) serve(s *state, q request) reply {
	switch q.kind {
	case openSession:
		return m.open(s, q)
	case initProducer:
		return s.initProducer()
	case addPartitions:
		return s.addPartitions(q)
	case produce, produceState:
		return m.produce(s, q)
	case commit, abort:
		return m.endTxn(s, q)
	case none:
	}
	return refused
}

func (t *txn) deciding() bool { return t.status == prepareCommit || t.status == prepareAbort }

// bump gives the transactional id its next epoch, whose sequences start anew.
func (t *txn) bump() {
	t.epoch++
	t.dataNext, t.stateNext = 0, 0
}

// initProducer is InitProducerID(-1, -1): whoever sends it fences everyone else,
// at once, though it succeeds only when no transaction is open any more.
func (s *state) initProducer() reply {
	switch s.txn.status {
	case ongoing:
		s.expire()
		return concurrent
	case prepareCommit, prepareAbort:
		return concurrent
	case empty, completeCommit:
	}
	s.txn.bump()
	s.txn.status = empty
	return ok
}

// expire aborts the open transaction and fences who wrote it.
func (s *state) expire() {
	s.txn.bump()
	s.txn.status = prepareAbort
}

// addPartitions opens the transaction, at the first level.
func (s *state) addPartitions(q request) reply {
	switch {
	case q.epoch != s.txn.epoch:
		return refused
	case s.txn.deciding():
		return concurrent
	}
	s.txn.status = ongoing
	return ok
}

// produce appends a batch of one record, unless it is there already.
func (m *Model) produce(s *state, q request) reply {
	t := &s.txn
	next := &t.dataNext
	if q.kind == produceState {
		next = &t.stateNext
	}
	switch {
	case q.epoch != t.epoch, m.Level == TV1 && t.status != ongoing:
		return refused
	case t.deciding():
		return concurrent
	case q.seq < *next:
		return ok
	case q.seq > *next && *next > 0: // without a batch of this epoch any sequence is the first
		return refused
	}
	*next = q.seq + 1
	t.status = ongoing
	m.appendRecord(s, q)
	return ok
}

func (m *Model) appendRecord(s *state, q request) {
	t := &s.txn
	switch {
	case q.kind == produceState && m.has(StateOutside):
		m.publish(s, 0, q.state)
	case q.kind == produceState:
		t.states++
		t.state = q.state
	case q.state.pos == s.done.count+t.count && t.stray == 0:
		t.count++
	case t.stray == 0:
		t.stray = q.state.pos + 1
	}
}

// endTxn decides the open transaction.
func (m *Model) endTxn(s *state, q request) reply {
	t := &s.txn
	if m.Level == TV2 && q.kind == commit && q.epoch+1 == t.epoch {
		return t.endedBefore()
	}
	switch {
	case q.epoch != t.epoch:
		return refused
	case t.deciding():
		return concurrent
	case t.status == completeCommit && q.kind == commit && m.Level == TV1:
		return ok // taken as a retry
	case t.status != ongoing && (q.kind == commit || m.Level == TV1):
		return refused
	}
	return m.decide(t, q.kind == commit)
}

// endedBefore answers an EndTxn of the epoch before, at the second level: it is
// a retry if that epoch ended with a commit.
func (t *txn) endedBefore() reply {
	switch t.status {
	case prepareCommit:
		return concurrent
	case completeCommit:
		return ok
	case empty, ongoing, prepareAbort:
	}
	return refused
}

func (m *Model) decide(t *txn, commits bool) reply {
	t.status = prepareAbort
	if commits {
		t.status = prepareCommit
	}
	if m.Level == TV2 {
		t.bump()
	}
	return ok
}

// mark writes the markers of the decided transaction, which makes its records
// readable or drops them.
func (m *Model) mark(s *state) {
	t := &s.txn
	if t.status == prepareCommit {
		m.settle(s)
		t.status = completeCommit
	} else {
		t.status = empty
	}
	t.count, t.stray, t.states, t.state = 0, 0, 0, record{}
}

// settle commits the transaction, and checks what it holds.
func (m *Model) settle(s *state) {
	t := &s.txn
	switch {
	case t.count == 0 && t.stray == 0 && t.states == 0:
		return // an empty one changes nothing
	case t.stray > 0:
		m.violate(s, ExactlyOnce)
	case !m.whole[s.done.count+t.count]:
		m.violate(s, Whole)
	case t.states != 1 && !m.has(StateOutside):
		m.violate(s, OneState)
	}
	if t.states > 0 {
		m.publish(s, t.count, t.state)
	}
}

// publish commits a state record, and the records before it.
func (m *Model) publish(s *state, count uint8, r record) {
	last := s.done.last
	s.done.count += count
	s.done.last = r
	switch {
	case r.pos != s.done.count:
		m.violate(s, Position)
	case r.n != last.n+1:
		m.violate(s, Chain)
	case r.id < last.id:
		m.violate(s, SessionOrder)
	case r.gen < last.gen:
		m.violate(s, RaftOrder)
	}
}

func (m *Model) violate(s *state, r Rule) {
	if s.broken == None && r != m.Waive {
		s.broken = r
	}
}
