package proxy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cdcd/internal/kafkatest"
	"cdcd/internal/proxy"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestEndTxn treats commits badly, with the embedded broker and with a real one.
func TestEndTxn(t *testing.T) {
	f := func(name string, start func(*testing.T) *kafkatest.Cluster) {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			g := func(name string, test func(*testing.T, *kafkatest.Cluster)) {
				t.Run(name, func(t *testing.T) {
					c.CreateTopic(t, own(t), 1, nil)
					test(t, c)
				})
			}
			g("LateRequest", testLateRequest)
			g("ZombieRequest", testZombieRequest)
			g("LastWords", testLastWords)
			g("LostResponse", testLostResponse)
			g("LostRequest", testLostRequest)
		})
	}
	f("fake", func(t *testing.T) *kafkatest.Cluster { t.Helper(); return kafkatest.Fake(t) })
	f("real", func(t *testing.T) *kafkatest.Cluster { t.Helper(); return kafkatest.Start(t, kafkatest.Config{}) })
}

// own is the name of the test's own topic and transactional id.
func own(t *testing.T) string {
	t.Helper()
	return strings.ReplaceAll(t.Name(), "/", "-")
}

// client returns a client that is closed with the test.
func client(t *testing.T, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic(own(t)))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// producer returns a transactional client that has written 1 and is about
// to end its transaction. It does not repeat requests.
func producer(t *testing.T, brokers []string) *kgo.Client {
	t.Helper()
	cl := client(t, brokers, kgo.TransactionalID(own(t)), kgo.RequestRetries(0))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(within(t), kgo.StringRecord("1")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return cl
}

// commit commits in the background.
func commit(ctx context.Context, cl *kgo.Client) <-chan error {
	committed := make(chan error, 1)
	go func() { committed <- cl.EndTransaction(ctx, kgo.TryCommit) }()
	return committed
}

// takeOver does what the next owner of the transactional id does first. When it
// returns, the transaction of the one before has ended this way or that.
func takeOver(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	if _, _, err := client(t, c.Brokers(), kgo.TransactionalID(own(t))).ProducerID(within(t)); err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, h *proxy.Hold) {
	t.Helper()
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
}

// wantUnanswered wants a request to have failed, and not by a broker's word.
func wantUnanswered(t *testing.T, err error) {
	t.Helper()
	var answer *kerr.Error
	if err == nil || errors.As(err, &answer) {
		t.Errorf("the client got %v, want its connection lost", err)
	}
}

func wantRows(t *testing.T, c *kafkatest.Cluster, want ...string) {
	t.Helper()
	var got []string
	for _, r := range c.Consume(t, own(t)) {
		got = append(got, string(r.Value))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// testLateRequest delivers a commit late, to its own session.
func testLateRequest(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	k := proxy.StartKafka(t, c.Brokers()...)
	cl := producer(t, k.Brokers())
	h := k.Hold(kmsg.EndTxn, proxy.Request)
	committed := commit(within(t), cl)
	wait(t, h)
	if q, r := k.Frames(kmsg.EndTxn, proxy.Request), k.Frames(kmsg.EndTxn, proxy.Response); q != 1 || r != 0 {
		t.Errorf("%d EndTxn requests, %d responses; want 1, 0", q, r)
	}
	wantRows(t, c)
	h.Release()
	if err := <-committed; err != nil {
		t.Error(err)
	}
	if n := k.Frames(kmsg.EndTxn, proxy.Both); n != 2 {
		t.Errorf("%d EndTxn frames, want 2", n)
	}
	takeOver(t, c)
	wantRows(t, c, "1")
}

// testZombieRequest delivers a commit when another has taken over: refused.
func testZombieRequest(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	k := proxy.StartKafka(t, c.Brokers()...)
	h := k.Hold(kmsg.EndTxn, proxy.Request)
	committed := commit(within(t), producer(t, k.Brokers()))
	wait(t, h)
	takeOver(t, c)
	h.Release()
	if err := <-committed; err == nil {
		t.Error("the broker took a commit of the session before")
	}
	refused := k.Refusals(kmsg.EndTxn, kerr.InvalidProducerEpoch.Code, kerr.ProducerFenced.Code, kerr.InvalidTxnState.Code, kerr.InvalidProducerIDMapping.Code)
	if refused != 1 || k.Refusals(kmsg.Produce, kerr.InvalidProducerEpoch.Code) != 0 {
		t.Errorf("%d refusals of EndTxn were counted", refused)
	}
	wantRows(t, c)
}

// testLastWords delivers a commit whose sender has given up, which the broker
// carries out: nobody has taken over.
func testLastWords(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	k := proxy.StartKafka(t, c.Brokers()...)
	cl := producer(t, k.Brokers())
	h := k.Hold(kmsg.EndTxn, proxy.Request)
	committed := commit(within(t), cl)
	wait(t, h)
	cl.Close()
	wantUnanswered(t, <-committed)
	h.Release()
	// The broker need not answer a client that has gone: only the row tells. Nor
	// may anybody take over before it, for that would abort the transaction.
	for ctx := within(t); len(c.Consume(t, own(t))) == 0; {
		if ctx.Err() != nil {
			t.Fatal("the broker did not carry out the commit")
		}
	}
	wantRows(t, c, "1")
}

// testLostResponse leaves the client in doubt about a commit that the
// broker has carried out.
func testLostResponse(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	k := proxy.StartKafka(t, c.Brokers()...)
	h := k.Hold(kmsg.EndTxn, proxy.Response)
	committed := commit(within(t), producer(t, k.Brokers()))
	wait(t, h)
	h.Drop()
	wantUnanswered(t, <-committed)
	takeOver(t, c)
	wantRows(t, c, "1")
}

// testLostRequest leaves the client in doubt about a commit that the
// broker has not heard of.
func testLostRequest(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	k := proxy.StartKafka(t, c.Brokers()...)
	h := k.Hold(kmsg.EndTxn, proxy.Request)
	committed := commit(within(t), producer(t, k.Brokers()))
	wait(t, h)
	h.Drop()
	wantUnanswered(t, <-committed)
	takeOver(t, c)
	wantRows(t, c)
}

// TestDrop_ClosesBothSides lets a client see the end of its connection, and the
// server too, which has not heard the frame.
func TestDrop_ClosesBothSides(t *testing.T) {
	f := func(d proxy.Direction, want int) {
		t.Run(d.String(), func(t *testing.T) {
			server, ended := echo(t)
			k := proxy.StartKafka(t, server)
			h := k.Hold(kmsg.ApiVersions, d)
			c := dial(t, k.Broker(0))
			// Key and version are the correlation id too: the server's echo is then
			// a response.
			if _, err := c.Write([]byte{0, 0, 0, 8, 0, 18, 0, 3, 0, 18, 0, 3}); err != nil {
				t.Fatal(err)
			}
			wait(t, h)
			if n := k.Frames(kmsg.ApiVersions, proxy.Both); n != want {
				t.Errorf("%d frames while the %s is held, want %d", n, d, want)
			}
			h.Drop()
			c.wantClosed()
			wantEnd(t, ended)
			if n := k.Frames(kmsg.ApiVersions, proxy.Both); n != want {
				t.Errorf("%d frames after the %s was dropped, want %d", n, d, want)
			}
		})
	}
	f(proxy.Request, 1)
	f(proxy.Response, 2)
}

// ask sends a request that may be answered by any broker.
func ask(t *testing.T, cl *kgo.Client) error {
	t.Helper()
	_, err := kmsg.NewPtrMetadataRequest().RequestWith(within(t), cl)
	return err
}

// TestHold_Order holds one frame per Hold, in the order of their making, and
// none for one that was given up.
func TestHold_Order(t *testing.T) {
	k := proxy.StartKafka(t, kafkatest.Fake(t).Brokers()...)
	cl := client(t, k.Brokers())
	first, second := k.Hold(kmsg.Metadata, proxy.Both), k.Hold(kmsg.Metadata, proxy.Both)
	k.Hold(kmsg.Metadata, proxy.Both).Drop()
	answered := make(chan error, 1)
	go func() { answered <- ask(t, cl) }()
	wait(t, first)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := second.Wait(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait returned %v before a second frame", err)
	}
	first.Release()
	wait(t, second)
	second.Release()
	second.Drop()
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if err := ask(t, cl); err != nil {
		t.Error(err)
	}
}

// TestHold_Cut ends a held frame with its connection; releasing it then is no
// wait, nor does it bring the frame back.
func TestHold_Cut(t *testing.T) {
	k := proxy.StartKafka(t, kafkatest.Fake(t).Brokers()...)
	cl := client(t, k.Brokers(), kgo.RequestRetries(0))
	h := k.Hold(kmsg.Metadata, proxy.Request)
	answered := make(chan error, 1)
	go func() { answered <- ask(t, cl) }()
	wait(t, h)
	k.Cut()
	h.Release()
	wantUnanswered(t, <-answered)
	if n := k.Frames(kmsg.Metadata, proxy.Response); n != 0 {
		t.Errorf("%d responses", n)
	}
	k.Heal()
	if err := ask(t, client(t, k.Brokers())); err != nil {
		t.Error(err)
	}
}

// TestHold_HalfOpen swallows a frame that is released into a half-open
// connection.
func TestHold_HalfOpen(t *testing.T) {
	k := proxy.StartKafka(t, kafkatest.Fake(t).Brokers()...)
	cl := client(t, k.Brokers(), kgo.RequestRetries(0))
	h := k.Hold(kmsg.Metadata, proxy.Request)
	answered := make(chan error, 1)
	go func() { answered <- ask(t, cl) }()
	wait(t, h)
	k.HalfOpen(proxy.Request)
	h.Release()
	k.Heal()
	wantUnanswered(t, <-answered)
}
