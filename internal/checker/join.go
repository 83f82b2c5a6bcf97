package checker

import (
	"fmt"
	"slices"
)

// join makes Kafka transactions of the committed segments of all partitions.
//
// With the second protocol every transaction has an epoch of its own, and so
// producer id and epoch name it. With the first one an owner's transactions
// share an epoch: there the coordinator's own log says, in order, of which
// partitions each transaction was, and the n-th marker of a producer in a
// partition is of the n-th of its transactions that has the partition. Where
// that log is gone, transactions whose epoch has one segment a partition are
// joined all the same, and the others are not checked.
func (l *log) join(decided []decision) (unchecked []string) {
	for _, producer := range l.producers() {
		segments := l.segmentsOf(producer)
		byEpoch, alone := l.joinEpochs(segments)
		if alone && l.bumped(segments) {
			l.adopt(byEpoch)
			continue
		}
		if byLog, ok := l.joinDecisions(segments, decisionsOf(decided, producer)); ok {
			l.adopt(byLog)
			continue
		}
		if !alone {
			unchecked = append(unchecked, fmt.Sprintf(
				"Kafka transactions of producer %d: with the first protocol only the coordinator's log tells them apart, and it does not have them", producer))
			continue
		}
		l.adopt(byEpoch)
	}
	l.attach()
	return unchecked
}

// decision is a transaction that the coordinator decided, from its log.
type decision struct {
	producer int64
	commit   bool
	parts    []int32 // of the partitions that are checked
}

func decisionsOf(all []decision, producer int64) []decision {
	return slices.DeleteFunc(slices.Clone(all), func(d decision) bool { return d.producer != producer })
}

func (l *log) producers() []int64 {
	var out []int64
	for _, s := range l.segments {
		out = append(out, s.producer)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// segmentsOf are a producer's segments, in the order of each partition.
func (l *log) segmentsOf(producer int64) []int32 {
	var out []int32
	for i, s := range l.segments {
		if s.producer == producer {
			out = append(out, int32(i))
		}
	}
	return out
}

// bumped reports whether the markers are of the second protocol.
func (l *log) bumped(segments []int32) bool {
	for _, i := range segments {
		if s := l.segments[i]; s.commit && s.records > 0 && !s.bumped {
			return false
		}
	}
	return true
}

// joinEpochs joins the committed segments of one epoch. It reports whether each
// has one segment a partition at most, without which they are several.
func (l *log) joinEpochs(segments []int32) (txns [][]int32, alone bool) {
	type place struct {
		epoch int16
		part  int32
	}
	at, seen := map[int16]int{}, map[place]bool{}
	alone = true
	for _, i := range segments {
		s := l.segments[i]
		if !s.commit || s.records == 0 {
			continue
		}
		n, ok := at[s.epoch]
		if !ok {
			n = len(txns)
			at[s.epoch], txns = n, append(txns, nil)
		}
		txns[n] = append(txns[n], i)
		alone = alone && !seen[place{s.epoch, s.part}]
		seen[place{s.epoch, s.part}] = true
	}
	return txns, alone
}

// joinDecisions joins a producer's segments as the coordinator's log says. It is
// not ok when the log does not have all of them.
func (l *log) joinDecisions(segments []int32, decided []decision) (txns [][]int32, ok bool) {
	queue := map[int32][]int32{}
	for _, i := range segments {
		part := l.segments[i].part
		queue[part] = append(queue[part], i)
	}
	for _, d := range decided {
		var txn []int32
		for _, part := range d.parts {
			q := queue[part]
			if len(q) == 0 || l.segments[q[0]].commit != d.commit {
				return nil, false
			}
			txn, queue[part] = append(txn, q[0]), q[1:]
		}
		if d.commit && len(txn) > 0 {
			txns = append(txns, txn)
		}
	}
	for _, q := range queue {
		if len(q) > 0 {
			return nil, false
		}
	}
	return txns, true
}

func (l *log) adopt(txns [][]int32) {
	for _, segments := range txns {
		first := l.segments[segments[0]]
		n := int32(len(l.txns))
		l.txns = append(l.txns, kafkaTxn{producer: first.producer, epoch: first.epoch, segments: segments, state: -1})
		for _, i := range segments {
			l.segments[i].txn = n
		}
	}
}

// attach finds the state record of each transaction. Two in one are a violation.
func (l *log) attach() {
	for i, s := range l.states {
		txn := l.txnOf(s.segment)
		if txn < 0 {
			continue
		}
		if l.txns[txn].state >= 0 {
			l.found.add(l.atState(Session, s, "a second state record in one Kafka transaction"))
		}
		l.txns[txn].state = int32(i)
	}
}

// txnOf is the Kafka transaction of a segment, -1 when it is in none that is
// known.
func (l *log) txnOf(segment int32) int32 {
	if segment < 0 {
		return -1
	}
	return l.segments[segment].txn
}

// stateOf is the number of the state record that was committed with a record,
// or -1.
func (l *log) stateOf(r *record) int32 {
	if txn := l.txnOf(r.segment); txn >= 0 {
		return l.txns[txn].state
	}
	return -1
}

// atState is a violation at a state record.
func (l *log) atState(i Invariant, s state, detail string) Violation {
	return violation(i, l.statePart(), s.offset, "", detail)
}

// statePart is the partition of the state topic.
func (l *log) statePart() *partition {
	for _, p := range l.parts {
		if p.table < 0 {
			return p
		}
	}
	return &partition{}
}
