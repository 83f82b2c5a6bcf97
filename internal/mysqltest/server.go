package mysqltest

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
)

// startTimeout is how long a server may take until it answers.
const startTimeout = 2 * time.Minute

// Server is a running server. Its methods may be called concurrently, except
// those that stop and start it.
type Server struct {
	Host     string
	Port     int
	User     string
	Password string
	// Version is what the server calls itself, "9.7.4-2" or
	// "10.11.18-MariaDB-log".
	Version string
	Flavor  Flavor

	instance instance
}

// DSN is the server's address for github.com/go-sql-driver/mysql: no database
// selected, several statements in one call allowed.
func (s *Server) DSN() string { return s.config().FormatDSN() }

// Addr is host:port.
func (s *Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

func (s *Server) config() *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd = s.User, s.Password
	c.Net, c.Addr = "tcp", s.Addr()
	c.MultiStatements = true
	return c
}

// open is sql.Open without the driver's complaints about servers that were
// stopped on purpose.
func (s *Server) open() (*sql.DB, error) {
	config := s.config()
	config.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", s.Addr(), err)
	}
	return sql.OpenDB(connector), nil
}

// PID is the process id of a server that runs on this machine, otherwise 0.
func (s *Server) PID() int { return s.instance.pid() }

// Kill ends the server as a crash would (SIGKILL). Resume starts it again.
func (s *Server) Kill() error { return s.instance.kill() }

// Stop shuts the server down in order, for which MySQL takes some two seconds
// more while clients are connected. Resume starts it again.
func (s *Server) Stop(ctx context.Context) error { return s.instance.stop(ctx) }

// Resume starts a stopped or killed server on its data and port, and returns
// when it answers. Flags are added to those it was first started with, until
// the next Resume; a Docker container keeps its first ones and refuses more.
func (s *Server) Resume(ctx context.Context, flags ...string) error {
	if err := s.instance.start(ctx, flags); err != nil {
		return err
	}
	return s.await(ctx)
}

// Restart is Stop and Resume.
func (s *Server) Restart(ctx context.Context, flags ...string) error {
	if err := s.Stop(ctx); err != nil {
		return err
	}
	return s.Resume(ctx, flags...)
}

// Close ends the server and removes its data. One that was given by its
// address is left alone.
func (s *Server) Close() error { return s.instance.close() }

// await returns when the server answers, or has ended, or is too slow.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	db, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&s.Version); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the server at %s: %w (last: %w)%s", s.Addr(), ctx.Err(), err, s.instance.log())
		case <-s.instance.ended():
			return fmt.Errorf("the server for %s ended%s", s.Addr(), s.instance.log())
		case <-tick.C:
		}
	}
}
