package kafkatest

import (
	"context"
	"fmt"
	"testing"

	"cdcd/internal/fetch"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Fake starts the embedded broker for a test: in milliseconds, and open to
// interception through Cluster.Fake. It has one broker unless told otherwise.
func Fake(t testing.TB, opts ...kfake.Opt) *Cluster {
	t.Helper()
	c, err := newFake(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...))
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, c)
	return c
}

// embedded is the provider of last resort.
func embedded(_ context.Context, config Config, logf fetch.Logf) (*Cluster, error) {
	if config.Own {
		return nil, fmt.Errorf("%w: the embedded broker is not enough", fetch.ErrUnavailable)
	}
	c, err := newFake([]kfake.Opt{kfake.NumBrokers(config.Brokers)})
	if err == nil {
		logf("kafkatest: kfake, embedded, at %s", c.Bootstrap())
	}
	return c, err
}

func newFake(opts []kfake.Opt) (*Cluster, error) {
	f, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, err
	}
	c := &Cluster{fake: f}
	for _, a := range f.ListenAddrs() {
		c.brokers = append(c.brokers, fakeBroker{foreign(a), f})
	}
	return c, nil
}

// fakeBroker is a broker that ends with its whole cluster.
type fakeBroker struct {
	foreign
	cluster *kfake.Cluster
}

func (b fakeBroker) end(ctx context.Context, how ending) error {
	if how == remove {
		b.cluster.Close()
	}
	return b.foreign.end(ctx, how)
}
