package binlog

import (
	"encoding/binary"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/schema"
)

// temporalColumn compiles a column of one temporal type.
func temporalColumn(t testing.TB, typ schema.Type, wire uint8, fsp int) column {
	t.Helper()
	def := schema.Column{Name: "c", Type: typ, Length: -1, Scale: fsp}
	w := schema.WireColumn{Type: wire}
	switch wire {
	case schema.WireTime2, schema.WireDatetime2, schema.WireTimestamp2:
		w.Meta = uint16(fsp)
	}
	c, err := compileColumn(&def, w, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func decodeOne(c *column, b []byte) (event.Value, []byte, error) {
	r := cursor{b: b}
	var v event.Value
	err := c.decode(c, &r, &v)
	return v, r.b, err
}

// decodeHex decodes the whole of packed.
func decodeHex(t *testing.T, c *column, packed string) event.Value {
	t.Helper()
	v, rest, err := decodeOne(c, unhex(t, packed))
	if err != nil || len(rest) > 0 {
		t.Fatalf("%s: %v, %d bytes left", packed, err, len(rest))
	}
	return v
}

// TestTime2_NegativeFractions are the values in the comment of MySQL's
// my_time_packed_from_binary, whose fractions count backwards.
func TestTime2_NegativeFractions(t *testing.T) {
	f := func(fsp int, packed string, want time.Duration) {
		t.Helper()
		c := temporalColumn(t, schema.TypeTime, schema.WireTime2, fsp)
		if v := decodeHex(t, &c, packed); v.Int64() != want.Microseconds() {
			t.Errorf("%s: %d µs, want %s", packed, v.Int64(), want)
		}
	}
	f(2, "800000 00", 0)
	f(2, "7fffff ff", -10*time.Millisecond)
	f(2, "7fffff 9d", -990*time.Millisecond)
	f(2, "7fffff 00", -time.Second)
	f(2, "7ffffe ff", -1010*time.Millisecond)
	f(2, "7ffffe f6", -1100*time.Millisecond)
	f(1, "800000 0a", 100*time.Millisecond)
	f(4, "7fffff ffff", -100*time.Microsecond)
	f(3, "7ffffe fff6", -time.Second-time.Millisecond)
	f(6, "7fffff ffffff", -time.Microsecond)
	f(0, "b46efb", 838*time.Hour+59*time.Minute+59*time.Second)
	f(0, "4b9105", -(838*time.Hour + 59*time.Minute + 59*time.Second))
}

func TestTemporal_OldFormats(t *testing.T) {
	f := func(typ schema.Type, wire uint8, fsp int, packed string, want int64) {
		t.Helper()
		c := temporalColumn(t, typ, wire, fsp)
		if v := decodeHex(t, &c, packed); v.Int64() != want {
			t.Errorf("%s: %d, want %d", packed, v.Int64(), want)
		}
	}
	civil := event.Civil{Year: 2011, Month: 12, Day: 31, Hour: 23, Minute: 59, Second: 58}
	second := time.Second.Microseconds()
	f(schema.TypeDatetime, schema.WireDatetime, 0, "76 37 cb 82 4a 12 00 00", int64(civil.Pack()))
	f(schema.TypeTime, schema.WireTime, 0, "40 e2 01", (12*3600+34*60+56)*second)
	f(schema.TypeTime, schema.WireTime, 0, "c0 1d fe", -(12*3600+34*60+56)*second)
	f(schema.TypeTimestamp, schema.WireTimestamp, 0, "01 00 00 00", second)
	f(schema.TypeDate, schema.WireDate, 0, "5d c8 0f", int64(event.Civil{Year: 2020, Month: 2, Day: 29}.Pack()))
}

// TestTemporal_MariaHires packs as MariaDB's sql/field.cc does with
// mysql56_temporal_format=OFF.
func TestTemporal_MariaHires(t *testing.T) {
	big := func(n uint64, size int) []byte {
		var full [8]byte
		binary.BigEndian.PutUint64(full[:], n)
		return full[8-size:]
	}
	f := func(typ schema.Type, wire uint8, fsp int, b []byte, want int64) {
		t.Helper()
		c := temporalColumn(t, typ, wire, fsp)
		v, rest, err := decodeOne(&c, b)
		if err != nil || len(rest) > 0 || v.Int64() != want {
			t.Errorf("type %d, fsp %d: %d, want %d (%v, %d bytes left)", wire, fsp, v.Int64(), want, err, len(rest))
		}
	}
	civil := event.Civil{Year: 2011, Month: 12, Day: 31, Hour: 23, Minute: 59, Second: 58, Us: 120_000}
	pack := (((((uint64(2011)*13+12)*32+31)*24+23)*60+59)*60+58)*100 + 12
	f(schema.TypeDatetime, schema.WireDatetime, 2, big(pack, 6), int64(civil.Pack()))
	zero := uint64(838*3600+59*60+59+1) * 1000
	f(schema.TypeTime, schema.WireTime, 3, big(zero-1001, 5), -1_001_000)
	f(schema.TypeTime, schema.WireTime, 3, big(zero+1001, 5), 1_001_000)
	f(schema.TypeTimestamp, schema.WireTimestamp, 6, append(big(7, 4), big(123_456, 3)...), 7_123_456)
	f(schema.TypeTimestamp, schema.WireTimestamp, 1, append(big(7, 4), 9), 7_900_000)
}

func TestTemporal_OutOfRange(t *testing.T) {
	f := func(typ schema.Type, wire uint8, fsp int, packed string) {
		t.Helper()
		c := temporalColumn(t, typ, wire, fsp)
		if _, _, err := decodeOne(&c, unhex(t, packed)); err == nil {
			t.Errorf("%s was accepted", packed)
		}
	}
	f(schema.TypeTime, schema.WireTime2, 0, "ffffff")
	f(schema.TypeTime, schema.WireTime2, 0, "000000")
	f(schema.TypeTime, schema.WireTime2, 2, "800000 64")
	f(schema.TypeDatetime, schema.WireDatetime2, 0, "0000000000")
	f(schema.TypeDatetime, schema.WireDatetime2, 6, "8000000000 0f4240")
	f(schema.TypeDatetime, schema.WireDatetime, 0, "ffffffffffffffff")
	f(schema.TypeDate, schema.WireDate, 0, "ffffff")
}

func FuzzTemporal(f *testing.F) {
	types := []struct {
		typ  schema.Type
		wire uint8
	}{
		{schema.TypeDate, schema.WireDate},
		{schema.TypeTime, schema.WireTime},
		{schema.TypeTime, schema.WireTime2},
		{schema.TypeDatetime, schema.WireDatetime},
		{schema.TypeDatetime, schema.WireDatetime2},
		{schema.TypeTimestamp, schema.WireTimestamp},
		{schema.TypeTimestamp, schema.WireTimestamp2},
	}
	for i := range types {
		f.Add(uint8(i), uint8(6), unhex(f, "99b1c2c938010203"))
		f.Add(uint8(i), uint8(0), unhex(f, "7ffffeff00000000"))
	}
	f.Fuzz(func(t *testing.T, i, fsp uint8, b []byte) {
		typ := types[int(i)%len(types)]
		c := temporalColumn(t, typ.typ, typ.wire, int(fsp%7))
		v, _, err := decodeOne(&c, b)
		if err != nil {
			return
		}
		switch v.Kind {
		case event.Time:
			if n := v.Int64(); n > 839*3600e6 || n < -839*3600e6 {
				t.Errorf("time of %d µs", n)
			}
		case event.Date, event.Datetime:
			if event.UnpackCivil(v.Num).Pack() != v.Num {
				t.Errorf("civil %d does not unpack", v.Num)
			}
		}
	})
}
