package connector

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"
)

// querierFunc asks no server.
type querierFunc func() error

func (f querierFunc) Ask(context.Context, ...string) ([][]sql.NullString, error) { return nil, f() }

var errNoServer = errors.New("there is no server")

// taken asks a server, which answers with errNoServer after f, in a turn.
func taken(turns Turns, patience time.Duration, f func()) error {
	return turns.do(func() error {
		p := patient{querierFunc(func() error { f(); return errNoServer }), turns, patience}
		_, err := p.Ask(context.Background(), "SELECT 1")
		return err
	})
}

// A server that hangs holds up nobody else.
func TestTurns_GivenAwayWhileAServerHangs(t *testing.T) {
	turns := make(Turns, 1)
	err := taken(turns, time.Millisecond, func() {
		turns.begin() // waits for ever if the turn is not given away
		turns.end()
	})
	if !errors.Is(err, errNoServer) || len(turns) != 0 {
		t.Errorf("%v, and %d turns are taken", err, len(turns))
	}
}

func TestTurns_KeptForAPromptAnswer(t *testing.T) {
	turns := make(Turns, 1)
	err := taken(turns, time.Hour, func() {
		if len(turns) != 1 {
			t.Error("the turn was given away")
		}
	})
	if !errors.Is(err, errNoServer) || len(turns) != 0 {
		t.Errorf("%v, and %d turns are taken", err, len(turns))
	}
}

func TestTurns_NilDoesNotLimit(t *testing.T) {
	if err := taken(nil, 0, func() {}); !errors.Is(err, errNoServer) {
		t.Error(err)
	}
}
