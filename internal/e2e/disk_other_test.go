//go:build !linux

package e2e

import "testing"

func smallDisk(t *testing.T) string {
	t.Helper()
	t.Skip("no small file system here, which takes Linux")
	return ""
}

func fill(*testing.T, string) {}
