package format

import "cdcd/event"

const (
	secondsPerDay = 86400
	microsPerDay  = secondsPerDay * 1e6
)

// days counts the days from 1970-01-01 to a date of the proleptic Gregorian
// calendar. The count starts in March, so that leap days end a year.
func days(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yearOfEra := y - era*400
	dayOfYear := int64((153*((month+9)%12)+2)/5 + day - 1)
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// civilDate is the inverse of days.
func civilDate(n int64) (year, month, day int) {
	n += 719468
	era := floorDiv(n, 146097)
	d := n - era*146097
	yearOfEra := (d - d/1460 + d/36524 - d/146096) / 365
	dayOfYear := d - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*dayOfYear + 2) / 153
	month = int(m+2)%12 + 1
	year = int(yearOfEra + era*400)
	if month <= 2 {
		year++
	}
	return year, month, int(dayOfYear-(153*m+2)/5) + 1
}

// micros counts the microseconds from the epoch to a civil time in UTC.
func micros(c event.Civil) int64 {
	seconds := days(c.Year, c.Month, c.Day)*secondsPerDay + int64(c.Hour*3600+c.Minute*60+c.Second)
	return seconds*1e6 + int64(c.Us)
}

// civilTime is the inverse of micros.
func civilTime(us int64) event.Civil {
	day := floorDiv(us, microsPerDay)
	us -= day * microsPerDay
	c := event.Civil{Us: int(us % 1e6)}
	c.Year, c.Month, c.Day = civilDate(day)
	s := int(us / 1e6)
	c.Hour, c.Minute, c.Second = s/3600, s/60%60, s%60
	return c
}

// isDate tells whether the calendar has the date; MySQL allows zero parts and,
// with ALLOW_INVALID_DATES, a 31st of every month.
func isDate(c event.Civil) bool {
	return c.Year > 0 && c.Month > 0 && c.Month <= 12 && c.Day > 0 && c.Day <= daysIn(c.Year, c.Month)
}

func daysIn(year, month int) int {
	switch {
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	case month != 2:
		return 31
	case year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	default:
		return 28
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// appendDate prints yyyy-mm-dd.
func appendDate(dst []byte, c event.Civil) []byte {
	a, b, m, d := two(c.Year/100), two(c.Year%100), two(c.Month), two(c.Day)
	return append(dst, a[0], a[1], b[0], b[1], '-', m[0], m[1], '-', d[0], d[1])
}

// appendClock prints hh:mm:ss.
func appendClock(dst []byte, c event.Civil) []byte {
	h, m, s := two(c.Hour), two(c.Minute), two(c.Second)
	return append(dst, h[0], h[1], ':', m[0], m[1], ':', s[0], s[1])
}

// appendFraction prints the first digits of the microseconds behind a point,
// nothing for none.
func appendFraction(dst []byte, us, digits int) []byte {
	if digits <= 0 {
		return dst
	}
	a, b, c := two(us/10000), two(us/100), two(us)
	dst = append(dst, '.', a[0], a[1], b[0], b[1], c[0], c[1])
	return dst[:len(dst)-6+digits]
}

// shortest is the number of digits that the fraction needs.
func shortest(us int) int {
	if us == 0 {
		return 0
	}
	digits := 6
	for ; us%10 == 0; us /= 10 {
		digits--
	}
	return digits
}

// two is n modulo 100 as two digits.
func two(n int) [2]byte {
	u := uint(n) % 100
	return [2]byte{byte('0' + u/10), byte('0' + u%10)}
}
