package connector

import (
	"math"
	"time"

	"cdcd/sink"
)

// SinkOverrides is what a connector's producer.override properties change in
// the daemon's settings. Zero values change nothing.
type SinkOverrides struct {
	Compression     *sink.Compression
	Linger          time.Duration
	BatchSize       int
	MaxRequestBytes int
	BufferBytes     int64
	RequestTimeout  time.Duration
	DeliveryTimeout time.Duration
}

// Apply returns the daemon's settings with the overrides in them.
func (o SinkOverrides) Apply(c sink.Config) sink.Config {
	if o.Compression != nil {
		c.Compression = *o.Compression
	}
	override(&c.Linger, o.Linger)
	override(&c.BatchSize, o.BatchSize)
	override(&c.MaxRequestBytes, o.MaxRequestBytes)
	override(&c.BufferBytes, o.BufferBytes)
	override(&c.RequestTimeout, o.RequestTimeout)
	override(&c.DeliveryTimeout, o.DeliveryTimeout)
	return c
}

func override[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}

func (p *configParser) sink() SinkOverrides {
	const prefix = "producer.override."
	o := SinkOverrides{
		Linger:          p.v.Duration(prefix + "linger.ms"),
		BatchSize:       int(p.v.Int(prefix + "batch.size")),
		MaxRequestBytes: int(p.v.Int(prefix + "max.request.size")),
		BufferBytes:     p.v.Int(prefix + "buffer.memory"),
		RequestTimeout:  p.v.Duration(prefix + "request.timeout.ms"),
		DeliveryTimeout: p.v.Duration(prefix + "delivery.timeout.ms"),
	}
	if o.DeliveryTimeout >= math.MaxInt32*time.Millisecond {
		o.DeliveryTimeout = 0 // for ever
	}
	if name := prefix + "compression.type"; p.v.Set(name) {
		c, err := sink.ParseCompression(p.v.Choice(name))
		if err != nil {
			p.fail(name, "%v", err)
		}
		o.Compression = &c
	}
	return o
}
