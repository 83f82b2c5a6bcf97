package snapshot

import (
	"errors"
	"fmt"
	"time"

	"cdcd/event"
	"cdcd/schema"
)

var errTemporal = errors.New("the text is no date or time of its type")

const (
	dateLength      = len("2006-01-02")
	datetimeLength  = len("2006-01-02 15:04:05")
	microsPerSecond = 1_000_000
	maxTimeHours    = 838
	maxFraction     = 6
)

// fractionMicros is the microseconds in one unit of a fraction of n digits.
var fractionMicros = [maxFraction + 1]int{1_000_000, 100_000, 10_000, 1_000, 100, 10, 1}

func (c *textColumn) compileTemporal(def *schema.Column) error {
	switch def.Type {
	case schema.TypeYear:
		c.compileYear(def)
		return nil
	case schema.TypeDate:
		c.decode = decodeDate
		return nil
	case schema.TypeTime:
		c.decode = decodeTime
	case schema.TypeDatetime:
		c.decode = decodeDatetime
	default:
		c.decode = decodeTimestamp
	}
	if c.fsp = max(def.Scale, 0); c.fsp > maxFraction {
		return fmt.Errorf("%w: %d fraction digits", errColumnType, c.fsp)
	}
	return nil
}

// compileYear prepares YEAR, whose text has all four digits, apart from a YEAR(2),
// where it would not tell 0000 from 2000: a date of the year 0000 has 1900.
// Source: MariaDB sql/field.cc, Field_year::get_date.
func (c *textColumn) compileYear(def *schema.Column) {
	c.decode = decodeYear
	if def.Length == 2 {
		c.expression, c.decode = "YEAR("+c.expression+")", decodeYear2
	}
}

const yearZero = 1900 // counted from here in one byte, of which 0 is 0000

func decodeYear(_ *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	n, ok := number(text)
	if !ok || len(text) != len("2006") || n != 0 && (n <= yearZero || n > yearZero+255) {
		return errTemporal
	}
	*v = event.Value{Kind: event.Year, Num: n}
	return nil
}

func decodeYear2(_ *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	n, ok := number(text)
	if !ok || n < yearZero || n > yearZero+255 {
		return errTemporal
	}
	if n == yearZero {
		n = 0
	}
	*v = event.Value{Kind: event.Year, Num: n}
	return nil
}

func decodeDate(_ *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	var t event.Civil
	if len(text) != dateLength || !civilDate(text, &t) {
		return errTemporal
	}
	*v = event.Value{Kind: event.Date, Num: t.Pack()}
	return nil
}

func decodeDatetime(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	t, ok := c.civil(text)
	if !ok {
		return errTemporal
	}
	*v = event.Value{Kind: event.Datetime, Num: t.Pack()}
	return nil
}

// decodeTimestamp reads a TIMESTAMP in UTC, the time zone of the session.
func decodeTimestamp(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	t, ok := c.civil(text)
	if !ok {
		return errTemporal
	}
	*v = event.Value{Kind: event.Timestamp}
	if t == (event.Civil{}) {
		return nil
	}
	utc := time.Date(t.Year, time.Month(t.Month), t.Day, t.Hour, t.Minute, t.Second, 0, time.UTC)
	if t.Month == 0 || utc.Day() != t.Day || utc.Unix() < 0 {
		return errTemporal
	}
	v.Num = uint64(utc.Unix())*microsPerSecond + uint64(t.Us)
	return nil
}

// decodeTime reads "-838:59:59.000000": hours have two digits or three.
func decodeTime(c *textColumn, text []byte, _ *[]byte, v *event.Value) error {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	hours := 0
	if len(text) > 2 && text[2] != ':' {
		hours = 100 * int(text[0]-'0')
		text = text[1:]
	}
	var t event.Civil
	if !c.clock(text, &t) || hours+t.Hour > maxTimeHours {
		return errTemporal
	}
	micros := int64(((hours+t.Hour)*60+t.Minute)*60+t.Second)*microsPerSecond + int64(t.Us)
	if negative {
		micros = -micros
	}
	*v = event.Value{Kind: event.Time, Num: uint64(micros)}
	return nil
}

// civil reads "2006-01-02 15:04:05.000000". Any part may be zero, and months may
// have days that they do not have: the server keeps such dates.
func (c *textColumn) civil(text []byte) (t event.Civil, ok bool) {
	if len(text) < datetimeLength || text[dateLength] != ' ' {
		return t, false
	}
	ok = civilDate(text, &t) && c.clock(text[dateLength+1:], &t) && t.Hour < 24
	return t, ok
}

// civilDate reads "2006-01-02" at the start of text, which is long enough.
func civilDate(text []byte, t *event.Civil) bool {
	century, year := twoDigits(text), twoDigits(text[2:])
	t.Year, t.Month, t.Day = century*100+year, twoDigits(text[5:]), twoDigits(text[8:])
	return century < 100 && year < 100 && t.Month <= 12 && t.Day <= 31 && text[4] == '-' && text[7] == '-'
}

// clock reads "15:04:05.000000", with the column's number of fraction digits and
// up to 99 hours.
func (c *textColumn) clock(text []byte, t *event.Civil) bool {
	const length = len("15:04:05")
	if len(text) < length || text[2] != ':' || text[5] != ':' {
		return false
	}
	t.Hour, t.Minute, t.Second = twoDigits(text), twoDigits(text[3:]), twoDigits(text[6:])
	return t.Hour < 100 && t.Minute < 60 && t.Second < 60 && c.fraction(text[length:], t)
}

// fraction reads the point and the digits behind it.
func (c *textColumn) fraction(text []byte, t *event.Civil) bool {
	if c.fsp == 0 {
		return len(text) == 0
	}
	if len(text) != c.fsp+1 || text[0] != '.' {
		return false
	}
	n, ok := number(text[1:])
	t.Us = int(n) * fractionMicros[c.fsp]
	return ok
}

// notDigits is above every number of two digits.
const notDigits = 100

// twoDigits reads the number at the start of text.
func twoDigits(text []byte) int {
	tens, ones := text[0]-'0', text[1]-'0'
	if tens > 9 || ones > 9 {
		return notDigits
	}
	return int(tens)*10 + int(ones)
}
