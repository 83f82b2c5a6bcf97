package connector

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// Manager runs many connectors. One that fails leaves the others running.
type Manager struct {
	connectors []*Connector
	wg         sync.WaitGroup
	cancel     context.CancelFunc
}

// NewManager returns a manager of the given connectors, which it will run.
func NewManager(connectors ...*Connector) *Manager {
	slices.SortFunc(connectors, func(a, b *Connector) int { return strings.Compare(a.Name(), b.Name()) })
	return &Manager{connectors: connectors}
}

// Start runs every connector until Close.
func (m *Manager) Start(ctx context.Context) {
	ctx, m.cancel = context.WithCancel(ctx)
	for _, c := range m.connectors {
		m.wg.Go(func() { _ = c.Run(ctx) }) // it logs and keeps its own error
	}
}

// Close stops every connector and waits for what they deliver on the way out.
func (m *Manager) Close() {
	if m.cancel != nil {
		m.cancel()
	}
	m.wg.Wait()
}

// Connectors returns the connectors in the order of their names.
func (m *Manager) Connectors() []*Connector { return m.connectors }
