//go:build !linux

package clustertest

import "testing"

func (r *rig) shrink() { r.t.Log("not among the faults: disk of a node full, which takes Linux") }

func fill(t *testing.T, _ string) (empty func()) {
	t.Helper()
	return func() {}
}
