package sink

import "time"

// pacer keeps the pause between the end of a transaction and the next. EndTxn is
// answered before the markers are written; what comes earlier than those is held
// by the broker for some 20 ms (transaction.version 2), or refused (1). The pause
// follows what is met: a stall doubles it, and each transaction without one takes
// a little off. A transaction that begins later than that anyway does not wait.
type pacer struct {
	gap   time.Duration
	ended time.Time // the last transaction; zero when nothing is to be kept off
	tight bool      // the transaction at hand began as soon as the pause was over
}

const (
	firstGap = 2 * time.Millisecond
	minGap   = 500 * time.Microsecond
	maxGap   = 8 * time.Millisecond
	// stall is how long a small request does not take without one.
	stall      = 15 * time.Millisecond
	stallBytes = 64 << 10
)

func (p *pacer) wait(now time.Time) time.Duration {
	if p.ended.IsZero() {
		return 0
	}
	return p.ended.Add(p.gap).Sub(now)
}

func (p *pacer) begin(now time.Time) {
	p.tight = !p.ended.IsZero() && now.Sub(p.ended) < 2*p.gap+time.Millisecond
}

// observe judges the first request of a transaction.
func (p *pacer) observe(r Produced) {
	if p.tight && r.Bytes < stallBytes {
		p.met(r.Latency >= stall)
	}
}

// met adjusts the pause, once a transaction.
func (p *pacer) met(stalled bool) {
	p.tight = false
	if stalled {
		p.gap = min(2*p.gap, maxGap)
	} else {
		p.gap = max(p.gap-p.gap/128, minGap)
	}
}
