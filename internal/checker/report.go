package checker

import (
	"fmt"
	"strings"
	"testing"
)

// Invariant is what a violation breaks.
type Invariant string

// The invariants, each decided by the function that is named.
const (
	Views     Invariant = "views"      // checkViews, checkAborted: the readers agree
	Loss      Invariant = "I1 loss"    // checkLoss
	Duplicate Invariant = "I2 double"  // checkDuplicates
	Order     Invariant = "I3 order"   // checkOrder
	Atomicity Invariant = "I4 atomic"  // checkAtomicity
	Final     Invariant = "I5 final"   // checkFinal
	Chain     Invariant = "I6 chain"   // checkChain
	Session   Invariant = "I7 session" // checkSessions, checkPositions
	Balance   Invariant = "bank"       // checkBank
)

// maxViolations is how many of one invariant a report lists.
const maxViolations = 20

// Violation is where an invariant does not hold.
type Violation struct {
	Invariant Invariant
	Topic     string
	Partition int32
	Offset    int64  // -1 when it is no record's
	GTID      string // of the source transaction, "" when it is none's
	Detail    string
}

// String prints the violation for a person who will look there.
func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", v.Invariant)
	if v.Topic != "" {
		fmt.Fprintf(&b, "%s-%d at %d: ", v.Topic, v.Partition, v.Offset)
	}
	if v.GTID != "" {
		fmt.Fprintf(&b, "%s: ", v.GTID)
	}
	return b.String() + v.Detail
}

// Report is what was read and what is wrong with it.
type Report struct {
	Records           int // committed, in data topics
	Snapshot          int // of them, of the snapshot, which have no ids
	SourceGroups      int // transactions of the source with changes in captured tables
	SourceChanges     int
	RolledBack        int // groups with such changes that the binlog says were rolled back
	KafkaTransactions int // committed
	Aborted           int // segments of Kafka transactions that were aborted
	Producers         int // pairs of producer id and epoch
	Sessions          int
	States            int // committed state records

	Violations []Violation       // at most 20 of each invariant
	Counts     map[Invariant]int // all of them
	Unchecked  []string          // what could not be decided, and why
}

// OK reports whether nothing is violated. What is in Unchecked may still be.
func (r *Report) OK() bool { return len(r.Violations) == 0 }

// Check fails the test with every violation, and logs what was read.
func (r *Report) Check(t testing.TB) {
	t.Helper()
	t.Log(r.Summary())
	for _, u := range r.Unchecked {
		t.Log("not checked:", u)
	}
	for _, v := range r.Violations {
		t.Error(v)
	}
}

// Summary is the figures in one line.
func (r *Report) Summary() string {
	return fmt.Sprintf("%d records (%d of a snapshot) of %d source transactions with %d changes, %d rolled back; "+
		"%d Kafka transactions, %d aborted segments, %d producers, %d state records of %d sessions; violations: %v",
		r.Records, r.Snapshot, r.SourceGroups, r.SourceChanges, r.RolledBack,
		r.KafkaTransactions, r.Aborted, r.Producers, r.States, r.Sessions, r.Counts)
}

// violations collects them, a few of each kind.
type violations struct {
	list   []Violation
	counts map[Invariant]int
}

func (v *violations) add(all ...Violation) {
	if v.counts == nil {
		v.counts = map[Invariant]int{}
	}
	for _, one := range all {
		if v.counts[one.Invariant]++; v.counts[one.Invariant] <= maxViolations {
			v.list = append(v.list, one)
		}
	}
}

// violation is one at a record of a partition.
func violation(i Invariant, p *partition, offset int64, gtid, detail string) Violation {
	return Violation{Invariant: i, Topic: p.topic, Partition: p.number, Offset: offset, GTID: gtid, Detail: detail}
}

// missing is a violation that is no record's.
func missing(i Invariant, gtid, detail string) Violation {
	return Violation{Invariant: i, Offset: -1, GTID: gtid, Detail: detail}
}
