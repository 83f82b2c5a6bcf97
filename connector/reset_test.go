package connector

import "testing"

func TestLater(t *testing.T) {
	f := func(read, end, want string) {
		t.Helper()
		if got := later(read, end); got != want {
			t.Errorf("%s at %s: got %q, want %q", read, end, got, want)
		}
	}
	f("0-1-48", "0-1-48", "")
	f("0-1-48", "0-1-49", "")
	f("0-1-48", "0-1-47", "0-1-48")
	f("0-1-48", "", "0-1-48")
	f("0-1-48,5-1-7", "0-1-50", "5-1-7")
	f("0-1-48,5-1-7", "5-1-6, 0-1-50", "5-1-7")
	f("0-2-48", "0-1-40", "") // another server wrote it: the numbers need not be in order
}
