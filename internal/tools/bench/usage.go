package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ownCPU is the processor time that this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of ourselves: does not fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// clockTick is the unit of the times in /proc, which Linux fixes for programs.
const clockTick = 10 * time.Millisecond

// cpuOf is the processor time that another process has used, its dead threads
// included.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in brackets, may hold anything; utime and stime are fields 14
	// and 15 of the whole line.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	ticks := int64(0)
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks * clockTick.Nanoseconds()), nil
}

// profiled runs f, with a CPU profile when one was asked for.
func (b *bench) profiled(name string, f func() error) (err error) {
	if b.profile == "" {
		return f()
	}
	out, err := os.Create(b.profile + "." + name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
