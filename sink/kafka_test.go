package sink

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cdcd/sink/format"

	kafka "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestProduce(t *testing.T) {
	c := fakeCluster(t)
	var told commits
	k := open(t, c.ListenAddrs(), func(c *Config) { c.OnCommit = told.add })
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 1000, 7)
	flush(t, k)
	checkCommits(t, told.all(), 1000)
	checkNumbered(t, consume(t, c.ListenAddrs(), 1000, "orders"), 1000)
}

// TestRecords writes what records can be made of, in every codec, and has
// another client read it.
func TestRecords(t *testing.T) {
	for codec := None; codec <= Zstd; codec++ {
		t.Run("codec="+codec.String(), func(t *testing.T) {
			c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
			k := open(t, c.ListenAddrs(), func(c *Config) { c.Compression = codec })
			orders := &format.Topic{Name: "orders"}
			long := strings.Repeat("abcdefgh", 10_000)
			in := batchOf(orders, "a", "1", "-", "2", "b", "-", "-", "-", "", "", "c", long)
			in.Records[0].Headers = header("__debezium.newkey", "x")
			if err := k.Append(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			flush(t, k)
			for i, r := range consume(t, c.ListenAddrs(), 6, "orders") {
				if !same(r.Key, in.Key(i)) || !same(r.Value, in.Value(i)) {
					t.Errorf("record %d is %q = %.20q", i, r.Key, r.Value)
				}
				if got := Compression(r.Attrs.CompressionType()); got != codec {
					t.Errorf("record %d came in codec %s", i, got)
				}
				if age := time.Since(r.Timestamp); age < -time.Second || age > time.Minute {
					t.Errorf("record %d is of %s", i, r.Timestamp)
				}
				if i == 0 && (len(r.Headers) != 1 || r.Headers[0].Key != "__debezium.newkey" || string(r.Headers[0].Value) != "x") {
					t.Errorf("headers %v", r.Headers)
				}
			}
		})
	}
}

// TestPartitions places each record at hash mod partitions.
func TestPartitions(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(6, "orders"))
	k := open(t, c.ListenAddrs(), nil)
	orders := &format.Topic{Name: "orders"}
	in := batchOf(orders, "a", "a", "b", "b", "c", "c", "d", "d", "e", "e", "f", "f")
	want := map[string]int32{}
	for i := range in.Records {
		want[string(in.Key(i))] = int32(in.Records[i].Hash % 6)
	}
	if err := k.Append(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	flush(t, k)
	for _, r := range consume(t, c.ListenAddrs(), 6, "orders") {
		if r.Partition != want[string(r.Key)] {
			t.Errorf("key %s is in partition %d, want %d", r.Key, r.Partition, want[string(r.Key)])
		}
	}
}

func TestTooLarge(t *testing.T) {
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	f := func(codec Compression, value string, fits bool) {
		t.Helper()
		c := fakeCluster(t)
		limit := "2000"
		k := open(t, c.ListenAddrs(), func(c *Config) {
			c.Compression = codec
			c.Topics.Configs = map[string]string{"max.message.bytes": limit}
		})
		in := batchOf(&format.Topic{Name: "orders"}, "a", "1", "a", value, "a", "3")
		err := k.Append(t.Context(), in)
		var large *TooLargeError
		switch {
		case fits && err == nil:
			flush(t, k)
			for i, r := range consume(t, c.ListenAddrs(), 3, "orders") {
				if !same(r.Value, in.Value(i)) {
					t.Errorf("record %d is %.20q", i, r.Value)
				}
			}
		case fits || !errors.As(err, &large) || large.Index != 1 || large.Limit != 2000 || large.Size <= 5000 || large.Topic != "orders":
			t.Errorf("codec %s: %v", codec, err)
		}
	}
	f(None, string(noise), false)
	f(Zstd, string(noise), false)
	f(Gzip, strings.Repeat("x", 5000), true)
	f(None, strings.Repeat("x", 1900), true)
}

// TestTooLargeLater has the broker refuse a batch that fitted when the topic
// was looked up.
func TestTooLargeLater(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.MessageTooLarge})
	k := open(t, c.ListenAddrs(), nil)
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 1, 1)
	var large *TooLargeError
	if err := k.Flush(t.Context()); !errors.As(err, &large) || large.Index != -1 || large.Topic != "orders" {
		t.Fatal(err)
	}
}

func TestMissingTopic(t *testing.T) {
	c := fakeCluster(t)
	k := open(t, c.ListenAddrs(), func(c *Config) { c.Topics.AutoCreate = false })
	err := k.Append(t.Context(), batchOf(&format.Topic{Name: "orders"}, "a", "1"))
	if !errors.Is(err, ErrNoTopic) || !strings.Contains(err.Error(), "orders") {
		t.Fatal(err)
	}
}

// TestCreateTopic makes topics as configured, also when others do it at the
// same time and brokers take a while to know.
func TestCreateTopic(t *testing.T) {
	c := fakeCluster(t, kfake.NumBrokers(3))
	c.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.CreateTopics}, Err: kerr.NotController},
		kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeConfigs}, Err: kerr.UnknownTopicOrPartition},
	)
	var wg sync.WaitGroup
	for range 4 {
		k := open(t, c.ListenAddrs(), func(c *Config) {
			c.Topics.Partitions, c.Topics.Replication = 6, 3
			c.Topics.Configs = map[string]string{"cleanup.policy": "compact"}
		})
		wg.Go(func() {
			if err := k.Append(t.Context(), batchOf(&format.Topic{Name: "orders"}, "a", "1")); err != nil {
				t.Error(err)
			}
			flush(t, k)
		})
	}
	wg.Wait()
	info := c.TopicInfo("orders")
	if info == nil || len(c.PartitionInfos("orders")) != 6 || info.NumReplicas != 3 {
		t.Fatalf("topic is %+v", info)
	}
	consume(t, c.ListenAddrs(), 4, "orders")
}

// TestRemadeTopic deletes a topic under the sink.
func TestRemadeTopic(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(4, "orders"))
	k := open(t, c.ListenAddrs(), nil)
	orders := &format.Topic{Name: "orders"}
	numbered(t, k, orders, 0, 10, 7)
	flush(t, k)
	if err := c.DeleteTopic("orders"); err != nil {
		t.Fatal(err)
	}
	numbered(t, k, orders, 0, 10, 7)
	flush(t, k) // made again, as configured
	if err := errors.Join(c.DeleteTopic("orders"), c.CreateTopic("orders", 2, nil)); err != nil {
		t.Fatal(err)
	}
	var records []string
	for i := range 100 {
		records = append(records, itoa(i), "value")
	}
	err := k.Append(t.Context(), batchOf(orders, records...)) // may itself meet what ends the sink
	if err = errors.Join(err, k.Flush(t.Context())); err == nil || !strings.Contains(err.Error(), "has 2 partitions and had 4") {
		t.Fatal(err)
	}
}

// TestAddedPartitions uses partitions that are added under the sink, after the
// next look at the leaders.
func TestAddedPartitions(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	k := open(t, c.ListenAddrs(), nil)
	orders := &format.Topic{Name: "orders"}
	numbered(t, k, orders, 0, 10, 50)
	flush(t, k)
	req := kmsg.NewPtrCreatePartitionsRequest()
	req.SetVersion(1)
	topic := kmsg.NewCreatePartitionsRequestTopic()
	topic.Topic, topic.Count = "orders", 4
	req.Topics, req.TimeoutMillis = append(req.Topics, topic), 1000
	if _, err := k.client.ask(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotLeaderForPartition})
	numbered(t, k, orders, 10, 10, 50)
	flush(t, k)
	numbered(t, k, orders, 20, 100, 50)
	flush(t, k)
	partitions := map[int32]bool{}
	for _, r := range consume(t, c.ListenAddrs(), 120, "orders") {
		partitions[r.Partition] = true
	}
	if len(partitions) != 4 {
		t.Errorf("wrote to %d partitions", len(partitions))
	}
}

// TestLinger holds a batch back, but not from a Flush.
func TestLinger(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	var requests commits
	k := open(t, c.ListenAddrs(), func(c *Config) {
		c.Linger = time.Hour
		c.Events.Produced = func(p Produced) { requests.add(at(p.Records)) }
	})
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 100, 3)
	flush(t, k)
	if got := requests.all(); len(got) != 1 || got[0] != 100 {
		t.Errorf("requests of %v records", got)
	}
}

// TestManyPartitions needs several requests a round.
func TestManyPartitions(t *testing.T) {
	c := fakeCluster(t, kfake.NumBrokers(2), kfake.SeedTopics(100, "orders", "customers"))
	k := open(t, c.ListenAddrs(), func(c *Config) { c.MaxRequestBytes = 2000 })
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 2000, 500)
	numbered(t, k, &format.Topic{Name: "customers"}, 0, 2000, 500)
	flush(t, k)
	checkNumbered(t, consume(t, c.ListenAddrs(), 2000, "orders"), 2000)
	checkNumbered(t, consume(t, c.ListenAddrs(), 2000, "customers"), 2000)
}

// TestSmallBuffers passes records larger than everything that may be held.
func TestSmallBuffers(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(2, "orders"))
	k := open(t, c.ListenAddrs(), func(c *Config) { c.BufferBytes, c.BatchSize = 1, 3000 })
	orders := &format.Topic{Name: "orders"}
	value := strings.Repeat("x", 10_000)
	for range 20 {
		if err := k.Append(t.Context(), batchOf(orders, "a", value, "b", "1", "c", "2")); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, k)
	consume(t, c.ListenAddrs(), 60, "orders")
	_ = k.Close()
	if k.held != 0 {
		t.Errorf("%d bytes are held of nothing", k.held)
	}
}

// TestBlockedAppend ends with its context, and with the sink.
func TestBlockedAppend(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicas, Count: -1})
	k := open(t, c.ListenAddrs(), func(c *Config) { c.BufferBytes = 1 })
	orders := &format.Topic{Name: "orders"}
	if err := k.Append(t.Context(), batchOf(orders, "a", "1")); err != nil {
		t.Fatal(err)
	}
	large := batchOf(orders, "a", strings.Repeat("x", 10_000))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := k.Append(ctx, large); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = k.Close() })
	if err := k.Append(t.Context(), large); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if err := k.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCredentials(t *testing.T) {
	c := fakeCluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "u", "p"), kfake.Superuser("SCRAM-SHA-256", "u", "p"), kfake.Superuser("SCRAM-SHA-512", "u", "p"))
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		k := open(t, c.ListenAddrs(), func(c *Config) { c.SASL = SASL{Mechanism: mechanism, User: "u", Password: "p"} })
		numbered(t, k, &format.Topic{Name: mechanism}, 0, 10, 3)
		flush(t, k)
	}
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.SASLAuthenticate}, Err: kerr.SaslAuthenticationFailed, TopLevel: true, Count: -1})
	_, err := Open(t.Context(), Config{Brokers: c.ListenAddrs(), SASL: SASL{Mechanism: "PLAIN", User: "u", Password: "secret"}})
	if !errors.Is(err, kafka.SASLAuthenticationFailed) || strings.Contains(err.Error(), "secret") {
		t.Errorf("refused credentials: %v", err)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(nil) // for its certificate
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c := fakeCluster(t, kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}))
	k := open(t, c.ListenAddrs(), func(c *Config) { c.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12} })
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 10, 3)
	flush(t, k)
	_, err := Open(t.Context(), Config{Brokers: c.ListenAddrs(), TLS: &tls.Config{MinVersion: tls.VersionTLS12}})
	if err == nil {
		t.Error("a certificate of nobody is trusted")
	}
}

func TestOpenRefuses(t *testing.T) {
	f := func(want string, c Config) {
		t.Helper()
		if _, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f("no Kafka brokers", Config{})
	f("not a codec", Config{Brokers: []string{"x"}, Compression: 9})
	f("SASL mechanism", Config{Brokers: []string{"x"}, SASL: SASL{Mechanism: "MAGIC"}})
}

// TestReadLimit takes a topic whose configuration may not be seen.
func TestReadLimit(t *testing.T) {
	c := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeConfigs}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	k := open(t, c.ListenAddrs(), nil)
	numbered(t, k, &format.Topic{Name: "orders"}, 0, 10, 3)
	flush(t, k)
	if got := k.topics["orders"].limit; got != defaultLimit {
		t.Errorf("limit is %d", got)
	}
}

func TestClassifyUnknown(t *testing.T) {
	if got := Classify(Write, kafka.Error(999)); got != Fatal {
		t.Errorf("a code that nobody knows is %s", got)
	}
	if got := Classify(Write, errors.New("connection reset")); got != Refresh {
		t.Errorf("a broken connection is %s", got)
	}
}

func TestSkipTags(t *testing.T) {
	f := func(in, want []byte, ok bool) {
		t.Helper()
		got, err := skipTags(in)
		if (err == nil) != ok || !bytes.Equal(got, want) {
			t.Errorf("skipTags(%x) = %x, %v", in, got, err)
		}
	}
	f([]byte{0, 9}, []byte{9}, true)
	f([]byte{1, 0, 2, 7, 7, 9}, []byte{9}, true)
	f([]byte{2, 0, 0, 1, 1, 7, 9}, []byte{9}, true)
	f([]byte{1, 0, 5, 7}, nil, false)
	f(nil, nil, false)
}
