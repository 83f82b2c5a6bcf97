package format

import (
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"cdcd/event"
)

// printers are the ways to print a decimal.
func printers(l decimalLayout, v event.Value) (precise, plain, number, double string) {
	return string(l.appendBase64(nil, &v)), string(l.appendPlain(nil, &v)),
		string(l.appendNumber(nil, &v)), string(l.appendDouble(nil, &v))
}

func TestDecimal(t *testing.T) {
	f := func(unscaled int64, precision, scale int, precise, plain, number, double string) {
		t.Helper()
		l := decimalLayout{precision, scale}
		packed := event.Value{Kind: event.BigDecimal, Bytes: l.pack(big.NewInt(unscaled))}
		for _, v := range []event.Value{{Kind: event.Decimal, Num: uint64(unscaled)}, packed} {
			a, b, c, d := printers(l, v)
			if a != `"`+precise+`"` || b != plain || c != number || d != double {
				t.Errorf("%d of (%d,%d), kind %d: got %s %s %s %s", unscaled, precision, scale, v.Kind, a, b, c, d)
			}
		}
	}
	f(12345, 10, 2, "MDk=", "123.45", "123.45", "123.45")
	f(0, 10, 0, "AA==", "0", "0", "0.0")
	f(0, 5, 3, "AA==", "0.000", "0.000", "0.0")
	f(-1, 5, 2, "/w==", "-0.01", "-0.01", "-0.01")
	f(128, 10, 0, "AIA=", "128", "128", "128.0")
	f(-128, 10, 0, "gA==", "-128", "-128", "-128.0")
	f(-129, 10, 0, "/38=", "-129", "-129", "-129.0")
	f(1, 18, 7, "AQ==", "0.0000001", "1E-7", "1.0E-7")
	f(-25, 18, 9, "5w==", "-0.000000025", "-2.5E-8", "-2.5E-8")
	f(999999999999999999, 18, 9, "DeC2s6dj//8=", "999999999.999999999", "999999999.999999999", "1.0E9")
}

func TestDecimal_WrongLengthIsNoValue(t *testing.T) {
	l := decimalLayout{20, 2}
	v := event.Value{Kind: event.BigDecimal, Bytes: []byte{0x80, 1}}
	if a, b, c, d := printers(l, v); a+b+c+d != "" {
		t.Errorf("got %q %q %q %q", a, b, c, d)
	}
}

// FuzzPackedDecimal compares the digits and the two's complement of a packed
// decimal with math/big.
func FuzzPackedDecimal(f *testing.F) {
	f.Add("0", uint8(1), uint8(0), false)
	f.Add(strings.Repeat("9", 65), uint8(65), uint8(30), true)
	f.Add("123456789012345678901234567890", uint8(40), uint8(10), true)
	f.Fuzz(func(t *testing.T, digits string, precision, scale uint8, negative bool) {
		l := decimalLayout{precision: int(precision%65) + 1}
		l.scale = int(scale) % (min(l.precision, 30) + 1)
		n, ok := new(big.Int).SetString(digits, 10)
		if !ok || n.Sign() < 0 || len(n.String()) > l.precision {
			return
		}
		if negative {
			n.Neg(n)
		}
		comparePacked(t, l, n)
	})
}

func comparePacked(t *testing.T, l decimalLayout, n *big.Int) {
	t.Helper()
	v := event.Value{Kind: event.BigDecimal, Bytes: l.pack(n)}
	precise, plain, _, _ := printers(l, v)
	bytes, err := base64.StdEncoding.DecodeString(strings.Trim(precise, `"`))
	if err != nil || len(bytes) == 0 {
		t.Fatalf("%s of %+v: %s", n, l, precise)
	}
	back := new(big.Int).SetBytes(bytes)
	if bytes[0] >= 0x80 {
		back.Sub(back, new(big.Int).Lsh(big.NewInt(1), uint(8*len(bytes))))
	}
	if back.Cmp(n) != 0 || len(bytes) > 1 && n.BitLen()/8+1 < len(bytes) {
		t.Fatalf("%s of %+v: got %s in %d bytes", n, l, back, len(bytes))
	}
	want := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(l.scale)), nil)).FloatString(l.scale)
	if n.Sign() == 0 {
		want = strings.TrimPrefix(want, "-")
	}
	if plain != want && plain != "-"+want {
		t.Fatalf("%s of %+v: got %s, want %s", n, l, plain, want)
	}
}
