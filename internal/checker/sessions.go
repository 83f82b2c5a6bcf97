package checker

import (
	"cmp"
	"fmt"
	"slices"
)

// checkChain proves I6: along the committed state records N rises by one each,
// from wherever it begins, and the position never goes back: GTID sets of MySQL
// are nested, the number of a MariaDB domain does not fall, nor does file:pos
// where there are no GTIDs. What compaction removed is below checkable, and not
// asked for.
func checkChain(h *history) []Violation {
	var out []Violation
	states := h.checkable()
	for i, s := range states {
		if s.bad != "" {
			out = append(out, h.log.atState(Chain, s, "it cannot be read: "+s.bad))
		}
		if i == 0 || s.bad != "" || states[i-1].bad != "" {
			continue
		}
		last := states[i-1]
		if s.n != last.n+1 {
			out = append(out, h.log.atState(Chain, s, fmt.Sprintf("N is %d, behind %d", s.n, last.n)))
		}
		if why := last.position.falls(s.position); why != "" {
			out = append(out, h.log.atState(Chain, s, fmt.Sprintf("the position of N %d goes back: %s", s.n, why)))
		}
	}
	return out
}

// checkable are the state records behind the last place where records of the
// state topic were removed.
func (h *history) checkable() []state {
	return h.log.states[h.firstCheckable():]
}

func (h *history) firstCheckable() int {
	whole := h.log.statePart().whole
	i, _ := slices.BinarySearchFunc(h.log.states, whole, func(s state, whole int64) int { return cmp.Compare(s.offset, whole) })
	return i
}

// checkSessions proves the first part of I7: every committed record of a data
// topic was committed together with a state record that names a session, and
// sessions never decrease along the state topic; so nothing was written by an
// owner that another had followed. Records that are older than the first state
// record that compaction left are not asked for theirs.
func checkSessions(h *history) []Violation {
	var out []Violation
	states := h.checkable()
	for i := 1; i < len(states); i++ {
		if s, last := states[i], states[i-1]; s.session < last.session && s.bad == "" {
			out = append(out, h.log.atState(Session, s, fmt.Sprintf("session %d follows session %d", s.session, last.session)))
		}
	}
	told := map[int32]bool{}
	oldest := h.oldest()
	h.data(func(p *partition, r *record) {
		txn := h.log.txnOf(r.segment)
		if told[r.segment] || h.log.stateOf(r) >= 0 || r.segment >= 0 && txn < 0 || r.group >= 0 && r.group < oldest {
			return
		}
		told[r.segment] = true
		if r.segment < 0 {
			out = append(out, h.at(Session, p, r, "it was written outside of a Kafka transaction"))
			return
		}
		out = append(out, h.at(Session, p, r, "its Kafka transaction has no state record: %s", h.log.describe(txn)))
	})
	return out
}

// oldest is the first group that was committed with a checkable state record,
// where compaction has removed others.
func (h *history) oldest() int32 {
	first := int32(h.firstCheckable())
	if first == 0 && h.log.statePart().whole == 0 {
		return 0
	}
	oldest := int32(len(h.source.groups))
	h.data(func(_ *partition, r *record) {
		if r.group >= 0 && h.log.stateOf(r) >= first {
			oldest = min(oldest, r.group)
		}
	})
	return oldest
}

// checkPositions proves the second part of I7: each transaction of the source is
// behind the position of the state record that was committed with the last of
// its records, and not behind that of the state record before. So the state is
// neither ahead of the data, which would lose what is between, nor behind it,
// which would bring it twice.
func checkPositions(h *history) []Violation {
	var out []Violation
	first := int32(h.firstCheckable())
	for g, n := range h.lastStates() {
		if n < first || h.log.states[n].bad != "" {
			continue
		}
		s := h.log.states[n]
		if !h.source.behind(int32(g), s.position) {
			v := h.log.atState(Session, s, fmt.Sprintf("the position of N %d does not have it, and its records were committed with it", s.n))
			v.GTID = h.source.name(int32(g))
			out = append(out, v)
		}
		if n == first {
			continue
		}
		if before := h.log.states[n-1]; before.bad == "" && h.source.behind(int32(g), before.position) {
			v := h.log.atState(Session, before, fmt.Sprintf("the position of N %d has it already, and its records were committed later, with N %d", before.n, s.n))
			v.GTID = h.source.name(int32(g))
			out = append(out, v)
		}
	}
	return out
}

// lastStates is, for each group, the number of the last state record that was
// committed with records of it; -1 for none.
func (h *history) lastStates() []int32 {
	out := make([]int32, len(h.source.groups))
	for i := range out {
		out[i] = -1
	}
	h.data(func(_ *partition, r *record) {
		if r.group >= 0 {
			out[r.group] = max(out[r.group], h.log.stateOf(r))
		}
	})
	return out
}
