package main

import (
	"math"
	"time"

	"cdcd/connector"
)

// loadWindow is over which time a load is averaged.
const loadWindow = 30 * time.Second

// load is how many bytes a second a connector reads, averaged.
type load struct {
	bytes uint64
	at    time.Time
	rate  float64
}

// load measures what a connector read since the last call.
func (r *runner) load(run connector.Run) float64 {
	l, ok := r.loads[run.Name]
	if !ok {
		l = &load{bytes: run.SourceBytes, at: time.Now()}
		r.loads[run.Name] = l
	}
	return l.measure(run.SourceBytes, time.Now())
}

func (l *load) measure(bytes uint64, now time.Time) float64 {
	elapsed := now.Sub(l.at)
	if elapsed <= 0 || bytes < l.bytes {
		return l.rate
	}
	weight := 1 - math.Exp(-elapsed.Seconds()/loadWindow.Seconds())
	l.rate += weight * (float64(bytes-l.bytes)/elapsed.Seconds() - l.rate)
	l.bytes, l.at = bytes, now
	return l.rate
}
