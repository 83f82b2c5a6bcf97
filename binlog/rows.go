package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
)

var (
	errRowShort = errors.New("the row image is shorter than its table map says")
	errRowLong  = errors.New("the row images do not end where the event ends")
)

// maxInflated bounds what a compressed event or value may inflate to: the
// largest packet of either server.
const maxInflated = 1 << 30

// rowsHeader is a rows event up to its images. It aliases the event.
type rowsHeader struct {
	op      event.Op
	table   uint64
	columns int
	before  presence // Update, Delete
	after   presence // Create, Update
	partial bool     // the after images may hold JSON differences
	images  []byte   // inflated
}

// presence tells which columns a row image holds: those whose bit is set.
type presence struct {
	bitmap []byte
	count  int
}

// rowsEvent is what the type code of a rows event says.
type rowsEvent struct {
	op         event.Op
	compressed bool // MariaDB, log_bin_compress
	partial    bool // MySQL, binlog_row_value_options=PARTIAL_JSON
}

// rowsEvents are all types of rows event. Source: MySQL binlog_event.h, MariaDB
// log_event.h.
var rowsEvents = map[eventType]rowsEvent{
	typeWriteRowsV1:       {op: event.Create},
	typeUpdateRowsV1:      {op: event.Update},
	typeDeleteRowsV1:      {op: event.Delete},
	typeWriteRows:         {op: event.Create},
	typeUpdateRows:        {op: event.Update},
	typeDeleteRows:        {op: event.Delete},
	typePartialUpdateRows: {op: event.Update, partial: true},
	typeMariaWriteRowsZ1:  {op: event.Create, compressed: true},
	typeMariaUpdateRowsZ1: {op: event.Update, compressed: true},
	typeMariaDeleteRowsZ1: {op: event.Delete, compressed: true},
	typeMariaWriteRowsZ2:  {op: event.Create, compressed: true},
	typeMariaUpdateRowsZ2: {op: event.Update, compressed: true},
	typeMariaDeleteRowsZ2: {op: event.Delete, compressed: true},
}

// parseRowsHeader decodes the body of a rows event up to its row images, and
// inflates those of MariaDB's compressed events.
// Source: MySQL rows_event.cpp, Rows_event::Rows_event.
func parseRowsHeader(code uint8, body []byte, postHeaderLen int) (rowsHeader, error) {
	kind, ok := rowsEvents[eventType(code)]
	if !ok {
		return rowsHeader{}, fmt.Errorf("event type %d is not a rows event", code)
	}
	f := &fields{b: body}
	h := rowsHeader{op: kind.op, partial: kind.partial, table: tableNumber(f, postHeaderLen)}
	f.skip(2) // flags
	if postHeaderLen == 10 {
		f.skip(int(f.u16()) - 2) // extra data; the length counts itself
	}
	h.readPresences(f)
	if f.err != nil {
		return rowsHeader{}, fmt.Errorf("rows event: %w", f.err)
	}
	h.images = f.b
	var err error
	if kind.compressed {
		h.images, err = inflateMaria(f.b, maxInflated)
	}
	return h, err
}

// lacking reports whether images leave out columns or parts of them.
func (h *rowsHeader) lacking() bool {
	return h.partial || h.op != event.Create && h.before.count < h.columns || h.op != event.Delete && h.after.count < h.columns
}

// readPresences reads the number of columns and which of them the images hold.
func (h *rowsHeader) readPresences(f *fields) {
	n := f.packed()
	if n == 0 || n > maxColumns {
		f.err = errTruncated
		return
	}
	h.columns = int(n)
	if h.op != event.Create {
		h.before = readPresence(f, h.columns)
	}
	if h.op != event.Delete {
		h.after = readPresence(f, h.columns)
	}
}

func readPresence(f *fields, columns int) presence {
	p := presence{bitmap: f.bytes((columns + 7) / 8)}
	for i := range len(p.bitmap) * 8 {
		if i < columns && bitAt(p.bitmap, i) {
			p.count++
		}
	}
	return p
}
