package clustertest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// shrink gives the last node, which has not been started yet, a disk of 48 MiB.
// Without root it keeps its own.
func (r *rig) shrink() {
	r.t.Helper()
	n := r.Nodes[len(r.Nodes)-1]
	dir := filepath.Join(n.Dir, "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=48m"); err != nil {
		r.t.Logf("not among the faults: disk of a node full, which takes root: %v", err)
		return
	}
	r.small = n
	r.t.Cleanup(func() {
		n.Kill()
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			r.t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// fill writes a file until the disk of a node is full, and returns what makes
// room again.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "data", "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
	}
}
