package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/golden"
	"cdcd/internal/kafkatest"
)

// isWindow tells whether a record is of a row that Debezium, or cdcd, wrote into the
// signal table around a chunk. Debezium writes two more at the end of a snapshot.
func isWindow(r golden.Record) bool {
	return r.Value != nil && strings.Contains(*r.Value, `"type":"snapshot-window-`)
}

// signalsOf prepares a case with signals: the recorded connector wrote windows, and the
// topic of signals is here. It returns the records of that topic.
func signalsOf(t *testing.T, c *golden.Case, kafka *kafkatest.Cluster) []golden.Record {
	t.Helper()
	if c.Config["signal.data.collection"] != "" {
		c.Config["read.only"] = "false"
	}
	topic := c.Config["signal.kafka.topic"]
	if topic == "" {
		return nil
	}
	kafka.CreateTopic(t, topic, 1, nil)
	c.Config["signal.kafka.bootstrap.servers"] = kafka.Bootstrap()
	return c.Topic(topic)
}

// send puts signals into their topic when the first row has come.
func send(t *testing.T, d *daemon, kafka *kafkatest.Cluster, c *golden.Case, signals []golden.Record) {
	t.Helper()
	if len(signals) == 0 {
		return
	}
	d.Until(10*time.Second, "the first row came", func() bool {
		records, err := kafka.Read(t.Context(), c.Data()[0].Topic)
		return err == nil && len(records) > 0
	})
	writer, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, s := range signals {
		if err := writer.ProduceSync(t.Context(), &kgo.Record{Topic: s.Topic, Key: []byte(*s.Key), Value: []byte(*s.Value)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}
