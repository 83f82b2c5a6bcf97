package binlog

import (
	"encoding/binary"
	"errors"
)

// errTruncated says that an event ends before the fields it must have.
var errTruncated = errors.New("event is truncated")

// fields reads little-endian fields from an event body. Reads past the end
// give zeros and set err, so that a decoder checks once, at its end.
type fields struct {
	b   []byte
	err error
}

func (f *fields) bytes(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.err, f.b = errTruncated, nil
		return nil
	}
	v := f.b[:n]
	f.b = f.b[n:]
	return v
}

func (f *fields) skip(n int) { f.bytes(n) }

// uint reads an unsigned number of n <= 8 bytes.
func (f *fields) uint(n int) uint64 {
	var buf [8]byte
	copy(buf[:], f.bytes(n))
	return binary.LittleEndian.Uint64(buf[:])
}

func (f *fields) u8() uint8   { return uint8(f.uint(1)) }
func (f *fields) u16() uint16 { return uint16(f.uint(2)) }
func (f *fields) u32() uint32 { return uint32(f.uint(4)) }
func (f *fields) u64() uint64 { return f.uint(8) }

// packed reads MySQL's length-encoded integer.
func (f *fields) packed() uint64 {
	switch first := f.u8(); first {
	case 0xfc:
		return f.uint(2)
	case 0xfd:
		return f.uint(3)
	case 0xfe:
		return f.uint(8)
	case 0xfb, 0xff:
		f.err = errors.New("event holds an invalid length")
		return 0
	default:
		return uint64(first)
	}
}

// rest returns what is left.
func (f *fields) rest() []byte { return f.bytes(len(f.b)) }
