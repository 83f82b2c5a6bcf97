package connector

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"cdcd/schema"
)

// Servers are connections to one server, which share what it is asked. The first one
// belongs to whoever dialed it.
type Servers []*Server

var _ schema.Querier = Servers(nil)

// Beside dials more connections to the server that srv is connected to, for many
// statements of which each takes the server a while. Connections that are not to be
// had, because of a limit or since another server answers, are done without: srv tells
// whether the server is there at all.
func Beside(ctx context.Context, cfg Config, srv *Server) (Servers, error) {
	const most = 3 // the server has others to serve, too
	is, err := srv.identity(ctx)
	if err != nil {
		return nil, err
	}
	all := Servers{srv}
	for len(all) < most {
		more := another(ctx, cfg, is)
		if more == nil {
			break
		}
		all = append(all, more)
	}
	return all, nil
}

// another dials one more connection to the server of the identity given, nil where
// there is none to be had.
func another(ctx context.Context, cfg Config, is string) *Server {
	srv, err := Dial(ctx, cfg)
	if err != nil {
		return nil
	}
	if id, err := srv.identity(ctx); err == nil && id == is {
		return srv
	}
	_ = srv.Close()
	return nil
}

// identity tells servers apart that a balancer has behind one address. Their numbers
// are not enough: the nodes of a Galera cluster may share theirs.
func (s *Server) identity(ctx context.Context) (string, error) {
	rows, err := s.Query(ctx, "SELECT @@server_id, @@hostname, @@port")
	if err != nil {
		return "", fmt.Errorf("ask which server it is: %w", err)
	}
	return fmt.Sprint(rows), nil
}

// Ask implements [schema.Querier]. The statements run at once, and in any order; an
// error may leave the connections of no use.
func (s Servers) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	const some = 8
	var next atomic.Int64
	parts := slices.Collect(slices.Chunk(statements, some))
	answers := make([][][]sql.NullString, len(parts))
	g, ctx := errgroup.WithContext(ctx)
	for _, srv := range s[:min(len(s), len(parts))] {
		g.Go(func() (err error) {
			for i := next.Add(1) - 1; i < int64(len(parts)) && err == nil; i = next.Add(1) - 1 {
				answers[i], err = srv.Ask(ctx, parts[i]...)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(answers...), nil
}

// Close ends all connections but the first.
func (s Servers) Close() error {
	var errs []error
	for _, srv := range s[1:] {
		errs = append(errs, srv.Close())
	}
	return errors.Join(errs...)
}
