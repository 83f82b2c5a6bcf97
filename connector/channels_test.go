package connector

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/event"
	"cdcd/internal/kafkatest"
	"cdcd/sink"
)

func typeName(v any) string { return fmt.Sprintf("%T", v) }

// heard is the stream's side of a connector's channels.
type heard struct {
	t    *testing.T
	c    *Connector
	logs *observer.ObservedLogs
	n    uint64 // signals that were taken
}

func hearing(t *testing.T, cfg SignalConfig, open TopicOpener) *heard {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	cfg.Poll = time.Millisecond
	return &heard{t: t, logs: logs, c: New(Config{Name: "shop", Signals: cfg}, Deps{Logger: zap.New(core), OpenTopic: open})}
}

// run runs the channels; end ends them and waits.
func (h *heard) run(begin *event.Signals) (end func()) { return h.c.runChannels(h.t.Context(), begin) }

// next takes a signal as the stream does, and makes it durable.
func (h *heard) next() channelSignal {
	h.t.Helper()
	select {
	case a := <-h.c.inbox.signals:
		if a.done != nil {
			h.n++
			h.c.inbox.await(h.n, a.done)
			h.c.inbox.durable(&event.Signals{Taken: h.n})
		}
		return a
	case <-time.After(20 * time.Second):
		h.t.Fatal("no signal comes")
	}
	return channelSignal{}
}

// until waits for something to hold.
func (h *heard) until(holds func() bool) {
	h.t.Helper()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			h.t.Fatalf("not within 20 s; logged: %v", h.logs.All())
		}
	}
}

// logged waits for a message.
func (h *heard) logged(part string) {
	h.t.Helper()
	h.until(func() bool {
		return slices.ContainsFunc(h.logs.All(), func(e observer.LoggedEntry) bool {
			return strings.Contains(e.Message+fmt.Sprint(e.ContextMap()), part)
		})
	})
}

func TestSignalChannels_None(t *testing.T) {
	h := hearing(t, SignalConfig{}, nil)
	h.run(nil)()
}

func TestSignalChannels_File(t *testing.T) {
	f := newSignalFile(t)
	h := hearing(t, SignalConfig{File: f.path}, nil)
	f.write(f.path, pauseLine+resumeLine)
	end := h.run(nil)
	for _, want := range []string{"1", "2"} {
		if a := h.next(); a.ID != want || a.next != 0 {
			t.Errorf("got %+v, want %s", a, want)
		}
	}
	end()
}

// topicTest is a topic of signals on an embedded broker.
type topicTest struct {
	*heard
	kafka  *kafkatest.Cluster
	writer *kgo.Client
}

const signalTopic = "demo-signal"

func newTopicTest(t *testing.T) *topicTest {
	t.Helper()
	kafka := kafkatest.Fake(t)
	writer, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...), kgo.DefaultProduceTopic(signalTopic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(writer.Close)
	cfg := SignalConfig{Kafka: SignalTopic{Name: signalTopic, Key: "demo", Brokers: kafka.Brokers()}}
	return &topicTest{hearing(t, cfg, KafkaTopics(sink.Config{Brokers: []string{"127.0.0.1:1"}})), kafka, writer}
}

func (k *topicTest) write(key string, values ...string) {
	k.t.Helper()
	for _, v := range values {
		if err := k.writer.ProduceSync(k.t.Context(), kgo.KeyStringRecord(key, v)).FirstErr(); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k *topicTest) takes(want ...string) {
	k.t.Helper()
	var got []string
	for range want {
		a := k.next()
		got = append(got, fmt.Sprintf("%s %d", a.ID, a.next))
		if a.done != nil {
			k.t.Error("a record waits to be removed")
		}
	}
	if !slices.Equal(got, want) {
		k.t.Errorf("got %q, want %q", got, want)
	}
}

func TestSignalChannels_Kafka(t *testing.T) {
	k := newTopicTest(t)
	end := k.run(nil)
	k.logged("signals cannot be read now") // there is no topic yet
	k.kafka.CreateTopic(t, signalTopic, 2, nil)
	k.write("demo", pauseLine, "s3cret", `{"type":"unheard-of","data":"s3cret"}`, "", resumeLine)
	k.takes("1 1", "2 5")
	k.logged("signals can be read again")
	k.logged("offset:1")
	k.logged("offset:2")
	k.write("other", pauseLine)
	k.write("Demo", pauseLine)
	k.write("demo", pauseLine)
	k.takes("1 8")
	end()
	for _, e := range k.logs.All() {
		if strings.Contains(fmt.Sprint(e.Message, e.ContextMap()), "s3cret") {
			t.Errorf("logged: %v", e)
		}
	}

	end = k.run(&event.Signals{Offset: 5}) // the next session: what comes behind the state
	k.takes("1 8")
	end()
	end = k.run(&event.Signals{Offset: 8})
	k.write("demo", resumeLine)
	k.takes("2 9")
	end()
}

// TestSignalChannels_KafkaTopicMadeAgain reads it from its first record, whatever the
// offset of before was.
func TestSignalChannels_KafkaTopicMadeAgain(t *testing.T) {
	k := newTopicTest(t)
	k.kafka.CreateTopic(t, signalTopic, 1, nil)
	k.write("demo", pauseLine)
	end := k.run(&event.Signals{Offset: 7})
	k.takes("1 1")
	k.logged("reading it from its first record")
	end()
}

// TestSignalChannels_KafkaWithoutID: a record has the same id whenever it is read.
func TestSignalChannels_KafkaWithoutID(t *testing.T) {
	k := newTopicTest(t)
	k.kafka.CreateTopic(t, signalTopic, 1, nil)
	k.write("demo", `{"type":"pause-snapshot"}`, `{"type":"pause-snapshot"}`)
	ids := func() [2]string {
		defer k.run(nil)()
		return [2]string{k.next().ID, k.next().ID}
	}
	if a, b := ids(), ids(); a != b || a[0] == a[1] || len(a[0]) != 36 {
		t.Errorf("%q and %q", a, b)
	}
}

// TestSignalChannels_KafkaAway: brokers that are gone end nothing.
func TestSignalChannels_KafkaAway(t *testing.T) {
	k := newTopicTest(t)
	k.c.cfg.Signals.Kafka.Brokers = nil // those of the sink
	end := k.run(nil)
	k.logged("127.0.0.1:1")
	end()
}
