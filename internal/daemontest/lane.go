package daemontest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Everything tells whether the longer lanes run: CDCD_TEST_ALL is set.
func Everything() bool { return os.Getenv("CDCD_TEST_ALL") != "" }

// Seed is CDCD_SEED, or a new one. It decides which faults come, and what a
// workload does; when they meet is up to the machine.
func Seed(t testing.TB) uint64 {
	t.Helper()
	n := rand.Uint64()
	if text := os.Getenv("CDCD_SEED"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("CDCD_SEED: %v", err)
		}
	}
	t.Logf("CDCD_SEED=%d", n)
	return n
}
