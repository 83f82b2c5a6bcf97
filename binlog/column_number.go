package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

var errMember = errors.New("the value is none of the members in the definition")

func (c *column) compileInt(def *schema.Column, w schema.WireColumn) {
	c.size = map[uint8]int{schema.WireTiny: 1, schema.WireShort: 2, schema.WireInt24: 3, schema.WireLong: 4, schema.WireLongLong: 8}[w.Type]
	c.decode = decodeInt
	if def.Unsigned || def.Zerofill {
		c.decode = decodeUint
	}
}

func decodeInt(c *column, r *cursor, v *event.Value) error {
	n, ok := r.little(c.size)
	if !ok {
		return errRowShort
	}
	unused := 64 - 8*uint(c.size)
	*v = event.Value{Kind: event.Int, Num: uint64(int64(n<<unused) >> unused)}
	return nil
}

func decodeUint(c *column, r *cursor, v *event.Value) error {
	n, ok := r.little(c.size)
	if !ok {
		return errRowShort
	}
	*v = event.Value{Kind: event.Uint, Num: n}
	return nil
}

func decodeFloat32(_ *column, r *cursor, v *event.Value) error {
	n, ok := r.little(4)
	if !ok {
		return errRowShort
	}
	*v = event.Value{Kind: event.Float32, Num: n}
	return nil
}

func decodeFloat64(_ *column, r *cursor, v *event.Value) error {
	n, ok := r.little(8)
	if !ok {
		return errRowShort
	}
	*v = event.Value{Kind: event.Float64, Num: n}
	return nil
}

// decodeYear reads the years since 1900 in one byte; 0 is the year 0000.
func decodeYear(_ *column, r *cursor, v *event.Value) error {
	n, ok := r.little(1)
	if !ok {
		return errRowShort
	}
	if n != 0 {
		n += 1900
	}
	*v = event.Value{Kind: event.Year, Num: n}
	return nil
}

// compileBit reads the metadata of a BIT: whole bytes, and bits left over.
func (c *column) compileBit(w schema.WireColumn) error {
	whole, left := int(w.Meta>>8), int(w.Meta&0xff)
	c.size = whole + (left+7)/8
	if c.size < 1 || c.size > 8 || left > 7 {
		return fmt.Errorf("%w: BIT of %d bytes and %d bits", errColumnType, whole, left)
	}
	c.decode = decodeBit
	return nil
}

func decodeBit(c *column, r *cursor, v *event.Value) error {
	n, ok := r.big(c.size)
	if !ok {
		return errRowShort
	}
	*v = event.Value{Kind: event.Bit, Num: n}
	return nil
}

// compileMembers prepares ENUM and SET, whose metadata is the size of a value.
func (c *column) compileMembers(def *schema.Column, w schema.WireColumn) error {
	c.size, c.members, c.decode = int(w.Meta), len(def.Members), decodeEnum
	largest := 2
	if w.Type == schema.WireSet {
		c.decode, largest = decodeSet, 8
	}
	if c.size < 1 || c.size > largest {
		return fmt.Errorf("%w: a value of %d bytes", errColumnType, c.size)
	}
	return nil
}

func decodeEnum(c *column, r *cursor, v *event.Value) error {
	n, ok := r.little(c.size)
	if !ok {
		return errRowShort
	}
	if n > uint64(c.members) {
		return errMember
	}
	*v = event.Value{Kind: event.Enum, Num: n}
	return nil
}

func decodeSet(c *column, r *cursor, v *event.Value) error {
	n, ok := r.little(c.size)
	if !ok {
		return errRowShort
	}
	if n>>uint(c.members) != 0 {
		return errMember
	}
	*v = event.Value{Kind: event.Set, Num: n}
	return nil
}
