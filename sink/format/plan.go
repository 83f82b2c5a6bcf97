package format

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"cdcd/event"
	"cdcd/schema"
)

// Plan encodes the rows of one table version under one configuration.
type Plan interface {
	// Append encodes all rows of r behind what b holds and returns their number.
	// One Plan may be used by several goroutines, each
	// with its own Batch. After an error b's new records are undefined.
	Append(b *Batch, r *event.Rows) (int, error)
}

// plan prints the JSON envelopes of one table version. It is immutable.
type plan struct {
	json      *JSON
	table     *schema.Table
	topic     *Topic
	topicHash uint32 // stands for the hash of a null key
	source    sourceParts

	keyOpen, keyClose     []byte
	valueOpen, valueClose []byte

	streamed, snapshot images
	keyHeader          image  // the key inside a header
	identity           images // what tells two rows apart: NULL is not its default
}

// images are the columns of a key and of a value before and after the change.
type images struct{ key, before, after image }

// image prints the columns of one struct.
type image []field

// field prints one column.
type field struct {
	column int    // index into the table's columns
	name   []byte // with the comma in front and the colon behind
	accept kinds
	encode encoder
	null   []byte
	misfit error // of a value that encode does not print; nil: null is printed
	omitted
}

var _ Plan = (*plan)(nil)

// Append implements [Plan].
func (p *plan) Append(b *Batch, r *event.Rows) (int, error) {
	w := p.writer(b, r)
	err := w.rows(r)
	if err != nil {
		err = fmt.Errorf("encode %s: %w", p.table.ID, err)
	}
	return w.row, err
}

// writer prints the rows of one event.
type writer struct {
	*plan
	*Batch
	images *images
	op     event.Op
	row    int
	lacks  bool // rows may lack values
}

// writer renders what all rows of the event share, once.
func (p *plan) writer(b *Batch, r *event.Rows) writer {
	w := writer{plan: p, Batch: b, images: &p.streamed, op: r.Op, lacks: r.Partial}
	if r.Op == event.Read {
		w.images = &p.snapshot
	}
	s := &b.scratch
	s.resize(len(p.table.Columns))
	s.head = p.source.appendHead(s.head[:0], &r.Meta)
	s.tail = p.source.appendTail(s.tail[:0], &r.Meta)
	s.tail = append(s.tail, `,"transaction":null,"op":"`...)
	s.times = appendTimes(s.times[:0], p.json.cfg.Clock())
	s.times = append(append(s.times, '}'), p.valueClose...)
	return w
}

// appendTimes prints the envelope's time, which one event has only once.
func appendTimes(dst []byte, ns int64) []byte {
	dst = append(dst, `","ts_ms":`...)
	dst = strconv.AppendInt(dst, ns/1e6, 10)
	dst = append(dst, `,"ts_us":`...)
	dst = strconv.AppendInt(dst, ns/1e3, 10)
	dst = append(dst, `,"ts_ns":`...)
	return strconv.AppendInt(dst, ns, 10)
}

func (w *writer) rows(r *event.Rows) error {
	skip := slices.Contains(w.json.cfg.Skip, w.op)
	if w.op == event.Truncate {
		return w.truncate(skip)
	}
	before, after := w.scratch.before, w.scratch.after
	for ; ; w.row++ {
		ok, err := r.Next(before, after)
		if err != nil || !ok {
			return err
		}
		if skip {
			continue
		}
		if err := w.change(before, after); err != nil {
			return err
		}
	}
}

// truncate prints the one record of a table that was emptied, which counts as a
// row. It has neither a key nor a tombstone.
// Source: BinlogChangeRecordEmitter.emitTruncateRecord.
func (w *writer) truncate(skip bool) (err error) {
	if !skip {
		err = w.emit(record{op: event.Truncate, headers: w.json.headers})
	}
	w.row = 1
	return err
}

// change prints one row change.
// Source: RelationalChangeRecordEmitter.
func (w *writer) change(before, after []event.Value) error {
	switch w.op {
	case event.Delete:
		return w.delete(record{key: before, before: before, op: event.Delete, headers: w.json.headers})
	case event.Update:
		return w.update(before, after)
	case event.Create, event.Read:
		return w.emit(record{key: after, after: after, op: w.op, headers: w.json.headers})
	case event.Truncate:
	}
	return fmt.Errorf("rows of operation %q", w.op)
}

func (w *writer) update(before, after []event.Value) error {
	if w.json.cfg.SkipUnchanged {
		if same, err := w.alike(w.identity.after, before, after); same || err != nil {
			return err
		}
	}
	switch same, err := w.alike(w.identity.key, before, after); {
	case err != nil:
		return err
	case !same:
		return w.move(before, after)
	}
	return w.emit(record{key: after, before: before, after: after, op: event.Update, headers: w.json.headers})
}

// alike tells whether two rows are one to Debezium, which compares what it made
// of the values: those that print alike are the same.
func (w *writer) alike(im image, before, after []event.Value) (bool, error) {
	if sameValues(im, before, after) {
		return true, nil
	}
	s := &w.scratch
	var err error
	if s.oldKey, err = im.append(s.oldKey[:0], before); err != nil {
		return false, err
	}
	if s.newKey, err = im.append(s.newKey[:0], after); err != nil {
		return false, err
	}
	return bytes.Equal(s.oldKey, s.newKey), nil
}

func sameValues(im image, a, b []event.Value) bool {
	for i := range im {
		x, y := &a[im[i].column], &b[im[i].column]
		if x.Kind != y.Kind || x.Num != y.Num || !bytes.Equal(x.Bytes, y.Bytes) {
			return false
		}
	}
	return true
}

// move prints an update of the key as a delete of the old and a create of the
// new one; each names the other in a header.
func (w *writer) move(before, after []event.Value) error {
	toNew, err := w.keyHeaders("__debezium.newkey", after)
	if err != nil {
		return err
	}
	toOld, err := w.keyHeaders("__debezium.oldkey", before)
	if err != nil {
		return err
	}
	if err := w.delete(record{key: before, before: before, op: event.Delete, headers: toNew}); err != nil {
		return err
	}
	return w.emit(record{key: after, after: after, op: event.Create, headers: toOld})
}

// keyHeaders returns the context headers behind one that holds a key. They
// live in the batch's scratch space until it is reset.
func (w *writer) keyHeaders(name string, row []event.Value) ([]byte, error) {
	s := &w.scratch
	var err error
	if s.newKey, err = w.keyHeader.append(s.newKey[:0], row); err != nil {
		return nil, err
	}
	start := len(s.headers)
	s.headers = prependHeader(s.headers, name, s.newKey, w.json.headers)
	return s.headers[start:len(s.headers):len(s.headers)], nil
}

// delete prints a delete and its tombstone, which shares the key's bytes.
func (w *writer) delete(r record) error {
	if err := w.emit(r); err != nil || !w.json.cfg.Tombstones {
		return err
	}
	tombstone := w.Records[len(w.Records)-1]
	tombstone.ValueLen, tombstone.Block = -1, 0
	w.Records = append(w.Records, tombstone)
	return nil
}

// record is what one record is made of; nil rows print as null.
type record struct {
	key, before, after []event.Value
	op                 event.Op
	headers            []byte
}

// emit appends one record.
func (w *writer) emit(r record) error {
	out := Record{Topic: w.topic, Start: int32(len(w.Data)), KeyLen: -1, Headers: r.headers, Hash: w.topicHash, Row: int32(w.row)}
	if len(w.images.key) > 0 && r.key != nil {
		if err := w.appendKey(r.key); err != nil {
			return err
		}
		key := w.Data[out.Start:]
		out.KeyLen, out.Hash = int32(len(key)), keyHash(key)
	}
	if w.lacks {
		out.Headers = w.unknown(&r)
	}
	value := len(w.Data)
	if err := w.appendValue(&r); err != nil {
		return err
	}
	if len(w.Data) > math.MaxInt32 {
		return errTooLarge
	}
	out.ValueLen = int32(len(w.Data) - value)
	out.Block = int32(len(w.scratch.times) + len(`null,"op":"x`))
	w.Records = append(w.Records, out)
	return nil
}

var errTooLarge = errors.New("the rows of one event exceed 2 GiB once they are printed")

func (w *writer) appendKey(row []event.Value) (err error) {
	w.Data = append(w.Data, w.keyOpen...)
	w.Data, err = w.images.key.append(w.Data, row)
	w.Data = append(w.Data, w.keyClose...)
	return err
}

func (w *writer) appendValue(r *record) (err error) {
	dst := w.Data
	dst = append(dst, w.valueOpen...)
	if dst, err = w.images.before.append(dst, r.before); err != nil {
		return err
	}
	dst = append(dst, `,"after":`...)
	if dst, err = w.images.after.append(dst, r.after); err != nil {
		return err
	}
	dst = append(dst, w.scratch.head...)
	dst = strconv.AppendInt(dst, w.sourceRow(), 10)
	dst = append(dst, w.scratch.tail...)
	dst = append(dst, byte(r.op))
	dst = append(dst, w.scratch.times...)
	w.Data = dst
	return nil
}

// sourceRow is the number of a row within its event; a row that was copied has none.
func (w *writer) sourceRow() int64 {
	if w.op == event.Read {
		return 0
	}
	return int64(w.row)
}

// append prints a row as a struct, a nil row as null.
func (im image) append(dst []byte, row []event.Value) ([]byte, error) {
	if row == nil {
		return append(dst, "null"...), nil
	}
	dst = append(dst, '{')
	for i := range im {
		f := &im[i]
		dst = append(dst, f.name...)
		v := &row[f.column]
		if !f.accept.has(v.Kind) {
			var err error
			if dst, err = f.other(dst, v); err != nil {
				return dst, err
			}
			continue
		}
		switch out := f.encode(dst, v); {
		case out != nil:
			dst = out
		case f.misfit != nil:
			return dst, fmt.Errorf("column %s: %w", f.title(), f.misfit)
		default:
			dst = append(dst, f.null...)
		}
	}
	return append(dst, '}'), nil
}

// other prints what is no value of the column's type: NULL, and what a row
// image leaves out. It is the one place that decides about the latter.
func (f *field) other(dst []byte, v *event.Value) ([]byte, error) {
	switch {
	case v.Kind == event.Null:
		return append(dst, f.null...), nil
	case v.Kind == event.Default && f.given != nil:
		return append(dst, f.given...), nil
	case f.omits(v) && f.lost != nil:
		return append(dst, f.lost...), nil
	case f.omits(v):
		return dst, fmt.Errorf("column %s is not in the row image: set binlog_row_image=FULL for all sessions", f.title())
	default:
		return dst, fmt.Errorf("column %s: a value of kind %d does not fit its type", f.title(), v.Kind)
	}
}

// title is the field's name, for people.
func (f *field) title() string { return string(bytes.Trim(f.name, `,":`)) }
