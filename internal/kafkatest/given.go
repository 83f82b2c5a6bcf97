package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"cdcd/internal/fetch"
)

// givenEnv names brokers that run already.
const givenEnv = "CDCD_TEST_KAFKA"

// given is the provider of brokers whose addresses are in the environment.
func given(_ context.Context, config Config, logf fetch.Logf) (*Cluster, error) {
	addrs := os.Getenv(givenEnv)
	switch {
	case addrs == "":
		return nil, fmt.Errorf("%w: %s is not set", fetch.ErrUnavailable, givenEnv)
	case config.Own:
		return nil, fmt.Errorf("%w: the brokers of %s may not be changed", fetch.ErrUnavailable, givenEnv)
	}
	c := &Cluster{}
	for a := range strings.SplitSeq(addrs, ",") {
		c.brokers = append(c.brokers, foreign(strings.TrimSpace(a)))
	}
	if len(c.brokers) < config.Brokers {
		return nil, fmt.Errorf("%w: %s has fewer than %d brokers", fetch.ErrUnavailable, givenEnv, config.Brokers)
	}
	logf("kafkatest: given by %s at %s", givenEnv, addrs)
	return c, nil
}

// foreign is the address of a broker that is not ours to stop.
type foreign string

var (
	_ broker = foreign("")

	errForeign = errors.New("this broker is not started and stopped by the test; set kafkatest.Config.Own")
)

func (f foreign) addr() string              { return string(f) }
func (foreign) pid() int                    { return 0 }
func (foreign) start(context.Context) error { return errForeign }

func (foreign) end(_ context.Context, how ending) error {
	if how == remove {
		return nil
	}
	return errForeign
}
