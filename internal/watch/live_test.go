package watch

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
)

// TestStartStable looks at a transaction that is open, on a topic that comes
// later than the look.
func TestStartStable(t *testing.T) {
	kafka := kafkatest.Fake(t)
	s := StartStable(t, kafka.Brokers(), time.Hour, "open", "never")
	kafka.CreateTopic(t, "open", 1, nil)
	cl, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...), kgo.TransactionalID("open"), kgo.DefaultProduceTopic("open"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(t.Context(), kgo.StringRecord("1")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	daemontest.Until(t, 20*time.Second, "an open transaction is seen", nil, func() bool { return s.Worst() > 500*time.Millisecond })
	if found := s.Violations(); len(found) > 0 {
		t.Errorf("%q", found)
	}
}
