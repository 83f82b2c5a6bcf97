package connector

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// What is left out is logged with its place, and counted; what is not known to
// be safe stops in every mode.
func TestTolerance(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	registry := prometheus.NewRegistry()
	metrics := NewMetrics("c", nil)
	registry.MustRegister(metrics)
	rows := &event.Rows{
		Table: &schema.Table{ID: schema.ID{Database: "d", Name: "t"}},
		Meta:  event.Meta{File: "f.1", Pos: 7, Txn: &event.Txn{GTID: "g:1"}},
	}
	refused := map[schema.ID]bool{}
	f := func(unknown, damaged FailureMode, cause error, level, reason string) {
		t.Helper()
		tol := tolerance{unknown: unknown, refused: refused, damaged: damaged, logger: zap.New(core), metrics: metrics}
		got := tol.leavesOut(rows, fmt.Errorf("table d.t: %w", cause))
		entries := logs.TakeAll()
		if got != (level != "") || len(entries) > 1 || got != (len(entries) == 1) {
			t.Errorf("%s, %s, %v: left out %v, %d entries", unknown, damaged, cause, got, len(entries))
			return
		}
		if !got {
			return
		}
		fields := entries[0].ContextMap()
		where := fmt.Sprintf("%v:%v %v %v %v", fields["file"], fields["pos"], fields["gtid"], fields["table"], fields["reason"])
		if entries[0].Level.String() != level || where != "f.1:7 g:1 d.t "+reason {
			t.Errorf("%s: %s %v", entries[0].Level, entries[0].Message, fields)
		}
	}
	f(WarnOnFailure, FailOnFailure, schema.ErrUnknownTable, "", "") // the server was not asked yet
	refused[rows.Table.ID] = true
	f(FailOnFailure, WarnOnFailure, schema.ErrUnknownTable, "", "")
	f(WarnOnFailure, FailOnFailure, schema.ErrUnknownTable, "warn", "unknown_table")
	f(SkipOnFailure, FailOnFailure, schema.ErrUnknownTable, "info", "unknown_table")
	f(WarnOnFailure, FailOnFailure, event.ErrDamaged, "", "")
	f(FailOnFailure, WarnOnFailure, event.ErrDamaged, "warn", "damaged")
	f(FailOnFailure, SkipOnFailure, event.ErrDamaged, "info", "damaged")
	f(SkipOnFailure, SkipOnFailure, schema.ErrMismatch, "", "")
	f("", "", event.ErrDamaged, "", "")
	f(SkipOnFailure, SkipOnFailure, errors.New("column c is not in the row image"), "", "")
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "cdcd_row_events_left_out_total" {
				counted[m.GetLabel()[1].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if len(counted) != 2 || counted["unknown_table"] != 2 || counted["damaged"] != 2 {
		t.Errorf("counted %v", counted)
	}
}

// torn is an encoder like numbered, whose records of event fail are followed by
// an error.
type torn struct{ numbered }

func (e torn) Plan(*schema.Table) (format.Plan, error) { return e, nil }

func (e torn) Append(b *format.Batch, r *event.Rows) (int, error) {
	n, err := numbered{}.Append(b, r)
	if err == nil && r.Meta.Pos == e.fail {
		err = errEncode
	}
	return n, err
}

// Rows of an event before the one that cannot be read are left out with it, and
// all other events are there.
func TestPipeline_LeavesOutWholeEvents(t *testing.T) {
	items, last := transactions(200, 100)
	fail := last / 2
	out := &recorder{}
	p := newPipeline(t, &scripted{items: items}, out, torn{numbered{fail: fail}}, 1<<20)
	p.leaveOut = func(r *event.Rows, err error) bool { return r.Meta.Pos == fail && errors.Is(err, errEncode) }
	if err := p.run(t.Context()); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if len(out.seen) != int(last)-1 || slices.Contains(out.seen, fail) || !slices.IsSorted(out.seen) {
		t.Errorf("%d of %d records, event %d in them: %v", len(out.seen), last, fail, slices.Contains(out.seen, fail))
	}
}

// Where all failures stop the connector, they do so at once: nobody is asked.
func TestParseConfig_FailureModes(t *testing.T) {
	f := func(unknown, damaged FailureMode, changes ...string) {
		t.Helper()
		c := parsed(t, changes...)
		if c.UnknownTables != unknown || c.DamagedRows != damaged {
			t.Errorf("%q: %s, %s", changes, c.UnknownTables, c.DamagedRows)
		}
		if asked := New(c, Deps{}).leaveOut() != nil; asked != (len(changes) > 0) {
			t.Errorf("%q: asked %v", changes, asked)
		}
	}
	f(FailOnFailure, FailOnFailure)
	f(WarnOnFailure, FailOnFailure, "inconsistent.schema.handling.mode", "warn")
	f(SkipOnFailure, SkipOnFailure, "inconsistent.schema.handling.mode", "Ignore", "event.processing.failure.handling.mode", "skip")
}
