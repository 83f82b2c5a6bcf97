package chaos

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tally counts faults by kind, and how long each kept committed records away.
type tally struct {
	mu      sync.Mutex // guards outages
	outages map[string][]time.Duration
	faults  map[string]int
}

func newTally() *tally {
	return &tally{outages: map[string][]time.Duration{}, faults: map[string]int{}}
}

// fault notes one.
func (y *tally) fault(kind string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.faults[kind]++
}

// outage notes how long one lasted.
func (y *tally) outage(kind string, d time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.outages[kind] = append(y.outages[kind], d)
}

// total is how many faults there were.
func (y *tally) total() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	n := 0
	for _, k := range y.faults {
		n += k
	}
	return n
}

// print logs the table.
func (y *tally) print(t *testing.T) {
	t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "outages: from the fault until a transaction committed after it has arrived\n%-44s %6s %9s %9s\n", "fault", "times", "p50", "p99")
	var all []time.Duration
	faults := 0
	for _, kind := range slices.Sorted(maps.Keys(y.faults)) {
		row(&b, kind, y.faults[kind], y.outages[kind])
		all = append(all, y.outages[kind]...)
		faults += y.faults[kind]
	}
	row(&b, "all", faults, all)
	t.Log(b.String())
}

func row(b *strings.Builder, kind string, n int, outages []time.Duration) {
	slices.Sort(outages)
	at := func(percent int) time.Duration {
		if len(outages) == 0 {
			return 0
		}
		return outages[min(len(outages)-1, len(outages)*percent/100)].Round(time.Millisecond)
	}
	fmt.Fprintf(b, "%-44s %6d %9s %9s\n", kind, cmp.Or(n, len(outages)), at(50), at(99))
}
