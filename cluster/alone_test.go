package cluster

import (
	"testing"
	"time"
)

// A node alone does not wait for a leader that cannot be: neither at its first start
// nor at the next one.
func TestOpen_AloneLeadsAtOnce(t *testing.T) {
	cfg := single(t)
	cfg.Listen = freePorts(t, 1)[0]
	cfg.Timing = LAN()
	cfg.Timing.Heartbeat, cfg.Timing.Election = time.Hour, time.Hour
	for range 2 {
		closed(t, opened(t, cfg))
	}
}
