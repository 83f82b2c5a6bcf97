package main

import (
	"runtime/debug"
	"testing"
)

// percent is what the collector goes by.
func percent() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

func TestThrift(t *testing.T) {
	f := func(before, during int) {
		t.Helper()
		defer debug.SetGCPercent(debug.SetGCPercent(before))
		var th thrift
		first, second := th.begin(), th.begin()
		first()
		first() // counts once
		if got := percent(); got != during {
			t.Errorf("GOGC=%d: %d while it is asked for, want %d", before, got, during)
		}
		if second(); percent() != before {
			t.Errorf("GOGC=%d: %d afterwards", before, percent())
		}
	}
	f(100, thriftPercent)
	f(20, 20)
	f(-1, -1)
}
