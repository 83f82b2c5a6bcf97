package format

import (
	"bytes"
	"slices"
)

// frame builds what is constant around the columns: the schemas, if they are
// wanted, and the first and last bytes of keys and values.
// Source: TableSchemaBuilder, Envelope, JsonConverter.fromConnectData.
func (p *plan) frame(columns []column) error {
	name := schemaName(p.json.cfg.SchemaNames, p.topic.Name)
	value := node{kind: "struct", name: name + ".Value", optional: true}
	for i, c := range columns {
		if !p.json.captured(p.table.ID, p.table.Columns[i].Name) {
			continue
		}
		c, err := p.json.mapped(p.table.ID, &p.table.Columns[i], c)
		if err != nil {
			return err
		}
		value.fields = append(value.fields, c.schema)
		def := &p.table.Columns[i]
		p.add(&p.streamed.before, i, &c, c.encode, c.inBefore(def))
		p.add(&p.streamed.after, i, &c, c.encode, c.inAfter(def))
		p.add(&p.snapshot.after, i, &c, c.read, omitted{})
		if p.json.cfg.SkipUnchanged {
			p.identify(&p.identity.after, i, c, c.inAfter(def))
		}
	}
	key := node{kind: "struct", name: name + ".Key"}
	for _, i := range p.json.key(p.table) {
		c := &columns[i]
		key.fields = append(key.fields, c.schema)
		p.add(&p.streamed.key, i, c, c.encode, c.inKey(&p.table.Columns[i]))
		p.add(&p.snapshot.key, i, c, c.read, omitted{})
		p.add(&p.keyHeader, i, c, c.header, omitted{})
		p.identify(&p.identity.key, i, *c, c.inKey(&p.table.Columns[i]))
	}
	if err := p.identifyTable(&key); err != nil {
		return err
	}
	envelope := envelopeSchema(name, value, p.json.source)
	p.keyOpen, p.keyClose = converterFrame(p.json.cfg.KeySchemas, &key)
	p.valueOpen, p.valueClose = converterFrame(p.json.cfg.ValueSchemas, &envelope)
	p.valueOpen = kept(append(p.valueOpen, `{"before":`...))
	return nil
}

// kept is text of a plan without the room that was made for more of it: there may be
// thousands of plans.
func kept(text []byte) []byte { return slices.Clip(bytes.Clone(text)) }

// identify appends the column i to an image that is compared. Connect's Struct
// holds NULL where the default is printed for it.
func (p *plan) identify(im *image, i int, c column, o omitted) {
	if c.standIn {
		c.null = []byte("null")
	}
	p.add(im, i, &c, c.encode, o)
}

// add appends the column i to an image.
func (p *plan) add(im *image, i int, c *column, encode encoder, o omitted) {
	name := appendString(nil, []byte(c.schema.field))
	if len(*im) > 0 {
		name = append([]byte{','}, name...)
	}
	*im = append(*im, field{
		column: i, name: kept(append(name, ':')),
		accept: c.accept, encode: encode, null: c.null, misfit: c.misfit, omitted: o,
	})
}

// converterFrame is what JsonConverter puts around a payload.
func converterFrame(schemas bool, s *node) (open, end []byte) {
	if !schemas {
		return nil, nil
	}
	open = s.appendJSON([]byte(`{"schema":`))
	return kept(append(open, `,"payload":`...)), []byte{'}'}
}

// envelopeSchema is the schema of a change, version 2.
func envelopeSchema(name string, value, source node) node {
	transaction := node{kind: "struct", name: "event.block", version: 1, optional: true, fields: []node{
		{kind: "string", field: "id"},
		{kind: "int64", field: "total_order"},
		{kind: "int64", field: "data_collection_order"},
	}}
	return node{kind: "struct", name: name + ".Envelope", version: 2, fields: []node{
		value.as("before"),
		value.as("after"),
		source.as("source"),
		transaction.as("transaction"),
		{kind: "string", field: "op"},
		{kind: "int64", optional: true, field: "ts_ms"},
		{kind: "int64", optional: true, field: "ts_us"},
		{kind: "int64", optional: true, field: "ts_ns"},
	}}
}
