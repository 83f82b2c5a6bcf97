package binlog

import (
	"encoding/binary"
	"fmt"

	"cdcd/event"
)

// rowsReader is the [event.RowReader] of one rows event.
type rowsReader struct {
	plan    *rowsPlan
	header  rowsHeader
	missing event.Kind // of a column that the image leaves out
	cursor  cursor
	lent    *[]byte // the plan's scratch space while rows are read
	read    int     // rows so far
	err     error
}

// Next decodes one row change. See [event.RowReader].
func (r *rowsReader) Next(before, after []event.Value) (bool, error) {
	if r.err != nil {
		return false, r.err
	}
	if r.ended() {
		r.release()
		return false, nil
	}
	r.borrow()
	if r.err = r.row(before, after); r.err != nil {
		r.err = fmt.Errorf("%w: row %d of the event: %w", event.ErrDamaged, r.read+1, r.err)
		r.release()
		return false, r.err
	}
	r.read++
	return true, nil
}

// Again returns a reader of the same event. See [event.RowReader].
func (r *rowsReader) Again() event.RowReader {
	again := *r
	return &again
}

// ended reports whether all images were read. An INSERT of defaults only has
// an image of no bytes under binlog_row_image=MINIMAL; like a replica, read it
// as one row.
func (r *rowsReader) ended() bool {
	if len(r.cursor.b) > 0 {
		return false
	}
	return r.read > 0 || r.header.before.count+r.header.after.count > 0
}

func (r *rowsReader) row(before, after []event.Value) error {
	left := len(r.cursor.b)
	if err := r.images(before, after); err != nil {
		return err
	}
	if left > 0 && len(r.cursor.b) == left {
		return errRowLong
	}
	if r.header.op == event.Update && r.header.after.count < r.header.columns {
		r.unchanged(before, after)
	}
	return nil
}

// unchanged completes the after image of an update, which leaves out what it
// did not change.
func (r *rowsReader) unchanged(before, after []event.Value) {
	for i := range after {
		if !bitAt(r.header.after.bitmap, i) {
			after[i] = before[i]
		}
	}
}

// images decodes the images that the operation has.
func (r *rowsReader) images(before, after []event.Value) error {
	columns := r.plan.columns
	if r.header.partial {
		return r.partial(before, after)
	}
	if r.header.op != event.Create {
		if err := r.image(columns, &r.header.before, before); err != nil {
			return err
		}
	}
	if r.header.op != event.Delete {
		return r.image(columns, &r.header.after, after)
	}
	return nil
}

// image decodes one row image into out.
func (r *rowsReader) image(columns []column, p *presence, out []event.Value) error {
	if len(out) != len(columns) {
		return fmt.Errorf("%d values to fill for %d columns", len(out), len(columns))
	}
	nulls, ok := r.cursor.take((p.count + 7) / 8)
	if !ok {
		return errRowShort
	}
	bit, all := 0, p.count == r.header.columns
	for i := range columns {
		if !all && !bitAt(p.bitmap, i) {
			out[i] = event.Value{Kind: r.missing}
			continue
		}
		null := bitAt(nulls, bit)
		bit++
		if null {
			out[i] = event.Value{Kind: event.Null}
			continue
		}
		c := &columns[i]
		if err := c.decode(c, &r.cursor, &out[i]); err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	if r.plan.hidden > 0 {
		return r.passHidden(p, nulls, bit)
	}
	return nil
}

// passHidden passes over the hidden columns of an image, whose NULL bits begin at bit.
func (r *rowsReader) passHidden(p *presence, nulls []byte, bit int) error {
	for i := len(r.plan.columns); i < r.header.columns; i++ {
		if !bitAt(p.bitmap, i) {
			continue
		}
		null := bitAt(nulls, bit)
		bit++
		if null {
			continue
		}
		if _, ok := r.cursor.take(8); !ok {
			return errRowShort
		}
	}
	return nil
}

// borrow starts a row on an empty scratch space.
func (r *rowsReader) borrow() {
	if r.lent == nil {
		r.lent = r.plan.scratch.Get().(*[]byte)
		r.cursor.scratch = *r.lent
	}
	r.cursor.scratch = r.cursor.scratch[:0]
}

// maxKeptScratch is the largest scratch space that is kept for later events.
const maxKeptScratch = 1 << 20

// release gives the scratch space back after the last row.
func (r *rowsReader) release() {
	if r.lent == nil {
		return
	}
	if cap(r.cursor.scratch) <= maxKeptScratch {
		*r.lent = r.cursor.scratch[:0]
		r.plan.scratch.Put(r.lent)
	}
	r.lent, r.cursor.scratch = nil, nil
}

// cursor reads values off the row images of an event.
type cursor struct {
	b       []byte // what is left of the images
	scratch []byte // text of the current row that had to be converted
}

// take returns the next n bytes.
func (c *cursor) take(n int) ([]byte, bool) {
	if uint(n) > uint(len(c.b)) {
		return nil, false
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v, true
}

// little reads a little-endian number of n <= 8 bytes.
func (c *cursor) little(n int) (uint64, bool) {
	if len(c.b) >= 8 {
		v := binary.LittleEndian.Uint64(c.b) & (1<<(8*uint(n)) - 1)
		c.b = c.b[n:]
		return v, true
	}
	b, ok := c.take(n)
	var full [8]byte
	copy(full[:], b)
	return binary.LittleEndian.Uint64(full[:]), ok
}

// big reads a big-endian number of n <= 8 bytes.
func (c *cursor) big(n int) (uint64, bool) {
	if len(c.b) >= 8 {
		v := binary.BigEndian.Uint64(c.b) >> (64 - 8*uint(n))
		c.b = c.b[n:]
		return v, true
	}
	b, ok := c.take(n)
	var full [8]byte
	copy(full[8-len(b):], b)
	return binary.BigEndian.Uint64(full[:]), ok
}

// kept returns what was appended to the scratch space since it had the length
// start. It stays valid for the row, also when the space moves.
func (c *cursor) kept(start int) []byte {
	return c.scratch[start:len(c.scratch):len(c.scratch)]
}
