package checker

import (
	"slices"
	"strings"
	"testing"
)

// prologue is what the source did, and the first Kafka transaction.
func prologue(s *script) {
	s.txn(1, ins("a", 1, 100), ins("b", 1, 50), ins("b", 2, 50))
	s.txn(2, upd("b", 1, 50, 40), upd("b", 2, 50, 60), ins("a", 3, 7))
	s.txn(3, del("a", 1, 100), rekey("a", 3, 4, 7))
	s.txn(4, upd("b", 1, 40, 30), upd("b", 2, 60, 70))
	s.commit(all(1), at(1, 1, 1))
}

func reverse(e []entry) []entry { slices.Reverse(e); return e }

func swap(from, to string) func([]entry) []entry {
	return func(e []entry) []entry {
		for i := range e {
			if e[i].raw.value != nil {
				e[i].raw.value = []byte(strings.Replace(string(e[i].raw.value), from, to, 1))
			}
		}
		return e
	}
}

// Each seeded fault is caught and named, and a right history passes.
func TestInvariants_SeededFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(*script) // what follows the prologue
		want  Invariant     // "" for a right history
		text  string        // in one of its violations
		spare bool          // other invariants may be violated too
	}{
		{name: "right", write: func(s *script) {
			s.commit(all(2), all(3), at(2, 1, 3))
			s.commit(all(4), at(3, 2, 4))
		}},
		{name: "right: aborted and written again by a later session", write: func(s *script) {
			s.abort(all(2), all(3), at(2, 1, 3))
			s.abort(only(2, 1))
			s.commit(all(2), at(2, 2, 2))
			s.commit(at(3, 2, 2))
			s.commit(all(3), all(4), at(4, 2, 4))
		}},
		{name: "right: split, as the later part says", write: func(s *script) {
			s.commit(only(2, 0), at(2, 1, 1))
			s.commit(split(2, 1, 2), at(3, 1, 2))
			s.commit(all(3), all(4), at(4, 1, 4))
		}},

		{name: "lost row", want: Loss, text: gtid(3) + ": change 0 of 2", spare: true, write: func(s *script) {
			s.commit(all(2), only(3, 1), at(2, 1, 3))
			s.commit(all(4), at(3, 1, 4))
		}},
		{name: "lost transaction", want: Loss, text: gtid(2) + ": none of 3 changes", spare: true, write: func(s *script) {
			s.commit(all(3), at(2, 1, 3))
			s.commit(all(4), at(3, 1, 4))
		}},
		{name: "lost tombstone", want: Loss, text: `the records "d"`, spare: true, write: func(s *script) {
			s.commit(all(2), changed(only(3, 0), func(e []entry) []entry { return e[:1] }), only(3, 1), at(2, 1, 3))
			s.commit(all(4), at(3, 1, 4))
		}},
		{name: "another value", want: Loss, text: "the row after differs", spare: true, write: func(s *script) {
			s.commit(changed(all(2), swap(`"after":{"id":2,"v":60}`, `"after":{"id":2,"v":61}`)), all(3), at(2, 1, 3))
			s.commit(all(4), at(3, 1, 4))
		}},
		{name: "rolled back by the source", want: Loss, text: "rolled " + gtid(9) + " back", spare: true, write: func(s *script) {
			s.source.undone[s.id(9)] = true
			s.rows[9] = []rowSpec{ins("a", 9, 9)}
			s.commit(all(2), all(3), all(9), at(2, 1, 3))
			s.commit(all(4), at(3, 1, 4))
		}},

		{name: "duplicate", want: Duplicate, text: "it.d.b-1 at", spare: true, write: func(s *script) {
			s.commit(all(2), all(3), at(2, 1, 3))
			s.commit(all(4), only(4, 0), at(3, 1, 4))
		}},
		{name: "transaction written again after an unknown outcome", want: Duplicate, text: "op u already", spare: true, write: func(s *script) {
			s.commit(all(2), all(3), at(2, 1, 3))
			s.commit(all(2), all(4), at(3, 2, 4))
		}},

		{name: "swapped transactions", want: Order, text: "change 1 comes behind change 1 of " + gtid(4), spare: true, write: func(s *script) {
			s.commit(all(4), all(2), all(3), at(2, 1, 4))
		}},
		{name: "swapped rows of one transaction", want: Order, text: "change 0 comes behind change 1", write: func(s *script) {
			s.commit(changed(all(2), reverse), changed(all(3), func(e []entry) []entry {
				return slices.Concat(e[2:4], e[:2], e[4:]) // the delete of key 3 before that of key 1
			}), all(4), at(2, 1, 4))
		}},
		{name: "key in two partitions", want: Order, text: "its key are in partition", write: func(s *script) {
			s.commit(changed(all(2), func(e []entry) []entry { e[2].part = 0; return e }), all(3), all(4), at(2, 1, 4))
		}},

		{name: "half a transaction", want: Atomicity, text: "change 1 of 3 is missing, and others are there", spare: true, write: func(s *script) {
			s.commit(only(2, 0, 2), all(3), at(2, 1, 3))
			s.commit(all(4), at(3, 1, 4))
		}},
		{name: "commit inside of a transaction", want: Atomicity, text: "it is in two Kafka transactions", write: func(s *script) {
			s.commit(only(2, 0), at(2, 1, 1))
			s.commit(only(2, 1, 2), all(3), all(4), at(3, 1, 4))
		}},

		{name: "last record is not the table's row", want: Final, text: "the table has no such row", spare: true, write: func(s *script) {
			s.commit(all(2), all(3), all(4), changed(only(1, 2), func(e []entry) []entry { return e }), at(2, 1, 4))
		}},
		{name: "deleted row is not deleted", want: Final, text: "the table has no such row", spare: true, write: func(s *script) {
			s.commit(all(2), only(3, 1), all(4), at(2, 1, 4))
		}},

		{name: "gap in N", want: Chain, text: "N is 4, behind 2", write: func(s *script) {
			s.commit(all(2), all(3), at(2, 1, 3))
			s.commit(all(4), at(4, 1, 4))
		}},
		{name: "N twice", want: Chain, text: "N is 2, behind 2", write: func(s *script) {
			s.commit(all(2), all(3), at(2, 1, 3))
			s.commit(all(4), at(2, 2, 4))
		}},
		{name: "position goes back", want: Chain, text: "transactions that are missing later", spare: true, write: func(s *script) {
			s.commit(all(2), all(3), at(2, 1, 3))
			s.commit(at(3, 1, 2))
			s.commit(all(4), at(4, 1, 4))
		}},
		{name: "state of a wrong checksum", want: Chain, text: "checksum", write: func(s *script) {
			s.commit(all(2), all(3), changed(at(2, 1, 3), swap(`"n":2`, `"n":3`)))
			s.commit(all(4), at(3, 1, 4))
		}},

		{name: "falling session", want: Session, text: "session 1 follows session 2", write: func(s *script) {
			s.commit(all(2), all(3), at(2, 2, 3))
			s.commit(all(4), at(3, 1, 4))
		}},
		{name: "zombie's batch without a state record", want: Session, text: "has no state record", write: func(s *script) {
			s.commit(all(2), all(3))
			s.commit(all(4), at(2, 1, 4))
		}},
		{name: "batch outside of a transaction", want: Session, text: "outside of a Kafka transaction", write: func(s *script) {
			for _, e := range all(2)(s) {
				s.write(e, false)
			}
			s.commit(all(3), all(4), at(2, 1, 4))
		}},
		{name: "position one transaction ahead", want: Session, text: "has it already", write: func(s *script) {
			s.commit(all(2), at(2, 1, 3))
			s.commit(all(3), at(3, 1, 4))
			s.commit(all(4), at(4, 1, 4))
		}},
		{name: "position one transaction behind", want: Session, text: "does not have it", write: func(s *script) {
			s.commit(all(2), at(2, 1, 1))
			s.commit(all(3), all(4), at(3, 1, 4))
		}},

		{name: "money is made", want: Balance, text: "the sum changes by 5", spare: true, write: func(s *script) {
			s.commit(all(2), all(3), changed(all(4), swap(`"v":70`, `"v":75`)), at(2, 1, 4))
		}},

		{name: "no marker below the stable offset", want: Views, text: "no marker", write: func(s *script) {
			s.commit(all(2), all(3), all(4), at(2, 1, 4))
			s.write(only(4, 0)(s)[0], true)
		}},
		{name: "a batch that was not read", want: Views, text: "one between was not read", write: func(s *script) {
			s.skip = 1
			s.commit(all(2), all(3), all(4), at(2, 1, 4))
		}},
		{name: "the broker's list of aborted transactions differs", want: Views, text: "producer 7: its marker at", write: func(s *script) {
			s.abort(all(2))
			s.log.parts[0].aborted, s.log.parts[1].aborted = nil, nil
			s.commit(all(2), all(3), all(4), at(2, 1, 4))
		}},
	} {
		for _, first := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				s := newScript(t)
				s.first = first
				prologue(s)
				c.write(s)
				judge(t, s.check(), c.want, c.text, c.spare)
			})
		}
	}
}

// judge compares a report with what it should have found.
func judge(t *testing.T, r *Report, want Invariant, text string, spare bool) {
	t.Helper()
	found := want == ""
	for _, v := range r.Violations {
		if v.Invariant == want && strings.Contains(v.String(), text) {
			found = true
		}
		if v.Invariant != want && !spare {
			t.Errorf("unexpected: %s", v)
		}
	}
	if !found {
		t.Errorf("want a violation of %s with %q, got %v", want, text, r.Violations)
	}
	if len(r.Unchecked) > 0 {
		t.Errorf("not checked: %v", r.Unchecked)
	}
}

// With the first protocol and without the coordinator's log the checker says that
// it cannot tell Kafka transactions apart.
func TestJoin_NothingTellsTransactionsApart(t *testing.T) {
	s := newScript(t)
	s.first = true
	prologue(s)
	s.commit(only(2, 0), at(2, 1, 1))
	s.commit(only(2, 1, 2), all(3), all(4), at(3, 1, 4))
	s.decided = nil
	r := s.check()
	if len(r.Violations) > 0 || len(r.Unchecked) != 1 || !strings.Contains(r.Unchecked[0], "producer 7") {
		t.Errorf("violations %v, not checked %v", r.Violations, r.Unchecked)
	}
}

// Compaction that removed state records is no violation, but is told.
func TestChain_CompactedStateTopic(t *testing.T) {
	s := newScript(t)
	prologue(s)
	s.commit(all(2), at(2, 1, 2))
	s.commit(all(3), at(3, 1, 3))
	s.commit(all(4), at(4, 2, 4))
	p := s.log.parts[statePartition]
	s.log.states, p.records, p.whole = s.log.states[2:], p.records[2:], 4
	r := s.check()
	if len(r.Violations) > 0 || len(r.Unchecked) != 1 {
		t.Errorf("violations %v, not checked %v", r.Violations, r.Unchecked)
	}
}
