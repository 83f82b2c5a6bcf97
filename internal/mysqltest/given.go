package mysqltest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"cdcd/internal/fetch"

	"github.com/go-sql-driver/mysql"
)

// given is the provider of servers whose address is in the environment.
func given(_ context.Context, l lane, c config) (*Server, error) {
	dsn := os.Getenv(l.dsn)
	switch {
	case dsn == "":
		return nil, fmt.Errorf("%w: %s is not set", fetch.ErrUnavailable, l.dsn)
	case c.own:
		return nil, fmt.Errorf("%w: the server of %s may not be changed", fetch.ErrUnavailable, l.dsn)
	}
	parsed, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", l.dsn, err)
	}
	host, port, err := net.SplitHostPort(parsed.Addr)
	if err != nil {
		return nil, fmt.Errorf("read the address in %s: %w", l.dsn, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("read the port in %s: %w", l.dsn, err)
	}
	c.logf("mysqltest: %s given by %s at %s", l.version, l.dsn, parsed.Addr)
	return &Server{
		Host: host, Port: n, User: parsed.User, Password: parsed.Passwd,
		Flavor: l.flavor, instance: foreign{},
	}, nil
}

// foreign is a server that is not ours to stop.
type foreign struct{}

var (
	_ instance = foreign{}

	errForeign = errors.New("a server given by its address is not restarted; ask for mysqltest.Own()")
)

func (foreign) start(context.Context, []string) error { return errForeign }
func (foreign) stop(context.Context) error            { return errForeign }
func (foreign) kill() error                           { return errForeign }
func (foreign) close() error                          { return nil }
func (foreign) pid() int                              { return 0 }
func (foreign) ended() <-chan struct{}                { return nil }
func (foreign) log() string                           { return "" }
