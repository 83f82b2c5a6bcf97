package cluster

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"cdcd/offsets"
)

// faulty is a store that can be broken.
type faulty struct {
	store
	failure atomic.Pointer[error] // of every write
	hang    atomic.Pointer[chan struct{}]
	votes   atomic.Bool // only terms and votes fail
	writes  atomic.Int64
}

func (f *faulty) fault() error {
	f.writes.Add(1)
	if c := f.hang.Load(); c != nil {
		<-*c
	}
	if err := f.failure.Load(); err != nil {
		return *err
	}
	return nil
}

func (f *faulty) StoreLogs(logs []*raft.Log) error {
	if f.votes.Load() {
		return f.store.StoreLogs(logs)
	}
	if err := f.fault(); err != nil {
		return err
	}
	return f.store.StoreLogs(logs)
}

func (f *faulty) SetUint64(key []byte, v uint64) error {
	if err := f.fault(); err != nil {
		return err
	}
	return f.store.SetUint64(key, v)
}

// breakable is a node that leads on a store that can be broken, and what
// OnFatal was told.
func breakable(t *testing.T, cfg Config) (*Node, *faulty, <-chan error) {
	t.Helper()
	f, fatal := &faulty{}, make(chan error, 9)
	cfg.OnFatal = func(err error) { fatal <- err }
	n, err := open(t.Context(), cfg, limits{write: 300 * time.Millisecond, shutdown: 200 * time.Millisecond}, func(s store) store {
		f.store = s
		return f
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	if err := n.WaitLeader(soon(t)); err != nil {
		t.Fatal(err)
	}
	return n, f, fatal
}

// told waits for OnFatal.
func told(t *testing.T, fatal <-chan error) error {
	t.Helper()
	select {
	case err := <-fatal:
		return err
	case <-time.After(enough):
		t.Fatal("OnFatal was not called")
		return nil
	}
}

var put = offsets.PutConnector{Connector: "c", Config: []byte("{}")}

func TestStore_FailedWriteEndsTheNode(t *testing.T) {
	cfg := single(t)
	n, f, fatal := breakable(t, cfg)
	f.failure.Store(new(errors.New("input/output error")))
	if err := n.Apply(soon(t), put); !errors.Is(err, ErrStorage) {
		t.Fatalf("Apply: %v", err)
	}
	err := told(t, fatal)
	if !errors.Is(err, ErrStorage) || errors.Is(err, ErrDiskFull) || !strings.Contains(err.Error(), cfg.DataDir) {
		t.Fatalf("OnFatal: %v", err)
	}
	if err := n.Ready(); !errors.Is(err, ErrStorage) {
		t.Fatalf("Ready: %v", err)
	}
	writes := f.writes.Load()
	f.failure.Store(nil)
	if err := n.Apply(soon(t), put); !errors.Is(err, ErrStorage) {
		t.Fatalf("Apply after the disk came back: %v", err)
	}
	if f.writes.Load() != writes {
		t.Fatal("something was written after a write had failed")
	}
}

func TestStore_FullDiskIsNamed(t *testing.T) {
	n, f, fatal := breakable(t, single(t))
	f.failure.Store(new(error(&os.PathError{Op: "write", Path: "raft.db", Err: syscall.ENOSPC})))
	_ = n.Apply(soon(t), put)
	if err := told(t, fatal); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("OnFatal: %v", err)
	}
}

func TestStorageError_KnowsAFullDiskByItsText(t *testing.T) {
	if err := storageError("d", "w", errors.New("file resize error: truncate raft.db: no space left on device")); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
}

func TestStore_HangingWriteEndsTheNode(t *testing.T) {
	n, f, fatal := breakable(t, single(t))
	hang := make(chan struct{})
	f.hang.Store(&hang)
	if err := n.Apply(soon(t), put); !errors.Is(err, ErrStorage) || !errors.Is(err, ErrOutcomeUnknown) {
		t.Fatalf("Apply: %v", err)
	}
	if err := told(t, fatal); !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "300ms") {
		t.Fatalf("OnFatal: %v", err)
	}
	if err := n.Close(); !errors.Is(err, ErrStorage) {
		t.Fatalf("Close did not give up: %v", err)
	}
	f.hang.Store(nil)
	close(hang)
	eventually(t, "raft ends", func() bool { return n.bolt.Close() == nil })
}

// TestStore_FailedVoteIsNoPanic lets an election come to a store that cannot
// write the term. Raft panics there.
func TestStore_FailedVoteIsNoPanic(t *testing.T) {
	cfgs := three(t)
	nodes := started(t, cfgs[1:])
	n, f, fatal := breakable(t, cfgs[0])
	f.votes.Store(true)
	f.failure.Store(new(errors.New("input/output error")))
	leader, _ := split(t, append(nodes, n))
	_ = leader.raft.LeadershipTransfer().Error() // begins a new term
	if err := told(t, fatal); !errors.Is(err, ErrStorage) {
		t.Fatalf("OnFatal: %v", err)
	}
}

func TestLog_UnknownCommandHalts(t *testing.T) {
	cfg := single(t)
	n, _, fatal := breakable(t, cfg)
	frame, err := offsets.Encode(put)
	if err != nil {
		t.Fatal(err)
	}
	frame[1] ^= 64 // no such kind, and a wrong checksum
	if err := n.raft.Apply(frame, 0).Error(); err != nil {
		t.Fatal(err)
	}
	if err := told(t, fatal); !errors.Is(err, offsets.ErrCorrupt) {
		t.Fatalf("OnFatal: %v", err)
	}
	if err := n.raft.Apply(encoded(t, put), 0); err.Error() != nil || err.Response() == nil {
		t.Fatal("a command was applied after one that was skipped")
	}
	if err := n.raft.Snapshot().Error(); err == nil {
		t.Fatal("a snapshot hides the command that was skipped")
	}
	if err := n.WaitLeader(soon(t)); !errors.Is(err, offsets.ErrCorrupt) {
		t.Fatalf("WaitLeader: %v", err)
	}
}

func encoded(t *testing.T, c offsets.Command) []byte {
	t.Helper()
	frame, err := offsets.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// TestLog_FlippedBitHalts changes one bit of a command in raft.db.
func TestLog_FlippedBitHalts(t *testing.T) {
	cfg := single(t)
	n := opened(t, cfg)
	if err := n.Apply(soon(t), offsets.DeleteConnector{Connector: "a very long name"}); err != nil {
		t.Fatal(err)
	}
	closed(t, n)
	path := filepath.Join(cfg.DataDir, "raft.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if bytes.HasPrefix(b[i:], []byte("a very long name")) {
			b[i] ^= 2
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	fatal := make(chan error, 1)
	cfg.OnFatal = func(err error) { fatal <- err }
	n, err = Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := told(t, fatal); !errors.Is(err, offsets.ErrCorrupt) || !strings.Contains(err.Error(), "entry") {
		t.Fatalf("OnFatal: %v", err)
	}
}
