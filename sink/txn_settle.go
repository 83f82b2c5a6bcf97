package sink

import (
	"context"
	"time"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// settling is how the committer waits for Kafka to be done with a transaction.
// EndTxn is answered before the markers are written, and what comes earlier than
// those is held by the broker for 20 ms (transaction.version 2), or refused (1):
// a pause that is guessed is too long most of the time, and too short when it
// matters. So the coordinator is asked. The first question comes when the answer
// is likely to be yes.
type settling struct {
	patience time.Duration // until the first question
	blind    bool          // the coordinator does not tell us
}

const (
	firstPatience = 500 * time.Microsecond
	morePatience  = 50 * time.Microsecond // at least
	maxPatience   = 5 * time.Millisecond
	// blindPause is waited where the coordinator does not tell.
	blindPause = 2 * time.Millisecond
	// eager is how many questions are asked one upon the other: a pause between
	// them would be a millisecond, however short it should be.
	eager = 4
	// maxSettle is when the next transaction is begun in any case. What Kafka then
	// says to it is retried as ever.
	maxSettle = time.Second
)

// answered learns from the first answer, so that about one in five is no.
func (s *settling) answered(over bool) {
	if over {
		s.patience -= s.patience / 32
	} else {
		s.patience = min(s.patience+max(s.patience/8, morePatience), maxPatience)
	}
}

// settle returns when Kafka is done with the transaction that was just committed,
// as far as is known. Meanwhile the next one grows.
func (t *Transactional) settle() {
	ctx, cancel := context.WithTimeout(t.k.ctx, maxSettle)
	defer cancel()
	if t.settling.blind {
		t.k.sleep(ctx, blindPause)
		return
	}
	t.k.sleep(ctx, t.settling.patience)
	for n := 0; ctx.Err() == nil; n++ {
		over, err := t.settled(ctx)
		switch {
		case err != nil:
			t.unsettled(ctx, err)
			return
		case n == 0:
			t.settling.answered(over)
		case n >= eager:
			t.k.sleep(ctx, time.Millisecond)
		}
		if over {
			return
		}
	}
}

// unsettled goes on without an answer. One who does not tell now may do so next
// time, unless that is forbidden.
func (t *Transactional) unsettled(ctx context.Context, err error) {
	class := Classify(Coordinate, err)
	t.settling.blind = class == Fatal
	if class == Refresh {
		t.coords.forget()
	}
	t.k.sleep(ctx, blindPause)
}

// settled asks the coordinator whether the markers of our last transaction are
// written.
func (t *Transactional) settled(ctx context.Context) (bool, error) {
	req := kmsg.NewPtrDescribeTransactionsRequest()
	req.TransactionalIDs = []string{t.id}
	r, _, err := t.coords.ask(ctx, req)
	if err != nil {
		return false, err
	}
	resp := r.(*kmsg.DescribeTransactionsResponse)
	if len(resp.TransactionStates) != 1 {
		return false, kafka.NetworkException
	}
	one := &resp.TransactionStates[0]
	return one.State != "PrepareCommit", codeError(one.ErrorCode)
}
