package kafkatest

import (
	"context"
	"errors"
	"fmt"

	"cdcd/internal/fetch"
)

// Config is what cluster to start. The zero value is one broker.
type Config struct {
	// Brokers is their number; 0 is 1.
	Brokers int
	// Own asks for brokers of the test's own, to be killed or measured: neither
	// those of CDCD_TEST_KAFKA nor embedded ones will do. Any of the fields
	// below implies it.
	Own bool
	// TransactionVersion is the level of the transaction protocol that the
	// cluster is formatted with, 1 or 2; 0 is 2.
	TransactionVersion int
	// Properties are added to each broker's server.properties.
	Properties map[string]string
	// Heap is Java's -Xmx; "" is 512m.
	Heap string
	// JVM are Java's other flags, in place of those that make it start quickly:
	// benchmarks ask for the production compiler with []string{"-server"}.
	JVM []string
}

// own tells whether the brokers must be started for this cluster.
func (c Config) own() bool {
	return c.Own || c.TransactionVersion != 0 || len(c.Properties) > 0 || c.Heap != "" || len(c.JVM) > 0
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	c.Own = c.own()
	c.Brokers = max(1, c.Brokers)
	if c.TransactionVersion == 0 {
		c.TransactionVersion = 2
	}
	if c.Heap == "" {
		c.Heap = "512m"
	}
	if len(c.JVM) == 0 {
		c.JVM = []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}
	}
	return c
}

// provider makes a cluster, or says with fetch.ErrUnavailable that it cannot.
// The brokers may not answer yet.
type provider func(context.Context, Config, fetch.Logf) (*Cluster, error)

// Open starts a cluster outside of tests. logf, which may be nil, is told what
// is downloaded and what runs. The caller closes the cluster; ctx bounds only
// the start.
func Open(ctx context.Context, config Config, logf func(format string, args ...any)) (*Cluster, error) {
	if logf == nil {
		logf = func(string, ...any) {}
	}
	config = config.withDefaults()
	var reasons []error
	for _, p := range []provider{given, docker, local, embedded} {
		c, err := p(ctx, config, logf)
		if errors.Is(err, fetch.ErrUnavailable) {
			reasons = append(reasons, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("start Kafka: %w", err)
		}
		for i := range c.brokers {
			if err := c.await(ctx, i); err != nil {
				return nil, errors.Join(fmt.Errorf("start Kafka: %w", err), c.Close())
			}
		}
		return c, nil
	}
	return nil, fmt.Errorf("start Kafka: %w", errors.Join(reasons...))
}
