package kafkatest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"cdcd/internal/kafkatest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// starter starts the cluster of a test.
type starter func(*testing.T) *kafkatest.Cluster

func fake() starter {
	return func(t *testing.T) *kafkatest.Cluster { t.Helper(); return kafkatest.Fake(t) }
}

func started(config kafkatest.Config) starter {
	return func(t *testing.T) *kafkatest.Cluster { t.Helper(); return kafkatest.Start(t, config) }
}

// client returns a franz-go client that is closed with the test.
func client(t *testing.T, c *kafkatest.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.Brokers()...), kgo.MetadataMinAge(20*time.Millisecond))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// write writes records of which each has a partition.
func write(t *testing.T, cl *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func values(records []kafkatest.Record) []string {
	var v []string
	for _, r := range records {
		v = append(v, string(r.Value))
	}
	return v
}

// wantValues compares the values in topic "rows".
func wantValues(t *testing.T, c *kafkatest.Cluster, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, values(c.Consume(t, "rows"))); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestConsume_Everything writes to two partitions and reads all back as it was.
func TestConsume_Everything(t *testing.T) {
	f := func(name string, start starter) {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.CreateTopic(t, "rows", 2, map[string]string{"cleanup.policy": "compact"})
			write(t, client(t, c, kgo.RecordPartitioner(kgo.ManualPartitioner())),
				&kgo.Record{Topic: "rows", Partition: 1, Key: []byte("k"), Value: []byte("b")},
				&kgo.Record{Topic: "rows", Partition: 0, Key: []byte{}, Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x")}}},
			)
			want := []kafkatest.Record{
				{Topic: "rows", Partition: 0, Key: []byte{}, Headers: []kafkatest.Header{{Name: "h", Value: []byte("x")}}},
				{Topic: "rows", Partition: 1, Key: []byte("k"), Value: []byte("b")},
			}
			if d := cmp.Diff(want, c.Consume(t, "rows"), cmpopts.IgnoreFields(kafkatest.Record{}, "Time")); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
	f("fake", fake())
	f("real", started(kafkatest.Config{}))
}

// TestConsume_OnlyCommitted ends a topic with an aborted transaction and one
// that is open: neither is read nor waited for.
func TestConsume_OnlyCommitted(t *testing.T) {
	f := func(name string, start starter) {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.CreateTopic(t, "rows", 1, nil)
			cl := client(t, c, kgo.TransactionalID("t"), kgo.DefaultProduceTopic("rows"))
			begin := func(value string) {
				t.Helper()
				if err := cl.BeginTransaction(); err != nil {
					t.Fatal(err)
				}
				write(t, cl, kgo.StringRecord(value))
			}
			end := func(how kgo.TransactionEndTry) {
				t.Helper()
				if err := cl.EndTransaction(t.Context(), how); err != nil {
					t.Fatal(err)
				}
			}
			begin("1")
			end(kgo.TryCommit)
			begin("2")
			end(kgo.TryAbort)
			wantValues(t, c, "1")
			begin("3")
			wantValues(t, c, "1")
			end(kgo.TryCommit)
			wantValues(t, c, "1", "3")
		})
	}
	f("fake", fake())
	f("version 1", started(kafkatest.Config{TransactionVersion: 1}))
	f("version 2", started(kafkatest.Config{TransactionVersion: 2}))
}

// TestRestart_KeepsData ends a broker in each way and reads what was written
// before from the same address.
func TestRestart_KeepsData(t *testing.T) {
	began := time.Now()
	c := kafkatest.Start(t, kafkatest.Config{Own: true})
	t.Logf("one broker started in %v", time.Since(began))
	c.CreateTopic(t, "rows", 1, nil)
	write(t, client(t, c), &kgo.Record{Topic: "rows", Value: []byte("1")})
	if err := c.Kill(0); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	if err := c.Resume(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	t.Logf("resumed in %v", time.Since(began))
	write(t, client(t, c), &kgo.Record{Topic: "rows", Value: []byte("2")})
	if err := c.Restart(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	wantValues(t, c, "1", "2")
}

// TestThreeBrokers_LoseOne writes while each broker in turn is dead.
func TestThreeBrokers_LoseOne(t *testing.T) {
	began := time.Now()
	c := kafkatest.Start(t, kafkatest.Config{Brokers: 3, Own: true, Heap: "256m"})
	t.Logf("three brokers started in %v", time.Since(began))
	c.CreateTopic(t, "rows", 1, map[string]string{"min.insync.replicas": "2"})
	cl := client(t, c)
	var want []string
	for i := range c.Brokers() {
		if c.PID(i) == 0 {
			t.Errorf("broker %d has no process id", i)
		}
		if err := c.Kill(i); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint("without ", i))
		write(t, cl, &kgo.Record{Topic: "rows", Value: []byte(want[i])})
		if err := c.Resume(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	wantValues(t, c, want...)
}

// TestFake_Intercept answers a request in the broker's place.
func TestFake_Intercept(t *testing.T) {
	c := kafkatest.Fake(t, kfake.SeedTopics(1, "rows"))
	c.Fake().ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		return nil, errors.New("cut"), true
	})
	write(t, client(t, c), &kgo.Record{Topic: "rows", Value: []byte("1")})
	wantValues(t, c, "1")
}
