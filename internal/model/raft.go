package model

// move is the leader placing the connector.
func (s *state) move(owner uint8) {
	s.place.owner = owner
	s.place.gen++
}

// confirms is Confirm: linearizable, so it is one step.
func (s *state) confirms(i uint8) bool {
	return s.place == placement{owner: i, gen: s.owners[i].gen}
}

// open applies a Session. As package offsets has it, a generation is stale once a
// later one has a session. A raft that compares with the placement, too, is the
// Strict one: it refuses more, which to the sender is like a crash.
func (m *Model) open(s *state, q request) reply {
	stale := q.state.gen < s.session.gen || m.Strict && q.state.gen < s.place.gen
	if stale || q.state.id <= s.session.id {
		return refused
	}
	s.session = opened{gen: q.state.gen, id: q.state.id}
	return ok
}

// lose is the loss of all disks of raft. A cluster is built anew under the same
// name; what was sent to the old one does not reach it.
func (s *state) lose() {
	s.move(s.place.owner)
	s.session = opened{gen: s.place.gen}
	s.mirror = 0
}

// mirrored returns what raft may be told next: the last commit, of which its
// owner knows before the markers are written. Only the newest session is heard.
func (s *state) mirrored() uint8 {
	last := s.done.last
	if s.txn.status == prepareCommit && s.txn.states > 0 {
		last = s.txn.state
	}
	if last.id != s.session.id {
		return s.mirror
	}
	return max(s.mirror, last.n)
}
