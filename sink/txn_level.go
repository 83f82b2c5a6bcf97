package sink

import (
	"cmp"
	"context"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// level is one of Kafka's two transaction protocols.
type level interface {
	dialect(id string) dialect
	// join lets partitions into the open transaction.
	join(ctx context.Context, t *Transactional, ps []*partition) error
	// end ends the transaction and returns who writes the next one.
	end(ctx context.Context, t *Transactional, owner producer, commit bool) (producer, error)
}

// chooseLevel asks for the finalized feature transaction.version: a cluster at
// level 1 accepts the requests of level 2 as well, and does not mean it.
func (t *Transactional) chooseLevel(ctx context.Context) (l level, err error) {
	err = t.insist(ctx, "versions", Write, func(ctx context.Context) (bool, error) {
		req := kmsg.NewPtrApiVersionsRequest()
		req.SetVersion(3)
		req.ClientSoftwareName, req.ClientSoftwareVersion = "cdcd", "0"
		r, err := t.k.client.ask(ctx, req)
		if err != nil {
			return true, err
		}
		resp := r.(*kmsg.ApiVersionsResponse)
		if err := codeError(resp.ErrorCode); err != nil {
			return true, err
		}
		if !verifies(resp) {
			return true, ErrTooOld
		}
		l = levelOf(resp)
		return true, nil
	})
	return l, err
}

// verifies reports whether brokers refuse a delayed produce to a transaction that
// is over, which would leave one that hangs: since AddPartitionsToTxn v4, in 3.6
// (KIP-890).
func verifies(resp *kmsg.ApiVersionsResponse) bool {
	for i := range resp.ApiKeys {
		if resp.ApiKeys[i].ApiKey == int16(protocol.AddPartitionsToTxn) {
			return resp.ApiKeys[i].MaxVersion >= 4
		}
	}
	return false
}

func levelOf(resp *kmsg.ApiVersionsResponse) level {
	for i := range resp.FinalizedFeatures {
		if f := &resp.FinalizedFeatures[i]; f.Name == "transaction.version" && f.MaxVersionLevel >= 2 {
			return level2{}
		}
	}
	return level1{}
}

// level2 is KIP-890: a partition joins a transaction by being written to, and
// every end gives a new epoch, which a late request of the transaction before
// does not have.
type level2 struct{}

func (level2) dialect(id string) dialect {
	return dialect{version: 12, id: id, attributes: attrTransactional}
}

func (level2) join(context.Context, *Transactional, []*partition) error { return nil }

func (level2) end(ctx context.Context, t *Transactional, owner producer, commit bool) (next producer, err error) {
	err = t.endTxn(ctx, EndTxn2, 5, owner, commit, func(resp *kmsg.EndTxnResponse) {
		next = producer{id: resp.ProducerID, epoch: resp.ProducerEpoch}
	})
	if err == nil && next.id < 0 {
		next = owner
	}
	return next, err
}

// level1 is the protocol of KIP-98: the coordinator is told of each partition,
// and the epoch changes with the owner only.
type level1 struct{}

func (level1) dialect(id string) dialect {
	return dialect{version: 7, id: id, attributes: attrTransactional}
}

func (level1) end(ctx context.Context, t *Transactional, owner producer, commit bool) (producer, error) {
	return owner, t.endTxn(ctx, EndTxn, 3, owner, commit, func(*kmsg.EndTxnResponse) {})
}

func (level1) join(ctx context.Context, t *Transactional, ps []*partition) error {
	req := kmsg.NewPtrAddPartitionsToTxnRequest()
	req.SetVersion(3)
	req.TransactionalID, req.ProducerID, req.ProducerEpoch = t.id, t.k.owner.id, t.k.owner.epoch
	req.Topics = joinTopics(ps)
	return t.insist(ctx, "add partitions", Coordinate, func(ctx context.Context) (bool, error) {
		r, sent, err := t.coords.ask(ctx, req)
		if err == nil {
			err = worst(r.(*kmsg.AddPartitionsToTxnResponse))
		}
		return sent, err
	})
}

func joinTopics(ps []*partition) []kmsg.AddPartitionsToTxnRequestTopic {
	at := map[*topic]int{}
	var topics []kmsg.AddPartitionsToTxnRequestTopic
	for _, p := range ps {
		i, ok := at[p.topic]
		if !ok {
			i = len(topics)
			at[p.topic] = i
			t := kmsg.NewAddPartitionsToTxnRequestTopic()
			t.Topic = p.topic.name
			topics = append(topics, t)
		}
		topics[i].Partitions = append(topics[i].Partitions, p.index)
	}
	return topics
}

// codeNotAttempted is OPERATION_NOT_ATTEMPTED: another partition was at fault.
const codeNotAttempted = 55

// worst is the error that matters most of a response: one that says why.
func worst(resp *kmsg.AddPartitionsToTxnResponse) error {
	var found error
	var class Class
	for i := range resp.Topics {
		for _, p := range resp.Topics[i].Partitions {
			err := codeError(p.ErrorCode)
			if err == nil || p.ErrorCode == codeNotAttempted {
				continue
			}
			if c := Classify(Coordinate, err); found == nil || c > class {
				found, class = lacking(err, "Write", resp.Topics[i].Topic), c
			}
		}
	}
	return cmp.Or(found, codeError(resp.ErrorCode))
}
