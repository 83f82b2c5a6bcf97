package sink

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// signalsTopic is a topic of the embedded broker that others write.
const signalsTopic = "demo-signal"

func newReader(t *testing.T, c *kfake.Cluster) *Reader {
	t.Helper()
	r, err := NewReader(Config{Brokers: c.ListenAddrs()}, signalsTopic)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// writer is another client of the broker.
func writer(t *testing.T, c *kfake.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.ListenAddrs()...), kgo.DefaultProduceTopic(signalsTopic), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func write(t *testing.T, cl *kgo.Client, values ...string) {
	t.Helper()
	for _, v := range values {
		if err := cl.ProduceSync(t.Context(), kgo.KeyStringRecord("demo", v)).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// begun writes a value in a transaction, which the caller ends.
func begun(t *testing.T, c *kfake.Cluster, value string) (end func(kgo.TransactionEndTry)) {
	t.Helper()
	cl := writer(t, c, kgo.TransactionalID(value))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	write(t, cl, value)
	return func(how kgo.TransactionEndTry) {
		t.Helper()
		if err := cl.EndTransaction(t.Context(), how); err != nil {
			t.Fatal(err)
		}
	}
}

// reads is what a reader returns from an offset on.
func reads(t *testing.T, r *Reader, from int64) (values []string, next int64) {
	t.Helper()
	next, err := r.Read(t.Context(), from, 0, func(offset int64, key, value []byte) error {
		values = append(values, fmt.Sprintf("%d %s %s", offset, key, value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return values, next
}

// TestReader reads what a read_committed consumer sees, however it is compressed.
func TestReader(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, signalsTopic))
	r := newReader(t, c)
	f := func(from, next int64, want ...string) {
		t.Helper()
		if got, n := reads(t, r, from); !slices.Equal(got, want) || n != next {
			t.Errorf("from %d: %q up to %d, want %q up to %d", from, got, n, want, next)
		}
	}
	f(0, 0)
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	var all []string
	for i, codec := range codecs {
		write(t, writer(t, c, kgo.ProducerBatchCompression(codec)), fmt.Sprint(i))
		all = append(all, fmt.Sprintf("%d demo %d", i, i))
	}
	f(0, 5, all...)
	f(3, 5, all[3:]...)
	f(5, 5)

	end := begun(t, c, "aborted")
	f(5, 5)
	end(kgo.TryAbort)
	f(5, 7)
	end = begun(t, c, "done")
	f(7, 7)
	end(kgo.TryCommit)
	f(7, 9, "7 demo done")
	f(100, 0) // no such offset: from the first one
	f(0, 9, append(all, "7 demo done")...)
}

// TestReader_StopsAtAnError does not say where to go on.
func TestReader_StopsAtAnError(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, signalsTopic))
	write(t, writer(t, c), "a", "b", "c")
	r, enough, n := newReader(t, c), errors.New("enough"), 0
	next, err := r.Read(t.Context(), 0, 0, func(int64, []byte, []byte) error {
		if n++; n == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || next != 0 || n != 2 {
		t.Errorf("%d records, next %d, %v", n, next, err)
	}
}

// TestReader_WaitsForTheTopic finds one that comes later, and brokers that come back.
func TestReader_WaitsForTheTopic(t *testing.T) {
	c := fakeCluster(t, kfake.AllowAutoTopicCreation())
	r := newReader(t, c)
	if _, err := r.Read(t.Context(), 0, 0, nil); !errors.Is(err, ErrMissingTopic) {
		t.Fatalf("no topic: %v", err)
	}
	write(t, writer(t, c, kgo.AllowAutoTopicCreation()), "a")
	if got, _ := reads(t, r, 0); !slices.Equal(got, []string{"0 demo a"}) {
		t.Errorf("read %q", got)
	}
	c.Close()
	began := time.Now()
	if _, err := r.Read(t.Context(), 1, time.Hour, nil); err == nil || errors.Is(err, ErrMissingTopic) {
		t.Errorf("no broker: %v", err)
	}
	if time.Since(began) > time.Minute {
		t.Error("it waited for a broker that is gone")
	}
}
