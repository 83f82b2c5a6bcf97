package connector

import (
	"cdcd/event"
	"cdcd/sink/format"
)

// format reads what decides the bytes of a record.
func (p *configParser) format(c *Config) format.Config {
	v := p.v
	f := format.Config{
		TopicPrefix:        v.Text("topic.prefix"),
		TopicDelimiter:     v.Text("topic.delimiter"),
		Naming:             p.naming(),
		Connector:          string(c.Flavor),
		Version:            debeziumVersion,
		KeySchemas:         p.schemas("key"),
		ValueSchemas:       p.schemas("value"),
		KeepNulls:          !p.replaceNulls(),
		DecimalNumeric:     p.decimalNumeric(),
		Tombstones:         v.Bool("tombstones.on.delete"),
		ContextHeaders:     v.Bool("extended.headers.enabled"),
		TaskID:             "0",
		DecimalMode:        format.DecimalMode(v.Choice("decimal.handling.mode")),
		TimeMode:           format.TimeMode(v.Choice("time.precision.mode")),
		BinaryMode:         format.BinaryMode(v.Choice("binary.handling.mode")),
		BigintUnsignedMode: format.BigintUnsignedMode(v.Choice("bigint.unsigned.handling.mode")),
		SchemaNames:        format.NameMode(v.Choice("schema.name.adjustment.mode")),
		FieldNames:         format.NameMode(v.Choice("field.name.adjustment.mode")),
		TimeAdjuster:       v.Bool("enable.time.adjuster"),
		Query:              v.Bool("include.query"),
		Comments:           v.Bool("include.schema.comments"),
		Placeholder:        v.Text("unavailable.value.placeholder"),
		Skip:               p.skip(),
		SkipUnchanged:      v.Bool("skip.messages.without.change"),
		KeyColumns:         p.keyColumns(),
		Mappers:            p.mappers(),
		Convert:            p.converters(),
	}
	if c.Filter.columns.set() {
		f.CaptureColumn = c.Filter.Column
	}
	return f
}

// option finds an option of the key's or the value's converter. It counts
// only when the converter is named beside it, as in Kafka Connect; otherwise
// the default applies, which is JSON with schemas.
func (p *configParser) option(side, option string) (name string, set bool) {
	name = side + ".converter." + option
	if !p.v.Set(name) {
		return name, false
	}
	if !p.v.Set(side + ".converter") {
		p.warn(name, "has no effect without "+side+".converter beside it, as in Kafka Connect")
		return name, false
	}
	return name, true
}

func (p *configParser) schemas(side string) bool {
	name, set := p.option(side, "schemas.enable")
	return !set || p.v.Bool(name)
}

// replaceNulls reads KIP-581's option. Keys hold no NULL, so that the value's
// converter decides, unless the key's contradicts it.
func (p *configParser) replaceNulls() bool {
	key, keySet := p.option("key", "replace.null.with.default")
	value, valueSet := p.option("value", "replace.null.with.default")
	replace := !valueSet || p.v.Bool(value)
	if keySet && p.v.Bool(key) != replace {
		p.fail(key, "must be the same as %s", value)
	}
	return replace
}

func (p *configParser) decimalNumeric() bool {
	numeric := func(side string) bool {
		name, set := p.option(side, "decimal.format")
		return set && p.v.Choice(name) == "NUMERIC"
	}
	key, value := numeric("key"), numeric("value")
	if key != value {
		p.fail("value.converter.decimal.format", "must be the same as key.converter.decimal.format, which is BASE64 where it is not set")
	}
	return value
}

// skip reads the operations that give no records. "r" has no effect in Debezium
// either: a snapshot is read or not.
func (p *configParser) skip() (ops []event.Op) {
	for _, op := range p.v.List("skipped.operations") {
		if op != "none" && op != "r" {
			ops = append(ops, event.Op(op[0]))
		}
	}
	return ops
}
