package format

import (
	"encoding/binary"
	"math"
	"strconv"

	"cdcd/event"
)

// sridSize is the length of the SRID in front of a value's WKB.
const sridSize = 4

// geometry maps all spatial types but POINT. Its schema is optional whatever
// the column is; NULL in a NOT NULL column is an empty collection.
// Source: io.debezium.data.geometry.Geometry.
func (j *JSON) geometry() column {
	s := logical("struct", "io.debezium.data.geometry.Geometry")
	s.doc, s.optional = new("Geometry"), true
	s.fields = []node{
		{kind: "bytes", field: "wkb"},
		{kind: "int32", optional: true, field: "srid"},
	}
	return column{
		schema: s,
		accept: kindsOf(event.Geometry),
		encode: func(dst []byte, v *event.Value) []byte {
			if len(v.Bytes) < sridSize {
				return nil
			}
			return appendShape(append(dst, '{'), v.Bytes)
		},
		zero: []byte(`{"wkb":"AQcAAAAAAAAA","srid":null}`),
	}
}

// point maps POINT, which has its coordinates beside the WKB.
// Source: io.debezium.data.geometry.Point.
func (j *JSON) point() column {
	s := logical("struct", "io.debezium.data.geometry.Point")
	s.doc = new("Geometry (POINT)")
	s.fields = []node{
		{kind: "double", field: "x"},
		{kind: "double", field: "y"},
		{kind: "bytes", optional: true, field: "wkb"},
		{kind: "int32", optional: true, field: "srid"},
	}
	return column{
		schema: s,
		accept: kindsOf(event.Geometry),
		encode: appendPoint,
		zero:   []byte(`{"x":0.0,"y":0.0,"wkb":"AQEAAAAAAAAAAAAAAAAAAAAAAAAA","srid":null}`),
	}
}

// appendPoint prints a WKB of byte order, type and two doubles; MySQL and
// MariaDB write it little-endian.
func appendPoint(dst []byte, v *event.Value) []byte {
	const header = sridSize + 1 + 4
	if len(v.Bytes) < header+16 {
		return nil
	}
	dst = append(dst, `{"x":`...)
	dst = appendJavaFloat(dst, doubleAt(v.Bytes[header:]), 64)
	dst = append(dst, `,"y":`...)
	dst = appendJavaFloat(dst, doubleAt(v.Bytes[header+8:]), 64)
	return appendShape(append(dst, ','), v.Bytes)
}

func doubleAt(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }

// appendShape prints the WKB and the SRID, null for 0, and closes the struct.
func appendShape(dst, b []byte) []byte {
	dst = append(dst, `"wkb":`...)
	dst = appendBase64(dst, b[sridSize:])
	dst = append(dst, `,"srid":`...)
	if srid := binary.LittleEndian.Uint32(b); srid != 0 {
		dst = strconv.AppendInt(dst, int64(int32(srid)), 10)
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, '}')
}
