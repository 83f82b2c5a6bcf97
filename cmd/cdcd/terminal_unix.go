//go:build linux || darwin || freebsd

package main

import (
	"os"
	"syscall"
	"unsafe"
)

// terminalSize returns the size of the terminal that a file is; ok is false where it is
// none. Source: tty_ioctl(4), TIOCGWINSZ.
func terminalSize(f *os.File) (columns, lines int, ok bool) {
	var size struct{ lines, columns, x, y uint16 }
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	err = conn.Control(func(fd uintptr) {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size))) //nolint:gosec // the kernel fills in the struct that it has documented
		ok = errno == 0
	})
	return int(size.columns), int(size.lines), ok && err == nil
}
