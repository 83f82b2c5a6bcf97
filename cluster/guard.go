package cluster

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// store is where raft keeps its log and its votes.
type store interface {
	raft.LogStore
	raft.StableStore
}

// guard stands between raft and its store. The first write that fails or hangs
// is reported and is the last: raft alone would go on, as a leader that cannot
// write but still sends heartbeats.
type guard struct {
	store
	dir   string
	limit time.Duration // of one write
	fail  func(error)
	// running is set when raft's own goroutines run.
	running atomic.Bool
	broken  atomic.Pointer[error]
}

// StoreLog appends one entry.
func (g *guard) StoreLog(l *raft.Log) error {
	return g.write("append an entry", func() error { return g.store.StoreLog(l) })
}

// StoreLogs appends entries.
func (g *guard) StoreLogs(logs []*raft.Log) error {
	return g.write("append entries", func() error { return g.store.StoreLogs(logs) })
}

// DeleteRange removes entries.
func (g *guard) DeleteRange(first, last uint64) error {
	return g.write("remove entries", func() error { return g.store.DeleteRange(first, last) })
}

// Set stores a vote.
func (g *guard) Set(key, value []byte) error {
	return g.write("store a vote", func() error { return g.store.Set(key, value) })
}

// SetUint64 stores a term. Raft panics when that fails, so when it does this
// ends the goroutine instead, and leaves the rest to whoever was told.
func (g *guard) SetUint64(key []byte, value uint64) error {
	err := g.write("store a term", func() error { return g.store.SetUint64(key, value) })
	if err != nil && g.running.Load() {
		runtime.Goexit()
	}
	return err
}

func (g *guard) write(what string, f func() error) error {
	if err := g.broken.Load(); err != nil {
		return *err
	}
	watchdog := time.AfterFunc(g.limit, func() {
		_ = g.spoil(what, fmt.Errorf("not done within %s", g.limit))
	})
	defer watchdog.Stop()
	if err := f(); err != nil {
		return g.spoil(what, err)
	}
	return nil
}

// spoil makes err the answer to every later write.
func (g *guard) spoil(what string, err error) error {
	err = storageError(g.dir, what, err)
	g.broken.CompareAndSwap(nil, &err)
	g.fail(err)
	return err
}
