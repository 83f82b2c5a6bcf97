package connector

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/sink/format"
)

// numbering is where the orderer stands: the boundary behind it, and how far the
// transaction after that was handed on. A transaction that was split before is
// gone on with.
type numbering struct {
	base  event.State
	split event.Split // of the open transaction: what was handed on, and parts that are durable
}

// begun is the numbering at a state.
func begun(s event.State) numbering {
	n := numbering{base: s}
	if s.Split != nil {
		n.split = *s.Split
	}
	return n
}

// number counts what a chunk holds, gives its records their ids, and where
// transactions are counted their blocks.
func (n *numbering) number(c *chunk, ids bool, m *counted) error {
	out, from := &c.batch, 0
	if m != nil {
		m.spare.Reset()
		out = &m.spare
	}
	for i := range c.tasks {
		t := &c.tasks[i]
		n.enter(t)
		start, end := from, t.end
		if m != nil {
			start = len(out.Records)
			if err := m.task(t, &c.batch, from, n.split); err != nil {
				return err
			}
			end = len(out.Records)
		}
		if id := n.identity(ids); id != (format.Identity{}) && t.placed() {
			out.Identify(start, end, id)
		}
		if t.rows != nil {
			n.split.Events++
			n.split.Rows += int64(t.count)
		}
		from, t.end = t.end, end
	}
	if m != nil {
		c.batch, m.spare = m.spare, c.batch
	}
	return nil
}

// enter begins to count when a task is the first of its transaction.
func (n *numbering) enter(t *task) {
	switch {
	case t.rows != nil && t.first && t.placed():
		n.split = event.Split{Group: groupOf(t.rows)}
	case t.note != nil && t.placed() && t.note.group() != n.split.Group:
		n.split = event.Split{Group: t.note.group()}
	}
}

// placed tells whether a task belongs to a transaction.
func (t *task) placed() bool {
	if t.rows != nil {
		return t.rows.Op != event.Read
	}
	return t.note.group() != ""
}

// identity is of the task that comes next.
func (n *numbering) identity(ids bool) format.Identity {
	id := format.Identity{}
	if n.split.Part > 0 {
		id.Split = n.split.Part + 1
	}
	if ids {
		id.GTID, id.Seq = n.split.Group, n.split.Rows
	}
	return id
}

// offer tells a sink that the transaction can be divided behind what it has, if
// that ends with rows of it: then the state says which of its notes are durable.
// Copied rows are of no transaction.
func (n *numbering) offer(out Sink, c *chunk, m *counted) {
	s, ok := out.(Splitter)
	if last := c.tasks[len(c.tasks)-1].rows; !ok || last == nil || last.Op == event.Read {
		return
	}
	next := n.split
	next.Part++
	next.Counts = m.counts()
	state := n.base
	state.Split = &next
	if s.Offer(state) {
		n.split.Part = next.Part
	}
}

// errSplitMoved says that a transaction is not there whose first part is durable.
var errSplitMoved = errors.New("the transaction that was split comes differently from the server now; its first part is on the topics. " +
	"Decide with cdcd offsets reset where to go on")

// durable reports whether a rows event belongs to the part of a split transaction
// that is durable. The reader has counted it.
func (p *pipeline) durable(r *event.Rows) (bool, error) {
	s := p.state.Split
	if s == nil || p.rows > s.Events {
		return false, nil
	}
	if group := groupOf(r); group != s.Group {
		return false, fmt.Errorf("transaction %s in place of %s: %w", group, s.Group, errSplitMoved)
	}
	return true, nil
}

// groupOf names the transaction of rows.
func groupOf(r *event.Rows) string {
	if r.Meta.Txn == nil {
		return ""
	}
	return r.Meta.Txn.ID()
}
