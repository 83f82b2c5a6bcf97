package sink

import (
	"encoding/binary"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// produceVersion has zstd (KIP-110) and every broker since Kafka 2.1 takes it.
const produceVersion = 7

// produceParts encodes Produce requests around the batches, which are not
// copied. Its memory is reused: a request is valid until the next.
type produceParts struct {
	head  []byte // everything but batches
	cuts  []int  // where in head a batch belongs
	parts [][]byte
}

// encode returns the request, length included, for partitions sorted by topic.
func (e *produceParts) encode(clientID string, correlation int32, timeout time.Duration, ps []*partition) [][]byte {
	e.cuts = e.cuts[:0]
	e.head = appendProduceHeader(e.head[:0], clientID, correlation, timeout)
	e.head = binary.BigEndian.AppendUint32(e.head, uint32(countTopics(ps)))
	size := 0
	for i, p := range ps {
		if i == 0 || ps[i-1].topic != p.topic {
			e.head = appendString(e.head, p.topic.name)
			e.head = binary.BigEndian.AppendUint32(e.head, uint32(sameTopic(ps[i:])))
		}
		e.head = binary.BigEndian.AppendUint32(e.head, uint32(p.index))
		e.head = binary.BigEndian.AppendUint32(e.head, uint32(len(p.head.buf)))
		e.cuts = append(e.cuts, len(e.head))
		size += len(p.head.buf)
	}
	binary.BigEndian.PutUint32(e.head, uint32(len(e.head)-4+size))
	return e.weave(ps)
}

// weave puts each batch behind its piece of head.
func (e *produceParts) weave(ps []*partition) [][]byte {
	e.parts = e.parts[:0]
	from := 0
	for i, to := range e.cuts {
		e.parts = append(e.parts, e.head[from:to], ps[i].head.buf)
		from = to
	}
	return e.parts
}

// appendProduceHeader is the request header (version 1) and the request up to
// its topics: no transaction, acks of all in-sync replicas.
func appendProduceHeader(b []byte, clientID string, correlation int32, timeout time.Duration) []byte {
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(protocol.Produce))
	b = binary.BigEndian.AppendUint16(b, produceVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(correlation))
	b = appendString(b, clientID)
	b = append(b, 0xff, 0xff, 0xff, 0xff) // transactional id: null; acks: -1
	return binary.BigEndian.AppendUint32(b, uint32(timeout.Milliseconds()))
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

func countTopics(ps []*partition) int {
	n := 0
	for i := range ps {
		if i == 0 || ps[i-1].topic != ps[i].topic {
			n++
		}
	}
	return n
}

// sameTopic is how many partitions at the front of ps are of one topic.
func sameTopic(ps []*partition) int {
	n := 1
	for n < len(ps) && ps[n].topic == ps[0].topic {
		n++
	}
	return n
}
