package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"cdcd/event"
	"cdcd/offsets"
)

func offset(n uint64) offsets.Offset {
	return offsets.Offset{N: n, Schema: 2, Position: event.Position{
		Flavor: event.MySQL, Server: "uuid", File: "binlog.000001", Offset: 100 * n, GTIDs: event.GTIDText("uuid:1-5"),
	}}
}

func TestOpen_StateSurvivesClose(t *testing.T) {
	cfg := single(t)
	n := opened(t, cfg)
	s := owned(t, n)
	tables := []Table{{1, []byte("one")}, {2, []byte("two")}, {2, []byte("three")}}
	if err := s.PutTables(soon(t), tables); err != nil {
		t.Fatal(err)
	}
	s.Mirror(offset(7))
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	closed(t, n)

	n = opened(t, cfg)
	s = owned(t, n)
	got, err := s.Load(soon(t))
	if err != nil || !cmp.Equal(got.Offset, offset(7)) {
		t.Fatalf("Load() = %v, %v", got, err)
	}
	if loaded := tablesOf(t, s, 2); len(loaded) != 3 || string(loaded[0].Definition) != "one" {
		t.Fatalf("Tables() = %v", loaded)
	}
}

func TestOpen_StateSurvivesKill(t *testing.T) {
	cfg := single(t)
	n := opened(t, cfg)
	s := owned(t, n)
	for i := range uint64(50) {
		s.Mirror(offset(i + 1))
		if err := s.Flush(soon(t)); err != nil {
			t.Fatal(err)
		}
	}
	cfg.DataDir = copied(t, cfg.DataDir)
	killed := opened(t, cfg)
	if got := stored(killed); !cmp.Equal(got, offset(50)) {
		t.Fatalf("after the kill: %v", got)
	}
}

func TestApply_RefusalIsTheAnswer(t *testing.T) {
	n := opened(t, single(t))
	owned(t, n)
	stale := offsets.Session{Connector: "c", ID: 1, Generation: 1, Node: "other"}
	if err := n.Apply(soon(t), stale); !errors.Is(err, offsets.ErrStaleSession) {
		t.Fatalf("Apply: %v", err)
	}
	if err := n.Apply(soon(t), offsets.DeleteConnector{}); !errors.Is(err, offsets.ErrInvalid) {
		t.Fatalf("Apply: %v", err)
	}
}

func TestApply_EndOfContextIsUnknown(t *testing.T) {
	n := opened(t, single(t))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	err := n.Apply(ctx, put)
	if err != nil && (!errors.Is(err, ErrOutcomeUnknown) || !strings.Contains(err.Error(), "enough")) {
		t.Fatalf("Apply: %v", err)
	}
}

func TestClose_TwiceAndThenNothing(t *testing.T) {
	n := opened(t, single(t))
	closed(t, n)
	closed(t, n)
	if err := n.Apply(soon(t), put); !errors.Is(err, ErrClosed) {
		t.Fatalf("Apply: %v", err)
	}
	if err := n.WaitLeader(soon(t)); !errors.Is(err, ErrClosed) {
		t.Fatalf("WaitLeader: %v", err)
	}
	if err := n.Confirm(soon(t), "c", 1); !errors.Is(err, ErrClosed) {
		t.Fatalf("Confirm: %v", err)
	}
}

func TestConfirm_StaleGenerationRefused(t *testing.T) {
	n := opened(t, single(t))
	s := n.Store("c", 4)
	if _, err := s.Session(soon(t), offsets.NoProducer, 0); err != nil {
		t.Fatal(err)
	}
	for _, g := range []offsets.Generation{4, 5} {
		if err := n.Confirm(soon(t), "c", g); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Confirm(soon(t), "c", 3); !errors.Is(err, offsets.ErrStaleGeneration) {
		t.Fatalf("Confirm: %v", err)
	}
	old := n.Store("c", 3)
	if _, err := old.Session(soon(t), offsets.NoProducer, 0); !errors.Is(err, offsets.ErrStaleGeneration) {
		t.Fatalf("Session: %v", err)
	}
}

func TestWaitLeader_EndsWithContext(t *testing.T) {
	cfg := three(t)[0] // the others never come
	n, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, n)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := n.WaitLeader(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("WaitLeader: %v", err)
	}
	if err := n.Apply(ctx, put); !errors.Is(err, ErrNotLeader) {
		t.Fatalf("Apply: %v", err)
	}
}

func TestMetrics_LeaveWithTheNode(t *testing.T) {
	reg := prometheus.NewRegistry()
	cfg := single(t)
	cfg.Registerer = reg
	for range 2 {
		n := opened(t, cfg)
		fill(t, n)
		families, err := reg.Gather()
		if err != nil || len(families) != 6 {
			t.Fatalf("metrics are %v, %v", families, err)
		}
		closed(t, n)
	}
	if families, err := reg.Gather(); err != nil || len(families) != 0 {
		t.Fatalf("metrics are left: %v, %v", families, err)
	}
	n := opened(t, cfg)
	other := single(t)
	other.Registerer = reg
	if _, err := Open(t.Context(), other); err == nil {
		t.Fatal("two nodes on one registry")
	}
	eventually(t, "the one of before is ready", func() bool { return n.Ready() == nil })
}

func TestStatus_ShowsWhatIsStored(t *testing.T) {
	n := opened(t, single(t))
	fill(t, n)
	if got := n.Status(); got.Node != "n1" || got.Leader != "n1" || got.State != "Leader" {
		t.Fatalf("status is %+v", got)
	}
	got := n.View(soon(t))
	want := ConnectorView{Target: "running", Session: 1, N: 7, Position: offset(7).Position.String(), LagSeconds: -1}
	if got.Stale || got.Leader != "n1" || len(got.Members) != 1 || got.Connectors["c"] != want {
		t.Fatalf("the view is %+v", got)
	}
}
