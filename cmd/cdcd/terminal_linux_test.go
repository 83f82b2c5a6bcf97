package main

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"unsafe"
)

// ioctl has the kernel read or write what v points to.
func ioctl(t *testing.T, f *os.File, request uintptr, v unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(v)); errno != 0 {
		t.Fatal(errno)
	}
}

// TestScreenOf_PseudoTerminal: a terminal is known as one, with the size that it has
// now. Source: pts(4).
func TestScreenOf_PseudoTerminal(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	var unlock, number uint32
	ioctl(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(t, master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	slave, err := os.OpenFile("/dev/pts/"+strconv.FormatUint(uint64(number), 10), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	s := screenOf(slave)
	if s == nil {
		t.Fatal("it is not taken for a terminal")
	}
	f := func(lines, columns, wantLines, wantColumns int) {
		t.Helper()
		size := [4]uint16{uint16(lines), uint16(columns)}
		ioctl(t, master, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
		if c, l := s.Size(); c != wantColumns || l != wantLines {
			t.Errorf("%d columns, %d lines", c, l)
		}
	}
	f(50, 132, 50, 132)
	f(10, 40, 10, 40)
	f(0, 0, 24, 80)
}
