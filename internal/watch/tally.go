package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Tally counts faults by kind, and how long each kept committed records away.
// Its methods may be called concurrently.
type Tally struct {
	// Title says what the times are. It is set before the first of them.
	Title string

	mu      sync.Mutex // guards what follows
	outages map[string][]time.Duration
	faults  map[string]int
}

// NewTally counts from nothing.
func NewTally() *Tally {
	return &Tally{Title: "outages: from the fault until a transaction committed after it has arrived", outages: map[string][]time.Duration{}, faults: map[string]int{}}
}

// Fault notes one.
func (y *Tally) Fault(kind string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.faults[kind]++
}

// Outage notes how long one lasted.
func (y *Tally) Outage(kind string, d time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.outages[kind] = append(y.outages[kind], d)
}

// Total is how many faults there were.
func (y *Tally) Total() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	n := 0
	for _, k := range y.faults {
		n += k
	}
	return n
}

// Print logs the table, and fails nothing.
func (y *Tally) Print(t testing.TB) {
	t.Helper()
	t.Log(y.table())
}

// table has a line for each kind, and one for all.
func (y *Tally) table() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%-44s %6s %9s %9s %9s\n", y.Title, "fault", "times", "p50", "p99", "max")
	var all []time.Duration
	faults := 0
	for _, kind := range slices.Sorted(maps.Keys(y.faults)) {
		row(&b, kind, y.faults[kind], y.outages[kind])
		all = append(all, y.outages[kind]...)
		faults += y.faults[kind]
	}
	row(&b, "all", faults, all)
	return b.String()
}

func row(b *strings.Builder, kind string, n int, outages []time.Duration) {
	slices.Sort(outages)
	at := func(percent int) time.Duration {
		if len(outages) == 0 {
			return 0
		}
		return outages[min(len(outages)-1, len(outages)*percent/100)].Round(time.Millisecond)
	}
	fmt.Fprintf(b, "%-44s %6d %9s %9s %9s\n", kind, n, at(50), at(99), at(100))
}
