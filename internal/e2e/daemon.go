// Package e2e runs the real binary against real servers: what arrives on Kafka
// after all that can happen in between is compared with what MySQL holds.
package e2e

import (
	"cmp"
	"testing"

	"cdcd/internal/daemontest"
)

// daemon is a cdcd in a process of its own, with what these tests ask of it.
type daemon struct {
	*daemontest.Daemon
	t *testing.T
}

// newDaemon writes the configuration of a daemon with one connector. Its name is
// "it" unless a property says otherwise: who shares a Kafka with others needs a
// name of his own, since the position is found there by it.
func newDaemon(t *testing.T, kafka string, connector map[string]string) *daemon {
	t.Helper()
	name := cmp.Or(connector["name"], "it")
	return &daemon{t: t, Daemon: daemontest.New(t, daemontest.Config{
		Kafka: kafka, Connectors: map[string]map[string]string{name: connector},
	})}
}
