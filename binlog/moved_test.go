package binlog

import "testing"

// TestTailer_OtherServerAtTheAddress: a file and offset of one server are not
// used on another, to which the address leads after a failover.
func TestTailer_OtherServerAtTheAddress(t *testing.T) {
	for _, v := range lanes {
		t.Run(string(v), func(t *testing.T) {
			l := onShared(t, v)
			cfg := l.config(t)
			cfg.Server = "77"
			final(t, "other server", cfg, ErrMoved, l.id(t))
		})
	}
}
