package sink

import "context"

// Owner is on whose behalf a sink writes: it knows who else might, and how far
// the connector has got elsewhere than in Kafka. Takeover calls it.
type Owner interface {
	// Confirm returns nil while the connector is this process's to write, at the
	// moment of the call. It is asked before every InitProducerID: even one that
	// Kafka refuses would abort the transaction of the rightful owner.
	Confirm(ctx context.Context) error
	// Begin makes the producer known to whoever could be the owner, and decides
	// where to go on. It returns when both are durable: without that an owner
	// that was paused would wake up, fence its successor, and write what that
	// wrote already.
	Begin(ctx context.Context, c Claim) (Grant, error)
}

// Claim is what a sink found in Kafka when it took over.
type Claim struct {
	// Producer, -1 and -1 where there are no transactions.
	ProducerID int64
	Epoch      int16
	// Last is the last committed state, nil when there is none. Nobody can
	// commit another one without fencing this sink.
	Last *StateRecord
	// Foreign is why Last is not this deployment's, an ErrForeignState; nil when
	// it is.
	Foreign error
}

// Grant is what an owner may write.
type Grant struct {
	Session uint64 // its number; never decreases along the state topic
	N       uint64 // number of the last commit; the next one is N+1
}
