package connector

import (
	"context"
	"slices"
	"sync"

	"cdcd/event"
	"cdcd/schema"
)

// Memory is a Store that is gone with the process: for looking at a stream
// without leaving a trace.
type Memory struct {
	mu     sync.Mutex // guards what follows
	state  event.State
	tables []*schema.Table
}

var _ Store = (*Memory)(nil)

// NewMemory returns a store that holds state, the zero State for none.
func NewMemory(state event.State) *Memory { return &Memory{state: state} }

// Confirm has nobody to ask.
func (m *Memory) Confirm(context.Context) error { return nil }

// Session has nobody to keep out.
func (m *Memory) Session(_ context.Context, _ Producer, above uint64) (uint64, error) {
	return above + 1, nil
}

// Load returns the last mirrored state.
func (m *Memory) Load(context.Context) (Stored, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Stored{State: m.state}, nil
}

// Mirror keeps the state.
func (m *Memory) Mirror(s event.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = s
}

// PutTables keeps the versions.
func (m *Memory) PutTables(_ context.Context, tables []*schema.Table) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tables = append(m.tables, tables...)
	return nil
}

// Tables returns the versions up to v and forgets later ones.
func (m *Memory) Tables(_ context.Context, v schema.Version) ([]*schema.Table, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tables = slices.DeleteFunc(m.tables, func(t *schema.Table) bool { return t.Version > v })
	return slices.Clone(m.tables), nil
}

// Flush has nothing to wait for.
func (m *Memory) Flush(context.Context) error { return nil }
