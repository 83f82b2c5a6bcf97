package snapshot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

// column makes up a definition.
func column(t schema.Type, change ...func(*schema.Column)) schema.Column {
	c := schema.Column{Name: "c", Type: t, Length: -1, Scale: -1}
	for _, f := range change {
		f(&c)
	}
	return c
}

func unsigned(c *schema.Column)              { c.Unsigned = true }
func length(n int) func(*schema.Column)      { return func(c *schema.Column) { c.Length = n } }
func scale(n int) func(*schema.Column)       { return func(c *schema.Column) { c.Scale = n } }
func in(charset string) func(*schema.Column) { return func(c *schema.Column) { c.Charset = charset } }

func members(n int) func(c *schema.Column) {
	return func(c *schema.Column) { c.Members = make([]string, n) }
}

func choices(all ...string) func(c *schema.Column) {
	return func(c *schema.Column) { c.Members = all }
}

func mustDecoder(t testing.TB, columns ...schema.Column) *decoder {
	t.Helper()
	d, err := newDecoder(&schema.Table{ID: schema.ID{Database: "d", Name: "t"}, Columns: columns}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// packet makes a row packet of texts.
func packet(texts ...string) []byte {
	var p []byte
	for _, text := range texts {
		n := len(text)
		switch {
		case n <= 250:
			p = append(p, byte(n))
		case n < 1<<16:
			p = append(p, 0xfc, byte(n), byte(n>>8))
		default:
			p = append(p, 0xfd, byte(n), byte(n>>8), byte(n>>16))
		}
		p = append(p, text...)
	}
	return p
}

// civil packs year to microseconds.
func civil(parts ...int) uint64 {
	parts = append(parts, 0, 0, 0, 0)
	return event.Civil{Year: parts[0], Month: parts[1], Day: parts[2], Hour: parts[3], Minute: parts[4], Second: parts[5], Us: parts[6]}.Pack()
}

func signed(n int64) uint64 { return uint64(n) }

// TestText_Values decodes what a server prints of values.
func TestText_Values(t *testing.T) {
	f := func(c schema.Column, text string, want event.Value) {
		t.Helper()
		got := make([]event.Value, 1)
		var scratch []byte
		if err := mustDecoder(t, c).row(packet(text), &scratch, got); err != nil || !cmp.Equal(got[0], want) {
			t.Errorf("%q of type %d: %+v, %v, want %+v", text, c.Type, got[0], err, want)
		}
	}
	number := func(c schema.Column, text string, kind event.Kind, n uint64) {
		t.Helper()
		f(c, text, event.Value{Kind: kind, Num: n})
	}
	number(column(schema.TypeTinyInt), "-128", event.Int, signed(-128))
	number(column(schema.TypeBool), "1", event.Int, 1)
	number(column(schema.TypeSmallInt), "32767", event.Int, 32767)
	number(column(schema.TypeMediumInt), "-8388608", event.Int, signed(-8388608))
	number(column(schema.TypeInt, unsigned), "4294967295", event.Uint, math.MaxUint32)
	number(column(schema.TypeInt, func(c *schema.Column) { c.Zerofill = true }), "0000000042", event.Uint, 42)
	number(column(schema.TypeBigInt), "-9223372036854775808", event.Int, 1<<63)
	number(column(schema.TypeBigInt), "9223372036854775807", event.Int, math.MaxInt64)
	number(column(schema.TypeBigInt, unsigned), "18446744073709551615", event.Uint, math.MaxUint64)
	number(column(schema.TypeBigInt, unsigned), strings.Repeat("0", 235)+"18446744073709551615", event.Uint, math.MaxUint64)

	number(column(schema.TypeFloat), "3.14159", event.Float32, uint64(math.Float32bits(3.14159)))
	number(column(schema.TypeFloat), "-3.40282e38", event.Float32, uint64(math.Float32bits(-3.40282e38)))
	number(column(schema.TypeFloat, length(24)), "16777200", event.Float32, uint64(math.Float32bits(16777200)))
	number(column(schema.TypeFloat, length(25)), "16777217", event.Float64, math.Float64bits(16777217))
	number(column(schema.TypeFloat, length(30), scale(2)), "-0.00", event.Float32, 1<<31)
	number(column(schema.TypeDouble), "1.7976931348623157e308", event.Float64, math.Float64bits(math.MaxFloat64))
	number(column(schema.TypeReal), "5e-324", event.Float64, 1)

	number(column(schema.TypeDecimal), "-9999999999", event.Decimal, signed(-9999999999))
	number(column(schema.TypeDecimal, length(5), scale(2)), "-0.01", event.Decimal, signed(-1))
	number(column(schema.TypeDecimal, length(2), scale(2)), "0.50", event.Decimal, 50)
	number(column(schema.TypeDecimal, length(6), scale(2)), "0012.30", event.Decimal, 1230)
	number(column(schema.TypeDecimal, length(18)), "999999999999999999", event.Decimal, 1e18-1)
	f(column(schema.TypeDecimal, length(19)), "1", event.Value{Kind: event.BigDecimal, Bytes: []byte{0x80, 0, 0, 0, 0, 0, 0, 0, 1}})
	f(column(schema.TypeDecimal, length(20), scale(10)), "-1234567890.1234567890", event.Value{
		Kind: event.BigDecimal, Bytes: []byte{0x7e, 0xf2, 0x04, 0xc7, 0x2d, 0xf8, 0xa4, 0x32, 0xea, 0xff}, // as MySQL's decimal2bin documents its form
	})

	number(column(schema.TypeBit), "\x01", event.Bit, 1)
	number(column(schema.TypeBit, length(9)), "\x01\x80", event.Bit, 0x180)
	number(column(schema.TypeBit, length(64)), strings.Repeat("\xff", 8), event.Bit, math.MaxUint64)
	number(column(schema.TypeEnum, members(2)), "2", event.Enum, 2)
	number(column(schema.TypeEnum, members(2)), "0", event.Enum, 0)
	number(column(schema.TypeSet, members(64)), "18446744073709551615", event.Set, math.MaxUint64)

	number(column(schema.TypeYear), "2155", event.Year, 2155)
	number(column(schema.TypeYear), "0000", event.Year, 0)
	number(column(schema.TypeYear, length(4)), "1901", event.Year, 1901)
	number(column(schema.TypeYear, length(2)), "1900", event.Year, 0)
	number(column(schema.TypeYear, length(2)), "2000", event.Year, 2000)
	number(column(schema.TypeDate), "2020-02-29", event.Date, civil(2020, 2, 29))
	number(column(schema.TypeDate), "0000-00-31", event.Date, civil(0, 0, 31))
	number(column(schema.TypeTime), "-838:59:59", event.Time, signed(-3020399e6))
	number(column(schema.TypeTime, scale(0)), "00:00:00", event.Time, 0)
	number(column(schema.TypeTime, scale(3)), "-00:00:00.001", event.Time, signed(-1000))
	number(column(schema.TypeTime, scale(6)), "99:00:00.000001", event.Time, 99*3600e6+1)
	number(column(schema.TypeDatetime), "9999-12-31 23:59:59", event.Datetime, civil(9999, 12, 31, 23, 59, 59))
	number(column(schema.TypeDatetime, scale(1)), "2020-00-10 10:11:12.5", event.Datetime, civil(2020, 0, 10, 10, 11, 12, 500000))
	number(column(schema.TypeTimestamp), "1970-01-01 00:00:01", event.Timestamp, 1e6)
	number(column(schema.TypeTimestamp, scale(6)), "2038-01-19 03:14:07.999999", event.Timestamp, math.MaxInt32*1e6+999999)
	number(column(schema.TypeTimestamp, scale(2)), "0000-00-00 00:00:00.00", event.Timestamp, 0)

	f(column(schema.TypeVarchar), "é", event.Value{Kind: event.String, Bytes: []byte("é")})
	f(column(schema.TypeText), "", event.Value{Kind: event.String, Bytes: []byte{}})
	f(column(schema.TypeInet6), "::1", event.Value{Kind: event.String, Bytes: []byte("::1")})
	f(column(schema.TypeBinary, length(4)), "a\x00 \x00", event.Value{Kind: event.Binary, Bytes: []byte("a\x00 ")})
	f(column(schema.TypeBlob), "a\x00", event.Value{Kind: event.Binary, Bytes: []byte("a\x00")})
	f(column(schema.TypeJSON), `{"a": 1}`, event.Value{Kind: event.JSON, Bytes: []byte(`{"a": 1}`)})
	f(column(schema.TypePoint), "\x00\x00\x00\x00\x01", event.Value{Kind: event.Geometry, Bytes: []byte("\x00\x00\x00\x00\x01")})
	f(column(schema.TypeVector), "\x00\x00\x80\x3f", event.Value{Kind: event.Vector, Bytes: []byte("\x00\x00\x80\x3f")})
	f(column(schema.TypeUUID), "123e4567-e89b-12d3-a456-426655440000", event.Value{
		Kind: event.Binary, Bytes: []byte("\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x55\x44\x00\x00"),
	})
	f(column(schema.TypeEnum, choices("a", "?")), "😀", event.Value{Kind: event.String, Bytes: []byte("😀")})
	f(column(schema.TypeSet, choices("?", "b")), "😀,b", event.Value{Kind: event.String, Bytes: []byte("😀,b")})
}

// TestText_Refused: what no server prints of a type is an error, which does not
// tell the text.
func TestText_Refused(t *testing.T) {
	f := func(c schema.Column, texts ...string) {
		t.Helper()
		d := mustDecoder(t, c)
		for _, text := range texts {
			got := make([]event.Value, 1)
			var scratch []byte
			err := d.row(packet(text), &scratch, got)
			if !errors.Is(err, event.ErrDamaged) || text != "" && strings.Contains(err.Error(), text) {
				t.Errorf("%q of type %d: %+v, %v", text, c.Type, got[0], err)
			}
		}
	}
	f(column(schema.TypeTinyInt), "", "-", "128", "-129", "1.5", "12 ", "+77")
	f(column(schema.TypeTinyInt, unsigned), "256", "-1")
	f(column(schema.TypeBigInt), "9223372036854775808", "-9223372036854775809", "99999999999999999999")
	f(column(schema.TypeBigInt, unsigned), "18446744073709551616", "28446744073709551615", "184467440737095516150")
	f(column(schema.TypeFloat), "", "inf", "NaN", "0x41p-2", "4e38", "1_000", "1e", "é")
	f(column(schema.TypeDouble), "1e309", "--55")
	f(column(schema.TypeDecimal, length(5), scale(2)), "", "-", "7", "7.1", "7.123", "1000.00", "12x.00", "1.x0", ".-10", "77,00")
	f(column(schema.TypeDecimal, length(30), scale(10)), "", "-", "77", "1.123456789", "123456789012345678901.0000000000", "1x.0000000000", "1.000000000x")
	f(column(schema.TypeDecimal, length(30)), "", "-", "1.0")
	f(column(schema.TypeBit, length(9)), "\x01", "\x01\x80\x00")
	f(column(schema.TypeEnum, members(2)), "3", "label", "-1")
	f(column(schema.TypeSet, members(2)), "4", "label")
	f(column(schema.TypeYear), "", "99", "1900", "2156", "02020")
	f(column(schema.TypeYear, length(2)), "70", "0")
	f(column(schema.TypeDate), "", "2020-13-01", "2020-01-32", "2020/01/01", "20x0-01-01", "2020-1-010", "2020-01-01 ")
	f(column(schema.TypeTime), "", "-", "1:00:00", "839:00:00", "x00:00:00", "1000:00:00", "00:60:00", "00:00:60", "00:00:00.0", "00-00-00")
	f(column(schema.TypeTime, scale(3)), "00:00:00", "00:00:00.00", "00:00:00.0000", "00:00:00,000", "00:00:00.-01")
	f(column(schema.TypeDatetime), "2020-01-01", "2020-01-01T00:00:00", "2020-01-01 24:00:00", "2020-01-01 00:00:00.0")
	f(column(schema.TypeTimestamp), "1969-12-31 23:59:59", "2020-02-30 00:00:00", "2020-00-01 00:00:00", "0000-00-00 00:00:01")
	f(column(schema.TypeUUID), "", "123e4567e89b12d3a456426655440000", "123e4567-e89b-12d3-a456-42665544000g", "123e4567-e89b-12d3-a456_426655440000")
}

func TestText_TypeUnknown(t *testing.T) {
	for _, c := range []schema.Column{
		column(schema.TypeUnknown), column(schema.TypeBit, length(65)), column(schema.TypeDecimal, length(66)),
		column(schema.TypeDecimal, length(5), scale(6)), column(schema.TypeTime, scale(7)),
	} {
		_, err := newDecoder(&schema.Table{ID: schema.ID{Database: "d", Name: "t"}, Columns: []schema.Column{c}}, nil)
		if !errors.Is(err, errColumnType) || !strings.Contains(err.Error(), "table d.t, column c") {
			t.Errorf("type %d: %v", c.Type, err)
		}
	}
}

// TestText_SelectList: what the text does not tell is asked for by expressions.
func TestText_SelectList(t *testing.T) {
	table := &schema.Table{Key: []int{1, 7, 8, 11}, Columns: []schema.Column{
		column(schema.TypeInt), column(schema.TypeFloat), column(schema.TypeFloat), column(schema.TypeEnum), column(schema.TypeSet),
		column(schema.TypeYear, length(4)), column(schema.TypeYear, length(2)),
		column(schema.TypeVarchar, in("utf8mb4")), column(schema.TypeVarchar, in("gbk")), column(schema.TypeVarchar, in("gbk")),
		column(schema.TypeEnum, choices("?")), column(schema.TypeEnum, choices("?")),
	}}
	for i := range table.Columns {
		table.Columns[i].Name = string(rune('a'+i)) + "`"
	}
	d, err := newDecoder(table, table.Key)
	if err != nil {
		t.Fatal(err)
	}
	const want = "`a```, `b```+0e0, `c```, CAST(`d``` AS UNSIGNED), CAST(`e``` AS UNSIGNED), `f```, YEAR(`g```), `h```, " +
		"IF(CAST(CONVERT(CONVERT(`i``` USING utf8mb4) USING gbk) AS BINARY)=CAST(`i``` AS BINARY),`i```,NULL), `j```, `k```, CAST(`l``` AS UNSIGNED)"
	if got := d.selectList(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestText_Lengths: fields of all sizes that the protocol tells apart, and NULL.
func TestText_Lengths(t *testing.T) {
	d := mustDecoder(t, column(schema.TypeLongText), column(schema.TypeInt))
	got := make([]event.Value, 2)
	var scratch []byte
	for _, n := range []int{0, 1, 250, 251, 255, 256, 65535, 65536, 1 << 20} {
		text := strings.Repeat("x", n)
		if err := d.row(packet(text, "7"), &scratch, got); err != nil || string(got[0].Bytes) != text || got[1].Num != 7 {
			t.Errorf("%d bytes: %d, %v", n, len(got[0].Bytes), err)
		}
	}
	long := append(binary.LittleEndian.AppendUint64([]byte{0xfe}, 2), "xx\x017"...)
	if err := d.row(long, &scratch, got); err != nil || string(got[0].Bytes) != "xx" || got[1].Num != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := d.row([]byte{0xfb, 0xfb}, &scratch, got); err != nil || got[0].Kind != event.Null || got[1].Kind != event.Null {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestText_PacketOfOtherColumns: a packet with more or less than the columns of
// the table is refused, never filled up or cut.
func TestText_PacketOfOtherColumns(t *testing.T) {
	d := mustDecoder(t, column(schema.TypeText), column(schema.TypeInt))
	got := make([]event.Value, 2)
	var scratch []byte
	for _, p := range []string{"", "\x01x", "\x01x\x017\xfb", "\x05x", "\x01x\x027", "\xff\x017", "\xfc", "\xfc\x01", "\xfd\x01\x00", "\xfe\x01\x00\x00\x00\x00\x00\x00", "\xfe\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if err := d.row([]byte(p), &scratch, got); !errors.Is(err, event.ErrDamaged) {
			t.Errorf("%q: %+v, %v", p, got, err)
		}
	}
	if err := d.row(packet("x", "7"), &scratch, got[:1]); err == nil {
		t.Error("one value for two columns")
	}
}

// TestRows_EndToEnd: packets are decoded in order, each row's bytes are its own
// until the next one, and the end stays the end.
func TestRows_EndToEnd(t *testing.T) {
	d := mustDecoder(t, column(schema.TypeText), column(schema.TypeDecimal, length(20)), column(schema.TypeDecimal, length(20)))
	var buffer []byte
	for _, text := range []string{"a", "", "c"} {
		buffer = appendPacket(buffer, packet(text, "1", "-1"))
	}
	r, after := newRows(d, buffer), make([]event.Value, 3)
	for _, text := range []string{"a", "", "c"} {
		if more, err := r.Next(nil, after); !more || err != nil || string(after[0].Bytes) != text {
			t.Fatalf("%t, %v: %q, want %q", more, err, after[0].Bytes, text)
		}
		if after[1].Bytes[0] != 0x80 || after[2].Bytes[0] != 0x7f {
			t.Errorf("%x, %x", after[1].Bytes, after[2].Bytes)
		}
	}
	for range 2 {
		if more, err := r.Next(nil, after); more || err != nil {
			t.Errorf("%t, %v behind the end", more, err)
		}
	}
}

// TestRows_Damaged: an error is final, whatever stands behind the packet.
func TestRows_Damaged(t *testing.T) {
	d := mustDecoder(t, column(schema.TypeInt))
	good := appendPacket(nil, packet("7"))
	for _, damage := range [][]byte{{1}, {9, 0, 0, 0, 1}, appendPacket(nil, packet("x")), appendPacket(nil, nil)} {
		r, after := newRows(d, bytes.Join([][]byte{good, damage}, nil)), make([]event.Value, 1)
		if more, err := r.Next(nil, after); !more || err != nil {
			t.Fatal(more, err)
		}
		for range 2 {
			if more, err := r.Next(nil, after); more || !errors.Is(err, event.ErrDamaged) {
				t.Errorf("%x: %t, %v", damage, more, err)
			}
		}
	}
}

// everyType has a column of each type.
func everyType() []schema.Column {
	var columns []schema.Column
	for typ := schema.TypeBool; typ <= schema.TypeInet6; typ++ {
		columns = append(columns, column(typ, length(20), members(3)))
	}
	return columns
}

// FuzzRow decodes damaged packets: whatever comes, every type gives a value that
// plans can take, or an ErrDamaged, and writes a bounded scratch space.
func FuzzRow(f *testing.F) {
	for _, text := range []string{
		"", "-1", "255", "3.14e5", "-123456789012345678.90", "2020-02-29", "-838:59:59", "2020-02-29 01:02:03", "2024",
		"123e4567-e89b-12d3-a456-426655440000", "{}", "\x00\x01",
	} {
		f.Add(packet(text, text))
	}
	var decoders []*decoder
	for _, c := range everyType() {
		for _, fsp := range []int{-1, 6} {
			c.Scale = fsp
			decoders = append(decoders, mustDecoder(f, c, c))
		}
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		after := make([]event.Value, 2)
		var scratch []byte
		for _, d := range decoders {
			if err := d.row(p, &scratch, after); err != nil {
				if !errors.Is(err, event.ErrDamaged) {
					t.Errorf("%v", err)
				}
				continue
			}
			if len(scratch) > 2*len(p)+2*32 {
				t.Errorf("%d bytes of scratch for a packet of %d", len(scratch), len(p))
			}
			for _, v := range after {
				if v.Kind == event.Absent || len(v.Bytes) > max(len(p), 32) {
					t.Errorf("%+v", v)
				}
			}
		}
	})
}

// BenchmarkText decodes rows as applications have them, and ten columns of one type.
func BenchmarkText(b *testing.B) {
	ten := mustDecoder(b, column(schema.TypeBigInt), column(schema.TypeInt, unsigned), column(schema.TypeVarchar), column(schema.TypeVarchar),
		column(schema.TypeChar), column(schema.TypeDecimal, length(10), scale(2)), column(schema.TypeDatetime, scale(6)),
		column(schema.TypeTimestamp), column(schema.TypeTinyInt), column(schema.TypeVarchar))
	row := append(packet("4242424242", "700000", "thirty bytes of a customer nam", "customer@example.com", "active",
		"12345.50", "2024-05-06 07:08:09.123456", "2024-05-06 07:08:09", "1"), 0xfb)
	b.Run("row=ten", func(b *testing.B) { benchmarkText(b, ten, row, 10) })
	for _, c := range []struct {
		name   string
		column schema.Column
		text   string
	}{
		{"int", column(schema.TypeInt), "-123456"},
		{"bigint", column(schema.TypeBigInt), "1234567890123456789"},
		{"double", column(schema.TypeDouble), "1234.5678"},
		{"decimal18", column(schema.TypeDecimal, length(18), scale(2)), "-1234567890.12"},
		{"decimal30", column(schema.TypeDecimal, length(30), scale(2)), "-1234567890123456.12"},
		{"varchar", column(schema.TypeVarchar), "thirty bytes of a customer nam"},
		{"datetime6", column(schema.TypeDatetime, scale(6)), "2024-05-06 07:08:09.123456"},
		{"timestamp", column(schema.TypeTimestamp), "2024-05-06 07:08:09"},
		{"time", column(schema.TypeTime), "-12:34:56"},
		{"enum", column(schema.TypeEnum, members(3)), "2"},
	} {
		d, row := mustDecoder(b, slices.Repeat([]schema.Column{c.column}, 10)...), packet(slices.Repeat([]string{c.text}, 10)...)
		b.Run("type="+c.name, func(b *testing.B) { benchmarkText(b, d, row, 10) })
	}
}

func benchmarkText(b *testing.B, d *decoder, row []byte, width int) {
	b.Helper()
	const times = 100
	var buffer []byte
	for range times {
		buffer = appendPacket(buffer, row)
	}
	after := make([]event.Value, width)
	b.ReportAllocs()
	b.SetBytes(int64(len(buffer)))
	for b.Loop() {
		if err := drain(newRows(d, buffer), after); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(times*width)*float64(b.N)/b.Elapsed().Seconds(), "columns/s")
}

// drain reads all rows.
func drain(r *rows, after []event.Value) error {
	for {
		if more, err := r.Next(nil, after); err != nil || !more {
			return err
		}
	}
}
