package binlog

import (
	"errors"
	"fmt"
	"slices"

	"cdcd/event"
)

// partialJSON is the one value option there is: some JSON columns of the after
// image hold differences. Source: MySQL rows_event.h,
// enum_binlog_row_value_options.
const partialJSON = 1

var errValueOptions = errors.New("the row has value options that are not known to this version of cdcd")

// keepRaw prepares the reading of partial images.
func (p *rowsPlan) keepRaw() {
	p.raw = slices.Clone(p.columns)
	for _, i := range p.json {
		p.raw[i].decode, p.raw[i].kind = decodeBytes, event.JSON
	}
}

// partial decodes the images of a partial update. Between them stand options,
// and a bit for every JSON column of the table, which is set where the after
// image has differences. They are applied to the document in the before image;
// where that lacks the column, so does the after image.
// Source: MySQL sql/log_event.cc, Rows_log_event::print_verbose_one_row.
func (r *rowsReader) partial(before, after []event.Value) error {
	if err := r.image(r.plan.raw, &r.header.before, before); err != nil {
		return err
	}
	differs, err := r.differing()
	if err != nil {
		return err
	}
	if err := r.image(r.plan.raw, &r.header.after, after); err != nil {
		return err
	}
	for n, i := range r.plan.json {
		err := r.document(&before[i], &after[i], len(differs) > 0 && bitAt(differs, n))
		if err != nil {
			return fmt.Errorf("column %s: %w", r.plan.columns[i].name, err)
		}
	}
	return nil
}

// differing reads which JSON columns have differences, nil for none.
func (r *rowsReader) differing() ([]byte, error) {
	f := fields{b: r.cursor.b}
	options := f.packed()
	var bits []byte
	if options == partialJSON {
		bits = f.bytes((len(r.plan.json) + 7) / 8)
	}
	switch {
	case options > partialJSON:
		return nil, errValueOptions
	case f.err != nil:
		return nil, errRowShort
	}
	r.cursor.b = f.b
	return bits, nil
}

// document turns the binary JSON of both images into text.
func (r *rowsReader) document(before, after *event.Value, differs bool) error {
	var err error
	switch {
	case !differs || after.Kind != event.JSON:
		err = r.text(after)
	case before.Kind == event.Absent:
		*after = event.Value{Kind: event.Absent}
	default:
		start := len(r.cursor.scratch)
		r.cursor.scratch, err = appendPatchedJSON(r.cursor.scratch, before.Bytes, after.Bytes)
		after.Bytes = r.cursor.kept(start)
	}
	if err != nil {
		return err
	}
	return r.text(before)
}

// text does what [decodeJSON] does, where a value has been read already.
func (r *rowsReader) text(v *event.Value) error {
	if v.Kind != event.JSON {
		return nil
	}
	return r.cursor.document(v.Bytes, v)
}
