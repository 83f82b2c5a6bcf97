package cluster

import (
	"fmt"
	"io"
	"sync"

	"github.com/hashicorp/raft"

	"cdcd/offsets"
)

// fsm applies the log to the state. Raft calls it from one goroutine, except
// that a snapshot is persisted beside.
type fsm struct {
	fail    func(error)
	changed signal // a command was applied, or a snapshot restored

	mu     sync.RWMutex // guards what follows
	state  *offsets.State
	halted error // why nothing is applied any more
}

var _ raft.FSM = (*fsm)(nil)

func newFSM(fail func(error)) *fsm { return &fsm{fail: fail, state: offsets.New()} }

// Apply returns the error of the command. One that is not understood halts: what
// comes after it would be applied to another state than on other nodes.
func (f *fsm) Apply(l *raft.Log) any {
	defer f.changed.tell()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.halted != nil {
		return f.halted
	}
	c, err := offsets.Decode(l.Data)
	if err != nil {
		f.halted = fmt.Errorf("read entry %d of the raft log: %w", l.Index, err)
		f.fail(f.halted)
		return f.halted
	}
	if err := f.state.Apply(l.Index, c); err != nil {
		return err
	}
	return nil
}

// Snapshot copies the state.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.halted != nil {
		return nil, f.halted
	}
	return snapshot{f.state.Clone()}, nil
}

// Restore replaces the state.
func (f *fsm) Restore(r io.ReadCloser) error {
	defer r.Close()
	defer f.changed.tell()
	state, err := readState(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.halted = fmt.Errorf("restore a snapshot: %w", err)
		f.fail(f.halted)
		return f.halted
	}
	f.state = state
	return nil
}

func (f *fsm) read(look func(*offsets.State)) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	look(f.state)
}

// index is that of the last command that was applied.
func (f *fsm) index() (index uint64) {
	f.read(func(s *offsets.State) { index = s.Index() })
	return index
}

func readState(r io.Reader) (*offsets.State, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return offsets.Restore(b)
}

// snapshot is a copy of the state on its way to the disk.
type snapshot struct{ state *offsets.State }

// Persist writes the copy.
func (s snapshot) Persist(sink raft.SnapshotSink) error {
	b, err := s.state.Snapshot()
	if err == nil {
		_, err = sink.Write(b)
	}
	if err != nil {
		_ = sink.Cancel()
		return err
	}
	return sink.Close()
}

// Release has nothing to give back.
func (snapshot) Release() {}
