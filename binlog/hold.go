package binlog

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"slices"

	"cdcd/event"
)

// hold keeps the rows of XA branches until they are decided. It belongs to one
// Tailer and outlives its connections.
type hold struct {
	limit    int // bytes in memory of all branches; what goes beyond is spilled
	memory   int
	spill    spill
	current  *branch // of the group that is being read, nil outside of one
	branches map[xid]*branch
}

const defaultHoldBytes = 16 << 20

func newHold(limit int, dir string) *hold {
	return &hold{limit: cmp.Or(limit, defaultHoldBytes), spill: spill{dir: dir}, branches: map[xid]*branch{}}
}

// branch is the rows of one group, as records one after the other. They are in
// memory until one does not fit there, and then all in the spill file.
type branch struct {
	txn      *event.Txn
	bindings []*binding // what the records' numbers mean
	memory   []byte
	extent   *extent // nil when in memory
	marks    marks   // lengths at savepoints
}

func (b *branch) len() int64 {
	if b.extent != nil {
		return b.extent.length
	}
	return int64(len(b.memory))
}

// begin opens the branch of a group.
func (h *hold) begin(txn *event.Txn) {
	h.abort()
	h.current = &branch{txn: txn}
}

// abort drops the branch of a group that did not come to its end.
func (h *hold) abort() {
	if h.current != nil {
		h.free(h.current)
	}
	h.current = nil
}

// take ends the current group and returns its branch, which the caller keeps or
// frees.
func (h *hold) take() *branch {
	b := h.current
	h.current = nil
	return b
}

// keep stores a prepared branch, in the place of one of the same name.
func (h *hold) keep(x xid, b *branch) {
	h.drop(x)
	b.marks = nil
	h.branches[x] = b
}

// drop forgets a branch, if it is held.
func (h *hold) drop(x xid) {
	if b := h.branches[x]; b != nil {
		delete(h.branches, x)
		h.free(b)
	}
}

// retain drops what a reader that begins at a position with these branches does
// not know.
func (h *hold) retain(prepared []event.Branch) {
	h.abort()
	known := map[xid]bool{}
	for _, p := range prepared {
		known[xid(p.XID)] = true
	}
	for x := range maps.Clone(h.branches) {
		if !known[x] {
			h.drop(x)
		}
	}
}

// free gives up what a branch takes. Rows made from it stay good.
func (h *hold) free(b *branch) {
	h.memory -= len(b.memory)
	h.spill.free(b.extent)
	b.memory, b.extent = nil, nil
}

func (h *hold) close() error { return h.spill.close() }

// heldRows is a rows event as it is held: all that is needed to decode it after
// the server has gone on to other files and formats.
type heldRows struct {
	header     header
	postHeader int
	start      uint64
	binding    *binding
	query      string
	body       []byte
}

// heldHead is the size of what stands before query and body in a record.
const heldHead = 30

// add appends a rows event to the current branch.
func (h *hold) add(r heldRows) error {
	b := h.current
	le := binary.LittleEndian
	head := append(make([]byte, 0, heldHead), byte(r.header.Type), byte(r.postHeader))
	head = le.AppendUint32(head, r.header.Timestamp)
	head = le.AppendUint32(head, r.header.ServerID)
	head = le.AppendUint64(head, r.start)
	head = le.AppendUint32(head, b.number(r.binding))
	head = le.AppendUint32(head, uint32(len(r.query)))
	head = le.AppendUint32(head, uint32(len(r.body)))
	return h.write(b, head, []byte(r.query), r.body)
}

// number returns the number of a binding in the branch. Rows mostly come in
// runs of one table.
func (b *branch) number(bound *binding) uint32 {
	for i, known := range slices.Backward(b.bindings) {
		if known == bound {
			return uint32(i)
		}
	}
	b.bindings = append(b.bindings, bound)
	return uint32(len(b.bindings) - 1)
}

func (h *hold) write(b *branch, parts ...[]byte) error {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if b.extent == nil && h.memory+size > h.limit {
		if err := h.move(b); err != nil {
			return err
		}
	}
	if b.extent != nil {
		return h.spill.append(b.extent, parts...)
	}
	for _, p := range parts {
		b.memory = append(b.memory, p...)
	}
	h.memory += size
	return nil
}

// move writes a branch into the spill file.
func (h *hold) move(b *branch) error {
	e, err := h.spill.extend()
	if err != nil {
		return err
	}
	b.extent = e
	err = h.spill.append(e, b.memory)
	h.memory -= len(b.memory)
	b.memory = nil
	return err
}

// cut takes back what came after a savepoint of the current branch.
func (h *hold) cut(length int64) {
	b := h.current
	if b.extent != nil {
		h.spill.cut(b.extent, length)
		return
	}
	h.memory -= len(b.memory) - int(length)
	b.memory = b.memory[:length]
}

// records reads a branch from its start.
type records struct {
	bindings []*binding
	memory   []byte
	file     io.Reader // nil when in memory
}

func (h *hold) records(b *branch) *records {
	r := &records{bindings: b.bindings, memory: b.memory}
	if b.extent != nil {
		r.file = h.spill.reader(b.extent)
	}
	return r
}

// next returns the next rows event; io.EOF behind the last one.
func (r *records) next() (heldRows, error) {
	b, err := r.take(heldHead)
	if err != nil {
		return heldRows{}, err
	}
	f := fields{b: b}
	h := heldRows{header: header{Type: eventType(f.u8())}, postHeader: int(f.u8())}
	h.header.Timestamp, h.header.ServerID, h.start = f.u32(), f.u32(), f.u64()
	number, query, body := f.u32(), int(f.u32()), int(f.u32())
	if b, err = r.take(query + body); err != nil {
		return heldRows{}, errors.Join(errSpillShort, err)
	}
	h.binding, h.query, h.body = r.bindings[number], string(b[:query]), b[query:]
	return h, nil
}

var errSpillShort = errors.New("held rows end too early")

// take returns the next n bytes, which are the caller's; io.EOF at the end.
func (r *records) take(n int) ([]byte, error) {
	if r.file != nil {
		b := make([]byte, n)
		_, err := io.ReadFull(r.file, b)
		return b, err
	}
	if len(r.memory) < n {
		return nil, io.EOF
	}
	b := r.memory[:n:n]
	r.memory = r.memory[n:]
	return b, nil
}
