package format

import (
	"encoding/binary"
	"math"

	"cdcd/event"
)

// vector maps VECTOR to an array of floats.
// Source: io.debezium.data.vector.FloatVector.
func (j *JSON) vector() column {
	s := logical("array", "io.debezium.data.FloatVector")
	s.items = &node{kind: "float"}
	return column{
		schema: s,
		accept: kindsOf(event.Vector),
		encode: appendVector,
		zero:   []byte("[]"),
	}
}

func appendVector(dst []byte, v *event.Value) []byte {
	dst = append(dst, '[')
	for i := 0; i+4 <= len(v.Bytes); i += 4 {
		if i > 0 {
			dst = append(dst, ',')
		}
		f := math.Float32frombits(binary.LittleEndian.Uint32(v.Bytes[i:]))
		dst = appendJavaFloat(dst, float64(f), 32)
	}
	return append(dst, ']')
}
