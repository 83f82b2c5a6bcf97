package event

import (
	"slices"

	"cdcd/schema"
)

// Progress says how far the copy of the rows that were there before has come, and
// which transactions of the stream it holds already. It is immutable.
type Progress struct {
	// Views are the moments whose rows were copied, oldest first. The stream begins
	// at the first one.
	Views []View `json:"views"`
	// Tables are those whose rows are not all of the first view: not all copied, or
	// copied in later views too. They stand in the order of copying.
	Tables []*TableProgress `json:"tables,omitempty"`
	Rows   int64            `json:"rows"` // copied so far
}

// View is a moment whose rows were read. It holds every transaction before Low, and
// maybe a few behind it; what the copy left out of those the stream brings.
type View struct {
	Low Position `json:"low"`
}

// TableProgress is how far the copy of one table has come.
type TableProgress struct {
	ID schema.ID `json:"id"`
	// Parts divide the table by its key, in key order; there is always a last one,
	// which goes to the end. nil: nothing of the table was read.
	Parts []Part `json:"parts,omitempty"`
	Rows  int64  `json:"rows,omitempty"` // copied so far, while some are left
}

// Part is the rows of a table behind the part before it.
type Part struct {
	To   []string `json:"to,omitempty"` // key of its last row, as SQL literals; nil: to the end
	View int      `json:"view"`         // in which its rows were read, or Unread
}

// Unread is the View of a part that was not copied yet.
const Unread = -1

// Copied tells that nothing is left to copy.
func (p *Progress) Copied() bool {
	for _, t := range p.Tables {
		if !t.Copied() {
			return false
		}
	}
	return true
}

// Copied tells that nothing of the table is left to copy.
func (t *TableProgress) Copied() bool {
	for _, p := range t.Parts {
		if p.View == Unread {
			return false
		}
	}
	return len(t.Parts) > 0
}

// Begun tells that something of the table was copied.
func (t *TableProgress) Begun() bool { return len(t.Parts) > 1 || t.Copied() }

// WithView is the progress with one more view, in which the rest is to be read; that
// of some tables, whose rows are all in the stream, needs not be.
func (p *Progress) WithView(v View, streamed map[schema.ID]bool) *Progress {
	next := p.Streamed(streamed)
	next.Views = append(slices.Clone(p.Views[:p.used()]), v)
	return next
}

// Streamed is the progress without the rest of some tables, whose rows are all in the
// stream.
func (p *Progress) Streamed(tables map[schema.ID]bool) *Progress {
	return p.with(tables, (*TableProgress).streamed)
}

// Anew is the progress with nothing done of some tables.
func (p *Progress) Anew(tables map[schema.ID]bool) *Progress {
	return p.with(tables, func(t *TableProgress) *TableProgress { return &TableProgress{ID: t.ID} })
}

// with is the progress with that of some tables changed.
func (p *Progress) with(tables map[schema.ID]bool, change func(*TableProgress) *TableProgress) *Progress {
	next := *p
	next.Tables = make([]*TableProgress, len(p.Tables))
	for i, t := range p.Tables {
		if next.Tables[i] = t; tables[t.ID] {
			next.Tables[i] = change(t)
		}
	}
	return &next
}

// streamed is the progress of a table whose rest the stream brings.
func (t *TableProgress) streamed() *TableProgress {
	if len(t.Parts) == 0 {
		return &TableProgress{ID: t.ID, Parts: []Part{{}}}
	}
	parts := slices.Clone(t.Parts)
	for i := range parts {
		if parts[i].View == Unread {
			parts[i].View = 0
		}
	}
	return &TableProgress{ID: t.ID, Parts: parts}
}

// used is how many views have to be kept: behind the last one of which rows were read,
// and the first one, none.
func (p *Progress) used() int {
	n := min(1, len(p.Views))
	for _, t := range p.Tables {
		for _, part := range t.Parts {
			n = max(n, part.View+1)
		}
	}
	return n
}

// WithoutKeys is what can be said of the progress without row values, for who may not
// keep them. A table of which some rows are left is copied anew, and one that was
// copied in several views counts as of the first: the stream brings more than it has
// to, in order.
func (p *Progress) WithoutKeys() *Progress {
	if p == nil {
		return nil
	}
	next := *p
	next.Tables = make([]*TableProgress, len(p.Tables))
	for i, t := range p.Tables {
		next.Tables[i] = t.withoutKeys()
	}
	return &next
}

func (t *TableProgress) withoutKeys() *TableProgress {
	switch {
	case !t.Copied():
		return &TableProgress{ID: t.ID}
	case len(t.Parts) == 1:
		return t
	}
	return &TableProgress{ID: t.ID, Parts: []Part{{}}}
}
