package snapshot

import (
	"fmt"
	"strings"
	"time"

	"cdcd/event"
	"cdcd/schema"
)

// temporal prints dates and times in quotes, with the column's fraction digits.
func (p *keyPart) temporal(def *schema.Column) {
	fraction := max(def.Scale, 0)
	p.compare, p.between = strings.Compare, betweenTimes
	switch def.Type {
	case schema.TypeDate:
		p.quoted(func(v *event.Value) (string, bool) {
			t := event.UnpackCivil(v.Num)
			return fmt.Sprintf("%04d-%02d-%02d", t.Year, t.Month, t.Day), v.Kind == event.Date
		})
	case schema.TypeTime:
		p.compare = compareTimes
		p.quoted(func(v *event.Value) (string, bool) { return formatTime(v.Int64(), fraction), v.Kind == event.Time })
	default:
		p.quoted(func(v *event.Value) (string, bool) {
			t, ok := civilOf(v)
			return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", t.Year, t.Month, t.Day, t.Hour, t.Minute, t.Second) +
				formatFraction(t.Us, fraction), ok
		})
	}
}

// civilOf returns the date and time of a DATETIME or, in UTC, a TIMESTAMP.
func civilOf(v *event.Value) (event.Civil, bool) {
	if v.Kind != event.Timestamp || v.Num == 0 {
		return event.UnpackCivil(v.Num), v.Kind == event.Datetime || v.Kind == event.Timestamp
	}
	t := time.UnixMicro(v.Int64()).UTC()
	return event.Civil{
		Year: t.Year(), Month: int(t.Month()), Day: t.Day(),
		Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(), Us: t.Nanosecond() / int(time.Microsecond),
	}, true
}

// formatTime prints a TIME as the server does: hours have two digits or three.
func formatTime(micros int64, fraction int) string {
	sign := ""
	if micros < 0 {
		sign, micros = "-", -micros
	}
	seconds := micros / int64(time.Second/time.Microsecond)
	return fmt.Sprintf("%s%02d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60) +
		formatFraction(int(micros%int64(time.Second/time.Microsecond)), fraction)
}

func formatFraction(micros, digits int) string {
	if digits == 0 {
		return ""
	}
	return fmt.Sprintf(".%06d", micros)[:1+digits]
}

// compareTimes orders literals of TIME as numbers: their places are the same, and
// the colons too.
func compareTimes(a, b string) int {
	return compareNumbers(strings.Trim(a, "'"), strings.Trim(b, "'"))
}
