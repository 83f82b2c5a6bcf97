package format

import (
	"math"
	"slices"
	"strconv"

	"cdcd/event"
	"cdcd/schema"
)

// Transactions prints transaction metadata: the records of the transaction topic,
// and the blocks in the envelopes of a transaction's changes. It is immutable.
// Source: TransactionMonitor, AbstractTransactionStructMaker.
type Transactions struct {
	topic *Topic
	key   frame
	value frame
}

// frame is what JsonConverter puts around the payload of a fixed schema.
type frame struct{ open, end []byte }

func newFrame(schemas bool, s node) (f frame) {
	f.open, f.end = converterFrame(schemas, &s)
	return f
}

// Transactions returns the printer of a transaction topic, whose name is
// topic.transaction behind the prefix.
func (j *JSON) Transactions(name string) *Transactions {
	id := node{kind: "string", field: "id"}
	count := node{kind: "int64", field: "event_count"}
	collection := logical("struct", "event.collection").maybe()
	collection.fields = []node{{kind: "string", field: "data_collection"}, count}
	key, value := j.commonSchema("TransactionMetadataKey"), j.commonSchema("TransactionMetadataValue")
	key.fields = []node{id}
	value.fields = []node{
		{kind: "string", field: "status"},
		id, count.maybe(),
		{kind: "array", items: &collection, optional: true, field: "data_collections"},
		{kind: "int64", field: "ts_ms"},
	}
	return &Transactions{
		topic: j.intern(j.cfg.TopicPrefix + j.cfg.TopicDelimiter + name),
		key:   newFrame(j.cfg.KeySchemas, key), value: newFrame(j.cfg.ValueSchemas, value),
	}
}

// commonSchema is a struct that all of Debezium's connectors share.
func (j *JSON) commonSchema(name string) node {
	return logical("struct", schemaName(j.cfg.SchemaNames, "io.debezium.connector.common."+name))
}

// Begin appends the record that opens transaction id.
func (t *Transactions) Begin(b *Batch, id string, ms int64) error {
	return t.emit(b, "BEGIN", id, ms, nil)
}

// End appends the record that closes the counted transaction.
func (t *Transactions) End(b *Batch, c *Counts, ms int64) error {
	return t.emit(b, "END", c.ID, ms, c)
}

func (t *Transactions) emit(b *Batch, status, id string, ms int64, c *Counts) error {
	e := b.open(t.topic)
	e.b.Data = append(e.b.Data, t.key.open...)
	e.b.Data = appendString(append(e.b.Data, `{"id":`...), []byte(id))
	e.b.Data = append(append(e.b.Data, '}'), t.key.end...)
	e.keyed()
	b.Data = append(b.Data, t.value.open...)
	dst := appendString(append(b.Data, `{"status":`...), []byte(status))
	dst = appendStringMember(dst, "id", id)
	dst = append(dst, `,"event_count":`...)
	dst = c.append(dst)
	dst = append(dst, `,"ts_ms":`...)
	dst = strconv.AppendInt(dst, ms, 10)
	b.Data = append(append(dst, '}'), t.value.end...)
	return e.close()
}

// Counts is how many events a transaction had so far, in all and for each table.
// They follow from the records alone, whatever chunks those came in.
type Counts struct {
	ID     string
	Tables []event.TableCount // in the order of their first event
	total  int64
	index  map[schema.ID]int // into Tables
}

// NewCounts goes on counting transaction id behind what was counted before.
func NewCounts(id string, tables []event.TableCount) *Counts {
	c := &Counts{ID: id, Tables: slices.Clone(tables), index: map[schema.ID]int{}}
	for i, t := range c.Tables {
		c.index[t.Table] = i
		c.total += t.Events
	}
	return c
}

// event counts one.
func (c *Counts) event(i int) { c.total++; c.Tables[i].Events++ }

func (c *Counts) table(id schema.ID) int {
	i, ok := c.index[id]
	if !ok {
		i = len(c.Tables)
		c.index[id] = i
		c.Tables = append(c.Tables, event.TableCount{Table: id})
	}
	return i
}

// append prints event_count and data_collections, which a BEGIN has not.
func (c *Counts) append(dst []byte) []byte {
	if c == nil {
		return append(dst, `null,"data_collections":null`...)
	}
	dst = strconv.AppendInt(dst, c.total, 10)
	dst = append(dst, `,"data_collections":[`...)
	for i, t := range hashOrder(c.Tables) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"data_collection":`...), []byte(t.Table.String()))
		dst = append(dst, `,"event_count":`...)
		dst = append(strconv.AppendInt(dst, t.Events, 10), '}')
	}
	return append(dst, ']')
}

// hashOrder is the order in which a java.util.HashMap has the tables by name.
// Debezium's map keeps the capacity of the largest transaction that it met since
// its start; this one is as large as this transaction needs.
func hashOrder(tables []event.TableCount) []event.TableCount {
	out := slices.DeleteFunc(slices.Clone(tables), func(t event.TableCount) bool { return t.Events == 0 })
	sortByHash(out, grown(len(out)), func(t event.TableCount) string { return t.Table.String() })
	return out
}

// Take appends the records from..to-1 of src, which are changes of one table.
// With counts each envelope gets its block: how many events the transaction and
// the table had with it. Only now, in the order of the binlog, is that known; so
// the block is put in while the record is copied.
func (b *Batch) Take(src *Batch, from, to int, table schema.ID, c *Counts) error {
	at := 0
	if c != nil {
		at = c.table(table)
	}
	for i := from; i < to; i++ {
		r := src.Records[i]
		if i > from && r.ValueLen < 0 && r.Start == src.Records[i-1].Start {
			r.Start = b.Records[len(b.Records)-1].Start // a tombstone shares the key's bytes
			b.Records = append(b.Records, r)
			continue
		}
		r.Start = int32(len(b.Data))
		b.Data = append(b.Data, src.Key(i)...)
		value := src.Value(i)
		if c == nil || r.Block == 0 {
			b.Data = append(b.Data, value...)
		} else {
			c.event(at)
			before := len(b.Data)
			b.Data = c.splice(b.Data, value, len(value)-int(r.Block), at)
			r.ValueLen = int32(len(b.Data) - before)
		}
		if len(b.Data) > math.MaxInt32 {
			return errTooLarge
		}
		b.Records = append(b.Records, r)
	}
	return nil
}

// splice copies a value with the block in place of the null that stands at pos.
func (c *Counts) splice(dst, value []byte, pos, table int) []byte {
	dst = append(dst, value[:pos]...)
	dst = appendString(append(dst, `{"id":`...), []byte(c.ID))
	dst = append(dst, `,"total_order":`...)
	dst = strconv.AppendInt(dst, c.total, 10)
	dst = append(dst, `,"data_collection_order":`...)
	dst = strconv.AppendInt(dst, c.Tables[table].Events, 10)
	dst = append(dst, '}')
	return append(dst, value[pos+len("null"):]...)
}
