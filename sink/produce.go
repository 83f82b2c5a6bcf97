package sink

import (
	"encoding/binary"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// dialect is how Produce requests and batches are written.
type dialect struct {
	version    int16
	id         string // transactional id, "" for none
	attributes uint16 // of every batch
}

// plainDialect has zstd (KIP-110) and every broker since Kafka 2.1 takes it.
var plainDialect = dialect{version: 7}

// flexible reports whether the request has compact lengths and tags (KIP-482).
func (d dialect) flexible() bool { return d.version >= 9 }

// produceParts encodes Produce requests around the batches, which are not
// copied. Its memory is reused: a request is valid until the next.
type produceParts struct {
	head  []byte // everything but batches
	cuts  []int  // where in head a batch belongs
	parts [][]byte
}

// encode returns the request, length included, for partitions sorted by topic.
func (e *produceParts) encode(d dialect, clientID string, correlation int32, timeout time.Duration, ps []*partition) [][]byte {
	e.cuts = e.cuts[:0]
	e.head = d.appendHeader(e.head[:0], clientID, correlation, timeout)
	e.head = d.appendCount(e.head, countTopics(ps))
	size := 0
	for i, p := range ps {
		if i == 0 || ps[i-1].topic != p.topic {
			e.head = d.appendString(e.head, p.topic.name)
			e.head = d.appendCount(e.head, sameTopic(ps[i:]))
		}
		e.head = binary.BigEndian.AppendUint32(e.head, uint32(p.index))
		e.head = d.appendCount(e.head, len(p.head.buf))
		e.cuts = append(e.cuts, len(e.head))
		size += len(p.head.buf)
		e.head = d.appendTags(e.head)
		if i+1 == len(ps) || ps[i+1].topic != p.topic {
			e.head = d.appendTags(e.head)
		}
	}
	e.head = d.appendTags(e.head)
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
	return append(e.parts, e.head[from:])
}

// appendHeader is the request header and the request up to its topics, with acks
// of all in-sync replicas.
func (d dialect) appendHeader(b []byte, clientID string, correlation int32, timeout time.Duration) []byte {
	b = append(b, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(protocol.Produce))
	b = binary.BigEndian.AppendUint16(b, uint16(d.version))
	b = binary.BigEndian.AppendUint32(b, uint32(correlation))
	b = binary.BigEndian.AppendUint16(b, uint16(len(clientID))) // not compact in any header
	b = append(b, clientID...)
	b = d.appendTags(b)
	switch {
	case d.id != "":
		b = d.appendString(b, d.id)
	case d.flexible():
		b = append(b, 0)
	default:
		b = append(b, 0xff, 0xff)
	}
	b = append(b, 0xff, 0xff) // acks: -1
	return binary.BigEndian.AppendUint32(b, uint32(timeout.Milliseconds()))
}

func (d dialect) appendString(b []byte, s string) []byte {
	if d.flexible() {
		b = binary.AppendUvarint(b, uint64(len(s))+1)
	} else {
		b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	}
	return append(b, s...)
}

// appendCount is the length of an array or of bytes.
func (d dialect) appendCount(b []byte, n int) []byte {
	if d.flexible() {
		return binary.AppendUvarint(b, uint64(n)+1)
	}
	return binary.BigEndian.AppendUint32(b, uint32(n))
}

// appendTags is an empty section of tags.
func (d dialect) appendTags(b []byte) []byte {
	if d.flexible() {
		return append(b, 0)
	}
	return b
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
