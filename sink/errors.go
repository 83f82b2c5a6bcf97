package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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

// Class is what an error asks for.
type Class uint8

// The classes.
const (
	Done    Class = iota // the bytes are in the log already
	Retry                // send the same bytes again to the same broker, later
	Refresh              // ask for the leader at once, then send the same bytes to it
	Renew                // the broker does not know this producer any more: go on under a new id, if nothing is in doubt
	Resolve              // of a transaction: what was written is decided elsewhere; today as Fatal
	Fatal                // trying again cannot help
)

var classNames = [...]string{"done", "retry", "refresh", "renew", "resolve", "fatal"}

// String returns the name, for labels of metrics.
func (c Class) String() string { return classNames[c] }

func (c Class) remedy() string {
	if c == Renew {
		return "Kafka lost the producer's state while a batch was in doubt, resume from the last committed position: "
	}
	return ""
}

// codeTransactionAbortable is KIP-890's error, which kafka-go does not name.
const codeTransactionAbortable int = 120

// Classify decides what to do about any error of an exchange.
func Classify(err error) Class {
	var code kafka.Error
	switch {
	case errors.As(err, &code):
		return classifyCode(code)
	case isTrust(err): // a certificate does not become valid by waiting
		return Fatal
	case errors.Is(err, context.Canceled): // we are closing
		return Fatal
	}
	// EOF, reset, refused, timeout: the broker may be gone and its partitions
	// led by another.
	return Refresh
}

func classifyCode(code kafka.Error) Class {
	switch code {
	case kafka.DuplicateSequenceNumber: // an attempt whose reply was lost did succeed
		return Done

	case kafka.NotLeaderForPartition, // moved, or moved while acks were awaited
		kafka.LeaderNotAvailable,      // new topic or election
		kafka.UnknownTopicOrPartition, // new topic that this broker has not heard of
		kafka.ReplicaNotAvailable,
		kafka.FencedLeaderEpoch, kafka.UnknownLeaderEpoch, // election
		kafka.KafkaStorageError,  // a disk failed: another replica will lead
		kafka.BrokerNotAvailable, // kafka-go has not learnt of the broker yet
		kafka.NetworkException,
		kafka.ListenerNotFound, // broker is starting
		kafka.NotController:    // creation of topics moved
		return Refresh

	case kafka.RequestTimedOut, // replicas are slow; may have been appended
		kafka.NotEnoughReplicas, // replicas are down; refused
		kafka.NotEnoughReplicasAfterAppend,
		kafka.GroupLoadInProgress, kafka.GroupCoordinatorNotAvailable, kafka.NotCoordinatorForGroup, // producer ids are handed out by coordinators
		kafka.ConcurrentTransactions,
		kafka.ThrottlingQuotaExceeded,
		kafka.Unknown: // the broker met an unexpected exception; sequences make resending safe
		return Retry

	case kafka.OutOfOrderSequenceNumber, // the log lost batches, or producer.id.expiration.ms passed
		kafka.UnknownProducerId,    // the same, older brokers
		kafka.InvalidProducerEpoch: // nobody else has our id: its state is from another life
		return Renew

	case kafka.InvalidTransactionState, kafka.InvalidProducerIDMapping, kafka.TransactionCoordinatorFenced,
		kafka.ProducerFenced, kafka.Error(codeTransactionAbortable):
		return Resolve
	}
	// Authorization, sizes, configuration, versions, a corrupt message: somebody
	// has to change something. An unknown code is treated alike: what is not
	// understood stops.
	return Fatal
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

func isTrust(err error) bool {
	var (
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		record  tls.RecordHeaderError
	)
	return errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &record)
}

// codeError is nil for code 0.
func codeError(code int16) error {
	if code == 0 {
		return nil
	}
	return kafka.Error(code)
}
