package snapshot

import (
	"maps"
	"sync"
	"time"

	"cdcd/schema"
)

// Status is how far a copy has come since it was begun or gone on with.
type Status struct {
	Began     time.Time
	Ended     time.Time // zero while it goes on
	Complete  bool      // everything was copied
	Tables    int       // that were to be copied
	Remaining int       // of these, not read to their end
	Rows      int64
	Bytes     int64 // of rows as the server sends them
	// Expected is how many rows there are, as far as the server knows: it estimates.
	// 0 is not known.
	Expected int64
	Read     map[schema.ID]int64 // rows of each table that has some
}

// Took is how long the copy has gone on.
func (s Status) Took() time.Duration {
	if s.Ended.IsZero() {
		return time.Since(s.Began)
	}
	return s.Ended.Sub(s.Began)
}

// Share is the part of the rows that was copied, from 0 to 1. It is 1 when the copy is
// complete, and not before.
func (s Status) Share() float64 {
	switch {
	case s.Complete:
		return 1
	case s.Expected <= 0:
		return 0
	}
	return min(float64(s.Rows)/float64(s.Expected), 0.99)
}

// Speed is rows a second.
func (s Status) Speed() float64 { return float64(s.Rows) / max(s.Took().Seconds(), 1e-3) }

// Left is how long the rest takes at this speed, 0 where that cannot be said.
func (s Status) Left() time.Duration {
	rows := s.Expected - s.Rows
	if s.Complete || s.Rows == 0 || rows <= 0 {
		return 0
	}
	return time.Duration(float64(rows) / s.Speed() * float64(time.Second)).Round(time.Second)
}

// gauge is a Status that others look at.
type gauge struct {
	mu     sync.Mutex // guards status
	status Status
}

func (g *gauge) update(f func(*Status)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(&g.status)
}

// Status returns how far the copy is. It may be called at any time.
func (r *Reader) Status() Status {
	r.gauge.mu.Lock()
	defer r.gauge.mu.Unlock()
	s := r.gauge.status
	s.Read = maps.Clone(s.Read)
	return s
}

// copied counts the rows of a batch.
func (r *Reader) copied(b *batch) {
	r.gauge.update(func(s *Status) {
		s.Rows += int64(b.count)
		s.Bytes += int64(len(b.data))
		s.Read[b.part.table.Table.Table.ID] += int64(b.count)
	})
}
