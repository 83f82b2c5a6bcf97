package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"cdcd/internal/fetch"
	"cdcd/internal/machine"

	"github.com/ory/dockertest/v3"
	dc "github.com/ory/dockertest/v3/docker"
)

// docker is the provider of one broker in a container. The protocol's level and
// Java's flags are the image's own: who asks for others is served elsewhere.
func docker(_ context.Context, config Config, logf fetch.Logf) (*Cluster, error) {
	if config.Brokers > 1 || config.TransactionVersion != 2 {
		return nil, fmt.Errorf("%w: in Docker there is one broker with the defaults", fetch.ErrUnavailable)
	}
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
		Repository: "apache/kafka", Tag: version, Env: environment(config, port),
		PortBindings: map[dc.Port][]dc.PortBinding{
			"9092/tcp": {{HostIP: "127.0.0.1", HostPort: strconv.Itoa(port.Number)}},
		},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("run apache/kafka:%s: %w", version, err), port.Release())
	}
	logf("kafkatest: apache/kafka:%s, in Docker at %s", version, port.Addr())
	return &Cluster{brokers: []broker{&container{pool: pool, box: box, port: port}}}, nil
}

// environment is the configuration as the image takes it: KAFKA_ and the
// property's name in capitals.
func environment(config Config, port *machine.Port) []string {
	p := settings(1)
	p["process.roles"] = "broker,controller"
	p["node.id"] = "1"
	p["controller.quorum.voters"] = "1@localhost:9093"
	p["listeners"] = "PLAINTEXT://:9092,CONTROLLER://:9093"
	p["advertised.listeners"] = "PLAINTEXT://" + port.Addr()
	p["controller.listener.names"] = "CONTROLLER"
	p["listener.security.protocol.map"] = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
	maps.Copy(p, config.Properties)
	env := []string{"KAFKA_HEAP_OPTS=-Xmx" + config.Heap}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		env = append(env, "KAFKA_"+strings.ToUpper(strings.ReplaceAll(name, ".", "_"))+"="+p[name])
	}
	return env
}

// container is a broker in Docker.
type container struct {
	pool *dockertest.Pool
	box  *dockertest.Resource
	port *machine.Port
}

var _ broker = (*container)(nil)

func (c *container) addr() string { return c.port.Addr() }
func (c *container) pid() int     { return 0 }

func (c *container) start(ctx context.Context) error {
	return c.pool.Client.StartContainerWithContext(c.box.Container.ID, nil, ctx)
}

func (c *container) end(ctx context.Context, how ending) error {
	id := c.box.Container.ID
	switch how {
	case stop:
		return c.pool.Client.StopContainerWithContext(id, uint(time.Minute/time.Second), ctx)
	case kill:
		return c.pool.Client.KillContainer(dc.KillContainerOptions{ID: id, Signal: dc.SIGKILL})
	case remove:
		return errors.Join(c.pool.Purge(c.box), c.port.Release())
	}
	return fmt.Errorf("kafkatest knows no ending %d", how)
}
