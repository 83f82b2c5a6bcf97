package format

import "cdcd/event"

// A key that changes is put into a header by SimpleHeaderConverter, which
// knows the java.util.Date behind Connect's own temporal types and prints it
// by its value: less than a day is a time, midnight a date, the rest both.
// Source: org.apache.kafka.connect.data.Values.dateFormatFor.

// appendJavaDate prints an instant, given in microseconds.
func appendJavaDate(dst []byte, us int64) []byte {
	c := civilTime(us)
	switch {
	case us < microsPerDay:
		dst = appendClock(dst, c)
	case us%microsPerDay < 1000:
		return appendDate(dst, c)
	default:
		dst = appendDate(dst, c)
		dst = appendClock(append(dst, 'T'), c)
	}
	return append(appendFraction(dst, c.Us, 3), 'Z')
}

func (j *JSON) appendHeaderDate(dst []byte, v *event.Value) []byte {
	c := event.UnpackCivil(v.Num)
	if !isDate(c) {
		return nil
	}
	return appendJavaDate(dst, days(j.adjust(c.Year), c.Month, c.Day)*microsPerDay)
}

func appendHeaderTime(dst []byte, v *event.Value) []byte {
	if !isTimeOfDay(v.Int64()) {
		return nil
	}
	return appendJavaDate(dst, v.Int64())
}
