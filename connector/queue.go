package connector

import (
	"context"
	"sync"

	"cdcd/event"
	"cdcd/sink/format"
)

// task is one rows event and the plan that encodes it, or a note.
type task struct {
	rows *event.Rows
	plan format.Plan
	note note // in place of rows
	// first tells that no other captured rows event of its transaction came
	// before it.
	first bool
	end   int // of its records in the chunk's batch, once encoded
	count int // of its rows, likewise
}

// chunk is a run of consecutive tasks that one worker encodes. It ends at a
// transaction boundary, or lies wholly inside of one transaction.
type chunk struct {
	tasks  []task
	commit *event.State // the boundary it ends at, nil inside of a transaction
	bytes  int64        // what it holds of the queue's bound
	batch  format.Batch
	err    error
	done   chan struct{} // closed by the worker after batch and err are set
}

// queue carries tasks from the reader to the workers, and chunks in order to
// the orderer. It is bounded in bytes of binlog, counted until the orderer has
// passed a chunk on, and in chunks that wait for the orderer. A worker takes
// what is there, up to a limit: while workers keep up a row is encoded at once,
// under load chunks grow and their overhead vanishes.
type queue struct {
	mu       sync.Mutex // guards what follows
	changed  sync.Cond  // on mu: any of it changed
	waiting  []entry    // pushed; those before head are taken
	head     int
	size     int64    // bytes waiting and in flight
	inflight []*chunk // taken, in order, not yet passed on
	closed   bool

	last event.State // pushed; owned by who pushes

	maxBytes  int64
	maxChunks int
	free      []*chunk // passed on, to be used again
}

// entry is a task or, with commit, a boundary.
type entry struct {
	task
	commit *event.State
	tables int // in lists of the state that the one before it did not have
	bytes  int64
}

// cost is what an entry counts for in the queue's bound: its binlog, and what
// the event and its place in the queue take besides, which is more than the
// binlog where transactions are small.
func (e entry) cost() int64 { return e.bytes + entryOverhead + pointer*int64(e.tables) }

const (
	entryOverhead = 512
	pointer       = 8
)

// chunkBytes is how much binlog a worker takes at most at once.
const chunkBytes = 64 << 10

func newQueue(maxBytes int64, workers int) *queue {
	q := &queue{maxBytes: maxBytes, maxChunks: 4 * workers}
	q.changed.L = &q.mu
	return q
}

// wait blocks until ready() holds or ctx ends, and returns whether it was the
// former. The lock is held.
func (q *queue) wait(ctx context.Context, ready func() bool) bool {
	for ctx.Err() == nil && !ready() {
		q.changed.Wait()
	}
	return ctx.Err() == nil
}

// wake makes waiters look at ctx when it ends; the caller defers the stop.
func (q *queue) wake(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.changed.Broadcast()
	})
}

// push adds a task. It waits while the queue is full; a task larger than the
// bound passes alone.
func (q *queue) push(ctx context.Context, t task) bool {
	return q.add(ctx, entry{task: t, bytes: int64(t.rows.Size)})
}

// note adds a note, for which size counts.
func (q *queue) note(ctx context.Context, n note, size int) bool {
	return q.add(ctx, entry{task: task{note: n}, bytes: int64(size)})
}

// boundary adds the end of a transaction.
func (q *queue) boundary(ctx context.Context, s event.State) bool {
	e := entry{commit: &s, tables: tablesSince(q.last, s)}
	q.last = s
	return q.add(ctx, e)
}

// tablesSince is how many tables a state names in lists of its own: those of a stream
// have the lists of the one before, as a rule.
func tablesSince(last, s event.State) (n int) {
	if s.Snapshot != nil && s.Snapshot != last.Snapshot {
		n += len(s.Snapshot.Tables)
	}
	if s.Signals == nil || s.Signals == last.Signals {
		return n
	}
	for _, b := range s.Signals.Blocking {
		n += len(b.Tables)
		if b.Progress != nil {
			n += len(b.Progress.Tables)
		}
	}
	return n + len(s.Signals.Tables)
}

func (q *queue) add(ctx context.Context, e entry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.wait(ctx, func() bool { return q.size == 0 || q.size+e.cost() <= q.maxBytes }) {
		return false
	}
	q.waiting = append(q.waiting, e)
	q.size += e.cost()
	q.changed.Broadcast()
	return true
}

// take waits for tasks and returns the next chunk, which has its place in the
// order from then on; nil when the queue is closed and empty, or ctx ended.
func (q *queue) take(ctx context.Context) *chunk {
	q.mu.Lock()
	defer q.mu.Unlock()
	ready := func() bool { return q.closed && q.empty() || !q.empty() && len(q.inflight) < q.maxChunks }
	if !q.wait(ctx, ready) || q.empty() {
		return nil
	}
	c := q.reuse()
	n := cut(q.waiting[q.head:])
	for _, e := range q.waiting[q.head : q.head+n] {
		c.bytes += e.cost()
		if e.commit != nil {
			c.commit = e.commit
		} else {
			c.tasks = append(c.tasks, e.task)
		}
	}
	q.drop(n)
	q.inflight = append(q.inflight, c)
	q.changed.Broadcast()
	return c
}

func (q *queue) empty() bool { return q.head == len(q.waiting) }

// drop removes n entries from the front; the slice is moved only when half of
// it is spent, so that a long queue costs no more than a short one.
func (q *queue) drop(n int) {
	clear(q.waiting[q.head : q.head+n])
	q.head += n
	if q.head*2 < len(q.waiting) {
		return
	}
	kept := copy(q.waiting, q.waiting[q.head:])
	clear(q.waiting[kept:])
	q.waiting, q.head = q.waiting[:kept], 0
}

// cut returns how many entries make the next chunk: up to the last boundary
// within the limit, or up to the limit when there is none.
func cut(entries []entry) int {
	bytes, last := int64(0), 0
	for i, e := range entries {
		bytes += e.bytes
		if i > 0 && bytes > chunkBytes {
			if last > 0 {
				return last
			}
			return i
		}
		if e.commit != nil {
			last = i + 1
		}
	}
	if last > 0 {
		return last
	}
	return len(entries)
}

func (q *queue) reuse() *chunk {
	c := &chunk{}
	if n := len(q.free); n > 0 {
		c, q.free = q.free[n-1], q.free[:n-1]
	}
	c.done = make(chan struct{})
	return c
}

// first waits for the oldest chunk in flight and returns it without removing
// it; nil when the queue is closed and drained, or ctx ended.
func (q *queue) first(ctx context.Context) *chunk {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.wait(ctx, func() bool { return len(q.inflight) > 0 || q.closed && q.empty() }) || len(q.inflight) == 0 {
		return nil
	}
	return q.inflight[0]
}

// maxReused bounds the buffer that a reused chunk may keep.
const maxReused = 4 << 20

// pass removes the oldest chunk, which was handed on.
func (q *queue) pass(c *chunk) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inflight = append(q.inflight[:0], q.inflight[1:]...)
	q.size -= c.bytes
	if cap(c.batch.Data) <= maxReused && len(q.free) < q.maxChunks {
		clear(c.tasks)
		c.tasks, c.commit, c.bytes = c.tasks[:0], nil, 0
		c.batch.Reset()
		q.free = append(q.free, c)
	}
	q.changed.Broadcast()
}

// close ends the queue: what is in it is still worked off, nothing is added.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// bytes returns how much binlog the queue holds.
func (q *queue) bytes() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.size
}
