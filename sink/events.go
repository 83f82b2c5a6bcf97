package sink

import "time"

// Events are told what the sink does; metrics and logs are listeners. Each may
// be nil. They are called from the sink's goroutines, must be quick and must
// not call the sink.
type Events struct {
	Connected func()           // Kafka gave us a producer id, or answers again
	Produced  func(Produced)   // a request was acknowledged, wholly or in part
	Failed    func(Failure)    // an attempt failed; the sink goes on unless Class is Fatal
	Queue     func(held int64) // bytes held changed
}

// Produced is what one request wrote.
type Produced struct {
	Broker  int32
	Batches int
	Records int
	Bytes   int64 // as sent: framed and compressed
	Latency time.Duration
}

// Failure is one attempt that did not succeed.
type Failure struct {
	Op        string // produce, metadata, create topic, producer id
	Broker    int32  // -1 when no particular one was asked
	Topic     string // "" when the whole request failed
	Partition int32
	Class     Class
	Err       error
}

func (e Events) withDefaults() Events {
	if e.Connected == nil {
		e.Connected = func() {}
	}
	if e.Produced == nil {
		e.Produced = func(Produced) {}
	}
	if e.Failed == nil {
		e.Failed = func(Failure) {}
	}
	if e.Queue == nil {
		e.Queue = func(int64) {}
	}
	return e
}
