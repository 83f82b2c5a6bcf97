package binlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// payloadStream reads the events inside a TRANSACTION_PAYLOAD event one by one;
// inflated, they may be far larger than memory.
type payloadStream struct {
	z     *zstd.Decoder
	in    io.Reader
	start uint64 // where the payload event starts: the position of its events
	max   uint64 // largest event that is believed
}

// Fields of the payload header, type then length then value, each a packed
// integer. Source: MySQL codecs/binary.h, Transaction_payload.
const (
	payloadEnd         = 0
	payloadSize        = 1
	payloadCompression = 2
	payloadInflated    = 3

	compressionZstd = 0
	compressionNone = 255
)

// maxInnerEvent is the largest event a server writes (max_allowed_packet's
// ceiling); maxWindow bounds the decoder's memory.
const (
	maxInnerEvent = 1 << 30
	maxWindow     = 64 << 20
)

func (r *reader) onPayload(_ header, start uint64, body []byte) error {
	algorithm, data, err := parsePayload(body)
	if err != nil {
		return err
	}
	p := &payloadStream{start: start, max: maxInnerEvent, in: bytes.NewReader(data)}
	switch algorithm {
	case compressionNone:
	case compressionZstd:
		p.z, err = zstd.NewReader(p.in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return errors.New("compressed transaction cannot be read")
		}
		p.in = p.z
	default:
		return fmt.Errorf("compressed transaction: compression algorithm %d is not known", algorithm)
	}
	r.payload = p
	return nil
}

func parsePayload(body []byte) (algorithm uint64, data []byte, err error) {
	f := fields{b: body}
	for f.err == nil {
		kind := f.packed()
		if kind == payloadEnd {
			break
		}
		value := fields{b: f.bytes(int(min(f.packed(), 1<<20)))}
		if kind == payloadCompression {
			algorithm = value.packed()
		}
	}
	data = f.rest()
	if f.err != nil {
		return 0, nil, fmt.Errorf("compressed transaction: %w", f.err)
	}
	return algorithm, data, nil
}

// stepPayload handles the next event of the payload. Inner events have neither
// checksum nor position: they stand where the payload event does.
func (r *reader) stepPayload() error {
	p := r.payload
	raw, err := p.next()
	if errors.Is(err, io.EOF) {
		p.close()
		r.payload = nil
		return nil
	}
	if err != nil {
		return r.fail(p.start, err)
	}
	h, err := parseHeader(raw)
	if err != nil {
		return r.fail(p.start, err)
	}
	if !h.Type.insidePayload() {
		return r.fail(p.start, fmt.Errorf("compressed transaction holds an event of type %d", h.Type))
	}
	if err := r.handle(h, p.start, raw[headerSize:]); err != nil {
		return r.fail(p.start, err)
	}
	return nil
}

// insidePayload reports whether a payload may hold such an event. What belongs
// to a file or a group and not to a transaction stands outside.
func (t eventType) insidePayload() bool {
	return !slices.Contains([]eventType{
		typeTransactionPayload, typeFormatDescription, typeRotate, typeStop, typeHeartbeat, typeHeartbeatV2,
		typeGTID, typeAnonymousGTID, typeGTIDTagged, typeMariaGTID, typePreviousGTIDs,
	}, t)
}

func (p *payloadStream) next() ([]byte, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(p.in, head[:]); errors.Is(err, io.EOF) {
		return nil, io.EOF // the end, between two events
	} else if err != nil {
		return nil, errDamagedPayload
	}
	size := uint64(binary.LittleEndian.Uint32(head[9:]))
	if size < headerSize || size > p.max {
		return nil, fmt.Errorf("compressed transaction holds an event of %d bytes", size)
	}
	raw, err := readSized(p.in, head[:], int(size))
	if err != nil {
		return nil, errDamagedPayload
	}
	return raw, nil
}

// errDamagedPayload stands for every error of the decoder, whose texts may
// quote data.
var errDamagedPayload = errors.New("compressed transaction cannot be inflated: it is truncated or damaged")

func (p *payloadStream) close() {
	if p.z != nil {
		p.z.Close()
	}
}

// readSized returns head and what follows it up to size bytes. What is larger
// than trusted grows as it arrives, so that a false size costs no memory.
func readSized(in io.Reader, head []byte, size int) ([]byte, error) {
	const trusted = 1 << 20
	raw := make([]byte, min(size, trusted))
	got := copy(raw, head)
	for {
		n, err := io.ReadFull(in, raw[got:])
		if got += n; err != nil {
			return nil, fmt.Errorf("event of %d bytes ends after %d: %w", size, got, err)
		}
		if got == size {
			return raw, nil
		}
		more := min(len(raw), size-got)
		raw = slices.Grow(raw, more)[:got+more]
	}
}
