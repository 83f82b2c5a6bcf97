package sink

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestSettling waits about as long as markers take before it asks.
func TestSettling(t *testing.T) {
	f := func(markers time.Duration) {
		t.Helper()
		s, early := settling{patience: firstPatience}, 0
		for range 5000 {
			over := s.patience >= markers
			s.answered(over)
			if !over {
				early++
			}
		}
		if s.patience < markers*3/4 || s.patience > markers*5/4 || early > 5000/4 {
			t.Errorf("markers that take %s: asks after %s, %d times too early", markers, s.patience, early)
		}
	}
	f(300 * time.Microsecond)
	f(time.Millisecond)
	f(4 * time.Millisecond)
}

// TestTxnTooEarly writes nothing while the coordinator says that it is still busy
// with the transaction before, which a broker would hold back for 20 ms.
func TestTxnTooEarly(t *testing.T) {
	c := fakeCluster(t)
	var busy atomic.Int32
	control := func(key kmsg.Key, f func(kmsg.Request) kmsg.Response) {
		c.ControlKey(int16(key), func(req kmsg.Request) (kmsg.Response, error, bool) {
			c.KeepControl()
			resp := f(req)
			return resp, nil, resp != nil
		})
	}
	control(kmsg.EndTxn, func(kmsg.Request) kmsg.Response {
		busy.Store(eager + 2)
		return nil
	})
	control(kmsg.DescribeTransactions, func(req kmsg.Request) kmsg.Response {
		if busy.Add(-1) < 0 {
			return nil
		}
		one := kmsg.NewDescribeTransactionsResponseTransactionState()
		one.State = "PrepareCommit"
		resp := req.ResponseKind().(*kmsg.DescribeTransactionsResponse)
		resp.TransactionStates = append(resp.TransactionStates, one)
		return resp
	})
	control(kmsg.Produce, func(kmsg.Request) kmsg.Response {
		if left := busy.Load(); left > 0 {
			t.Errorf("written while Kafka was to say %d more times that it is not done", left)
		}
		return nil
	})
	x, _ := owned(t, c.ListenAddrs(), &raft{}, nil)
	for n := range 20 {
		mustTransact(t, x, shop, n, n+1)
	}
	checkTxns(t, c.ListenAddrs(), "orders", 20)
}
