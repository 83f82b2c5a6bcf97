package format

import (
	"encoding/base64"
	"encoding/hex"

	"cdcd/event"
	"cdcd/schema"
)

// maxBinary is the size of the largest BINARY column.
const maxBinary = 255

// binary maps BINARY, VARBINARY and the BLOB types by binary.handling.mode.
// The server strips the trailing zeros of BINARY(n); they are put back.
// Source: JdbcValueConverters.convertBinary, BinlogValueConverters.
func (j *JSON) binary(c *schema.Column) column {
	put := j.binaryPrinter()
	col := column{
		schema: node{kind: "string"},
		accept: kindsOf(event.Binary, event.String),
		encode: func(dst []byte, v *event.Value) []byte { return put(dst, v.Bytes) },
		literal: func(d schema.Default) (event.Value, bool) {
			return event.Value{Kind: event.Binary, Bytes: binaryLiteral(d)}, true
		},
		zero:   []byte(`""`),
		absent: put(nil, []byte(j.cfg.Placeholder)),
	}
	if j.cfg.BinaryMode == BinaryBytes {
		col.schema.kind = "bytes"
	}
	if c.Type == schema.TypeBinary {
		col.encode = padded(min(max(c.Length, 1), maxBinary), put)
	}
	return col
}

func (j *JSON) binaryPrinter() func(dst, b []byte) []byte {
	switch j.cfg.BinaryMode {
	case BinaryHex:
		return func(dst, b []byte) []byte {
			dst = append(dst, '"')
			dst = hex.AppendEncode(dst, b)
			return append(dst, '"')
		}
	case BinaryBase64URL:
		return func(dst, b []byte) []byte {
			dst = append(dst, '"')
			dst = base64.URLEncoding.AppendEncode(dst, b)
			return append(dst, '"')
		}
	case BinaryBytes, BinaryBase64:
	}
	return appendBase64
}

// padded fills a value with zeros up to size bytes.
func padded(size int, put func(dst, b []byte) []byte) encoder {
	return func(dst []byte, v *event.Value) []byte {
		if len(v.Bytes) >= size {
			return put(dst, v.Bytes)
		}
		var b [maxBinary]byte
		copy(b[:], v.Bytes)
		return put(dst, b[:size])
	}
}

func binaryLiteral(d schema.Default) []byte {
	if b, ok := hexLiteral(d.Text); ok && !d.Quoted {
		return b
	}
	return []byte(d.Text)
}
