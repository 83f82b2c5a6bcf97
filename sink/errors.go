package sink

import (
	"errors"
	"fmt"

	kafka "github.com/segmentio/kafka-go"
)

// Errors of the sink itself.
var (
	// ErrClosed is returned by calls on a closed sink.
	ErrClosed = errors.New("sink: closed")
	// ErrNoTopic means that a topic does not exist and may not be created.
	ErrNoTopic = errors.New("topic does not exist and topic.creation is off: create it, or allow its creation")
	// ErrDeliveryTimeout means that Kafka did not take a record in time.
	ErrDeliveryTimeout = errors.New("not delivered in time")
)

// TooLargeError is a record that the topic does not take. The record was not
// written; what came before it was.
type TooLargeError struct {
	Topic       string
	Size, Limit int // bytes, framed and compressed; the topic's max.message.bytes
	Index       int // of the record in the format.Batch, -1 if Kafka refused it later
}

func (e *TooLargeError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("sink: Kafka refused a batch of %d bytes for topic %s as too large, although max.message.bytes was %d: was it lowered?", e.Size, e.Topic, e.Limit)
	}
	return fmt.Sprintf("sink: a record of %d bytes is larger than max.message.bytes=%d of topic %s; raise it there", e.Size, e.Limit, e.Topic)
}

// ResolveError says that it is not known whether a transaction happened, or
// whether this process still owns the connector: the sink is to be closed, and
// another one opened and taken over with, which finds out both.
type ResolveError struct {
	Op  string // produce, commit, abort, producer id, add partitions
	Err error
}

func (e *ResolveError) Error() string {
	return fmt.Sprintf("sink: transaction to be resolved by taking over again, after %s: %v", e.Op, e.Err)
}

func (e *ResolveError) Unwrap() error { return e.Err }

// ProduceError is why a partition could not be written.
type ProduceError struct {
	Topic     string
	Partition int32
	Class     Class
	Err       error
}

func (e *ProduceError) Error() string {
	return fmt.Sprintf("sink: write to %s-%d: %s%v", e.Topic, e.Partition, e.Class.remedy(), e.Err)
}

func (e *ProduceError) Unwrap() error { return e.Err }

// lacking names the right on a topic for want of which Kafka refused, where that
// is what err says.
func lacking(err error, operation, topic string) error {
	if errors.Is(err, kafka.TopicAuthorizationFailed) {
		return fmt.Errorf("%w: the principal needs the ACL %s on topic %s", err, operation, topic)
	}
	return err
}

// mayBeWritten reports whether a batch that was sent and met err can be in the
// log: it cannot where the broker checks before it appends, or where there is no
// log.
func mayBeWritten(err error) bool {
	var code kafka.Error
	if !errors.As(err, &code) {
		return true
	}
	switch code {
	case kafka.UnknownTopicOrPartition, kafka.NotEnoughReplicas,
		kafka.OutOfOrderSequenceNumber, kafka.UnknownProducerId, kafka.InvalidProducerEpoch:
		return false
	}
	return true // NOT_LEADER too: leadership may be lost while acks are awaited
}

// codeError is nil for code 0.
func codeError(code int16) error {
	if code == 0 {
		return nil
	}
	return kafka.Error(code)
}
