package format

import "math"

// emission is a record that is being printed into a batch: its key, then its value.
type emission struct {
	b      *Batch
	record Record
}

// open begins a record of a topic whose schema is fixed. Without a key it goes to
// partition 0.
func (b *Batch) open(topic *Topic) emission {
	return emission{b: b, record: Record{Topic: topic, Start: int32(len(b.Data)), KeyLen: -1}}
}

// keyed ends the key, which chooses the partition.
func (e *emission) keyed() {
	key := e.b.Data[e.record.Start:]
	e.record.KeyLen, e.record.Hash = int32(len(key)), keyHash(key)
}

// first sends the record to partition 0, whatever its key.
func (e *emission) first() { e.record.Hash = 0 }

// close ends the value.
func (e *emission) close() error {
	if len(e.b.Data) > math.MaxInt32 {
		return errTooLarge
	}
	e.record.ValueLen = int32(len(e.b.Data)) - e.record.Start - max(e.record.KeyLen, 0)
	e.b.Records = append(e.b.Records, e.record)
	return nil
}
