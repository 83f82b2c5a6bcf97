package snapshot

import (
	"context"
	"sync"
)

// ahead bounds the rows that sessions have read, or asked the server for, beyond those
// that are durable: a crash has them read again. It does not hold where a table without
// a key is under way, of which nothing is durable before all of it is.
type ahead struct {
	mu      sync.Mutex // guards what follows
	changed sync.Cond  // on mu
	most    int64
	rows    int64 // beyond those that are durable
	durable int64 // of the copy, as its progress counts them
	free    bool  // the bound does not hold
}

func newAhead(most, durable int64) *ahead {
	a := &ahead{most: most, durable: durable}
	a.changed.L = &a.mu
	return a
}

// ask waits until so many rows more may be read, and counts them. They are not more
// than the bound.
func (a *ahead) ask(ctx context.Context, rows int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer context.AfterFunc(ctx, func() { a.change(func() {}) })()
	for !a.free && a.rows+int64(rows) > a.most {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		a.changed.Wait()
	}
	a.rows += int64(rows)
	return nil
}

// got corrects what was asked for by what goes on of it. Rows of a table that is read
// at once were not asked for.
func (a *ahead) got(asked, rows int) {
	a.change(func() { a.rows += int64(rows - asked) })
}

// reached takes the rows that are durable.
func (a *ahead) reached(durable int64) {
	a.change(func() {
		if durable > a.durable {
			a.rows -= durable - a.durable
			a.durable = durable
		}
	})
}

// lift says whether the bound does not hold for now.
func (a *ahead) lift(free bool) { a.change(func() { a.free = free }) }

func (a *ahead) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
	a.changed.Broadcast()
}
