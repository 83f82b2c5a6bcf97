package kafkatest

import "testing"

// StartPrompt starts brokers of the test's own that abort transactions which are
// overdue at once, and not every ten seconds.
func StartPrompt(t testing.TB, transactionVersion, brokers int) *Cluster {
	t.Helper()
	return Start(t, Config{
		Own: true, TransactionVersion: transactionVersion, Brokers: brokers,
		Properties: map[string]string{"transaction.abort.timed.out.transaction.cleanup.interval.ms": "100"},
	})
}
