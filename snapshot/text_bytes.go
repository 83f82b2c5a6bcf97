package snapshot

import (
	"encoding/hex"
	"errors"

	"cdcd/event"
	"cdcd/schema"
)

var errUUID = errors.New("the text is no UUID")

// compileBytes prepares the types whose bytes are those of the value: the server
// has converted text to UTF-8, and inflated compressed columns.
func (c *textColumn) compileBytes(def *schema.Column) {
	c.decode, c.kind = decodeBytes, event.String
	switch def.Type {
	case schema.TypeGeometry, schema.TypePoint, schema.TypeLineString, schema.TypePolygon, schema.TypeMultiPoint,
		schema.TypeMultiLineString, schema.TypeMultiPolygon, schema.TypeGeometryCollection:
		c.kind = event.Geometry
	case schema.TypeVector:
		c.kind = event.Vector
	case schema.TypeUUID:
		c.decode = decodeUUID
	case schema.TypeBinary:
		c.decode = decodePadded
	case schema.TypeVarbinary, schema.TypeTinyBlob, schema.TypeBlob, schema.TypeMediumBlob, schema.TypeLongBlob:
		c.kind = event.Binary
	case schema.TypeJSON:
		c.kind = event.JSON
	default:
	}
}

func decodeBytes(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	*v = event.Value{Kind: c.kind, Bytes: text}
	return nil
}

// decodePadded reads a BINARY, which the server pads with zero bytes.
func decodePadded(_ *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	*v = event.Value{Kind: event.Binary, Bytes: unpadded(text)}
	return nil
}

// unpadded cuts trailing zero bytes, as the binlog does.
func unpadded(b []byte) []byte {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return b[:n:n]
}

// decodeUUID reads MariaDB's "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" into all of its
// bytes. The binlog leaves out zeros at the end, which Debezium's stream then has at
// the start; its snapshot prints the text.
func decodeUUID(_ *textColumn, text []byte, scratch *[]byte, v *event.Value) error {
	const length = 36
	if len(text) != length {
		return errLength
	}
	start := len(*scratch)
	for _, part := range [5][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, length}} {
		var err error
		if *scratch, err = hex.AppendDecode(*scratch, text[part[0]:part[1]]); err != nil || part[1] < length && text[part[1]] != '-' {
			return errUUID // the reason would name a byte
		}
	}
	*v = event.Value{Kind: event.Binary, Bytes: (*scratch)[start:]}
	return nil
}
