package sink

import (
	"context"
	"errors"
	"fmt"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TxnError is why Kafka refuses to have our transactions.
type TxnError struct {
	Op  string
	ID  string // transactional id
	Err error
}

func (e *TxnError) Error() string {
	return fmt.Sprintf("sink: %s of transactional id %s: %v%s", e.Op, e.ID, e.Err, txnRemedy(e.Err))
}

func (e *TxnError) Unwrap() error { return e.Err }

// coordinators is our own table of the coordinator: one entry, asked for at once
// after an error. One goroutine at a time uses it.
type coordinators struct {
	client *client
	id     string
	broker int32 // anyBroker while not known
}

func (c *coordinators) forget() { c.broker = anyBroker }

// ask sends a request to the coordinator.
func (c *coordinators) ask(ctx context.Context, req kmsg.Request) (kmsg.Response, bool, error) {
	if c.broker == anyBroker {
		if err := c.find(ctx); err != nil {
			return nil, false, err
		}
	}
	return c.client.send(ctx, c.broker, req)
}

func (c *coordinators) find(ctx context.Context) error {
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.SetVersion(3)
	req.CoordinatorKey, req.CoordinatorType = c.id, 1
	r, err := c.client.ask(ctx, req)
	if err != nil {
		return err
	}
	resp := r.(*kmsg.FindCoordinatorResponse)
	if err := codeError(resp.ErrorCode); err != nil {
		return err
	}
	c.broker = resp.NodeID
	return nil
}

// initProducer is one try to become the owner in Kafka: the transaction of the
// one before is aborted, unless it is committed already, and what that one still
// sends is refused.
func (t *Transactional) initProducer(ctx context.Context) (producer, bool, error) {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.SetVersion(4)
	req.TransactionalID, req.TransactionTimeoutMillis = &t.id, int32(t.cfg.Timeout.Milliseconds())
	req.ProducerID, req.ProducerEpoch = -1, -1
	r, sent, err := t.coords.ask(ctx, req)
	if err != nil {
		return noProducer, sent, err
	}
	resp := r.(*kmsg.InitProducerIDResponse)
	return producer{id: resp.ProducerID, epoch: resp.ProducerEpoch}, true, codeError(resp.ErrorCode)
}

// endTxn commits or aborts. The caller knows that there is a transaction: an
// empty one must not be ended.
func (t *Transactional) endTxn(ctx context.Context, step Step, version int16, owner producer, commit bool, done func(*kmsg.EndTxnResponse)) error {
	req := kmsg.NewPtrEndTxnRequest()
	req.SetVersion(version)
	req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Commit = t.id, owner.id, owner.epoch, commit
	op := "abort"
	if commit {
		op = "commit"
	}
	return t.insist(ctx, op, step, func(ctx context.Context) (bool, error) {
		r, sent, err := t.coords.ask(ctx, req)
		if err != nil {
			return sent, err
		}
		resp := r.(*kmsg.EndTxnResponse)
		if err := codeError(resp.ErrorCode); err != nil {
			return true, err
		}
		done(resp)
		return true, nil
	})
}

// txnRemedy says who can mend what Kafka refused.
func txnRemedy(err error) string {
	var code kafka.Error
	if !errors.As(err, &code) {
		return ""
	}
	switch code {
	case kafka.TransactionalIDAuthorizationFailed:
		return ": the principal needs the ACLs Write and Describe on this transactional id"
	case kafka.ClusterAuthorizationFailed:
		return ": the principal needs the ACL IdempotentWrite on the cluster"
	case kafka.InvalidTransactionTimeout:
		return ": transaction.timeout.ms is larger than transaction.max.timeout.ms of the brokers; lower producer.override.transaction.timeout.ms of the connector, or raise that of the brokers"
	}
	return ""
}
