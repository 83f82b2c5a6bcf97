package connector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/sink"
)

// live is what a connector on a real server leaves from one run to the next.
type live struct {
	store *Memory
	out   bytes.Buffer // of all runs
	kept  atomic.Int64 // of out: what is behind it was not committed
	logs  *observer.ObservedLogs
	inbox func(*Connector) // called beside the connector; nil for nothing
	limit time.Duration    // of a run; 0 for the default
}

func newLive() *live { return &live{store: NewMemory(event.State{})} }

// liveConfig follows the tables that the pattern matches.
func liveConfig(t *testing.T, s *mysqltest.Server, tables string, changes ...string) Config {
	t.Helper()
	class, noTLS := "io.debezium.connector.mysql.MySqlConnector", "disabled"
	if s.Flavor == mysqltest.MariaDB {
		class, noTLS = "io.debezium.connector.mariadb.MariaDbConnector", "disable"
	}
	return parsed(t, append([]string{
		"connector.class", class, "database.hostname", s.Host, "database.port", strconv.Itoa(s.Port),
		"database.user", s.User, "database.password", s.Password, "table.include.list", tables, "database.ssl.mode", noTLS,
		"value.converter", "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable", "false",
	}, changes...)...)
}

// run runs the connector until there are n records and the state behind the last one
// is stored, or until it logs a text. It calls begun behind the first state that is
// stored, which is also the first one of a connector that begins.
func (l *live) run(t *testing.T, cfg Config, n int, until string, begun func()) {
	t.Helper()
	l.start(t, cfg, until, func() bool { return bytes.Count(l.out.Bytes(), []byte("\n")) >= n }, begun)
}

// until runs the connector until a condition holds where a state is stored.
func (l *live) until(t *testing.T, cfg Config, holds func() bool) {
	t.Helper()
	met := false
	l.start(t, cfg, "", func() bool { met = met || holds(); return met }, nil)
	if !met {
		t.Errorf("the records do not come to what they should; log %v", l.logs.All())
	}
}

func (l *live) start(t *testing.T, cfg Config, until string, enough func() bool, begun func()) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), cmp.Or(l.limit, 30*time.Second))
	defer stop()
	core, logs := observer.New(zap.InfoLevel)
	l.logs = logs
	log := zap.New(zapcore.RegisterHooks(core, func(e zapcore.Entry) error {
		if e.Message == until {
			stop()
		}
		return nil
	}))
	committed := func(h Hooks) func(event.State) {
		return func(s event.State) {
			l.kept.Store(int64(l.out.Len()))
			h.Committed(s)
			if begun != nil {
				begun()
				begun = nil
			}
			if enough() {
				stop()
			}
		}
	}
	c := New(cfg, Deps{Store: l.store, Metrics: NewMetrics(cfg.Name, nil), Logger: log, OpenSink: func(_ context.Context, _ Config, h Hooks) (Sink, error) {
		l.out.Truncate(l.committed()) // as a transaction of Kafka that is aborted
		return sink.NewStdout(&l.out, sink.Options{OnCommit: committed(h)}), nil
	}})
	if l.inbox != nil {
		var calling sync.WaitGroup
		defer calling.Wait()
		calling.Go(func() { l.inbox(c) })
	}
	if err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// wrote compares the rows behind the changes of all runs.
func (l *live) wrote(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(l.out.String()) {
		var r struct {
			Value struct{ After json.RawMessage }
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		got = append(got, string(r.Value.After))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s\nlog %v", strings.Join(got, "\n"), strings.Join(want, "\n"), l.logs.All())
	}
}

// committed is how many bytes of the records were committed.
func (l *live) committed() int { return int(l.kept.Load()) }

// logged returns the errors that were logged with a text.
func (l *live) logged(text string) (errs []string) {
	for _, e := range l.logs.FilterMessage(text).All() {
		err, _ := e.ContextMap()["error"].(string)
		errs = append(errs, err)
	}
	return errs
}

// state is the last one that was stored.
func (l *live) state() event.State {
	s, err := l.store.Load(context.Background())
	if err != nil {
		panic(err)
	}
	return s.State
}
