package model

// step is one transition, as far as a reader needs it to follow.
type step struct {
	act   act
	who   uint8 // owner
	q     request
	reply reply
	again bool // the owner sends the request again
}

type act uint8

const (
	starts act = iota // none: nothing happened yet
	moves
	loses
	marks
	expires
	arrives // a request whose client gave up
	asks    // Confirm
	reads
	compares
	mirrors
	exchanges  // request and reply
	unanswered // the reply is lost
	drops      // the request is lost
	delays     // the request is left under way
	crashes
	stops
)

// visit is told each transition of a state. It must not keep the pointer.
type visit func(step, *state)

// successors tells every transition of s.
func (m *Model) successors(s *state, tell visit) {
	yield := func(e step, t *state) {
		t.forget()
		tell(e, t)
	}
	m.cluster(s, yield)
	m.broker(s, yield)
	for i, q := range s.old {
		if q.kind != none {
			t := *s
			t.old[i] = request{}
			yield(step{act: arrives, q: q, reply: m.serve(&t, q)}, &t)
		}
	}
	for i := range uint8(len(s.owners)) {
		m.owner(s, i, yield)
	}
}

func (m *Model) cluster(s *state, yield visit) {
	for i := range uint8(len(s.owners)) {
		t := *s
		t.move(i)
		yield(step{act: moves, who: i}, &t)
	}
	if n := s.mirrored(); n > s.mirror && m.Compare != NotCompared {
		t := *s
		t.mirror = n
		yield(step{act: mirrors}, &t)
	}
	if m.has(RaftLost) {
		t := *s
		t.lose()
		yield(step{act: loses}, &t)
	}
}

func (m *Model) broker(s *state, yield visit) {
	t := *s
	switch {
	case s.txn.deciding():
		m.mark(&t)
		yield(step{act: marks}, &t)
	case s.txn.status == ongoing:
		t.expire()
		yield(step{act: expires}, &t)
	}
}

// owner tells what owner i may do.
func (m *Model) owner(s *state, i uint8, yield visit) {
	t := *s
	switch o := &t.owners[i]; o.at {
	case idle:
		if s.place.owner == i {
			m.begin(&t, i)
			yield(step{act: asks, who: i}, &t)
		}
		return
	case confirm:
		m.ask(&t, i, yield)
	case read:
		m.recall(&t, o)
		yield(step{act: reads, who: i, q: request{state: s.done.last}}, &t)
	case compare:
		m.check(&t, i)
		yield(step{act: compares, who: i}, &t)
	case initialise, session, join, data, stateRecord, end:
		m.exchange(s, i, yield)
		m.doubt(s, i, yield)
	}
	m.leave(s, i, yield)
}

func (m *Model) ask(s *state, i uint8, yield visit) {
	r := refused
	if s.confirms(i) {
		r = ok
		m.confirmed(s, &s.owners[i])
	} else {
		s.owners[i] = owner{}
	}
	yield(step{act: asks, who: i, reply: r}, s)
}

// exchange is a request that is answered.
func (m *Model) exchange(s *state, i uint8, yield visit) {
	t := *s
	o := &t.owners[i]
	was := o.at
	e := step{act: exchanges, who: i, q: m.request(*o)}
	e.reply = m.serve(&t, e.q)
	m.answered(&t, o, e.reply)
	if was != data || e.reply != ok || m.mayGoOn(*o) {
		u := t
		yield(e, &u)
	}
	if was == data && e.reply == ok && m.mayCut(*o) {
		o.at = stateRecord
		yield(e, &t)
	}
}

// doubt is a request without an answer: the reply or the request is lost, or it
// is still under way when its client gives up.
func (m *Model) doubt(s *state, i uint8, yield visit) {
	q := m.request(s.owners[i])
	t := *s
	r := m.serve(&t, q)
	m.resolve(&t, step{act: unanswered, who: i, q: q, reply: r}, yield)
	t = *s
	m.resolve(&t, step{act: drops, who: i, q: q}, yield)
	t = *s
	if m.keep(&t, q) {
		m.resolve(&t, step{act: delays, who: i, q: q}, yield)
	}
}

// resolve is what an owner may do about a request without an answer.
func (m *Model) resolve(s *state, e step, yield visit) {
	at := s.owners[e.who].at
	if m.mayRepeat(at) && e.act != drops { // sending again what was lost changes nothing
		t := *s
		e.again = true
		yield(e, &t)
	}
	if m.mayGiveUp(at) {
		m.takeover(s, &s.owners[e.who], false)
		e.again = false
		yield(e, s)
	}
}

// leave is an owner that goes: a crash, with or without a request left under
// way, or a stop in good order, which aborts the open transaction.
func (m *Model) leave(s *state, i uint8, yield visit) {
	o := s.owners[i]
	q := m.request(o)
	m.leaving(s, step{act: crashes, who: i}, yield)
	m.leaving(s, step{act: crashes, who: i, q: q}, yield)
	if o.at >= join && o.at < end {
		m.leaving(s, step{act: stops, who: i, q: request{kind: abort, epoch: o.epoch}}, yield)
	}
}

func (m *Model) leaving(s *state, e step, yield visit) {
	t := *s
	t.owners[e.who] = owner{}
	if e.q.kind == none && e.act == crashes || m.keep(&t, e.q) {
		yield(e, &t)
	}
}

// keep leaves a request under way, if the bound allows.
func (m *Model) keep(s *state, q request) bool {
	free := -1
	room := m.Old
	for i := range s.old {
		if s.old[i].kind == none {
			free = i
		} else {
			room--
		}
	}
	if room <= 0 {
		return false
	}
	s.old[free] = q
	return true
}
