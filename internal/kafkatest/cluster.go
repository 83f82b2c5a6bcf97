package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// startTimeout is how long brokers may take until they answer.
const startTimeout = 2 * time.Minute

// Cluster is a running Kafka cluster. Brokers are numbered from 0, their ids
// from 1. Its methods may be called concurrently, except that one broker is
// stopped and started by one caller at a time.
type Cluster struct {
	brokers []broker
	fake    *kfake.Cluster // nil unless the brokers are embedded
}

// broker is where one broker runs.
type broker interface {
	addr() string
	pid() int
	start(context.Context) error
	end(context.Context, ending) error
}

// ending is how a broker ends.
type ending int

const (
	stop   ending = iota // in order
	kill                 // as in a crash
	remove               // for good, data and all
)

// Brokers are the addresses of the brokers, host:port.
func (c *Cluster) Brokers() []string {
	addrs := make([]string, len(c.brokers))
	for i, b := range c.brokers {
		addrs[i] = b.addr()
	}
	return addrs
}

// Bootstrap is Brokers as bootstrap.servers has them: with commas.
func (c *Cluster) Bootstrap() string { return strings.Join(c.Brokers(), ",") }

// Fake is the embedded cluster, whose requests a test may intercept; nil when
// the brokers are real.
func (c *Cluster) Fake() *kfake.Cluster { return c.fake }

// PID is the process id of broker i when it runs on this machine, otherwise 0.
func (c *Cluster) PID(i int) int { return c.brokers[i].pid() }

// Kill ends broker i as a crash would (SIGKILL).
func (c *Cluster) Kill(i int) error { return c.brokers[i].end(context.Background(), kill) }

// Stop shuts broker i down in order.
func (c *Cluster) Stop(ctx context.Context, i int) error { return c.brokers[i].end(ctx, stop) }

// Resume starts broker i again after Kill or Stop, on its port and data, and
// returns when it is part of the cluster.
func (c *Cluster) Resume(ctx context.Context, i int) error {
	if err := c.brokers[i].start(ctx); err != nil {
		return err
	}
	return c.await(ctx, i)
}

// Restart is Stop and Resume.
func (c *Cluster) Restart(ctx context.Context, i int) error {
	if err := c.Stop(ctx, i); err != nil {
		return err
	}
	return c.Resume(ctx, i)
}

// Close ends the brokers and removes their data. Brokers that were given by
// their address are left alone.
func (c *Cluster) Close() error {
	var err error
	for _, b := range c.brokers {
		err = errors.Join(err, b.end(context.Background(), remove))
	}
	return err
}

// Create makes a topic with a replica on up to three brokers, and returns when
// each partition has a leader.
func (c *Cluster) Create(ctx context.Context, topic string, partitions int, configs map[string]string) error {
	values := map[string]*string{}
	for name, value := range maps.All(configs) {
		values[name] = &value
	}
	replicas := int16(min(3, len(c.brokers)))
	return c.admin(ctx, c.Brokers(), func(ctx context.Context, a *kadm.Client) error {
		if _, err := a.CreateTopic(ctx, int32(partitions), replicas, values, topic); err != nil {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
		return poll(ctx, func() error { return led(ctx, a, topic, partitions) })
	})
}

// led says why a topic is not ready for writing, as far as a broker knows.
func led(ctx context.Context, a *kadm.Client, topic string, partitions int) error {
	topics, err := a.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	n := 0
	for _, p := range topics[topic].Partitions {
		if p.Err == nil && p.Leader >= 0 {
			n++
		}
	}
	if n < partitions {
		return fmt.Errorf("%d of %d partitions of %s have a leader", n, partitions, topic)
	}
	return nil
}

// await returns when broker i answers and knows itself to be in the cluster.
func (c *Cluster) await(ctx context.Context, i int) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	b := c.brokers[i]
	err := c.admin(ctx, []string{b.addr()}, func(ctx context.Context, a *kadm.Client) error {
		return poll(ctx, func() error { return listed(ctx, a, b.addr()) })
	})
	if err == nil {
		return nil
	}
	if l, ok := b.(interface{ log() string }); ok {
		return fmt.Errorf("wait for the broker at %s: %w\n%s", b.addr(), err, l.log())
	}
	return fmt.Errorf("wait for the broker at %s: %w", b.addr(), err)
}

// listed says why a broker is not ready.
func listed(ctx context.Context, a *kadm.Client, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	m, err := a.BrokerMetadata(ctx)
	if err != nil {
		return err
	}
	for _, b := range m.Brokers {
		if fmt.Sprintf("%s:%d", b.Host, b.Port) == addr {
			return nil
		}
	}
	return fmt.Errorf("it is not among the %d brokers of the cluster", len(m.Brokers))
}

// admin calls f with a client for as long as f runs.
func (c *Cluster) admin(ctx context.Context, seeds []string, f func(context.Context, *kadm.Client) error) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(seeds...), kgo.MetadataMinAge(10*time.Millisecond),
		kgo.RetryTimeout(5*time.Second))
	if err != nil {
		return err
	}
	defer cl.Close()
	return f(ctx, kadm.NewClient(cl))
}

// poll calls f until it succeeds or the context ends.
func poll(ctx context.Context, f func() error) error {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (last: %w)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}
