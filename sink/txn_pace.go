package sink

import "time"

// pacer keeps the pause between the end of a transaction and the next. EndTxn is
// answered before the markers are written; what comes earlier than those is held
// by the broker for some 20 ms (transaction.version 2), or refused (1). The pause
// follows what is met: a stall adds to it, and each transaction without one takes
// a little off, the more the longer it is, so that about one in a hundred stalls.
// A transaction that begins later than that anyway does not wait.
type pacer struct {
	gap   time.Duration
	usual time.Duration // that a small first request takes
	ended time.Time     // the last transaction; zero when nothing is to be kept off
	tight bool          // the transaction at hand began as soon as the pause was over
}

const (
	firstGap = 2 * time.Millisecond
	minGap   = 500 * time.Microsecond
	maxGap   = 8 * time.Millisecond
	more     = time.Millisecond
	decay    = 200
	// stall is how much longer than usual a request takes that meets markers.
	stall      = 12 * time.Millisecond
	smallBytes = 64 << 10
)

// wait is how long the next transaction has to be kept back.
func (p *pacer) wait(now time.Time) time.Duration {
	if p.ended.IsZero() {
		return 0
	}
	return p.ended.Add(p.gap).Sub(now)
}

func (p *pacer) begin(now time.Time) {
	p.tight = !p.ended.IsZero() && now.Sub(p.ended) < 2*p.gap+time.Millisecond
}

// observe judges the first request of a transaction. What is usual follows all of
// them, so that a broker far away does not count as one that stalls.
func (p *pacer) observe(r Produced) {
	if !p.tight || r.Bytes > smallBytes {
		return
	}
	p.met(r.Latency > p.usual+stall)
	p.usual += (r.Latency - p.usual) / 16
}

// met adjusts the pause, once a transaction.
func (p *pacer) met(stalled bool) {
	p.tight = false
	if stalled {
		p.gap = min(p.gap+more, maxGap)
	} else {
		p.gap = max(p.gap-(p.gap-minGap)/decay, minGap)
	}
}
