package snapshot

import (
	"slices"
	"sync"
	"time"

	"cdcd/schema"
)

// Count is how far a copy of rows has come.
type Count struct {
	Began    time.Time // zero before it has
	Ended    time.Time // zero while it goes on
	Complete bool      // everything was copied
	Rows     int64
	Bytes    int64 // of rows as the server sends them
	// Expected is how many rows there are, as far as the server knows: it estimates.
	// 0 is not known.
	Expected int64
}

// Status is how far a copy has come since this process began it or went on with it:
// of all tables, and of each in the order of copying. The zero Status is that of no
// copy.
type Status struct {
	Count
	Tables    int // that were to be copied
	Remaining int // of these, not read to their end
	Of        []TableStatus

	earlier int64 // rows that other processes have copied
}

// TableStatus is how far the copy of one table has come. What was read of it counts
// when it is handed on, the last rows a moment after the table is complete.
type TableStatus struct {
	ID schema.ID
	Count
	Parts int // into which it is divided, 0 before it is
	Read  int // of these, to their end
}

// Took is how long the copy has gone on.
func (c Count) Took() time.Duration {
	switch {
	case c.Began.IsZero():
		return 0
	case c.Ended.IsZero():
		return time.Since(c.Began)
	}
	return c.Ended.Sub(c.Began)
}

// Share is the part of the rows that was copied, from 0 to 1. It is 1 when the copy is
// complete, and not before.
func (c Count) Share() float64 {
	switch {
	case c.Complete:
		return 1
	case c.Expected <= 0:
		return 0
	}
	return min(float64(c.Rows)/float64(c.Expected), 0.99)
}

// Speed is rows a second.
func (c Count) Speed() float64 { return float64(c.Rows) / max(c.Took().Seconds(), 1e-3) }

// Left is how long the rest takes at this speed, 0 where that cannot be said.
func (c Count) Left() time.Duration {
	rows := c.Expected - c.Rows
	if c.Complete || c.Rows == 0 || rows <= 0 {
		return 0
	}
	return time.Duration(float64(rows) / c.Speed() * float64(time.Second)).Round(time.Second)
}

// expected are the rows of a table, corrected by what was found: the estimate of a
// server may be off by half.
func (c Count) expected() int64 {
	if c.Complete || c.Expected > 0 && c.Rows > c.Expected {
		return c.Rows
	}
	return c.Expected
}

// gauge is a Status that others look at. Its totals are made when somebody does.
type gauge struct {
	mu     sync.Mutex // guards status
	status Status
	index  map[schema.ID]int // in status.Of; nobody changes it
}

// newGauge goes on with what earlier views have copied. A table of which nothing is
// left was copied, or the stream brings it.
func newGauge(cfg Config) *gauge {
	now := time.Now()
	g := &gauge{status: Status{Count: Count{Began: cfg.Before.Began}, Remaining: len(cfg.Tables), Of: slices.Clone(cfg.Before.Of)}, index: map[schema.ID]int{}}
	s := &g.status
	s.earlier = cfg.Before.earlier
	if s.Began.IsZero() {
		s.Began, s.earlier = now, cfg.Progress.Rows
	}
	for i := range s.Of {
		of := &s.Of[i]
		g.index[of.ID] = i
		if of.Complete = true; of.Ended.IsZero() {
			of.Ended = now
		}
	}
	g.add(cfg)
	g.forget(g.look().Rows - (cfg.Progress.Rows - s.earlier))
	s.Tables = len(s.Of)
	return g
}

// forget takes away rows that were read and did not become durable: they come again.
func (g *gauge) forget(rows int64) {
	for i := range g.status.Of {
		of := &g.status.Of[i]
		if n := min(rows, of.Rows); n > 0 && !of.Complete {
			of.Bytes -= int64(float64(of.Bytes) * float64(n) / float64(of.Rows))
			of.Rows, rows = of.Rows-n, rows-n
		}
	}
}

// add takes over the tables that are left. Rows of one of which nothing became durable
// are copied again.
func (g *gauge) add(cfg Config) {
	read := map[schema.ID]bool{}
	for _, p := range cfg.Progress.Tables {
		read[p.ID] = p.Parts != nil
	}
	for _, t := range cfg.Tables {
		id := t.Table.ID
		of := TableStatus{ID: id, Count: Count{Expected: t.Rows}}
		i, known := g.index[id]
		if !known {
			g.index[id] = len(g.status.Of)
			g.status.Of = append(g.status.Of, of)
			continue
		}
		if was := g.status.Of[i]; read[id] {
			of.Began, of.Rows, of.Bytes = was.Began, was.Rows, was.Bytes
		}
		g.status.Of[i] = of
	}
}

func (g *gauge) update(f func(*Status)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(&g.status)
}

// table changes what is said of one that is copied.
func (g *gauge) table(id schema.ID, f func(*TableStatus)) {
	g.update(func(s *Status) { f(&s.Of[g.index[id]]) })
}

// look is the status with its totals.
func (g *gauge) look() (s Status) {
	g.update(func(now *Status) {
		s = *now
		s.Of = slices.Clone(s.Of)
	})
	for i := range s.Of {
		t := &s.Of[i]
		t.Expected = t.expected()
		s.Rows, s.Bytes, s.Expected = s.Rows+t.Rows, s.Bytes+t.Bytes, s.Expected+t.Expected
	}
	return s
}

// Status returns how far the copy is. It may be called at any time.
func (r *Reader) Status() Status { return r.gauge.look() }

// divided counts the parts of a table, of which earlier views may have read some.
func (r *Reader) divided(t *table) {
	r.gauge.table(t.Table.Table.ID, func(s *TableStatus) { s.Parts, s.Read = len(t.parts), len(t.parts)-t.open })
}

// copied counts the rows of a batch.
func (r *Reader) copied(b *batch) {
	r.gauge.table(b.part.table.Table.Table.ID, func(s *TableStatus) {
		s.Rows += int64(b.count)
		s.Bytes += int64(len(b.data))
	})
}

// arrived notes that there is something of a table, and of what.
func (r *Reader) arrived(b *batch) {
	now := time.Now()
	r.gauge.table(b.part.table.Table.Table.ID, func(s *TableStatus) {
		if s.Began.IsZero() {
			s.Began = now
		}
		if b.end {
			s.Read++
		}
	})
}

// readOut notes that a table was read to its end.
func (r *Reader) readOut(t *table) {
	now := time.Now()
	r.gauge.update(func(s *Status) { s.Remaining-- })
	r.gauge.table(t.Table.Table.ID, func(s *TableStatus) { s.Ended, s.Complete = now, true })
}
