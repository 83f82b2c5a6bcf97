package connector

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"cdcd/connector/signal"
)

// ErrRevoked ends connectors of a process that must not write any more: nothing is
// flushed on the way out.
var ErrRevoked = errors.New("this node's right to run connectors has ended")

// errReplaced ends a connector that is not to run here any more, or otherwise. What
// its sink holds is still delivered.
var errReplaced = errors.New("the connector is not to run here any more")

// Job is a connector that is to run.
type Job struct {
	Name       string
	Generation uint64 // of its placement
	Revision   uint64 // of its configuration
	Config     []byte // the maker's own
	// HandingOver says that the job is not to be started, but goes on where it
	// runs: somebody else is about to take the connector over. One without Kafka
	// transactions ends at once, since nobody would refuse its writes.
	HandingOver bool
}

// same tells whether what runs for j is what o wants.
func (j Job) same(o Job) bool {
	return j.Name == o.Name && j.Generation == o.Generation && j.Revision == o.Revision
}

// Run is a job that runs, or has ended by itself.
type Run struct {
	Job
	Status
	LagSeconds  float64 // of the last event read, -1 while none is
	SourceBytes uint64  // of row events read by this process
}

// Manager runs the connectors that it is told to. One that fails leaves the others
// running, and is not started again before its job is another one. Its methods may
// be called concurrently.
type Manager struct {
	build func(Job) (*Connector, error)
	begin func() (context.Context, context.CancelCauseFunc) // of one connector

	mu    sync.Mutex // guards what follows
	slots map[string]*slot
	ended bool
	wg    sync.WaitGroup
}

// slot is where one connector runs.
type slot struct {
	job       Job
	connector *Connector // nil when it could not be built
	failure   error      // why not
	cancel    context.CancelCauseFunc
	leaving   bool // it was told to end
	done      bool // it has ended
	next      *Job // what comes then
}

// NewManager returns a manager of the connectors that build makes. They end when it
// is closed, whatever becomes of ctx.
func NewManager(ctx context.Context, build func(Job) (*Connector, error)) *Manager {
	begin := func() (context.Context, context.CancelCauseFunc) {
		return context.WithCancelCause(context.WithoutCancel(ctx))
	}
	return &Manager{build: build, begin: begin, slots: map[string]*slot{}}
}

// Assign replaces what is to run; it does not wait. Where granted is false nothing
// is, and what runs ends with ErrRevoked.
func (m *Manager) Assign(jobs []Job, granted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return
	}
	why := errReplaced
	if !granted {
		jobs, why = nil, ErrRevoked
	}
	wanted := map[string]Job{}
	for _, j := range jobs {
		wanted[j.Name] = j
	}
	for name, s := range m.slots {
		if j, ok := wanted[name]; !ok || !s.keeps(j) {
			m.replaceLocked(s, nil, why)
		}
	}
	for _, j := range jobs {
		m.wantLocked(j)
	}
}

// keeps tells whether the slot goes on as it is.
func (s *slot) keeps(j Job) bool {
	if !s.job.same(j) {
		return false
	}
	return !j.HandingOver || s.connector != nil && s.connector.fenced()
}

// wantLocked starts a job, or has it follow on what runs. What was to follow on a
// connector that is being handed over follows on another node instead.
func (m *Manager) wantLocked(j Job) {
	s, ok := m.slots[j.Name]
	switch {
	case j.HandingOver && ok && s.leaving:
		s.next = nil
	case j.HandingOver, ok && !s.leaving && s.job.same(j):
	case !ok:
		m.startLocked(j)
	default:
		m.replaceLocked(s, &j, errReplaced)
	}
}

// replaceLocked ends what runs in a slot. When it has ended, next follows.
func (m *Manager) replaceLocked(s *slot, next *Job, why error) {
	s.next, s.leaving = next, true
	s.cancel(why)
	if s.done {
		m.followLocked(s)
	}
}

func (m *Manager) followLocked(s *slot) {
	delete(m.slots, s.job.Name)
	if s.next != nil && !m.ended {
		m.startLocked(*s.next)
	}
}

func (m *Manager) startLocked(j Job) {
	ctx, cancel := m.begin()
	s := &slot{job: j, cancel: cancel}
	m.slots[j.Name] = s
	if s.connector, s.failure = m.build(j); s.failure != nil {
		s.done = true
		return
	}
	m.wg.Go(func() {
		_ = s.connector.Run(ctx) // it logs and keeps its own error
		m.mu.Lock()
		defer m.mu.Unlock()
		s.done = true
		if s.leaving {
			m.followLocked(s)
		}
	})
}

// Close stops every connector and waits for what they deliver on the way out.
func (m *Manager) Close() {
	m.mu.Lock()
	m.ended = true
	for _, s := range m.slots {
		m.replaceLocked(s, nil, errReplaced)
	}
	m.mu.Unlock()
	m.wg.Wait()
}

// Signal gives a signal to a connector that streams: see [Connector.Signal]. Others are
// an ErrNotStreaming.
func (m *Manager) Signal(ctx context.Context, name string, s signal.Signal) error {
	m.mu.Lock()
	slot, ok := m.slots[name]
	streams := ok && slot.connector != nil && !slot.done && slot.connector.inbox.open.Load()
	m.mu.Unlock()
	if !streams {
		return ErrNotStreaming
	}
	return slot.connector.Signal(ctx, s)
}

// Runs returns what runs, in the order of names.
func (m *Manager) Runs() []Run {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []Run
	for _, name := range slices.Sorted(maps.Keys(m.slots)) {
		s := m.slots[name]
		r := Run{Job: s.job, Status: Status{Phase: Failed, Err: s.failure}, LagSeconds: -1}
		if c := s.connector; c != nil {
			r.Status, r.SourceBytes = c.Status(), c.deps.Metrics.sourceBytes.Load()
			if r.Phase == Running {
				r.LagSeconds = c.deps.Metrics.lagSeconds()
			}
		}
		all = append(all, r)
	}
	return all
}
