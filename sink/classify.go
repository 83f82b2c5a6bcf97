package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"

	kafka "github.com/segmentio/kafka-go"
)

// Step is what an error interrupted: the same code calls for one thing while
// records are written and for another while a transaction ends.
type Step uint8

// The steps.
const (
	Write      Step = iota // outside of transactions: lookups, topics, Produce
	WriteTxn               // Produce in a transaction
	Coordinate             // FindCoordinator, InitProducerID, AddPartitionsToTxn
	EndTxn                 // EndTxn that was sent, transaction.version 1
	EndTxn2                // EndTxn that was sent, transaction.version 2
)

// Class is what an error asks for.
type Class uint8

// The classes.
const (
	Done    Class = iota // the bytes are in the log already
	Retry                // send the same bytes again to the same broker, later
	Refresh              // ask for the leader or coordinator at once, then send the same bytes to it
	Once                 // as Refresh, but a second time is Fatal
	Renew                // the broker does not know this producer any more: go on under a new id, if nothing is in doubt
	Resolve              // whether the transaction happened, or is ours, is not known: confirm ownership and take over again
	Fatal                // trying again cannot help
)

var classNames = [...]string{"done", "retry", "refresh", "once", "renew", "resolve", "fatal"}

// String returns the name, for labels of metrics.
func (c Class) String() string { return classNames[c] }

func (c Class) remedy() string {
	if c == Renew {
		return "Kafka lost the producer's state while a batch was in doubt, resume from the last committed position: "
	}
	return ""
}

// errAbortable is TRANSACTION_ABORTABLE, KIP-890's error, which kafka-go does not name.
const errAbortable = kafka.Error(120)

// Classify decides what to do about any error of an exchange.
func Classify(step Step, err error) Class {
	var code kafka.Error
	switch {
	case errors.Is(err, ErrStateTopic), errors.Is(err, ErrForeignState), errors.Is(err, ErrTooOld),
		errors.Is(err, ErrNoTopic), errors.Is(err, ErrNotOwner):
		return Fatal
	case errors.As(err, &code):
		return step.classify(code)
	case isTrust(err): // a certificate does not become valid by waiting
		return Fatal
	case errors.Is(err, context.Canceled): // we are closing
		return Fatal
	case step.ends(): // EOF or timeout: the broker may have committed; two of two such did when it was tried
		return Resolve
	}
	// EOF, reset, refused, timeout: the broker may be gone and its partitions
	// led by another.
	return Refresh
}

// ends reports whether the step decides a transaction.
func (s Step) ends() bool { return s == EndTxn || s == EndTxn2 }

func (s Step) classify(code kafka.Error) Class {
	switch code {
	case kafka.DuplicateSequenceNumber: // an attempt whose reply was lost did succeed
		return Done

	case kafka.BrokerNotAvailable: // kafka-go has not learnt of the broker yet: nothing was sent
		return Refresh

	case kafka.GroupLoadInProgress, kafka.GroupCoordinatorNotAvailable, kafka.NotCoordinatorForGroup:
		return s.coordinatorMoved()

	case kafka.NotLeaderForPartition, // moved, or moved while acks were awaited
		kafka.LeaderNotAvailable,      // new topic or election
		kafka.UnknownTopicOrPartition, // new topic that this broker has not heard of
		kafka.ReplicaNotAvailable,
		kafka.FencedLeaderEpoch, kafka.UnknownLeaderEpoch, // election
		kafka.KafkaStorageError, // a disk failed: another replica will lead
		kafka.NetworkException,
		kafka.ListenerNotFound, // broker is starting
		kafka.OffsetOutOfRange, // the state topic was compacted while it was read
		kafka.NotController:    // creation of topics moved
		return s.unlessEnding(Refresh)

	case kafka.RequestTimedOut, // replicas are slow; may have been appended
		kafka.NotEnoughReplicas, // replicas are down; refused
		kafka.NotEnoughReplicasAfterAppend,
		kafka.Unknown: // the broker met an unexpected exception; sequences make resending safe
		return s.unlessEnding(Retry)

	case kafka.ConcurrentTransactions, // the transaction before is being finished: refused before anything was done
		kafka.ThrottlingQuotaExceeded:
		return Retry

	case kafka.OutOfOrderSequenceNumber, // the log lost batches, or producer.id.expiration.ms passed
		kafka.UnknownProducerId,    // the same, older brokers
		kafka.InvalidProducerEpoch: // in a transaction: fenced, or timed out at the broker. Else nobody has our id: its state is from another life
		if s == Write {
			return Renew
		}
		return Resolve

	case kafka.ProducerFenced, kafka.TransactionCoordinatorFenced, // somebody took over
		kafka.InvalidTransactionState,  // fenced, or a timeout's abort met our commit (KAFKA-20785)
		kafka.InvalidProducerIDMapping, // transactional.id.expiration.ms passed
		errAbortable:                   // KIP-890: abort and write again, which is what taking over does
		return Resolve

	case kafka.InvalidMessage: // checksum: once is the network, twice is our encoder
		return Once
	}
	// Authorization, sizes, configuration, versions, a corrupt message: somebody
	// has to change something. An unknown code is treated alike: what is not
	// understood stops.
	return Fatal
}

// coordinatorMoved is what a broker calls for that does not coordinate us, or not
// yet. Outside of transactions any broker hands out producer ids. While a
// transaction ends the refusal may follow a half-done write to the coordinator's
// log: transaction.version 2 recognises a repeated EndTxn by its epoch, and
// version 1 might end the next transaction with it (KAFKA-17754).
func (s Step) coordinatorMoved() Class {
	switch s {
	case Write:
		return Retry
	case WriteTxn, Coordinate, EndTxn2:
		return Refresh
	case EndTxn:
		return Resolve
	}
	return Fatal
}

// unlessEnding is c, but that an EndTxn which may have been carried out is not
// repeated.
func (s Step) unlessEnding(c Class) Class {
	if s.ends() {
		return Resolve
	}
	return c
}

func isTrust(err error) bool {
	var (
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		record  tls.RecordHeaderError
	)
	return errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &record)
}
