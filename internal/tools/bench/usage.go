package main

import (
	"errors"
	"os"
	"runtime/pprof"
	"syscall"
	"time"
)

// ownCPU is the processor time that this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of ourselves: does not fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
