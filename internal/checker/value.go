package checker

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"strconv"
)

// kind is how the values of a column are compared: an integer type is its width
// in bytes, so that the binlog, which knows no signs, and the topics agree.
type kind byte

const (
	skipped kind = 0 // a type that is not compared
	text    kind = 's'
)

// layout is the kinds of a table's columns, one byte each.
type layout string

func (l layout) kind(column int) kind {
	if column < len(l) {
		return kind(l[column])
	}
	return skipped
}

// image is a row in a form that is the same wherever the row was read.
type image struct {
	seed    maphash.Seed
	bytes   []byte
	columns int
}

func newImage() *image { return &image{seed: maphash.MakeSeed()} }

func (m *image) reset() { m.bytes, m.columns = m.bytes[:0], 0 }

// sum identifies the row. It is never 0, which stands for no row.
func (m *image) sum() uint64 {
	return max(1, maphash.Bytes(m.seed, binary.AppendUvarint(m.bytes, uint64(m.columns))))
}

// hash identifies bytes; it is never 0 either, and nil is unlike empty.
func (m *image) hash(b []byte) uint64 {
	if b == nil {
		return 1
	}
	return max(2, maphash.Bytes(m.seed, b))
}

func (m *image) null(k kind) { m.put(k, 'n', nil) }

func (m *image) text(k kind, value []byte) {
	if k != text && k != skipped {
		m.put(k, '?', value)
		return
	}
	m.put(k, 's', value)
}

// number adds an integer as it is printed. A negative one is equal to what the
// same bits are without a sign.
func (m *image) number(k kind, value []byte) {
	v, ok := integer(value)
	if k == text || !ok {
		m.put(k, '?', value)
		return
	}
	if k < 8 {
		v &= 1<<(8*k) - 1
	}
	var bits [8]byte
	binary.BigEndian.PutUint64(bits[:], v)
	m.put(k, 'i', bits[:])
}

func (m *image) put(k kind, tag byte, value []byte) {
	m.columns++
	if k == skipped {
		tag, value = 'x', nil
	}
	m.bytes = append(m.bytes, tag)
	m.bytes = binary.AppendUvarint(m.bytes, uint64(len(value)))
	m.bytes = append(m.bytes, value...)
}

// integer parses a decimal of 64 bits, with or without a sign.
func integer(b []byte) (uint64, bool) {
	s := string(b)
	if len(b) > 0 && b[0] == '-' {
		v, err := strconv.ParseInt(s, 10, 64)
		return uint64(v), err == nil
	}
	v, err := strconv.ParseUint(s, 10, 64)
	return v, err == nil
}

// unquote undoes what a binlog program does to strings. MySQL's escapes quotes,
// backslashes and control characters; MariaDB's only control characters, as
// \x0a, so that a backslash stands for itself unless the rest looks so.
func unquote(b []byte, mysql bool) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		c, n := b[0], 1
		if c == '\\' {
			c, n = escaped(b, mysql)
		}
		out, b = append(out, c), b[n:]
	}
	return out
}

// escaped returns the character that b begins with, and its length there.
func escaped(b []byte, mysql bool) (byte, int) {
	if len(b) >= 4 && b[1] == 'x' {
		if v, err := strconv.ParseUint(string(b[2:4]), 16, 8); err == nil && (mysql || v < ' ') {
			return byte(v), 4
		}
	}
	if len(b) < 2 || !mysql {
		return b[0], 1
	}
	const codes, chars = `ntrb0Z`, "\n\t\r\b\x00\x1a"
	if i := bytes.IndexByte([]byte(codes), b[1]); i >= 0 {
		return chars[i], 2
	}
	return b[1], 2
}
