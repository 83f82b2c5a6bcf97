package format

import "testing"

// TestMurmur2 has the vectors of Kafka's own test.
// Source: org.apache.kafka.common.utils.UtilsTest.
func TestMurmur2(t *testing.T) {
	f := func(in string, want int32) {
		t.Helper()
		if got := int32(murmur2([]byte(in))); got != want {
			t.Errorf("%q: got %d, want %d", in, got, want)
		}
	}
	f("21", -973932308)
	f("foobar", -790332482)
	f("a-little-bit-long-string", -985981536)
	f("a-little-bit-longer-string", -1486304829)
	f("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)
	f("abc", 479470107)
}
