package sink

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// anyBroker lets kafka-go choose one of the configured brokers.
const anyBroker int32 = -1

// maxResponse bounds what a broken peer can make us allocate.
const maxResponse = 64 << 20

var errAbandoned = errors.New("sink: exchange was abandoned")

// exchange is one request and its response, of any API at any version. It is
// the message that kafka-go's Transport carries: the Transport dials,
// authenticates and hands over a connection; the bytes are ours.
type exchange struct {
	broker      int32
	key         int16
	correlation int32
	parts       [][]byte // the whole request, length included; read until done
	response    kmsg.Response

	mu      sync.Mutex // guards the following
	conn    deadliner  // while the exchange runs
	began   bool
	dropped bool
	done    chan struct{} // closed when parts is no longer read
}

type deadliner interface{ SetDeadline(time.Time) error }

var (
	_ protocol.RawExchanger  = (*exchange)(nil)
	_ protocol.BrokerMessage = (*exchange)(nil)
)

// ApiKey implements protocol.Message.
//
//nolint:staticcheck // kafka-go's spelling
func (x *exchange) ApiKey() protocol.ApiKey { return protocol.ApiKey(x.key) }

// Broker implements protocol.BrokerMessage: routing follows our own table, and
// not the layout that kafka-go has cached.
func (x *exchange) Broker(protocol.Cluster) (protocol.Broker, error) {
	return protocol.Broker{ID: x.broker}, nil
}

// Required implements protocol.RawExchanger.
func (x *exchange) Required(map[protocol.ApiKey]int16) bool { return true }

// RawExchange implements protocol.RawExchanger: it writes the request and reads
// the response. An error makes kafka-go close the connection.
func (x *exchange) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	if err := x.begin(rw); err != nil {
		return nil, err
	}
	defer close(x.done)
	if err := x.write(rw); err != nil {
		return nil, err
	}
	return x, x.read(rw)
}

func (x *exchange) begin(rw io.ReadWriter) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.dropped {
		return errAbandoned
	}
	x.began = true
	x.conn, _ = rw.(deadliner)
	return nil
}

// abandon returns when parts will not be read any more, and reports whether the
// request may have reached the broker. kafka-go returns from a round trip when
// the context ends while its connection still writes: without this the buffers
// would be reused under it.
func (x *exchange) abandon() (sent bool) {
	x.mu.Lock()
	x.dropped = true
	began, conn := x.began, x.conn
	x.mu.Unlock()
	if !began {
		return false
	}
	if conn != nil {
		_ = conn.SetDeadline(time.Unix(1, 0)) // wakes a blocked read or write
	}
	<-x.done
	return true
}

// write sends small parts together and large ones straight from their buffers.
func (x *exchange) write(w io.Writer) error {
	buffered := bufio.NewWriterSize(w, 16<<10)
	for _, p := range x.parts {
		if _, err := buffered.Write(p); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

func (x *exchange) read(r io.Reader) error {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < 4 || n > maxResponse {
		return fmt.Errorf("sink: response of %d bytes from broker %d", n, x.broker)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	return x.decode(body)
}

// decode reads the response header (version 0, or 1 with tags for flexible
// APIs; KIP-482) and the body.
func (x *exchange) decode(body []byte) error {
	if got := int32(binary.BigEndian.Uint32(body)); got != x.correlation {
		return fmt.Errorf("sink: response %d from broker %d, want %d", got, x.broker, x.correlation)
	}
	body = body[4:]
	if x.response.IsFlexible() && x.key != int16(protocol.ApiVersions) {
		var err error
		if body, err = skipTags(body); err != nil {
			return err
		}
	}
	if err := x.response.ReadFrom(body); err != nil {
		return fmt.Errorf("sink: response to %s from broker %d: %w", x.ApiKey(), x.broker, err)
	}
	return nil
}

// skipTags drops a section of tagged fields: a count, then per field its
// number, length and bytes.
func skipTags(b []byte) ([]byte, error) {
	count, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, io.ErrUnexpectedEOF
	}
	for b = b[n:]; count > 0; count-- {
		_, tag := binary.Uvarint(b)
		if tag <= 0 {
			return nil, io.ErrUnexpectedEOF
		}
		size, n := binary.Uvarint(b[tag:])
		if n <= 0 || size > uint64(len(b)-tag-n) {
			return nil, io.ErrUnexpectedEOF
		}
		b = b[tag+n+int(size):]
	}
	return b, nil
}
