package model

import (
	"fmt"
	"strings"
)

// Trace is a run, told step by step.
type Trace []string

func (t Trace) String() string {
	var b strings.Builder
	for i, line := range t {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, line)
	}
	return b.String()
}

// replay finds the steps between canonical states, and tells them with names and
// numbers that stay what they are.
func (m *Model) replay(path []state) Trace {
	var told Trace
	s := start()
	for _, want := range path {
		e, next := m.toward(s, want)
		told = append(told, tell(e, &s, &next))
		s = next
	}
	return told
}

// toward returns the first transition from s to what want stands for.
func (m *Model) toward(s, want state) (found step, next state) {
	m.successors(&s, func(e step, t *state) {
		if found.act == starts && m.canonical(*t) == want {
			found, next = e, *t
		}
	})
	return found, next
}

func tell(e step, before, after *state) string {
	switch e.act {
	case moves:
		return fmt.Sprintf("raft   the connector is placed on %s, generation %d", name(e.who), after.place.gen)
	case loses:
		return fmt.Sprintf("raft   all disks are lost; in the new cluster the connector is on %s, generation %d, and no session is known", name(after.place.owner), after.place.gen)
	case mirrors:
		return fmt.Sprintf("raft   is told of state %d", after.mirror)
	case marks:
		return "kafka  " + tellMarkers(before, after)
	case expires:
		return fmt.Sprintf("kafka  the transaction has timed out and is aborted, epoch %d", after.txn.epoch)
	case arrives:
		return fmt.Sprintf("net    a request that its client gave up arrives: %s: %s", e.q, e.outcome(after))
	case starts, asks, reads, compares, exchanges, unanswered, drops, delays, crashes, stops:
	}
	return fmt.Sprintf("%s      %s", name(e.who), tellOwner(e, before, after))
}

func name(who uint8) string { return string(rune('A' + who)) }

func tellMarkers(before, after *state) string {
	t := before.txn
	if t.status == prepareAbort {
		return "the markers of the abort are written"
	}
	what := fmt.Sprintf("%d records", t.count)
	if t.stray > 0 {
		what += fmt.Sprintf(", then record %d where %d should follow", t.stray-1, before.done.count+t.count)
	}
	return fmt.Sprintf("the markers of the commit are written: %s, %d state records; committed are %d records and %s",
		what, t.states, after.done.count, after.done.last)
}

func tellOwner(e step, before, after *state) string {
	o := after.owners[e.who]
	switch e.act {
	case asks:
		return fmt.Sprintf("Confirm(generation %d): %s", max(o.gen, before.owners[e.who].gen), yesNo(e.reply == ok))
	case reads:
		return fmt.Sprintf("reads the last state: %s", e.q.state)
	case compares:
		return fmt.Sprintf("compares state %d with raft's mirror, which has %d", before.owners[e.who].n, before.mirror)
	case exchanges:
		return fmt.Sprintf("%s: %s", e.q, e.outcome(after))
	case unanswered:
		return fmt.Sprintf("%s: %s, but the reply is lost%s", e.q, e.outcome(after), e.reaction())
	case drops:
		return fmt.Sprintf("%s: lost on the way%s", e.q, e.reaction())
	case delays:
		return fmt.Sprintf("%s: delayed, and given up%s", e.q, e.reaction())
	case crashes:
		return "crashes" + e.leaves()
	case stops:
		return "stops" + e.leaves()
	case starts, moves, loses, mirrors, marks, expires, arrives:
	}
	return ""
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// outcome is the reply to a request that was served.
func (e step) outcome(after *state) string {
	switch {
	case e.reply == concurrent:
		return "CONCURRENT_TRANSACTIONS"
	case e.reply == refused:
		return "refused"
	case e.q.kind == initProducer:
		return fmt.Sprintf("epoch %d", after.txn.epoch)
	}
	return "done"
}

func (e step) reaction() string {
	if e.again {
		return "; it sends it again"
	}
	return "; it takes over anew"
}

func (e step) leaves() string {
	if e.q.kind == none {
		return ""
	}
	return fmt.Sprintf(", %s is still under way", e.q)
}

// String tells a request as one would in a log.
func (q request) String() string {
	switch q.kind {
	case initProducer:
		return "InitProducerID"
	case openSession:
		return fmt.Sprintf("Session(generation %d, id %d)", q.state.gen, q.state.id)
	case addPartitions:
		return fmt.Sprintf("AddPartitionsToTxn(epoch %d)", q.epoch)
	case produce:
		return fmt.Sprintf("Produce(record %d, epoch %d, sequence %d)", q.state.pos, q.epoch, q.seq)
	case produceState:
		return fmt.Sprintf("Produce(%s, epoch %d, sequence %d)", q.state, q.epoch, q.seq)
	case commit:
		return fmt.Sprintf("EndTxn(commit, epoch %d)", q.epoch)
	case abort:
		return fmt.Sprintf("EndTxn(abort, epoch %d)", q.epoch)
	case none:
	}
	return "nothing"
}

func (r record) String() string {
	if r.n == 0 {
		return "no state"
	}
	return fmt.Sprintf("state %d of session %d, position %d", r.n, r.id, r.pos)
}
