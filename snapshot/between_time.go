package snapshot

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// timeForm is how a literal of a date or time is written: the fields in it, of which
// each counts up to some number that the one before does not.
type timeForm struct {
	fields []timeField
}

type timeField struct {
	before string // what stands in front of it
	first  int64
	count  int64 // 0 for any number
	width  int
}

// timeFormOf returns the form of a literal in quotes.
func timeFormOf(literal string) timeForm {
	date := []timeField{{"", 0, 0, 4}, {"-", 1, 12, 2}, {"-", 1, 28, 2}}
	clock := []timeField{{"", 0, 0, 2}, {":", 0, 60, 2}, {":", 0, 60, 2}}
	f := timeForm{fields: clock}
	if strings.Count(literal, "-") > 1 {
		f.fields = date
		if strings.Contains(literal, ":") {
			clock[0].before, clock[0].count = " ", 24
			f.fields = slices.Concat(date, clock)
		}
	}
	if _, fraction, ok := strings.Cut(strings.Trim(literal, "'"), "."); ok {
		count := int64(1)
		for range fraction {
			count *= 10
		}
		f.fields = append(f.fields, timeField{".", 0, count, len(fraction)})
	}
	return f
}

// number counts the smallest field.
func (f timeForm) number(literal string) *big.Int {
	text, negative := strings.CutPrefix(strings.Trim(literal, "'"), "-")
	n := int64(0)
	for i, word := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		x, _ := strconv.ParseInt(word, 10, 64)
		field := f.fields[i]
		if x = max(x-field.first, 0); field.count > 0 {
			x = min(x, field.count-1)
		}
		n = n*max(field.count, 1) + x
	}
	if negative {
		n = -n
	}
	return big.NewInt(n)
}

// print is the inverse of number.
func (f timeForm) print(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	text := ""
	for _, field := range slices.Backward(f.fields) {
		x := n
		if field.count > 0 {
			x, n = n%field.count, n/field.count
		}
		digits := strconv.FormatInt(x+field.first, 10)
		text = field.before + strings.Repeat("0", max(field.width-len(digits), 0)) + digits + text
	}
	return "'" + sign + text + "'"
}
