package chaos

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"cdcd/internal/bank"
	"cdcd/internal/checker"
	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"
	"cdcd/internal/watch"
)

// storm is a daemon under load, with everything between it and the others in the
// way of faults that are drawn.
type storm struct {
	t      *testing.T
	rng    *rand.Rand
	bank   *bank.Bank
	kafka  *kafkatest.Cluster
	server *mysqltest.Server
	front  *proxy.Kafka // before the brokers
	source *proxy.Proxy // before the server
	d      *daemontest.Daemon
	tap    *watch.Tap
	tally  *watch.Tally
	sql    *sql.DB
	db     string
}

func newStorm(t *testing.T, server *mysqltest.Server, kafka *kafkatest.Cluster, binary string, seed uint64) *storm {
	t.Helper()
	s := &storm{t: t, rng: rand.New(rand.NewPCG(seed, 0)), kafka: kafka, server: server, tally: watch.NewTally(), db: server.Database(t)}
	s.sql = server.DB(t)
	var err error
	if s.bank, err = bank.Open(t.Context(), s.sql, s.db); err != nil {
		t.Fatal(err)
	}
	s.bank.Beside = server.Database(t)
	for _, name := range bank.Tables() {
		kafka.CreateTopic(t, s.topic(name), 4, nil)
	}
	s.tap = watch.StartTap(t, kafka, s.topic("ledger"))
	s.front = proxy.StartKafka(t, kafka.Brokers()...)
	s.source = proxy.Start(t, server.Addr())
	s.d = daemontest.New(t, daemontest.Config{
		Binary: binary, Kafka: strings.Join(s.front.Brokers(), ","),
		Connectors: map[string]map[string]string{s.db: connector(server, s.source.Addr(), s.db, serverID(s.db), 1)},
	})
	s.d.Start()
	s.d.Ready()
	if err := s.bank.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *storm) topic(table string) string { return s.db + "." + s.db + "." + table }

// load has the bank at work; the function that it returns ends it.
func (s *storm) load(seed uint64) (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.bank.Run(ctx, seed) }()
	return func() {
		s.t.Helper()
		cancel()
		if err := <-done; err != nil {
			s.t.Fatal(err)
		}
	}
}

// trouble is a kind of fault, and how often it is drawn.
type trouble struct {
	kind   string
	weight int
	make   func(*storm) bool // false when it did not come about
}

// troubles are all that is drawn from.
func troubles() []trouble {
	return []trouble{
		{"kill -9", 20, (*storm).kill},
		{"frame of a stream", 40, (*storm).streamFrame},
		{"frame of a start", 20, (*storm).startFrame},
		{"frame comes after a kill", 8, (*storm).lateFrame},
		{"Kafka delayed", 5, (*storm).delay},
		{"Kafka cut off", 5, (*storm).cutKafka},
		{"MySQL cut off", 5, (*storm).cutMySQL},
		{"dump thread killed", 5, (*storm).killDump},
		{"daemon paused", 4, (*storm).pause},
		{"broker killed", 2, (*storm).killBroker},
	}
}

// strike makes one fault, and mostly waits until a transaction that was begun
// after it has arrived.
func (s *storm) strike() {
	s.t.Helper()
	all := troubles()
	total := 0
	for _, x := range all {
		total += x.weight
	}
	n := s.rng.IntN(total)
	for _, x := range all {
		if n -= x.weight; n < 0 {
			s.one(x)
			return
		}
	}
}

func (s *storm) one(x trouble) {
	s.t.Helper()
	began := time.Now()
	if !x.make(s) {
		return
	}
	s.tally.Fault(x.kind)
	if s.rng.IntN(4) == 0 {
		return // the next one comes on top
	}
	id := s.bank.Upcoming()
	s.d.Until(90*time.Second, "recovered from: "+x.kind, func() bool { _, ok := s.tap.Arrived(id); return ok })
	at, _ := s.tap.Arrived(id)
	s.tally.Outage(x.kind, at.Sub(began))
}

// after waits for a while.
func (s *storm) after(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.t.Context().Done():
	}
}

// upTo is a random while.
func (s *storm) upTo(d time.Duration) time.Duration { return time.Duration(s.rng.Int64N(int64(d))) }

func (s *storm) kill() bool {
	s.after(s.upTo(300 * time.Millisecond))
	s.d.Kill()
	s.d.Start()
	return true
}

// hold holds the next frame of a kind, if one comes soon.
func (s *storm) hold(key kmsg.Key, d proxy.Direction) *proxy.Hold {
	h := s.front.Hold(key, d)
	ctx, cancel := context.WithTimeout(s.t.Context(), 4*time.Second)
	defer cancel()
	if h.Wait(ctx) != nil {
		h.Release()
		return nil
	}
	return h
}

func (s *storm) direction() proxy.Direction {
	if s.rng.IntN(2) == 0 {
		return proxy.Request
	}
	return proxy.Response
}

// meddle loses a held frame, or keeps it for a while.
func (s *storm) meddle(h *proxy.Hold) bool {
	if h == nil {
		return false
	}
	if s.rng.IntN(2) == 0 {
		h.Drop()
		return true
	}
	s.after(s.upTo(time.Second))
	h.Release()
	return true
}

func (s *storm) streamFrame() bool {
	keys := []kmsg.Key{kmsg.Produce, kmsg.EndTxn, kmsg.EndTxn, kmsg.AddPartitionsToTxn}
	if s.front.Frames(kmsg.AddPartitionsToTxn, proxy.Request) == 0 {
		keys = keys[:3]
	}
	return s.meddle(s.hold(keys[s.rng.IntN(len(keys))], s.direction()))
}

func (s *storm) startFrame() bool {
	keys := []kmsg.Key{kmsg.InitProducerID, kmsg.InitProducerID, kmsg.FindCoordinator, kmsg.Metadata, kmsg.ListOffsets, kmsg.Fetch}
	key, d := keys[s.rng.IntN(len(keys))], s.direction()
	s.d.Kill()
	s.d.Start()
	return s.meddle(s.hold(key, d))
}

// lateFrame kills the daemon at a request, which arrives when another has taken
// over, or is about to.
func (s *storm) lateFrame() bool {
	keys := []kmsg.Key{kmsg.Produce, kmsg.EndTxn, kmsg.InitProducerID}
	key := keys[s.rng.IntN(len(keys))]
	if key == kmsg.InitProducerID {
		s.d.Kill()
		s.d.Start()
	}
	h := s.hold(key, proxy.Request)
	s.d.Kill()
	s.d.Start()
	if h == nil {
		return true
	}
	s.after(s.upTo(3 * time.Second))
	h.Release()
	return true
}

func (s *storm) delay() bool {
	s.front.Broker(0).Delay(20*time.Millisecond + s.upTo(150*time.Millisecond))
	s.after(s.upTo(2 * time.Second))
	s.front.Heal()
	return true
}

func (s *storm) cutKafka() bool {
	s.front.Cut()
	s.after(s.upTo(time.Second))
	s.front.Heal()
	return true
}

func (s *storm) cutMySQL() bool {
	s.source.Cut()
	s.after(s.upTo(time.Second))
	s.source.Heal()
	return true
}

// killDump kills the daemon's dump thread, and those of nobody else.
func (s *storm) killDump() bool {
	n, err := s.server.KillDumps(s.t.Context(), s.sql)
	if err != nil {
		s.t.Fatal(err)
	}
	return n > 0
}

func (s *storm) pause() bool {
	s.d.Signal(syscall.SIGSTOP)
	s.after(s.upTo(3 * time.Second))
	s.d.Signal(syscall.SIGCONT)
	return true
}

// killBroker kills the broker between two commits (see brokerKilled).
func (s *storm) killBroker() bool {
	h := s.hold(kmsg.EndTxn, proxy.Request)
	if h == nil {
		return false
	}
	if err := s.kafka.Kill(0); err != nil {
		s.t.Fatal(err)
	}
	h.Drop()
	if err := s.kafka.Resume(s.t.Context(), 0); err != nil {
		s.t.Fatal(err)
	}
	return true
}

// settle waits until everything that was committed has arrived, and has the
// checker decide.
func (s *storm) settle() *checker.Report {
	s.t.Helper()
	s.d.Until(3*time.Minute, "every transaction arrived", func() bool { return s.tap.Complete(s.bank.Entries()) })
	if code, took := s.d.Stop(); code != 0 {
		s.t.Errorf("SIGTERM: code %d after %s", code, took)
	}
	began := time.Now()
	report, err := checker.Run(s.t.Context(), checker.Config{
		Brokers: s.kafka.Brokers(), StateTopic: "__cdcd-state-" + s.db, Server: s.server,
		Tables: checker.Tables(s.db, s.db, bank.Tables()...),
		Bank:   map[string]string{s.topic("account"): "balance"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("checked in %s", time.Since(began).Round(time.Millisecond))
	return report
}

func (s *storm) summary() string {
	return fmt.Sprintf("%d faults over %d transactions of %d changes, %d DDL", s.tally.Total(), s.bank.Entries(), s.bank.Rows(), s.bank.Altered())
}
