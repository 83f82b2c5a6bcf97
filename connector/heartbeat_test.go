package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/offsets"
	"cdcd/sink/format"
)

// ticking is a source whose items happen at given times, in milliseconds.
type ticking struct {
	scripted
	at  []int64
	now int64
}

func (s *ticking) Next(ctx context.Context) (event.Item, error) {
	if len(s.at) > 0 {
		s.now, s.at = s.at[0], s.at[1:]
	}
	return s.scripted.Next(ctx)
}

// beating runs items, one each 400 ms, with a heartbeat each second.
func beating(t *testing.T, last time.Time, items []event.Item, from event.State) *told {
	t.Helper()
	j, err := format.NewJSON(format.Config{TopicPrefix: "p", Connector: "mysql", KeySchemas: false})
	if err != nil {
		t.Fatal(err)
	}
	src := &ticking{scripted: scripted{items: items}, now: 1000}
	for i := range items {
		src.at = append(src.at, int64(1400+400*i))
	}
	s := &told{}
	p := newPipeline(t, src, s, blocks{}, 1<<20)
	p.state, p.ids = from, true
	p.beats = newHeartbeats(HeartbeatConfig{Interval: time.Second, Topic: "beats"}, j)
	p.beats.now, p.beats.last = func() time.Time { return time.UnixMilli(src.now) }, last
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return s
}

func beatsOf(s *told) (times []string) {
	for _, r := range s.records {
		if beat, ok := strings.CutPrefix(r, `beats {"serverName":"p"} {"ts_ms":`); ok {
			times = append(times, beat)
		}
	}
	return times
}

// A heartbeat comes at the first boundary behind the interval, never inside of a
// transaction, without ids, and with a state behind it.
func TestHeartbeats_AtBoundaries(t *testing.T) {
	s := beating(t, time.Time{}, twoTables(1, 7), event.State{}) // boundaries at 2200 and 5800
	if got := beatsOf(s); !slices.Equal(got, []string{"1000}", "2200}", "5800}"}) {
		t.Error(got)
	}
	if last := len(s.records); s.had[len(s.had)-1] != last || !strings.Contains(s.records[last-1], "5800") {
		t.Errorf("the last state has %d of %d records", s.had[len(s.had)-1], last)
	}
	resumed := beating(t, time.UnixMilli(1000), twoTables(1), event.State{})
	if got := beatsOf(resumed); !slices.Equal(got, []string{"2200}"}) {
		t.Errorf("a session that goes on: %v", got)
	}
}

// An idle server gives heartbeats, too; what it reports moves no position that has
// no file.
func TestHeartbeats_IdleServer(t *testing.T) {
	f := func(file string) {
		t.Helper()
		beat := event.Heartbeat{Position: event.Position{File: "f", Offset: 7}}
		s := beating(t, time.UnixMilli(1000), slices.Repeat([]event.Item{beat}, 6), event.State{Position: event.Position{File: file}})
		if got := beatsOf(s); !slices.Equal(got, []string{"2200}", "3400}"}) {
			t.Errorf("%q: %v", file, got)
		}
		if last := len(s.states) - 1; s.states[last].Position.File != file || s.had[last] != 2 {
			t.Errorf("%q: the last state is %+v behind %d records", file, s.states[last], s.had[last])
		}
	}
	f("f")
	f("")
}

// fakeStatement fails as told.
type fakeStatement struct {
	err  error
	runs int
}

func (s *fakeStatement) execute(context.Context) error {
	s.runs++
	return s.err
}

func (s *fakeStatement) close() {}

func TestAction_OnlyForTheOwner(t *testing.T) {
	f := func(confirm, want error, runs int) {
		t.Helper()
		s := &fakeStatement{}
		a := &action{statement: s, confirm: func(context.Context) error { return confirm }, log: zap.NewNop()}
		if err := a.run(t.Context()); !errors.Is(err, want) || s.runs != runs {
			t.Errorf("%v: got %v, %d runs", confirm, err, s.runs)
		}
	}
	f(nil, nil, 1)
	f(fmt.Errorf("raft: %w", ErrUnavailable), nil, 0)
	f(offsets.ErrNotPlaced, offsets.ErrNotPlaced, 0)
}

// A statement that cannot succeed ends the connector, as in Debezium; other
// failures are logged. Neither shows what the server says of the statement.
func TestAction_Failures(t *testing.T) {
	f := func(failure, want error) {
		t.Helper()
		core, logs := observer.New(zap.DebugLevel)
		s := &fakeStatement{err: fmt.Errorf("query the server: %w", failure)}
		a := &action{statement: s, confirm: func(context.Context) error { return nil }, log: zap.New(core)}
		err := a.run(t.Context())
		if !errors.Is(err, want) || (err == nil) != (logs.Len() == 1) {
			t.Errorf("%v: got %v, logs %v", failure, err, logs.All())
		}
		if text := fmt.Sprint(err, logs.All()); strings.Contains(text, "s3cret") {
			t.Error(text)
		}
		if _, again := classify(err); err != nil && again {
			t.Errorf("%v is tried again", err)
		}
	}
	f(&mysql.MyError{Code: 1064, State: "42000", Message: "near 's3cret'"}, ErrAction)
	f(&mysql.MyError{Code: 1046, State: "3D000", Message: "No database selected"}, ErrAction)
	f(&mysql.MyError{Code: 1205, State: "HY000", Message: "s3cret"}, nil)
	f(io.ErrUnexpectedEOF, nil)
}

// Each heartbeat runs the action once; the failure that ends it ends the pipeline.
func TestHeartbeats_ActionEndsThePipeline(t *testing.T) {
	j, err := format.NewJSON(format.Config{TopicPrefix: "p", Connector: "mysql"})
	if err != nil {
		t.Fatal(err)
	}
	p := newPipeline(t, &scripted{err: errBlock}, &told{}, blocks{}, 1<<20)
	p.beats = newHeartbeats(HeartbeatConfig{Interval: time.Hour, Topic: "beats"}, j)
	s := &fakeStatement{err: &mysql.MyError{Code: 1142, State: "42000"}}
	p.beats.action = &action{statement: s, confirm: func(context.Context) error { return nil }, log: zap.NewNop()}
	if err := p.run(t.Context()); !errors.Is(err, ErrAction) || s.runs != 1 {
		t.Errorf("got %v, %d runs", err, s.runs)
	}
}

func TestHeartbeatConfig_Period(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{
		0: 0, time.Minute: 0, 10 * time.Second: 0, 3 * time.Second: 1500 * time.Millisecond, time.Millisecond: 100 * time.Millisecond,
	} {
		if got := (HeartbeatConfig{Interval: interval}).period(); got != want {
			t.Errorf("%v: %v, want %v", interval, got, want)
		}
	}
}

// On a real server the statement runs in the server's own sql_mode, and what the
// account may not do, or what cannot be parsed, is final.
func TestStatement_OnAServer(t *testing.T) {
	server := mysqltest.Start(t, mysqltest.MySQL97)
	server.Exec(t, "CREATE DATABASE beats", "CREATE TABLE beats.b (id INT PRIMARY KEY, mode VARCHAR(500))")
	run := func(cfg Config, query string) error {
		cfg.Heartbeat.Query = query
		s := &statement{cfg: cfg}
		defer s.close()
		a := &action{statement: s, confirm: func(context.Context) error { return nil }, log: zap.NewNop()}
		return errors.Join(a.run(t.Context()), a.run(t.Context()))
	}
	cfg := serverConfig(server)
	if err := run(cfg, "INSERT INTO beats.b VALUES (1, @@sql_mode) ON DUPLICATE KEY UPDATE id = 2"); err != nil {
		t.Fatal(err)
	}
	rows, err := open(t, cfg).Query(t.Context(), "SELECT id, mode = @@global.sql_mode FROM beats.b")
	if err != nil || len(rows) != 1 || rows[0][0].String != "2" || rows[0][1].String != "1" {
		t.Errorf("got %v, %v", rows, err)
	}
	if err := run(cfg, "INSERT INTO"); !errors.Is(err, ErrAction) {
		t.Errorf("what cannot be parsed: %v", err)
	}
	if err := run(account(t, server, "beats", "BY ?"), "DELETE FROM beats.b"); !errors.Is(err, ErrAction) {
		t.Errorf("what the account may not do: %v", err)
	}
	if err := run(cfg, "INSERT INTO beats.b VALUES (2, '')"); err != nil {
		t.Errorf("a failure that passes: %v", err)
	}
}
