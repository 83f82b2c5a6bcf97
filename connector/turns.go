package connector

import (
	"context"
	"database/sql"
	"runtime"
	"time"

	"cdcd/schema"
)

// Turns has the connectors of a process read their tables a few at a time, when
// many of them begin at once: reading thousands of definitions keeps processors
// busy, and a node that has none left misses its heartbeats, loses its connectors
// and has them all begin anew. A nil Turns does not limit anything.
type Turns chan struct{}

// NewTurns leaves half of the processors to the rest of the process.
func NewTurns() Turns { return make(Turns, max(1, runtime.GOMAXPROCS(0)/2)) }

// do calls f when there is a turn.
func (t Turns) do(f func() error) error {
	t.begin()
	defer t.end()
	return f()
}

func (t Turns) begin() {
	if t != nil {
		t <- struct{}{}
	}
}

func (t Turns) end() {
	if t != nil {
		<-t
	}
}

// patience is how long a server may take to answer before another connector has
// its turn.
const patience = time.Second

// patient asks a server in somebody's turn, and gives the turn away while the
// server does not answer: one that hangs holds up nobody else.
type patient struct {
	schema.Querier
	turns    Turns
	patience time.Duration
}

// Ask implements [schema.Querier].
func (p patient) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	late := time.AfterFunc(p.patience, p.turns.end)
	defer func() {
		if !late.Stop() {
			p.turns.begin()
		}
	}()
	return p.Querier.Ask(ctx, statements...)
}
