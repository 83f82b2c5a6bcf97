package snapshot

import (
	"encoding/binary"
	"fmt"

	"cdcd/event"
)

// packetLength is how many bytes stand before a packet in a buffer: its length,
// little-endian.
const packetLength = 4

// appendPacket adds a packet to a buffer for rows.
func appendPacket(buffer, packet []byte) []byte {
	buffer = binary.LittleEndian.AppendUint32(buffer, uint32(len(packet)))
	return append(buffer, packet...)
}

// rows is the [event.RowReader] of packets that lie end to end in a buffer, as
// appendPacket puts them there. It fills the image after.
type rows struct {
	decoder *decoder
	packets []byte  // what is left of the buffer
	lent    *[]byte // the decoder's scratch space while rows are read
	read    int     // rows so far
	err     error
}

// newRows returns a reader of the buffer, in place.
func newRows(d *decoder, buffer []byte) *rows { return &rows{decoder: d, packets: buffer} }

// Next decodes one row. See [event.RowReader].
func (r *rows) Next(_, after []event.Value) (bool, error) {
	if r.err != nil {
		return false, r.err
	}
	if len(r.packets) == 0 {
		r.release()
		return false, nil
	}
	if r.err = r.row(after); r.err != nil {
		r.err = fmt.Errorf("row %d of the packets: %w", r.read+1, r.err)
		r.release()
		return false, r.err
	}
	r.read++
	return true, nil
}

// Again returns a reader of the same buffer. See [event.RowReader].
func (r *rows) Again() event.RowReader { return newRows(r.decoder, r.packets) }

func (r *rows) row(after []event.Value) error {
	if len(r.packets) < packetLength {
		return fmt.Errorf("%w: %w", event.ErrDamaged, errPacketShort)
	}
	n, rest := binary.LittleEndian.Uint32(r.packets), r.packets[packetLength:]
	if uint64(n) > uint64(len(rest)) {
		return fmt.Errorf("%w: %w", event.ErrDamaged, errPacketShort)
	}
	r.packets = rest[n:]
	if r.lent == nil {
		r.lent = r.decoder.scratch.Get().(*[]byte)
	}
	return r.decoder.row(rest[:n], r.lent, after)
}

// release gives the scratch space back after the last row.
func (r *rows) release() {
	if r.lent != nil {
		r.decoder.scratch.Put(r.lent)
		r.lent = nil
	}
}
