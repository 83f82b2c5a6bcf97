package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cdcd/event"
	"cdcd/schema"
)

var (
	errPacketShort = errors.New("the packet is too short for its columns")
	errPacketLong  = errors.New("the packet has more than its columns")
)

// decoder turns row packets of the text protocol into the values that the same
// rows have in the binlog. It is compiled once for a table version; any number of
// goroutines may use it at the same time. It holds for packets of a SELECT of its
// selectList.
type decoder struct {
	columns []textColumn
	scratch sync.Pool // *[]byte, lent to readers
}

// newDecoder prepares the decoding of rows of t. An error says that a column
// cannot be decoded.
//
// Values of the columns given are exact: of keys.
func newDecoder(t *schema.Table, exact []int) (*decoder, error) {
	d := &decoder{columns: make([]textColumn, len(t.Columns))}
	for i := range t.Columns {
		if err := d.columns[i].compile(&t.Columns[i]); err != nil {
			return nil, fmt.Errorf("table %s, column %s: %w", t.ID, t.Columns[i].Name, err)
		}
	}
	for _, i := range exact {
		d.columns[i].exact(&t.Columns[i])
	}
	d.scratch.New = func() any { return new([]byte) }
	return d, nil
}

// selectList are the expressions to select, one for each column of the table, in
// its order.
func (d *decoder) selectList() string {
	var list strings.Builder
	for i := range d.columns {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(d.columns[i].expression)
	}
	return list.String()
}

// row decodes one packet into after, which has a length of len(t.Columns). The
// bytes of values alias the packet or scratch, which is written from its start.
// An error is an ErrDamaged and names no value.
func (d *decoder) row(packet []byte, scratch *[]byte, after []event.Value) error {
	if len(after) != len(d.columns) {
		return fmt.Errorf("%d values to fill for %d columns", len(after), len(d.columns))
	}
	*scratch = (*scratch)[:0]
	for i := range after {
		c := &d.columns[i]
		field, rest, err := cutField(packet)
		switch {
		case err != nil:
		case field == nil:
			after[i], err = event.Value{Kind: event.Null}, c.never
		default:
			err = c.decode(c, field, scratch, &after[i])
		}
		if err != nil {
			return fmt.Errorf("%w: column %s: %w", event.ErrDamaged, c.name, err)
		}
		packet = rest
	}
	if len(packet) > 0 {
		return fmt.Errorf("%w: %w", event.ErrDamaged, errPacketLong)
	}
	return nil
}

const fieldNull = 0xfb // the first byte of a NULL; lengths of one byte are below

// cutField takes the first field off a packet; it is nil for NULL, and never
// otherwise.
func cutField(packet []byte) (field, rest []byte, err error) {
	if len(packet) == 0 {
		return nil, nil, errPacketShort
	}
	n := uint64(packet[0])
	switch rest = packet[1:]; {
	case n == fieldNull:
		return nil, rest, nil
	case n > fieldNull:
		if n, rest, err = longLength(packet); err != nil {
			return nil, nil, err
		}
	}
	if n > uint64(len(rest)) {
		return nil, nil, errPacketShort
	}
	return rest[:n:n], rest[n:], nil
}

// longLength reads a length that does not fit one byte.
func longLength(packet []byte) (n uint64, rest []byte, err error) {
	size := 0
	switch packet[0] {
	case 0xfc:
		size = 2
	case 0xfd:
		size = 3
	case 0xfe:
		size = 8
	default:
		return 0, nil, errors.New("a length that the protocol does not have")
	}
	if len(packet) <= size {
		return 0, nil, errPacketShort
	}
	var full [8]byte
	copy(full[:], packet[1:1+size])
	return binary.LittleEndian.Uint64(full[:]), packet[1+size:], nil
}
