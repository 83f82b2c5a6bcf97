package binlog

import (
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecimal_Plain(t *testing.T) {
	f := func(precision, scale int, packed, want string) {
		t.Helper()
		s, ok := newDecimalShape(precision, scale)
		if !ok {
			t.Fatalf("no shape for (%d,%d)", precision, scale)
		}
		b := unhex(t, packed)
		if len(b) != s.size {
			t.Fatalf("(%d,%d): size %d, want %d", precision, scale, s.size, len(b))
		}
		if _, err := s.unscaled(b); err != nil {
			t.Errorf("%s: %v", packed, err)
		}
		if got := string(s.appendPlain(nil, b)); got != want {
			t.Errorf("%s: got %s, want %s", packed, got, want)
		}
	}
	// The example of the MySQL source: 1234567890.1234 and its negative.
	f(14, 4, "81 0dfb38d2 04d2", "1234567890.1234")
	f(14, 4, "7e f204c72d fb2d", "-1234567890.1234")
	f(10, 0, "80 00000000", "0")
	f(10, 0, "80 00000080", "128")
	f(5, 2, "8000 00", "0.00")
	f(5, 2, "7fff fe", "-0.01")
	f(2, 2, "81", "0.01")
	f(20, 10, "80 00000001 00000000 00", "1.0000000000")
	f(18, 9, "80000000 00000001", "0.000000001")
	f(19, 0, "80 00000001 00000002", "1000000002")
}

func TestDecimal_DigitsOutOfRange(t *testing.T) {
	for _, packed := range []string{"8a 00000000", "80 3b9aca00", "80 ffffffff"} {
		s, _ := newDecimalShape(10, 0)
		if _, err := s.unscaled(unhex(t, packed)); err == nil {
			t.Errorf("%s was accepted", packed)
		}
	}
}

// pack is decimal2bin for a number given by its unscaled digits.
func pack(s *decimalShape, digits string, negative bool) []byte {
	var b []byte
	for _, g := range s.groups[:s.n] {
		n, _ := new(big.Int).SetString(digits[:g.digits], 10)
		var full [4]byte
		binary.BigEndian.PutUint32(full[:], uint32(n.Uint64()))
		b = append(b, full[4-g.size:]...)
		digits = digits[g.digits:]
	}
	b[0] |= 0x80
	if negative {
		for i := range b {
			b[i] ^= 0xff
		}
	}
	return b
}

func TestDecimal_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		precision := rapid.IntRange(1, 65).Draw(t, "precision")
		scale := rapid.IntRange(0, min(precision, 38)).Draw(t, "scale")
		digits := rapid.StringOfN(rapid.RuneFrom([]rune("0019")), precision, precision, -1).Draw(t, "digits")
		negative := rapid.Bool().Draw(t, "negative")
		s, _ := newDecimalShape(precision, scale)
		b := pack(&s, digits, negative)

		unscaled, _ := new(big.Int).SetString(digits, 10)
		if negative {
			unscaled.Neg(unscaled)
		}
		got, err := s.unscaled(b)
		if err != nil || precision <= maxSmallDecimal && got != unscaled.Int64() {
			t.Fatalf("unscaled %d, want %s (%v)", got, unscaled, err)
		}
		if text := string(s.appendPlain(nil, b)); text != plain(unscaled, scale) {
			t.Fatalf("plain %s, want %s", text, plain(unscaled, scale))
		}
	})
}

// plain is BigDecimal.toPlainString.
func plain(unscaled *big.Int, scale int) string {
	abs := new(big.Int).Abs(unscaled).String()
	if len(abs) <= scale {
		abs = strings.Repeat("0", scale+1-len(abs)) + abs
	}
	if scale > 0 {
		abs = abs[:len(abs)-scale] + "." + abs[len(abs)-scale:]
	}
	if unscaled.Sign() < 0 {
		return "-" + abs
	}
	return abs
}

func FuzzDecimal(f *testing.F) {
	f.Add(uint8(14), uint8(4), []byte("\x81\x0d\xfb\x38\xd2\x04\xd2"))
	f.Add(uint8(65), uint8(30), make([]byte, 30))
	f.Fuzz(func(t *testing.T, precision, scale uint8, b []byte) {
		s, ok := newDecimalShape(int(precision), int(scale))
		if !ok || len(b) < s.size {
			return
		}
		b = b[:s.size]
		n, err := s.unscaled(b)
		if err != nil {
			return
		}
		text := string(s.appendPlain(nil, b))
		want, ok := new(big.Int).SetString(strings.Replace(text, ".", "", 1), 10)
		if !ok || precision <= maxSmallDecimal && want.Int64() != n {
			t.Errorf("%s for %d", text, n)
		}
	})
}
