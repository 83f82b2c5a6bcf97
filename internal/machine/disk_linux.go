package machine

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// MountSmall gives a folder a file system of its own, in memory, of so many MiB,
// until unmount is called. It takes root.
func MountSmall(dir string, megabytes int) (unmount func() error, err error) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		return nil, fmt.Errorf("a small file system, which takes root: %w", err)
	}
	return func() error { return syscall.Unmount(dir, syscall.MNT_DETACH) }, nil
}

// FillDisk writes a file until its disk is full.
func FillDisk(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	return err
}
