package sink

import (
	"time"

	"cdcd/event"
)

// interval is the records between two boundaries. It is over when every batch
// whose first record lies in it is acknowledged.
type interval struct {
	pending int // batches that begin here and are not acknowledged
	records bool
	closed  bool
	bytes   int64        // of its records
	upto    uint64       // the boundary it ends at
	joined  int          // of parts, those that are in the Kafka transaction
	began   time.Time    // with Kafka
	parts   []*partition // with a batch in it; only where transactions are written

	state   *event.State  // what Commit gave; nil for a boundary of Flush
	reached chan struct{} // closed when Flush may return; nil for Commit
}

// ledger maps acknowledgements of batches, which come in any order, to
// boundaries, which are reached in order. A batch may hold records of several
// intervals, so that a boundary never cuts one: it counts where it begins, and
// an interval further on waits for all before it. It is pure bookkeeping; the
// caller serialises.
type ledger struct {
	intervals []*interval // the last one is open

	boundaries uint64 // seen
	tail       int64  // bytes since the last of them
}

func newLedger() ledger { return ledger{intervals: []*interval{{}}} }

func (l *ledger) open() *interval { return l.intervals[len(l.intervals)-1] }

// grow notes a record of n bytes.
func (l *ledger) grow(n int) {
	in := l.open()
	in.records = true
	in.bytes += int64(n)
	l.tail += int64(n)
}

// begin notes a new batch in an interval; its acknowledgement is told with
// settle.
func (l *ledger) begin(in *interval) *interval {
	in.pending++
	return in
}

func (l *ledger) settle(in *interval) { in.pending-- }

// commit closes the open interval with s. Without a record since the last
// boundary it takes that one's place, so that a long run of commits without
// records needs no memory while an acknowledgement is awaited.
func (l *ledger) commit(s event.State) {
	if in := l.open(); !in.records && len(l.intervals) > 1 {
		if last := l.intervals[len(l.intervals)-2]; last.state != nil {
			last.state = &s
			return
		}
	}
	l.close(&s, nil)
}

// flush closes the open interval; reached is closed when it is over.
func (l *ledger) flush(reached chan struct{}) { l.close(nil, reached) }

func (l *ledger) close(s *event.State, reached chan struct{}) {
	in := l.open()
	in.closed, in.state, in.reached = true, s, reached
	l.intervals = append(l.intervals, &interval{})
}

// take appends the boundaries that are reached to dst and forgets them.
func (l *ledger) take(dst []*interval) []*interval {
	n := 0
	for n < len(l.intervals) && l.intervals[n].closed && l.intervals[n].pending == 0 {
		n++
	}
	dst = append(dst, l.intervals[:n]...)
	clear(l.intervals[:n])
	l.intervals = l.intervals[n:]
	return dst
}
