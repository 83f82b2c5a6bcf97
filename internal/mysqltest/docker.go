package mysqltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cdcd/internal/fetch"
	"cdcd/internal/machine"

	"github.com/ory/dockertest/v3"
	dc "github.com/ory/dockertest/v3/docker"
)

// docker is the provider of servers in containers.
func docker(_ context.Context, l lane, c config) (*Server, error) {
	pool, err := dockertest.NewPool("")
	if err == nil {
		err = pool.Client.Ping()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: no Docker daemon answers: %w", fetch.ErrUnavailable, err)
	}
	port, err := machine.ReservePort()
	if err != nil {
		return nil, err
	}
	box, err := pool.RunWithOptions(&dockertest.RunOptions{
		Repository: l.image, Tag: l.tag, Cmd: slices.Concat(l.flags, c.flags),
		Env: []string{
			"MYSQL_ALLOW_EMPTY_PASSWORD=yes", "MYSQL_ROOT_HOST=%",
			"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=yes", "MARIADB_ROOT_HOST=%",
		},
		PortBindings: map[dc.Port][]dc.PortBinding{
			"3306/tcp": {{HostIP: "127.0.0.1", HostPort: strconv.Itoa(port.Number)}},
		},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("run %s:%s: %w", l.image, l.tag, err), port.Release())
	}
	c.logf("mysqltest: %s, %s:%s, in Docker at %s", l.version, l.image, l.tag, port.Addr())
	return &Server{
		Host: "127.0.0.1", Port: port.Number, User: "root", Flavor: l.flavor,
		instance: &container{pool: pool, box: box, port: port},
	}, nil
}

// container is a server in Docker.
type container struct {
	foreign // of the process itself nothing is known here
	pool    *dockertest.Pool
	box     *dockertest.Resource
	port    *machine.Port
}

var _ instance = (*container)(nil)

func (c *container) start(ctx context.Context, flags []string) error {
	if len(flags) > 0 {
		return errors.New("a container's flags cannot be changed")
	}
	return c.pool.Client.StartContainerWithContext(c.box.Container.ID, nil, ctx)
}

func (c *container) stop(ctx context.Context) error {
	return c.pool.Client.StopContainerWithContext(c.box.Container.ID, uint(time.Minute/time.Second), ctx)
}

func (c *container) kill() error {
	return c.pool.Client.KillContainer(dc.KillContainerOptions{ID: c.box.Container.ID, Signal: dc.SIGKILL})
}

func (c *container) close() error {
	return errors.Join(c.pool.Purge(c.box), c.port.Release())
}
