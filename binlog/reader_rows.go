package binlog

import (
	"bytes"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

// binding is a table number of the stream, resolved: what its rows mean. It is
// kept between statements and checked against the raw table map, since servers
// send the same map again before every statement.
type binding struct {
	raw   []byte
	id    schema.ID
	table *schema.Table // nil when the table is not captured, or a sequence, or err is set
	plan  *rowsPlan
	err   error // why rows of a captured table cannot be read
}

func (r *reader) onTableMap(body []byte) error {
	number, id, err := tableMapID(body, r.format.postHeaderLen(typeTableMap))
	if err != nil {
		return err
	}
	if b := r.tables[number]; b != nil && bytes.Equal(b.raw, body) {
		if b.table != nil {
			r.adopt(id)
		}
		if b.current(r.cfg.tables) {
			return nil
		}
	}
	b := &binding{raw: body, id: id}
	if r.cfg.capture(id) {
		if err := r.bind(b, body); err != nil {
			b.table, b.err = nil, fmt.Errorf("table %s: %w", id, err)
		}
		if b.err != nil && r.cfg.leaveOut == nil {
			return b.err
		}
	}
	if len(r.tables) >= maxBindings {
		clear(r.tables)
	}
	r.tables[number] = b
	return nil
}

// maxBindings bounds what a long-lived stream over many tables keeps. A map
// always precedes its rows, so forgetting costs only a new compilation.
const maxBindings = 4096

// current reports whether the tracker still has the version that b decodes.
func (b *binding) current(t Tables) bool {
	return b.err == nil && (b.table == nil || t.Table(b.id) == b.table)
}

func (r *reader) bind(b *binding, body []byte) error {
	m, err := parseTableMap(r.cfg.flavor, body, r.format.postHeaderLen(typeTableMap))
	if err != nil {
		return fmt.Errorf("%w: %w", event.ErrDamaged, err)
	}
	r.adopt(b.id)
	if b.table, err = r.cfg.tables.Resolve(m); err != nil {
		return r.unread(b.id, m, err)
	}
	if b.table.Sequence {
		b.table = nil // what was drawn from it is no change of a table
		return nil
	}
	b.plan, err = compileRows(m, b.table)
	return err
}

// tableMapID reads the table's number and name only.
func tableMapID(body []byte, postHeaderLen int) (uint64, schema.ID, error) {
	f := fields{b: body}
	number := tableNumber(&f, postHeaderLen)
	f.skip(2)
	db := f.bytes(int(f.u8()))
	f.skip(1)
	name := f.bytes(int(f.u8()))
	if f.err != nil {
		return 0, schema.ID{}, fmt.Errorf("table map event: %w", f.err)
	}
	return number, schema.ID{Database: string(db), Name: string(name)}, nil
}

// tableNumber reads the number of the table, which had four bytes before
// MySQL 5.1.4.
func tableNumber(f *fields, postHeaderLen int) uint64 {
	if postHeaderLen == 6 {
		return f.uint(4)
	}
	return f.uint(6)
}

// dummyTable is the number that a rows event without rows carries; it only
// ends a statement. Source: MySQL log_event.cc, Rows_log_event::do_apply_event.
const dummyTable = 0xffffff

func (r *reader) onRows(h header, start uint64, body []byte) error {
	f := fields{b: body}
	number := tableNumber(&f, r.format.postHeaderLen(h.Type))
	if f.err != nil {
		return fmt.Errorf("rows event: %w", f.err)
	}
	b := r.tables[number]
	if b == nil {
		if number == dummyTable {
			return nil
		}
		return ErrNotInTable
	}
	held := heldRows{header: h, postHeader: r.format.postHeaderLen(h.Type), start: start, binding: b, query: r.query, body: body}
	switch {
	case b.err != nil:
		return r.leaveOut(r.txn, held, b.err)
	case b.table == nil:
		return nil
	}
	if !r.open && r.hold.current == nil {
		return fmt.Errorf("table %s: rows outside of a transaction", b.id)
	}
	if r.hold.current != nil {
		return r.hold.add(held)
	}
	if r.undone {
		if keep, err := outlivesRollback(b.table); err != nil || !keep {
			return err
		}
	}
	rows, err := held.rows(r.txn)
	if err != nil {
		return r.leaveOut(r.txn, held, fmt.Errorf("table %s: %w", b.id, err))
	}
	r.emit(rows)
	return nil
}

// leaveOut asks whether rows that cannot be read are left out; if not, err stops
// the stream.
func (r *reader) leaveOut(txn *event.Txn, e heldRows, err error) error {
	if r.cfg.leaveOut == nil {
		return err
	}
	file := r.file
	if txn != nil {
		file = txn.File
	}
	rows := &event.Rows{
		Table: &schema.Table{ID: e.binding.id}, Op: rowsEvents[e.header.Type].op,
		Meta: metaOf(txn, file, e.header, e.start, ""), Size: len(e.body),
	}
	if !r.cfg.leaveOut(rows, err) {
		return err
	}
	return nil
}

// rows makes the item of a rows event of the transaction. It reads the event's
// bytes in place.
func (e heldRows) rows(txn *event.Txn) (*event.Rows, error) {
	rh, err := parseRowsHeader(uint8(e.header.Type), e.body, e.postHeader)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", event.ErrDamaged, err)
	}
	rd, err := e.binding.plan.newReader(rh)
	if err != nil {
		return nil, err
	}
	return &event.Rows{
		Table: e.binding.table, Op: rh.op, Meta: metaOf(txn, txn.File, e.header, e.start, e.query),
		Size: max(len(e.body), len(rh.images)), Partial: rh.lacking(), Reader: rd,
	}, nil
}
