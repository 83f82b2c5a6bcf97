package sink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"cdcd/event"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
	"go.uber.org/zap"
)

// Config says where Kafka is and how to write to it. The zero value of every
// field but Brokers has a default.
type Config struct {
	Brokers  []string    // host:port of brokers to ask first
	ClientID string      // shown in the brokers' logs and quotas; "cdcd"
	TLS      *tls.Config // nil for plain text
	SASL     SASL
	// Dial opens connections in place of a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	Compression     Compression
	BatchSize       int           // bytes per partition batch, before compression; 1 MiB
	Linger          time.Duration // how long a batch waits to fill; 0 sends as soon as the broker is free
	MaxRequestBytes int           // bytes per request, over all its partitions; 4 MiB
	BufferBytes     int64         // bound on everything held; 32 MiB
	Topics          TopicDefaults

	// RequestTimeout bounds every exchange with a broker; 15 s.
	RequestTimeout time.Duration
	// DeliveryTimeout is how long a record may be tried before the sink fails.
	// Zero tries for ever: an outage of Kafka is waited out.
	DeliveryTimeout time.Duration

	Logger *zap.Logger
	Events Events
	// OnCommit is told each boundary once everything before it is acknowledged,
	// in order, from one goroutine of the sink. It must not call Flush or Close.
	OnCommit func(event.State)
}

// TopicDefaults is how a topic that does not exist is made.
type TopicDefaults struct {
	AutoCreate  bool
	Partitions  int32             // 0: what the broker's num.partitions says
	Replication int16             // 0: what the broker's default.replication.factor says
	Configs     map[string]string // topic configuration, as cleanup.policy
}

// SASL is how to authenticate. The zero value does not.
type SASL struct {
	Mechanism string // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	User      string
	Password  string
}

func (s SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "":
		return nil, nil
	case "PLAIN":
		return plain.Mechanism{Username: s.User, Password: s.Password}, nil
	case "SCRAM-SHA-256":
		return scram.Mechanism(scram.SHA256, s.User, s.Password)
	case "SCRAM-SHA-512":
		return scram.Mechanism(scram.SHA512, s.User, s.Password)
	}
	return nil, fmt.Errorf("sink: SASL mechanism %q is not one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", s.Mechanism)
}

func (c Config) withDefaults() (Config, error) {
	if len(c.Brokers) == 0 {
		return c, errors.New("sink: no Kafka brokers configured")
	}
	if _, err := newCompressor(c.Compression); err != nil {
		return c, err
	}
	fallback(&c.ClientID, "cdcd")
	fallback(&c.BatchSize, 1<<20)
	fallback(&c.MaxRequestBytes, 4<<20)
	fallback(&c.BufferBytes, 32<<20)
	fallback(&c.RequestTimeout, 15*time.Second)
	fallback(&c.Topics.Partitions, -1)
	fallback(&c.Topics.Replication, -1)
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.OnCommit == nil {
		c.OnCommit = func(event.State) {}
	}
	c.Events = c.Events.withDefaults()
	return c, nil
}

// fallback sets a field that was left at its zero value.
func fallback[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
