package mysqltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cdcd/internal/fetch"
)

// serial numbers the databases that Database makes.
var serial counter

type counter struct{ n atomic.Int64 }

func (c *counter) next() int64 { return c.n.Add(1) }

// shared are the servers of Shared, which live as long as the process.
var shared pool

// pool holds servers by version and flags.
type pool struct {
	mu      sync.Mutex // guards entries; held while a server starts, so that it starts once
	entries map[string]entry
}

type entry struct {
	server *Server
	err    error
}

// Shared returns a server that all tests of the process share which ask for
// the same version and options; the first starts it. Tests keep apart by
// working in a Database of their own each, and leave the server running. The
// package needs a TestMain, which calls Main.
func Shared(t testing.TB, v Version, opts ...Option) *Server {
	t.Helper()
	skipRare(t, v)
	s, err := shared.get(v, opts)
	check(t, v, err)
	return s
}

func (p *pool) get(v Version, opts []Option) (*Server, error) {
	var c config
	for _, o := range opts {
		o(&c)
	}
	key := fmt.Sprint(v, c.own, strings.Join(c.flags, " "))
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.entries[key]
	if !ok {
		if p.entries == nil {
			p.entries = map[string]entry{}
		}
		// Not the first test's context: the server is there for the others too.
		e.server, e.err = Open(context.Background(), v, fetch.Announce, opts...)
		p.entries[key] = e
	}
	return e.server, e.err
}

func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	for _, e := range p.entries {
		if e.server != nil {
			err = errors.Join(err, e.server.Close())
		}
	}
	p.entries = nil
	return err
}

// Main runs the tests of a package and then ends its Shared servers:
//
//	func TestMain(m *testing.M) { mysqltest.Main(m) }
func Main(m *testing.M) { Wrap(m).Run() }

// Wrap is Main for another helper to call, such as goleak.VerifyTestMain: the
// Shared servers have ended when its Run returns.
func Wrap(m interface{ Run() int }) Suite { return Suite{m} }

// Suite is a package's tests that end with the end of the Shared servers.
type Suite struct{ m interface{ Run() int } }

// Run runs the tests and returns their exit code.
func (s Suite) Run() int {
	code := s.m.Run()
	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "close the shared servers:", err)
	}
	return code
}
