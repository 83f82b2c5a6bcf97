package format

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestAppendJavaFloat(t *testing.T) {
	f := func(x float64, size int, want string) {
		t.Helper()
		if got := string(appendJavaFloat(nil, x, size)); got != want {
			t.Errorf("%v (%d bits): got %s, want %s", x, size, got, want)
		}
	}
	f(0, 64, "0.0")
	f(math.Copysign(0, -1), 64, "-0.0")
	f(1, 64, "1.0")
	f(-12.34, 64, "-12.34")
	f(0.001, 64, "0.001")
	f(0.00099, 64, "9.9E-4")
	f(9999999, 64, "9999999.0")
	f(1e7, 64, "1.0E7")
	f(12345678.9, 64, "1.23456789E7")
	f(1e-5, 64, "1.0E-5")
	f(-1e100, 64, "-1.0E100")
	f(math.MaxFloat64, 64, "1.7976931348623157E308")
	f(5e-324, 64, "4.9E-324")
	f(1e23, 64, "1.0E23")
	f(1e-45, 32, "1.4E-45")
	f(123456.789, 32, "123456.79")
	f(3.4e38, 32, "3.4E38")
	f(math.Inf(-1), 64, `"-Infinity"`)
	f(math.NaN(), 32, `"NaN"`)
}

// FuzzAppendJavaFloat checks that the text reads back as the number, that it
// is as short as Go's (or of two digits), and laid out as Java does.
func FuzzAppendJavaFloat(f *testing.F) {
	for _, x := range []float64{0, 1, 0.1, 1e7, 1e-3, 5e-324, 1.7e308, 123456.789} {
		f.Add(math.Float64bits(x))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		checkJavaFloat(t, math.Float64frombits(bits), 64)
		checkJavaFloat(t, float64(math.Float32frombits(uint32(bits))), 32)
	})
}

func checkJavaFloat(t *testing.T, x float64, size int) {
	t.Helper()
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return
	}
	text := string(appendJavaFloat(nil, x, size))
	if back, err := strconv.ParseFloat(text, size); err != nil || back != x {
		t.Fatalf("%v: %s reads back as %v", x, text, back)
	}
	abs := math.Abs(x)
	mantissa, _, scientific := strings.Cut(text, "E")
	if scientific != (abs != 0 && (abs < 1e-3 || abs >= 1e7)) || !strings.Contains(mantissa, ".") {
		t.Fatalf("%v: layout of %s", x, text)
	}
	digits := len(strings.Trim(strings.ReplaceAll(strings.TrimLeft(mantissa, "-"), ".", ""), "0"))
	shortest, _, _ := strings.Cut(strconv.FormatFloat(abs, 'e', -1, size), "e")
	if want := len(strings.ReplaceAll(shortest, ".", "")); digits > max(want, 2) {
		t.Fatalf("%v: %s has %d digits, %d would do", x, text, digits, want)
	}
}
