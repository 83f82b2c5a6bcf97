package format

import (
	"testing"
	"testing/quick"
	"time"

	"cdcd/event"
)

// TestCivil compares the calendar with package time's.
func TestCivil(t *testing.T) {
	same := func(n int32, us int64) bool {
		day := int64(n) % 4e6
		y, m, d := civilDate(day)
		want := time.Unix(day*secondsPerDay, 0).UTC()
		if y != want.Year() || m != int(want.Month()) || d != want.Day() || days(y, m, d) != day {
			return false
		}
		us %= 1e17
		c := civilTime(us)
		return micros(c) == us && c == toCivil(time.UnixMicro(us).UTC()) && (c.Year <= 0 || isDate(c))
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 20000}); err != nil {
		t.Error(err)
	}
}

func toCivil(t time.Time) event.Civil {
	return event.Civil{
		Year: t.Year(), Month: int(t.Month()), Day: t.Day(),
		Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(), Us: t.Nanosecond() / 1000,
	}
}

func TestIsDate(t *testing.T) {
	f := func(y, m, d int, want bool) {
		t.Helper()
		if isDate(event.Civil{Year: y, Month: m, Day: d}) != want {
			t.Errorf("%d-%d-%d: want %v", y, m, d, want)
		}
	}
	f(2020, 2, 29, true)
	f(2021, 2, 29, false)
	f(1900, 2, 29, false)
	f(2000, 2, 29, true)
	f(2020, 4, 31, false)
	f(2020, 13, 1, false)
	f(2020, 0, 1, false)
	f(2020, 1, 0, false)
	f(0, 1, 1, false)
}
