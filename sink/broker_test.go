package sink

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/sink/format"
)

// TestBroker has a real Kafka judge what kfake may be lenient with.
func TestBroker(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	brokers := kafkatest.Start(t, kafkatest.Config{}).Brokers()
	for codec := None; codec <= Zstd; codec++ {
		t.Run("codec="+codec.String(), func(t *testing.T) { checkCodec(t, brokers, codec) })
	}
	t.Run("partitions", func(t *testing.T) {
		checkGoldenPartitions(t, brokers, "g_partitions6.partitions6.p", "g_partitions6.partitions6.s")
	})
	t.Run("limit", func(t *testing.T) { checkLimit(t, brokers) })
}

// checkCodec has the broker read into batches and verify them.
func checkCodec(t *testing.T, brokers []string, codec Compression) {
	t.Helper()
	var told commits
	k := open(t, brokers, func(c *Config) { c.Compression, c.OnCommit = codec, told.add })
	topic := unique(t)
	numbered(t, k, topic, 0, 2000, 7)
	flush(t, k)
	checkCommits(t, told.all(), 2000)
	checkNumbered(t, consume(t, brokers, 2000, topic.Name), 2000)
}

// checkLimit fills a batch to the last byte that the topic takes.
func checkLimit(t *testing.T, brokers []string) {
	t.Helper()
	k := open(t, brokers, func(c *Config) { c.Topics.Configs = map[string]string{"max.message.bytes": "2000"} })
	topic := unique(t)
	in := batchOf(topic, "a", strings.Repeat("x", 2000))
	in.Records[0].ValueLen -= int32(alone(&in.Records[0]) - 2000)
	if err := k.Append(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	flush(t, k)
	in.Records[0].ValueLen++
	var large *TooLargeError
	if err := k.Append(t.Context(), in); !errors.As(err, &large) || large.Size != 2001 {
		t.Fatalf("a record that is a byte too large: %v", err)
	}
	consume(t, brokers, 1, topic.Name)
}

// TestBrokerKilled kills the broker twice in the middle of a load: nothing is
// lost and nothing is there twice.
func TestBrokerKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c := kafkatest.Start(t, kafkatest.Config{Own: true})
	load(t, c, 1, func(told *commits) {
		for range 2 {
			outage(t, c, 0, told)
		}
	})
}

// TestLeadersKilled kills each of three brokers in turn, while the two others
// take over what it leads.
func TestLeadersKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes most of a minute")
	}
	c := kafkatest.Start(t, kafkatest.Config{Brokers: 3, Own: true})
	load(t, c, 3, func(told *commits) {
		for i := range 3 {
			outage(t, c, i, told)
		}
	})
}

// outage kills a broker, and returns when it is back and records flow.
func outage(t *testing.T, c *kafkatest.Cluster, broker int, told *commits) {
	t.Helper()
	told.awaitMore(t)
	err := c.Kill(broker)
	time.Sleep(300 * time.Millisecond)
	if err := errors.Join(err, c.Resume(t.Context(), broker)); err != nil {
		t.Error(err)
	}
	told.awaitMore(t)
}

// load writes until trouble returns, and checks what is there.
func load(t *testing.T, c *kafkatest.Cluster, replicas int16, trouble func(*commits)) {
	t.Helper()
	var told commits
	brokers := c.Brokers()
	k := open(t, brokers, func(c *Config) {
		c.OnCommit = told.add
		c.Topics.Replication = replicas
		c.Topics.Configs = map[string]string{"min.insync.replicas": fmt.Sprint(replicas/2 + 1)}
	})
	topic := unique(t)
	over := make(chan struct{})
	go func() {
		defer close(over)
		trouble(&told)
	}()
	n := 0
	for loading := true; loading; n += 50 {
		select {
		case <-over:
			loading = false
		case <-time.After(time.Millisecond):
		}
		numbered(t, k, topic, n, 50, 50)
	}
	flush(t, k)
	checkCommits(t, told.all(), uint64(n))
	checkNumbered(t, consume(t, brokers, n, topic.Name), n)
	t.Logf("%d records", n)
}

// BenchmarkBroker writes to a real broker, per record; cpu-ns is the processor
// time of this process alone.
func BenchmarkBroker(b *testing.B) {
	brokers := kafkatest.Start(b, kafkatest.Config{Own: true, Heap: "1g", JVM: []string{"-server"}}).Brokers()
	for codec := None; codec <= Zstd; codec++ {
		b.Run("codec="+codec.String(), func(b *testing.B) {
			k := open(b, brokers, func(c *Config) { c.Compression, c.Logger = codec, nil })
			in, size := timingBatch(&format.Topic{Name: "timing"})
			b.SetBytes(size / 100)
			b.ReportAllocs()
			before := cpuTime(b)
			for i := 0; b.Loop(); i++ {
				if i%100 != 0 {
					continue
				}
				if err := k.Append(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			flush(b, k)
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// unique is a topic that no other test writes to.
func unique(t testing.TB) *format.Topic {
	t.Helper()
	name := strings.NewReplacer("/", ".", "=", ".").Replace(t.Name())
	return &format.Topic{Name: fmt.Sprintf("%s.%d", name, time.Now().UnixNano())}
}
