package format

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// bit maps BIT(1) to a boolean and BIT(n) to bytes, least significant first.
// Source: io.debezium.data.Bits, JdbcValueConverters.convertBits.
func (j *JSON) bit(c *schema.Column) column {
	if c.Length <= 1 {
		col := j.boolean()
		col.literal = bitsLiteral
		return col
	}
	size := (c.Length + 7) / 8
	return column{
		schema: logical("bytes", "io.debezium.data.Bits", param{"length", strconv.Itoa(c.Length)}),
		accept: kindsOf(event.Bit),
		encode: func(dst []byte, v *event.Value) []byte {
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], v.Num)
			return appendBase64(dst, b[:min(size, 8)])
		},
		literal: bitsLiteral,
		zero:    []byte(`""`),
	}
}

func bitsLiteral(d schema.Default) (event.Value, bool) {
	n, ok := bitLiteral(d.Text)
	if !ok {
		whole, found := roundedLiteral(d.Text)
		if !found {
			return event.Value{}, false
		}
		n = whole.Uint64()
	}
	return event.Value{Kind: event.Bit, Num: n}, true
}

// bitLiteral reads b'101', 0b101, x'4D' and 0x4D.
func bitLiteral(text string) (uint64, bool) {
	digits, base, ok := radixLiteral(text)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, base, 64)
	return n, err == nil
}

func radixLiteral(text string) (digits string, base int, ok bool) {
	text = strings.ToLower(text)
	for prefix, base := range map[string]int{"b'": 2, "0b": 2, "x'": 16, "0x": 16} {
		if rest, found := strings.CutPrefix(text, prefix); found {
			return strings.TrimSuffix(rest, "'"), base, true
		}
	}
	return "", 0, false
}

// hexLiteral reads x'4D' and 0x4D as bytes.
func hexLiteral(text string) ([]byte, bool) {
	digits, base, ok := radixLiteral(text)
	if !ok || base != 16 {
		return nil, false
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	b, err := hex.DecodeString(digits)
	return b, err == nil
}
