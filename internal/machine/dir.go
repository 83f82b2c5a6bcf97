package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Dir is a temporary folder that is locked while its owner lives.
type Dir struct {
	Path string
	lock *os.File
}

// TempDir makes a folder with a short path, named after this process, and
// removes those of owners that ended without doing so.
func TempDir() (*Dir, error) {
	sweep()
	for {
		path, err := os.MkdirTemp("", "cdcd-"+strconv.Itoa(os.Getpid())+"-")
		if err != nil {
			return nil, err
		}
		lock, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // taken for abandoned by another process before we could lock it
		}
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), lock.Close())
		}
		if _, err := os.Stat(path); err == nil {
			return &Dir{Path: path, lock: lock}, nil
		}
		_ = lock.Close() // removed while we waited for the lock
	}
}

// Remove deletes the folder and all that is in it.
func (d *Dir) Remove() error {
	return errors.Join(os.RemoveAll(d.Path), d.lock.Close())
}

// sweep removes the folders that nobody has locked.
func sweep() {
	paths, _ := filepath.Glob(filepath.Join(os.TempDir(), "cdcd-[0-9]*-*"))
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(path) // another user's stays
		}
		_ = f.Close()
	}
}
