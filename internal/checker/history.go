package checker

import (
	"cmp"
	"fmt"
	"slices"
)

// history is everything that the invariants are functions of.
type history struct {
	source     *source
	log        *log
	tables     []finalTable // beside Config.Tables
	tombstones bool         // a delete is followed by one
}

// data calls f with each committed record of the data topics, by partition and
// offset.
func (h *history) data(f func(p *partition, r *record)) {
	for _, p := range h.log.parts {
		if p.table < 0 {
			continue
		}
		for i := range p.records {
			f(p, &p.records[i])
		}
	}
}

// name is the id of a record's group.
func (h *history) name(r *record) string {
	if r.group < 0 {
		return ""
	}
	return h.source.name(r.group)
}

func (h *history) at(i Invariant, p *partition, r *record, format string, args ...any) Violation {
	return violation(i, p, r.offset, h.name(r), fmt.Sprintf(format, args...))
}

// index is the number of a record's change among all of the source, or -1.
func (h *history) index(r *record) int {
	if r.group < 0 || h.source.change(r.group, r.seq) == nil {
		return -1
	}
	return int(h.source.groups[r.group].first + r.seq)
}

// Bits of the kinds of record that were seen of a change.
const (
	sawCreate byte = 1 << iota
	sawUpdate
	sawDelete
	sawTombstone
)

func bit(op operation) byte {
	switch op {
	case insert:
		return sawCreate
	case update:
		return sawUpdate
	case remove:
		return sawDelete
	case tombstone:
		return sawTombstone
	case snapshot:
	}
	return 0
}

// seen is which kinds of record there are of each change of the source.
func (h *history) seen() []byte {
	out := make([]byte, len(h.source.changes))
	h.data(func(_ *partition, r *record) {
		if i := h.index(r); i >= 0 {
			out[i] |= bit(r.op)
		}
	})
	return out
}

// complete reports whether these are the records of one change: an update of a
// key is a delete and a create.
func (h *history) complete(op operation, saw byte) bool {
	deleted := sawDelete
	if h.tombstones {
		deleted |= sawTombstone
	}
	switch op {
	case insert:
		return saw == sawCreate
	case update:
		return saw == sawUpdate || saw == deleted|sawCreate
	case remove:
		return saw == deleted
	case tombstone, snapshot:
	}
	return false
}

// checkLoss proves I1: every change that the binlog committed in a captured
// table is in the topics, with the table, the operation and the values that the
// binlog has, and nothing else is. cdcd.seq says which change a record claims to
// be, so records are compared with their change and not with any of the group.
// What comes twice is left to checkDuplicates.
func checkLoss(h *history) []Violation {
	var out []Violation
	h.data(func(p *partition, r *record) {
		if why := h.differs(p, r); why != "" {
			out = append(out, h.at(Loss, p, r, "change %d: %s", r.seq, why))
		}
	})
	for _, m := range h.incomplete() {
		what := fmt.Sprintf("change %d of %d, %c in table %s, has the records %q", m.seq, h.source.groups[m.group].count,
			m.change.op, h.source.tables[m.change.table].Name, kinds(m.saw))
		if !m.some {
			what = fmt.Sprintf("none of %d changes is in the topics", h.source.groups[m.group].count)
		}
		out = append(out, missing(Loss, h.source.name(m.group), what))
	}
	return out
}

// kinds are the operations of a set of bits.
func kinds(saw byte) string {
	var b []byte
	for _, op := range []operation{insert, update, remove, tombstone} {
		if saw&bit(op) != 0 {
			b = append(b, byte(op))
		}
	}
	return string(b)
}

// differs says how a record differs from the change that it claims to be.
func (h *history) differs(p *partition, r *record) string {
	switch {
	case r.op == snapshot || r.group == unknown: // has no id; is reported
		return ""
	case r.group == none:
		return "it has no id, the header cdcd.gtid"
	}
	c := h.source.change(r.group, r.seq)
	switch {
	case c == nil:
		return fmt.Sprintf("the transaction has %d changes in captured tables", h.source.groups[r.group].count)
	case c.table != p.table:
		return fmt.Sprintf("in the binlog it is in table %s", h.source.tables[c.table].Name)
	case r.op == tombstone:
		return ""
	case r.op != c.op && c.op != update || r.op == update && c.op != update:
		return fmt.Sprintf("op is %c and in the binlog %c", r.op, c.op)
	case r.op != insert && r.before != c.before:
		return "the row before differs from the binlog's"
	case r.op != remove && r.after != c.after:
		return "the row after differs from the binlog's"
	}
	return ""
}

// absence is a change of which records are missing.
type absence struct {
	group, seq int32
	change     change
	saw        byte
	some       bool // of the group something is there
}

// incomplete lists the changes without all their records; of a group of which
// nothing is there only the first.
func (h *history) incomplete() []absence {
	var out []absence
	seen := h.seen()
	for n := range h.source.groups {
		g := &h.source.groups[n]
		saw := seen[g.first : g.first+g.count]
		some := slices.ContainsFunc(saw, func(b byte) bool { return b != 0 })
		for i := range saw {
			c := h.source.changes[int(g.first)+i]
			if !g.out && !h.complete(c.op, saw[i]) && (some || i == 0) {
				out = append(out, absence{int32(n), int32(i), c, saw[i], some})
			}
		}
	}
	return out
}

// checkDuplicates proves I2: there is no second committed record of the same
// kind (create, update, delete, tombstone) of one change. The records of which
// it says nothing are those of which checkLoss says that they are of no change.
func checkDuplicates(h *history) []Violation {
	var out []Violation
	seen := make([]byte, len(h.source.changes))
	h.data(func(p *partition, r *record) {
		i := h.index(r)
		if i < 0 {
			return
		}
		if seen[i]&bit(r.op) != 0 {
			out = append(out, h.at(Duplicate, p, r, "change %d: there is a record of op %c already", r.seq, r.op))
		}
		seen[i] |= bit(r.op)
	})
	return out
}

// checkOrder proves I3: along a partition the transactions come in the order in
// which the source committed them (an XA transaction where its XA COMMIT is) and
// the changes of one in their order, strictly; the records of one change are
// delete, tombstone, create. And a key is in one partition of its topic only,
// so that this is the order of each key.
func checkOrder(h *history) []Violation {
	var out []Violation
	for _, p := range h.log.parts {
		var last *record
		for i := range p.records {
			r := &p.records[i]
			if p.table < 0 || r.group < 0 {
				continue
			}
			if last != nil && compareChanges(last, r) > 0 {
				out = append(out, h.at(Order, p, r, "change %d comes behind change %d of %s", r.seq, last.seq, h.name(last)))
			}
			last = r
		}
	}
	return append(out, h.strayKeys()...)
}

// compareChanges orders records by their place in the source. Equal ones are
// duplicates, which checkDuplicates finds.
func compareChanges(a, b *record) int {
	return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.seq, b.seq), cmp.Compare(rank(a.op), rank(b.op)))
}

func rank(op operation) int {
	switch op {
	case remove:
		return 1
	case tombstone:
		return 2
	case insert:
		return 3
	case update, snapshot:
	}
	return 0
}

// strayKeys finds keys that are in two partitions.
func (h *history) strayKeys() []Violation {
	var out []Violation
	var home map[uint64]int32
	table := int16(-1)
	h.data(func(p *partition, r *record) {
		if p.table != table { // partitions are in the order of topics
			table, home = p.table, map[uint64]int32{}
		}
		if r.key == nullKey {
			return
		}
		if number, ok := home[r.key]; ok && number != p.number {
			out = append(out, h.at(Order, p, r, "records of its key are in partition %d too", number))
		}
		home[r.key] = p.number
	})
	return out
}
