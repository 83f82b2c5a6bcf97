package mysqltest

import (
	"context"
	"errors"
	"fmt"

	"cdcd/internal/fetch"
)

// Option changes what server is started.
type Option func(*config)

type config struct {
	flags []string
	own   bool
	logf  fetch.Logf
}

// Flags adds flags of mysqld; the last of several about one thing wins. A
// server given by its address in the environment is not used.
func Flags(flags ...string) Option {
	return func(c *config) { c.flags, c.own = append(c.flags, flags...), true }
}

// FullMetadata makes table maps name their columns and keys
// (binlog_row_metadata=FULL). MySQL56 cannot.
func FullMetadata() Option { return Flags("--binlog-row-metadata=FULL") }

// Own asks for a server that may be killed and restarted: a server given by its
// address in the environment is not used.
func Own() Option { return func(c *config) { c.own = true } }

// instance is where a server runs.
type instance interface {
	start(ctx context.Context, flags []string) error
	stop(ctx context.Context) error
	kill() error
	close() error
	status
}

// status is what can be told about an instance.
type status interface {
	pid() int
	ended() <-chan struct{} // closed when the process has ended; nil if unknown
	log() string            // the end of its log, to be added to an error
}

// provider makes a server of a lane, or says with fetch.ErrUnavailable that it
// has none to give. The server may not answer yet.
type provider func(context.Context, lane, config) (*Server, error)

// Open starts a server outside of tests. logf, which may be nil, is told what
// is downloaded and what runs. The caller closes the server; ctx bounds only
// the start.
func Open(ctx context.Context, v Version, logf func(format string, args ...any), opts ...Option) (*Server, error) {
	l, err := lookup(v)
	if err != nil {
		return nil, err
	}
	c := config{logf: logf}
	if logf == nil {
		c.logf = func(string, ...any) {}
	}
	for _, o := range opts {
		o(&c)
	}
	var reasons []error
	for _, p := range []provider{given, docker, local} {
		s, err := p(ctx, l, c)
		if errors.Is(err, fetch.ErrUnavailable) {
			reasons = append(reasons, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", v, err)
		}
		if err := s.await(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("start %s: %w", v, err), s.Close())
		}
		return s, nil
	}
	return nil, fmt.Errorf("start %s: %w", v, errors.Join(reasons...))
}
