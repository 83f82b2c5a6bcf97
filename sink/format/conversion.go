package format

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"cdcd/event"
	"cdcd/schema"
)

// Conversion takes the place of the usual schema and encoder of a column, in keys
// as in values. The zero Conversion is none.
type Conversion struct {
	column func(j *JSON, c *schema.Column) (column, error)
}

// IsZero tells whether this is no conversion.
func (c Conversion) IsZero() bool { return c.column == nil }

// TinyIntToBoolean prints a TINYINT as a boolean: true is what exceeds 0. The binlog
// has the column without a sign of its own, so that a streamed 128 of an unsigned
// one is negative.
// Source: TinyIntOneToBooleanConverter.
func TinyIntToBoolean() Conversion {
	return Conversion{func(j *JSON, _ *schema.Column) (column, error) {
		col := j.boolean()
		col.encode = func(dst []byte, v *event.Value) []byte { return strconv.AppendBool(dst, int8(v.Num) > 0) }
		col.read = func(dst []byte, v *event.Value) []byte { return strconv.AppendBool(dst, v.Int64() > 0) }
		return col, nil
	}}
}

// jdbcSink is the converter that the three following are parts of.
const jdbcSink = "JdbcSinkDataTypesConverter"

// BooleanToInt16 prints 1 for what exceeds 0, else 0.
// Source: JdbcSinkDataTypesConverter.getBooleanConverter.
func BooleanToInt16() Conversion {
	return Conversion{func(j *JSON, c *schema.Column) (column, error) {
		if c.Type != schema.TypeTinyInt && c.Type != schema.TypeBool {
			return column{}, unfit(c, jdbcSink+".selector.boolean", "TINYINT and BOOLEAN")
		}
		col := j.boolean()
		col.schema, col.zero = node{kind: "int16"}, []byte("0")
		col.encode = func(dst []byte, v *event.Value) []byte { return appendFlag(dst, int8(v.Num) > 0) }
		col.read = func(dst []byte, v *event.Value) []byte { return appendFlag(dst, v.Int64() > 0) }
		return col, nil
	}}
}

func appendFlag(dst []byte, set bool) []byte {
	if set {
		return append(dst, '1')
	}
	return append(dst, '0')
}

// RealToFloat prints FLOAT, DOUBLE and REAL with 64 or 32 bits. A default was a
// value of the column's usual type before.
// Source: JdbcSinkDataTypesConverter.getRealConverterDouble, getRealConverterFloat.
func RealToFloat(bits int) Conversion {
	return Conversion{func(j *JSON, c *schema.Column) (column, error) {
		if c.Type != schema.TypeFloat && c.Type != schema.TypeDouble && c.Type != schema.TypeReal {
			return column{}, unfit(c, jdbcSink+".selector.real", "FLOAT, DOUBLE and REAL")
		}
		col := j.float(c)
		if col.schema.kind == "float" {
			col.literal = singleLiteral
		}
		col.schema.kind = map[int]string{32: "float", 64: "double"}[bits]
		col.encode = func(dst []byte, v *event.Value) []byte { return appendJavaFloat(dst, v.Float(), bits) }
		return col, nil
	}}
}

// StringWithCharset adds the character set of a text column to its schema.
// Source: JdbcSinkDataTypesConverter.getStringConverter.
func StringWithCharset() Conversion {
	return Conversion{func(j *JSON, c *schema.Column) (column, error) {
		if !isText(c.Type) || c.Type == schema.TypeEnum || c.Type == schema.TypeSet {
			return column{}, unfit(c, jdbcSink+".selector.string", "CHAR, VARCHAR and TEXT")
		}
		col := j.text()
		col.schema.params = []param{{"__debezium.source.column.character_set", c.Charset}}
		return col, nil
	}}
}

func unfit(c *schema.Column, selector, types string) error {
	return fmt.Errorf("column %s: %s takes %s, and not the type %s", c.Name, selector, types, c.TypeText)
}

// ZeroDate prints a text where a column of the type, DATE, DATETIME or TIMESTAMP, is
// zero, and where it is NULL, and makes it the default of a column that has one. The
// text is "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss" in UTC or an instant of ISO 8601; where
// it is empty or NULL, the column may be NULL and has no default. Neither
// time.precision.mode nor enable.time.adjuster concerns the column.
// Source: ZeroDateFallbackConverter.
func ZeroDate(t schema.Type, text string) (Conversion, error) {
	var at *time.Time
	if text = strings.TrimSpace(text); text != "" && !strings.EqualFold(text, "NULL") {
		layout := map[schema.Type]string{schema.TypeDate: time.DateOnly, schema.TypeDatetime: time.DateTime, schema.TypeTimestamp: time.RFC3339}[t]
		parsed, err := time.Parse(layout, text)
		if err != nil {
			return Conversion{}, fmt.Errorf("%q is not written as %q is, and not NULL", text, layout)
		}
		at = &parsed
	}
	return Conversion{func(j *JSON, c *schema.Column) (column, error) {
		usual := &JSON{cfg: Config{TimeMode: TimeAdaptive, Connector: j.cfg.Connector}}
		if t == schema.TypeTimestamp {
			return zeroAs(usual.timestamp(c), at, appendISOTimestamp), nil
		}
		col := usual.datetime(c)
		put := appendMicros
		switch {
		case t == schema.TypeDate:
			col, put = usual.date(), appendDayOf
		case col.schema.name == "io.debezium.time.Timestamp":
			put = appendMillis
		}
		return zeroAs(col, at, put), nil
	}}, nil
}

func appendDayOf(dst []byte, us int64) []byte {
	return strconv.AppendInt(dst, floorDiv(us, microsPerDay), 10)
}

// zeroAs prints a moment for zero and for NULL; nil is NULL.
func zeroAs(col column, at *time.Time, put func(dst []byte, us int64) []byte) column {
	if at == nil {
		col.schema.optional, col.fallback = true, []byte("null")
	} else {
		col.fallback = put(nil, at.UnixMicro())
	}
	if col.schema.name == "io.debezium.time.ZonedTimestamp" {
		col.encode = col.read // as many digits as the value needs
	}
	return col
}

// singleLiteral is floatLiteral for a column of 32 bits.
func singleLiteral(d schema.Default) (event.Value, bool) {
	v, ok := floatLiteral(d)
	return event.Value{Kind: event.Float32, Num: uint64(math.Float32bits(float32(v.Float())))}, ok
}
