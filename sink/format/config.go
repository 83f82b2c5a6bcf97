package format

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"cdcd/event"
	"cdcd/schema"
)

// Config says how rows are printed. The zero value of a mode is Debezium's
// default; names in parentheses are the Debezium properties.
// Source: RelationalDatabaseConnectorConfig, BinlogConnectorConfig, JsonConverterConfig.
type Config struct {
	TopicPrefix    string // topic.prefix
	TopicDelimiter string // topic.delimiter, "." when empty
	Naming         Naming // of the topics of tables
	Connector      string // "mysql" or "mariadb"
	Version        string // source.version

	KeySchemas, ValueSchemas bool // schemas.enable of the two converters
	KeepNulls                bool // replace.null.with.default=false
	DecimalNumeric           bool // decimal.format=NUMERIC

	Tombstones     bool   // tombstones.on.delete
	ContextHeaders bool   // extended.headers.enabled
	TaskID, RunID  string // values of the context headers

	DecimalMode        DecimalMode
	TimeMode           TimeMode
	BinaryMode         BinaryMode
	BigintUnsignedMode BigintUnsignedMode
	SchemaNames        NameMode // schema.name.adjustment.mode
	FieldNames         NameMode // field.name.adjustment.mode
	TimeAdjuster       bool     // enable.time.adjuster
	Query              bool     // include.query
	Comments           bool     // include.schema.comments
	Placeholder        string   // unavailable.value.placeholder

	// Skip are the operations that give no records (skipped.operations). Their
	// rows count as others do, so that the setting may change at any time.
	Skip []event.Op
	// SkipUnchanged leaves out updates that change nothing in the value's columns,
	// though they may change the key (skip.messages.without.change).
	SkipUnchanged bool

	// CaptureColumn tells whether a column is part of the value; nil captures
	// all. Keys keep their columns.
	CaptureColumn func(id schema.ID, column string) bool
	// KeyColumns returns the columns of the record key, as indexes in the order of
	// the key; none for those of the table's own key, as a nil function
	// (message.key.columns).
	KeyColumns func(t *schema.Table) []int

	// Mappers change columns (column.truncate.to.N.chars, column.mask.*,
	// column.propagate.source.type, datatype.propagate.source.type). The first
	// that matches a column is the only one that it has.
	Mappers []Mapper
	// Convert returns what a custom converter makes of a column (converters); nil
	// for none.
	Convert func(id schema.ID, c *schema.Column) (Conversion, error)
	// Clock is the time of the envelopes in nanoseconds since the epoch; nil is
	// the system's.
	Clock func() int64
}

// Masks tells whether there are mappers that keep values from being read.
func (c *Config) Masks() bool {
	return slices.ContainsFunc(c.Mappers, func(m Mapper) bool { return m.Action.masks })
}

// DecimalMode is decimal.handling.mode.
type DecimalMode string

// The decimal modes.
const (
	DecimalPrecise DecimalMode = "precise"
	DecimalDouble  DecimalMode = "double"
	DecimalString  DecimalMode = "string"
)

// TimeMode is time.precision.mode.
type TimeMode string

// The time modes.
const (
	TimeAdaptive     TimeMode = "adaptive_time_microseconds"
	TimeConnect      TimeMode = "connect"
	TimeISOString    TimeMode = "isostring"
	TimeMicroseconds TimeMode = "microseconds"
	TimeNanoseconds  TimeMode = "nanoseconds"
)

// BinaryMode is binary.handling.mode.
type BinaryMode string

// The binary modes.
const (
	BinaryBytes     BinaryMode = "bytes"
	BinaryBase64    BinaryMode = "base64"
	BinaryBase64URL BinaryMode = "base64-url-safe"
	BinaryHex       BinaryMode = "hex"
)

// BigintUnsignedMode is bigint.unsigned.handling.mode.
type BigintUnsignedMode string

// The modes of BIGINT UNSIGNED.
const (
	BigintUnsignedLong    BigintUnsignedMode = "long"
	BigintUnsignedPrecise BigintUnsignedMode = "precise"
)

// NameMode is schema.name.adjustment.mode or field.name.adjustment.mode.
type NameMode string

// The name modes.
const (
	NamesAsTheyAre   NameMode = "none"
	NamesAvro        NameMode = "avro"
	NamesAvroUnicode NameMode = "avro_unicode"
)

// validPrefix is what Debezium accepts as topic.prefix.
var validPrefix = regexp.MustCompile(`^[a-zA-Z0-9_.\-]+$`)

// complete fills in defaults and refuses what cannot be meant.
func (c *Config) complete() error {
	c.TopicDelimiter = or(c.TopicDelimiter, ".")
	c.Placeholder = or(c.Placeholder, "__debezium_unavailable_value")
	if c.Clock == nil {
		c.Clock = func() int64 { return time.Now().UnixNano() }
	}
	if !validPrefix.MatchString(c.TopicPrefix) {
		return fmt.Errorf("topic.prefix %q: letters, digits, '_', '.' and '-' are allowed", c.TopicPrefix)
	}
	if c.Connector != "mysql" && c.Connector != "mariadb" {
		return fmt.Errorf("connector %q: want mysql or mariadb", c.Connector)
	}
	return c.completeModes()
}

func (c *Config) completeModes() error {
	for _, err := range []error{
		mode("decimal.handling.mode", &c.DecimalMode, DecimalPrecise, DecimalDouble, DecimalString),
		mode("time.precision.mode", &c.TimeMode, TimeAdaptive, TimeConnect, TimeISOString, TimeMicroseconds, TimeNanoseconds),
		mode("binary.handling.mode", &c.BinaryMode, BinaryBytes, BinaryBase64, BinaryBase64URL, BinaryHex),
		mode("bigint.unsigned.handling.mode", &c.BigintUnsignedMode, BigintUnsignedLong, BigintUnsignedPrecise),
		mode("schema.name.adjustment.mode", &c.SchemaNames, NamesAsTheyAre, NamesAvro, NamesAvroUnicode),
		mode("field.name.adjustment.mode", &c.FieldNames, NamesAsTheyAre, NamesAvro, NamesAvroUnicode),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// mode sets *m to the first choice when it is empty and refuses any value that
// is not one of the choices.
func mode[T ~string](property string, m *T, choices ...T) error {
	*m = or(*m, choices[0])
	if !slices.Contains(choices, *m) {
		return fmt.Errorf("%s %q: want one of %q", property, *m, choices)
	}
	return nil
}

func or[T ~string](a, b T) T {
	if a == "" {
		return b
	}
	return a
}
