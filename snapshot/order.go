package snapshot

import (
	"encoding/binary"

	"cdcd/event"
)

// arrive takes in what a session has read. Which row is a table's last one is known
// when all of its parts were read to the end: so each table's newest batch is held
// until there is another one. And whether that row is the last one of all is known when
// there are others, or none: until then tables without rows wait behind it, too, so
// that tables end in order.
func (r *Reader) arrive(b *batch) {
	r.arrived(b)
	t := b.part.table
	if r.final != nil {
		if b.count == 0 && t.held == nil {
			r.behind = append(r.behind, b)
			return
		}
		r.settle(event.LastOfTable)
	}
	held := t.held
	switch {
	case b.count > 0:
		t.held = b
		if held != nil {
			r.emit(held, event.AnyRow)
		}
	case held != nil && held.part == b.part:
		held.end = true
	default:
		r.read(b.part)
	}
	if !b.end {
		return
	}
	if t.open--; t.open == 0 {
		r.complete(t)
	}
}

// settle yields the end of a table whose last row has the marker given, and what waits
// behind it.
func (r *Reader) settle(last event.Snapshot) {
	final, behind := r.final, r.behind
	r.final, r.behind = nil, nil
	r.emit(final, last)
	for _, b := range behind {
		r.arrive(b)
	}
}

// complete has all rows of a table. Its end is the end of the whole copy if no other
// table has rows.
func (r *Reader) complete(t *table) {
	held := t.held
	t.held = nil
	r.readOut(t)
	switch {
	case held == nil:
	case !t.keyed && !r.work.exhausted():
		r.emit(held, event.LastOfTable) // a transaction of Kafka ends here, and not some tables later
	default:
		r.final = held
	}
}

// finish yields the last row of all.
func (r *Reader) finish() {
	r.finished = true
	if r.final != nil {
		r.settle(event.LastRow)
		return
	}
	r.tellComplete()
	r.commit()
}

// emit yields the rows of a batch, whose last one has the marker given, and what is
// durable with them.
func (r *Reader) emit(b *batch, last event.Snapshot) {
	t := b.part.table
	r.tellBegin(b.part)
	first := event.AnyRow
	if !t.begun {
		first = event.FirstOfTable
		if t.first {
			first = event.FirstRow
		}
		r.begin(t)
	}
	from, to := 0, len(b.data)
	if b.count == 1 {
		first, last = event.AnyRow, sole(first, last)
	}
	if first != event.AnyRow {
		from = firstPacket(b.data)
		r.yield(b, b.data[:from], first)
	}
	if last != event.AnyRow {
		to = b.last
	}
	if to > from {
		r.yield(b, b.data[from:to], event.AnyRow)
	}
	if to < len(b.data) {
		r.yield(b, b.data[to:], last)
	}
	r.wrote(b)
}

// sole is the marker of a row that is both the first and the last one.
// Source: RelationalSnapshotChangeEventSource.setSnapshotMarker.
func sole(first, last event.Snapshot) event.Snapshot {
	switch {
	case last == event.LastRow, first == event.AnyRow:
		return last
	case first == event.FirstRow, last == event.AnyRow:
		return first
	}
	return last
}

func (r *Reader) begin(t *table) {
	t.begun = true
	if !t.keyed && !r.cfg.Repeats {
		r.partial++
		r.ahead.lift(true)
	}
}

func (r *Reader) yield(b *batch, data []byte, marker event.Snapshot) {
	t, meta := b.part.table, r.cfg.Meta
	meta.Micros, meta.Snapshot = t.micros, marker
	r.ready = append(r.ready, &event.Rows{Table: t.Table.Table, Op: event.Read, Size: len(data), Reader: newRows(t.decoder, data), Meta: meta})
}

// wrote notes that the rows of a batch were yielded.
func (r *Reader) wrote(b *batch) {
	t := b.part.table
	r.copied(b)
	rows := *r.now
	rows.Rows += int64(b.count)
	r.now = &rows
	b.part.rows += int64(b.count)
	b.part.table.rows += int64(b.count)
	if b.end {
		if !t.keyed && !r.cfg.Repeats {
			r.partial--
			r.ahead.lift(r.partial > 0)
		}
		r.read(b.part)
		return
	}
	if t.keyed {
		b.part.cursor = b.key
		r.note(t)
	}
	r.commit()
}

// read notes that a part was read to its end.
func (r *Reader) read(p *part) {
	r.tellBegin(p)
	p.view = r.view()
	r.note(p.table)
	r.tellEnd(p)
	r.commit()
}

// view is the index of the view that is read now.
func (r *Reader) view() int { return len(r.cfg.Progress.Views) - 1 }

// note makes the progress say how far a table has come. A table that is wholly of the
// first view is not named any more.
func (r *Reader) note(t *table) {
	now := *r.now
	now.Tables = make([]*event.TableProgress, 0, len(r.now.Tables))
	for _, p := range r.now.Tables {
		if p.ID != t.Table.Table.ID {
			now.Tables = append(now.Tables, p)
			continue
		}
		if parts := t.progress(r.view()); len(parts) != 1 || parts[0].View != 0 {
			now.Tables = append(now.Tables, &event.TableProgress{ID: p.ID, Parts: parts, Rows: t.rows})
		}
	}
	r.now = &now
}

// commit yields a place behind which the progress can be made durable, if there is
// one.
func (r *Reader) commit() {
	if r.partial == 0 {
		r.ready = append(r.ready, event.Commit{Position: r.cfg.Position, Snapshot: r.now})
	}
}

// firstPacket is where the first packet of a buffer ends.
func firstPacket(buffer []byte) int {
	return packetLength + int(binary.LittleEndian.Uint32(buffer))
}
