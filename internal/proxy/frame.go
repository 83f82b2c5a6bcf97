package proxy

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxFrame is Kafka's limit of a request, socket.request.max.bytes.
const maxFrame = 100 << 20

// A frame begins with its length. In a request the API key, the version and the
// correlation id follow, in a response only the correlation id.
const (
	lengthSize         = 4
	requestHeaderSize  = 8
	responseHeaderSize = 4
)

// call is a request that waits for its response.
type call struct {
	key     kmsg.Key
	version int16
}

// framer splits the two directions of one connection into frames.
type framer struct {
	kafka *Kafka
	mu    sync.Mutex     // guards calls
	calls map[int32]call // by correlation id; those of Produce without acks stay
}

func newFramer(k *Kafka) *framer { return &framer{kafka: k, calls: map[int32]call{}} }

var _ splitter = (*framer)(nil).next

// next reads a frame and counts it.
func (f *framer) next(d Direction, from *bufio.Reader) (message, error) {
	frame, err := readFrame(from)
	if err != nil {
		return message{}, err
	}
	m, err := f.identify(d, frame)
	if err == nil {
		f.kafka.holds.count(m.kind)
	}
	return m, err
}

// readFrame returns a frame with its length in front.
func readFrame(from io.Reader) ([]byte, error) {
	var length [lengthSize]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < responseHeaderSize || n > maxFrame {
		return nil, fmt.Errorf("%w: it has %d bytes", errMalformed, n)
	}
	frame := append(make([]byte, 0, lengthSize+n), length[:]...)[:lengthSize+n]
	_, err := io.ReadFull(from, frame[lengthSize:])
	return frame, err
}

// identify finds out what a frame is, and changes what must not get through.
func (f *framer) identify(d Direction, frame []byte) (message, error) {
	if d == Request {
		return f.request(frame)
	}
	c, ok := f.answered(int32(binary.BigEndian.Uint32(frame[lengthSize:])))
	if !ok {
		return message{}, fmt.Errorf("%w: a response to no request", errMalformed)
	}
	if err := f.kafka.refusals.note(c, frame); err != nil {
		return message{}, err
	}
	frame, err := f.kafka.readdress(c, frame)
	return message{kind: kind{c.key, d}, bytes: frame}, err
}

// request notes what the response will be to.
func (f *framer) request(frame []byte) (message, error) {
	if len(frame) < lengthSize+requestHeaderSize {
		return message{}, fmt.Errorf("%w: a request of %d bytes", errMalformed, len(frame)-lengthSize)
	}
	h := frame[lengthSize:]
	c := call{kmsg.Key(binary.BigEndian.Uint16(h)), int16(binary.BigEndian.Uint16(h[2:]))}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[int32(binary.BigEndian.Uint32(h[4:]))] = c
	return message{kind: kind{c.key, Request}, bytes: frame}, nil
}

// answered returns the request that a response is to.
func (f *framer) answered(correlation int32) (call, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.calls[correlation]
	delete(f.calls, correlation)
	return c, ok
}
