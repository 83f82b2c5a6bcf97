package connector

import (
	"fmt"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// note is what stands among the rows of the binlog and goes to a topic of its own.
//
// It is a task of the queue like rows are: it has its place in their order, lies
// in the Kafka transaction of that place, and is durable together with the state
// behind it, or not at all. So a crash neither loses nor doubles it: whoever goes
// on from the state reads its place again, or does not. What it says depends on
// the binlog only and is the same when it is written again. A heartbeat is the
// exception: it belongs to no place, stands before a state that says how far
// reading got, and one that was lost is made up for by the next one.
//
// Inside of a transaction that was split, the state says how many rows events are
// durable. A transaction is divided behind rows only, never behind a note; so BEGIN
// is durable when anything of the transaction is, and END when all of it is.
type note interface {
	// encode appends what is known where the note was read.
	encode(b *format.Batch) error
	// group names the transaction that the note is of, "" for none.
	group() string
}

// beginNote opens a transaction that is counted.
type beginNote struct {
	txn     event.Txn
	id      string // as Debezium names it
	ms      int64
	resumed bool // its first parts are durable, and BEGIN with them
}

// endNote closes it.
type endNote struct {
	txn event.Txn
	ms  int64
}

func (*beginNote) encode(*format.Batch) error { return nil } // see transactions.task
func (*endNote) encode(*format.Batch) error   { return nil }
func (n *beginNote) group() string            { return n.txn.ID() }
func (n *endNote) group() string              { return n.txn.ID() }

// begins is the note of a Begin; split is what is durable of a transaction.
func begins(b event.Begin, split *event.Split) *beginNote {
	id := b.Txn.GTID
	if id == "" {
		id = fmt.Sprintf("file=%s,pos=%d", b.Txn.File, b.Pos)
	}
	return &beginNote{txn: *b.Txn, id: id, ms: b.Micros / 1000, resumed: split != nil && split.Group == b.Txn.ID()}
}

// counted are transactions with their metadata: BEGIN and END, and a block in each
// change. Workers encode rows side by side, and how many events a row makes is not
// known before; so the orderer counts, and puts the blocks in.
type counted struct {
	printer *format.Transactions
	now     *format.Counts // of the open transaction, nil where none is counted
	spare   format.Batch
}

// newCounted returns nil where the configuration does not ask for metadata.
func newCounted(topic string, j *format.JSON) *counted {
	if topic == "" {
		return nil
	}
	return &counted{printer: j.Transactions(topic)}
}

// resume goes on with a transaction of which parts are durable. One that began
// while nobody counted is not counted to its end.
func (m *counted) resume(id string, split event.Split) {
	m.now = nil
	if split.Counts != nil {
		m.now = format.NewCounts(id, split.Counts)
	}
}

// task appends what a task makes to the spare batch: records from..to-1 of src,
// or those of a note.
func (m *counted) task(t *task, src *format.Batch, from int, split event.Split) error {
	switch n := t.note.(type) {
	case *beginNote:
		if n.resumed {
			m.resume(n.id, split)
			return nil
		}
		m.now = format.NewCounts(n.id, nil)
		return m.printer.Begin(&m.spare, n.id, n.ms)
	case *endNote:
		if m.now == nil {
			return nil
		}
		now := m.now
		m.now = nil
		return m.printer.End(&m.spare, now, n.ms)
	case nil:
		return m.spare.Take(src, from, t.end, t.rows.Table.ID, m.now)
	default:
		return m.spare.Take(src, from, t.end, schema.ID{}, nil)
	}
}

// counts are those of the open transaction.
func (m *counted) counts() []event.TableCount {
	if m == nil || m.now == nil {
		return nil
	}
	return append([]event.TableCount{}, m.now.Tables...)
}
