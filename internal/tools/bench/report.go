package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// say prints a line that is no figure.
func say(format string, args ...any) { fmt.Printf("# "+format+"\n", args...) }

// figure prints one figure.
func figure(name string, value float64, unit string) {
	fmt.Printf("bench %s %s %s\n", name, digits(value), unit)
}

// versus prints a figure and how many times a rival's it is; for costs the
// ratio is how many times the rival's is ours.
func versus(name string, value float64, unit string, ratio float64, rival string) {
	fmt.Printf("bench %s %s %s ratio %.2f vs %s\n", name, digits(value), unit, ratio, rival)
}

// digits prints a number with as many digits as can be trusted.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// sayMachine prints what the figures depend on and nobody can see later.
func sayMachine() {
	say("%s %s/%s, %d processors, load %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), loadAverage())
}

// loadAverage is how many processes wanted a processor in the last minute.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(text), " ")
	return one
}
