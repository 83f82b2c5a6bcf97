//go:build !linux

package machine

import "errors"

var errNoSmallDisk = errors.New("a small file system takes Linux")

// MountSmall fails: it takes Linux.
func MountSmall(string, int) (unmount func() error, err error) { return nil, errNoSmallDisk }

// FillDisk fails: there is no small disk to fill.
func FillDisk(string) error { return errNoSmallDisk }
