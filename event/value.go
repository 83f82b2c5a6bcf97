package event

import "math"

// Kind says how to read a [Value].
type Kind uint8

// Null, Absent and Default are different things. Absent means that the row
// image does not hold the column (binlog_row_image MINIMAL or NOBLOB), and that
// nobody knows its value; Default, in a created row, that the statement did not
// name the column, which has what its definition gives it.
const (
	Absent Kind = iota
	Null
	Int        // Num is an int64
	Uint       // Num is a uint64
	Float32    // Num is math.Float32bits
	Float64    // Num is math.Float64bits
	Decimal    // Num is the unscaled int64; only for precision <= 18
	BigDecimal // Bytes is MySQL's packed decimal of the column's precision and scale
	Bit        // Num holds the bits, most significant first as the number they spell
	Enum       // Num is the 1-based index, 0 for the invalid empty label
	Set        // Num is the bitmap, bit 0 the first member
	Year       // Num is the year, 0 for 0000
	Date       // Num is a packed Civil without time; zero parts are kept
	Time       // Num is an int64 of microseconds, negative below zero
	Datetime   // Num is a packed Civil; zero parts are kept
	Timestamp  // Num is an int64 of microseconds since the epoch; 0 is the zero timestamp
	String     // Bytes is text in UTF-8, invalid input possible
	Binary     // Bytes is raw; BINARY(n) without its trailing zero bytes
	JSON       // Bytes is JSON text as Debezium prints it: of a copied row as the server does
	Geometry   // Bytes is 4 bytes of SRID, little-endian, then WKB
	Vector     // Bytes is little-endian float32 values
	Default    // nothing: the value is the column's DEFAULT
)

// Value is one column of one row, unboxed. Bytes aliases the event's buffer or
// the reader's scratch space and is valid until the next call of Rows.Next on
// the same Rows.
type Value struct {
	Kind  Kind
	Num   uint64
	Bytes []byte
}

// Int64 returns Num as a signed number, for Int, Decimal, Time and Timestamp.
func (v *Value) Int64() int64 { return int64(v.Num) }

// Float returns the number of a Float32 or Float64.
func (v *Value) Float() float64 {
	if v.Kind == Float32 {
		return float64(math.Float32frombits(uint32(v.Num)))
	}
	return math.Float64frombits(v.Num)
}

// Civil is a calendar date and time of day without a zone. Any part may be
// zero, as MySQL allows ("2020-00-10").
type Civil struct {
	Year                     int // 0-9999
	Month, Day               int // 0-12, 0-31
	Hour, Minute, Second, Us int // Us is microseconds, 0-999999
}

// Pack returns the number that Date and Datetime values carry. Packed numbers
// order as the civil times do.
func (c Civil) Pack() uint64 {
	return uint64(c.Year)<<46 | uint64(c.Month)<<42 | uint64(c.Day)<<37 |
		uint64(c.Hour)<<32 | uint64(c.Minute)<<26 | uint64(c.Second)<<20 | uint64(c.Us)
}

// UnpackCivil is the inverse of [Civil.Pack].
func UnpackCivil(n uint64) Civil {
	return Civil{
		Year: int(n >> 46), Month: int(n >> 42 & 15), Day: int(n >> 37 & 31),
		Hour: int(n >> 32 & 31), Minute: int(n >> 26 & 63), Second: int(n >> 20 & 63),
		Us: int(n & (1<<20 - 1)),
	}
}
