package sink

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"time"

	"cdcd/sink/format"
)

// The layout of a record batch of magic 2, from Kafka's protocol guide ("Record
// Batch") and KIP-98. Offsets count from the start of the batch.
const (
	offLength      = 8  // int32: bytes after this field
	offLeaderEpoch = 12 // int32: -1 from a producer
	offMagic       = 16
	offCRC         = 17 // uint32: Castagnoli, of everything from offAttributes
	offAttributes  = 21 // int16: codec in the low three bits
	offLastDelta   = 23 // int32: number of records - 1
	offBaseTime    = 27 // int64: milliseconds
	offMaxTime     = 35 // int64: milliseconds
	offProducerID  = 43 // int64
	offEpoch       = 51 // int16
	offSequence    = 53 // int32: of the first record
	offCount       = 57 // int32
	headerSize     = 61
)

// Attributes of a batch besides its codec.
const (
	attrCodec         = 7
	attrTransactional = 1 << 4
	attrControl       = 1 << 5
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// producer is an identity from InitProducerID. Brokers recognise a batch that
// is sent twice by (producer, sequence).
type producer struct {
	id    int64
	epoch int16
}

var noProducer = producer{id: -1, epoch: -1}

// batch is records of one partition, framed as they go over the wire. Records
// are appended behind room for the header; frame fills that in, and from then
// on the bytes are final: they are sent again as they are until acknowledged.
type batch struct {
	buf      []byte
	records  int32
	interval *interval // where its first record belongs
	opened   time.Time

	boundary    uint64 // the boundary that its last record is behind
	markLen     int    // len(buf) when that boundary was
	markRecords int32

	framed   bool // buf is final but for the stamp
	owner    producer
	sequence int32
	renumber bool // owner and sequence are to be given
	stamped  bool // buf has owner and sequence

	attempts int
	doubt    bool // an earlier attempt may have been appended
	renewed  bool // was given a second owner
}

// add frames record r, whose bytes are in data. body is recordBody of r at the
// batch's next offset; the caller has made room.
func (b *batch) add(body int, data []byte, r *format.Record) {
	buf := binary.AppendVarint(b.buf, int64(body))
	buf = append(buf, 0, 0) // attributes; timestamp delta: a batch has one time
	buf = binary.AppendVarint(buf, int64(b.records))
	buf = binary.AppendVarint(buf, int64(r.KeyLen))
	key := data[r.Start:]
	if r.KeyLen > 0 {
		buf = append(buf, key[:r.KeyLen]...)
		key = key[r.KeyLen:]
	}
	buf = binary.AppendVarint(buf, int64(r.ValueLen))
	if r.ValueLen > 0 {
		buf = append(buf, key[:r.ValueLen]...)
	}
	if len(r.Headers) == 0 {
		buf = append(buf, 0)
	} else {
		buf = append(buf, r.Headers...)
	}
	b.buf = buf
	b.records++
}

// recordBody is the length of r at the given offset in its batch, without the
// length that is written in front of it.
func recordBody(offset int32, r *format.Record) int {
	return 2 + varintLen(offset) +
		varintLen(r.KeyLen) + int(max(r.KeyLen, 0)) +
		varintLen(r.ValueLen) + int(max(r.ValueLen, 0)) +
		max(len(r.Headers), 1)
}

// varintLen is the length of x as a zigzag varint.
func varintLen(x int32) int {
	zigzag := uint32(x<<1) ^ uint32(x>>31)
	return (bits.Len32(zigzag|1) + 6) / 7
}

// frame compresses the records and fills in the header but for the stamp. A
// codec that does not make the batch smaller is left out.
func (b *batch) frame(z compressor, attributes uint16, now time.Time, bufs *buffers) {
	codec := b.compress(z, bufs)
	h, ms := b.buf[:headerSize], uint64(now.UnixMilli())
	binary.BigEndian.PutUint64(h, 0) // base offset: the broker's to give
	binary.BigEndian.PutUint32(h[offLength:], uint32(len(b.buf)-offLeaderEpoch))
	binary.BigEndian.PutUint32(h[offLeaderEpoch:], ^uint32(0))
	h[offMagic] = 2
	binary.BigEndian.PutUint16(h[offAttributes:], attributes|uint16(codec))
	binary.BigEndian.PutUint32(h[offLastDelta:], uint32(b.records-1))
	binary.BigEndian.PutUint64(h[offBaseTime:], ms)
	binary.BigEndian.PutUint64(h[offMaxTime:], ms)
	binary.BigEndian.PutUint32(h[offCount:], uint32(b.records))
	b.framed = true
}

// stamp writes the owner and sequence into the header, and the checksum.
func (b *batch) stamp() {
	h := b.buf[:headerSize]
	binary.BigEndian.PutUint64(h[offProducerID:], uint64(b.owner.id))
	binary.BigEndian.PutUint16(h[offEpoch:], uint16(b.owner.epoch))
	binary.BigEndian.PutUint32(h[offSequence:], uint32(b.sequence))
	b.stamped = true
	binary.BigEndian.PutUint32(h[offCRC:], crc32.Checksum(b.buf[offAttributes:], castagnoli))
}

// compress replaces the records by their compressed form if that is smaller,
// and returns the codec that the batch is in.
func (b *batch) compress(z compressor, bufs *buffers) Compression {
	if z == nil {
		return None
	}
	out := bufs.get(len(b.buf))
	out = z.compress(append(out, b.buf[:headerSize]...), b.buf[headerSize:])
	if len(out) >= len(b.buf) {
		bufs.put(out)
		return None
	}
	bufs.put(b.buf)
	b.buf = out
	return z.codec()
}

// nextSequence is the sequence after n records from seq; it wraps to 0 behind
// the largest int32 (Kafka's DefaultRecordBatch.incrementSequence).
func nextSequence(seq, n int32) int32 {
	return int32((uint32(seq) + uint32(n)) & (1<<31 - 1))
}
