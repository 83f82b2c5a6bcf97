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

// number counts what a chunk holds, and gives its records their ids.
func (n *numbering) number(c *chunk, ids bool) {
	from := 0
	for i := range c.tasks {
		t := &c.tasks[i]
		if t.first {
			n.split = event.Split{Group: groupOf(t.rows)}
		}
		if id := n.identity(ids); id != (format.Identity{}) {
			c.batch.Identify(from, t.end, id)
		}
		n.split.Events++
		n.split.Rows += int64(t.count)
		from = t.end
	}
}

// identity is of the rows event that comes next.
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

// offer tells a sink that the transaction can be divided behind what it has.
func (n *numbering) offer(out Sink) {
	s, ok := out.(Splitter)
	if !ok {
		return
	}
	next := n.split
	next.Part++
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
