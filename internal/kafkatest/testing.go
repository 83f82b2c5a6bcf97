package kafkatest

import (
	"context"
	"errors"
	"testing"
	"time"

	"cdcd/internal/fetch"
)

// Start starts a cluster for one test and ends it with the test. The test is
// skipped where no such cluster can be had.
func Start(t testing.TB, config Config) *Cluster {
	t.Helper()
	c, err := Open(t.Context(), config, fetch.Announce)
	if errors.Is(err, fetch.ErrUnavailable) {
		t.Skipf("no Kafka here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, c)
	return c
}

func closeAfter(t testing.TB, c *Cluster) {
	t.Helper()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close Kafka: %v", err)
		}
	})
}

// CreateTopic is Create that fails the test.
func (c *Cluster) CreateTopic(t testing.TB, topic string, partitions int, configs map[string]string) {
	t.Helper()
	if err := c.Create(t.Context(), topic, partitions, configs); err != nil {
		t.Fatal(err)
	}
}

// Consume is Read that fails the test, at the latest after a minute.
func (c *Cluster) Consume(t testing.TB, topics ...string) []Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	records, err := c.Read(ctx, topics...)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// DeleteTopics is Delete that fails the test.
func (c *Cluster) DeleteTopics(t testing.TB, topics ...string) {
	t.Helper()
	if err := c.Delete(t.Context(), topics...); err != nil {
		t.Fatal(err)
	}
}
