package checker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/twmb/franz-go/pkg/kgo"
)

// headerSize is the length of a record batch without its records.
const headerSize = 61

// Bits of a batch's attributes.
const (
	attrCodec         = 7
	attrTransactional = 1 << 4
	attrControl       = 1 << 5
)

// batch is a record batch as a broker stores it.
type batch struct {
	base, last    int64 // offsets
	producer      int64
	epoch         int16
	sequence      int32
	transactional bool
	control       bool
	records       []rawRecord
}

// rawRecord is a record; its bytes are those of the response.
type rawRecord struct {
	offset     int64
	key, value []byte // nil for null
	headers    []rawHeader
}

type rawHeader struct {
	name  string
	value []byte
}

// marker is what a control record of a transaction says.
type marker struct {
	commit      bool
	coordinator int32 // epoch
}

var (
	errShort = errors.New("it is cut off")
	crcTable = crc32.MakeTable(crc32.Castagnoli)
)

// cutBatch takes the first batch off b; ok is false when what is left is not a
// whole one, as at the end of a response.
func cutBatch(b []byte) (whole, rest []byte, ok bool) {
	if len(b) < headerSize {
		return nil, b, false
	}
	n := int(int32(binary.BigEndian.Uint32(b[8:]))) + 12
	if n < headerSize || n > len(b) {
		return nil, b, false
	}
	return b[:n], b[n:], true
}

// parseBatch reads a whole batch of message format 2.
func parseBatch(b []byte, unpack kgo.Decompressor) (batch, error) {
	if len(b) < headerSize || b[16] != 2 {
		return batch{}, errors.New("record batch is not of format 2")
	}
	base := int64(binary.BigEndian.Uint64(b))
	attributes := binary.BigEndian.Uint16(b[21:])
	out := batch{
		base: base, last: base + int64(int32(binary.BigEndian.Uint32(b[23:]))),
		producer: int64(binary.BigEndian.Uint64(b[43:])), epoch: int16(binary.BigEndian.Uint16(b[51:])),
		sequence:      int32(binary.BigEndian.Uint32(b[53:])),
		transactional: attributes&attrTransactional != 0, control: attributes&attrControl != 0,
	}
	if crc32.Checksum(b[21:], crcTable) != binary.BigEndian.Uint32(b[17:]) {
		return out, fmt.Errorf("record batch at %d: its checksum is wrong", base)
	}
	payload, err := unpack.Decompress(b[headerSize:], kgo.CompressionCodecType(attributes&attrCodec))
	if err == nil {
		out.records, err = parseRecords(payload, base, int(int32(binary.BigEndian.Uint32(b[57:]))))
	}
	if err != nil {
		return out, fmt.Errorf("record batch at %d: %w", base, err)
	}
	return out, nil
}

func parseRecords(b []byte, base int64, n int) ([]rawRecord, error) {
	if n < 0 || n > len(b) {
		return nil, errShort
	}
	out := make([]rawRecord, 0, n)
	for range n {
		f := &varReader{b: b}
		body := f.bytes()
		b = f.b
		if f.err != nil || body == nil {
			return nil, errShort
		}
		r, err := parseRecord(body)
		if err != nil {
			return nil, err
		}
		r.offset += base
		out = append(out, r)
	}
	return out, nil
}

// parseRecord reads the body of a record, whose offset counts from its batch's.
func parseRecord(b []byte) (rawRecord, error) {
	f := &varReader{b: b}
	f.skip(1)  // attributes
	f.varint() // time
	r := rawRecord{offset: f.varint(), key: f.bytes(), value: f.bytes()}
	n := f.varint()
	if n < 0 || n > int64(len(f.b)) {
		return r, errShort
	}
	for range n {
		r.headers = append(r.headers, rawHeader{name: string(f.bytes()), value: f.bytes()})
	}
	return r, f.err
}

// parseMarker reads a control batch. What is not a marker of a transaction is
// not ok.
func parseMarker(b batch) (m marker, ok bool) {
	if len(b.records) != 1 {
		return m, false
	}
	key, value := b.records[0].key, b.records[0].value
	if len(key) < 4 || len(value) < 6 {
		return m, false
	}
	kind := binary.BigEndian.Uint16(key[2:])
	return marker{commit: kind == 1, coordinator: int32(binary.BigEndian.Uint32(value[2:]))}, kind <= 1
}

// varReader reads varints and what they count; after an error it returns zeros.
type varReader struct {
	b   []byte
	err error
}

func (r *varReader) skip(n int) []byte {
	if r.err != nil || n > len(r.b) {
		r.err, r.b = errShort, nil
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *varReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.err, r.b = errShort, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// bytes reads a length and as many bytes; nil for -1.
func (r *varReader) bytes() []byte {
	n := r.varint()
	if n < 0 || r.err != nil {
		return nil
	}
	if n > int64(len(r.b)) {
		r.err, r.b = errShort, nil
		return nil
	}
	return r.skip(int(n))
}
