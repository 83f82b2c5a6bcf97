//go:build !linux

package machine

import "syscall"

// dieWithParent can do nothing here: a child outlives a killed parent.
func dieWithParent(*syscall.SysProcAttr) {}
