package connector

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"cdcd/connector/signal"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// rowSignal is a signal as a row of the signal table has it.
type rowSignal struct{ id, kind, data string }

// rows passes rows of the stream, and notes what of them concerns increments.
func (e *incremental) rows(r *event.Rows) error {
	e.meta = r.Meta
	if e.cfg.Signals(r.Table.ID) {
		if err := e.read(r.Again()); err != nil {
			return err
		}
	}
	return e.note(r)
}

// read takes signals, and marks of chunks, from rows of the signal table.
func (e *incremental) read(r *event.Rows) error {
	before, after := make([]event.Value, len(r.Table.Columns)), make([]event.Value, len(r.Table.Columns))
	for {
		more, err := r.Next(before, after)
		if !more || err != nil {
			return err
		}
		switch r.Op {
		case event.Create:
			id, kind, data, ok := signalOfRow(r.Table, after)
			if ok && !e.marked(id, false) && e.cfg.Source {
				e.signalRows = append(e.signalRows, rowSignal{id, kind, data})
			}
		case event.Delete:
			e.marked(string(before[0].Bytes), true)
		case event.Update, event.Read, event.Truncate:
		}
	}
}

// heed acts upon the signals of a transaction that is committed.
func (e *incremental) heed() {
	rows := e.signalRows
	e.signalRows = nil
	for _, row := range rows {
		s, err := signal.Parse(row.id, row.kind, row.data)
		if err != nil {
			e.log.Warn("a signal is passed over", zap.String("id", row.id), zap.Error(err))
			continue
		}
		e.act(s)
	}
}

// receive acts upon a signal of another channel, and remembers that it did.
func (e *incremental) receive(s channelSignal) {
	e.act(s.Signal)
	e.change(func(n *event.Signals) {
		if s.next > 0 {
			n.Offset = s.next
		} else {
			n.Taken++
		}
	})
	switch {
	case s.done == nil:
	case e.moved != nil && e.moved.id == s.ID:
		e.moved.done = s.done
	default:
		e.inbox.await(e.signals.Taken, s.done)
	}
}

// act does what a signal asks for.
func (e *incremental) act(s signal.Signal) {
	switch a := s.Action.(type) {
	case signal.Execute:
		e.execute(s.ID, a)
	case signal.Stop:
		e.stop(s.ID, a)
	case signal.Pause:
		e.pause(s.ID, true)
	case signal.Resume:
		e.pause(s.ID, false)
	case signal.Log:
		e.log.Info(strings.ReplaceAll(a.Message, "{}", e.at.Position.String()), zap.String("signal", s.ID))
	case signal.SetPosition:
		if s.ID != "" && !slices.Contains(e.signals.Moved, s.ID) {
			e.moved = &movedError{id: s.ID, to: a}
			return
		}
		e.log.Warn("a signal to move the connector is passed over: it has no id, or was followed before", zap.String("id", s.ID))
	case signal.Window: // a watermark, see marked
	}
}

// execute puts the captured tables that a signal names behind those that wait.
func (e *incremental) execute(id string, a signal.Execute) {
	tables := e.named(a.Collections)
	if len(tables) == 0 {
		e.log.Warn("a signal names no captured table, and is passed over", zap.String("id", id))
		return
	}
	if a.Blocking {
		b := &event.Blocking{Signal: id}
		if t := e.meta.Txn; t != nil {
			b.GTID, b.Thread = t.GTID, t.Thread
		}
		for _, t := range tables {
			b.Tables = append(b.Tables, event.BlockingTable{ID: t, Select: a.Filter(t.String())})
		}
		e.change(func(n *event.Signals) { n.Blocking = append(slices.Clone(n.Blocking), b) })
		return
	}
	if err := e.cfg.Marks.possible(); err != nil {
		e.log.Error("an incremental snapshot was asked for, which is not possible", zap.String("id", id), zap.Error(err))
		e.notify(id, event.Aborted, nil)
		return
	}
	running := len(e.signals.Tables) > 0
	e.change(func(n *event.Signals) {
		n.Tables = slices.Clone(n.Tables)
		for _, t := range tables {
			n.Tables = append(n.Tables, &event.Incremental{ID: t, Signal: id, Filter: a.Filter(t.String()), Surrogate: a.Surrogate})
		}
	})
	e.log.Info("an incremental snapshot was asked for", zap.String("id", id), zap.Int("tables", len(tables)))
	if !running {
		e.notify(id, event.Started, e.collections())
	}
}

// named are the captured tables that match, in the order of the names and, of one name,
// in Debezium's.
// Source: AbstractIncrementalSnapshotChangeEventSource.expandAndDedupeDataCollectionIds.
func (e *incremental) named(names []signal.Collection) (out []schema.ID) {
	known := map[string]schema.ID{}
	for _, t := range e.cfg.Known() {
		if e.cfg.Capture(t.ID) {
			known[t.ID.String()] = t.ID
		}
	}
	// Debezium goes through a hash table.
	ordered := format.ConcurrentOrder(slices.Sorted(maps.Keys(known)))
	for _, name := range names {
		found := false
		for _, text := range ordered {
			if id := known[text]; name.Match(text) {
				found = true
				if !slices.Contains(out, id) {
					out = append(out, id)
				}
			}
		}
		if !found {
			e.log.Warn("a signal names a table that is not captured", zap.String("name", name.Text))
			if id := tableNamed(name.Text); id.Database != "" && !strings.ContainsAny(name.Text, `\*+?[](){}|^$`) {
				out = append(out, id) // to be told that it is not known
			}
		}
	}
	return out
}

// stop takes tables off the list: all, or those that are named.
func (e *incremental) stop(id string, a signal.Stop) {
	var stopped []string
	stops := func(t *event.Incremental) bool {
		name := t.ID.String()
		hit := len(a.Collections) == 0 || slices.ContainsFunc(a.Collections, func(c signal.Collection) bool { return c.Match(name) })
		if hit {
			stopped = append(stopped, name)
		}
		return hit
	}
	tables := slices.DeleteFunc(slices.Clone(e.signals.Tables), stops)
	if len(stopped) == 0 {
		e.log.Warn("a signal stops an incremental snapshot that does not run", zap.String("id", id))
		return
	}
	e.change(func(n *event.Signals) { n.Tables = tables })
	e.forsake()
	clear(e.tries)
	data := map[string]string{}
	if len(tables) > 0 {
		data[event.DataCollections] = strings.Join(stopped, ",")
	}
	e.log.Info("an incremental snapshot was stopped", zap.String("id", id), zap.Strings("tables", stopped))
	e.notify(id, event.Aborted, data)
}

// pause has the next chunks of a snapshot that runs wait, or go on.
func (e *incremental) pause(id string, paused bool) {
	if e.signals.Paused == paused || paused && len(e.signals.Tables) == 0 {
		e.log.Warn("a signal pauses or resumes an incremental snapshot that does not run, or is paused already", zap.String("id", id))
		return
	}
	e.change(func(n *event.Signals) { n.Paused = paused })
	kind := event.Resumed
	if paused {
		kind = event.Paused
	}
	e.notify(id, kind, e.collections())
}

// collections are the tables that wait.
func (e *incremental) collections() map[string]string {
	names := make([]string, len(e.signals.Tables))
	for i, t := range e.signals.Tables {
		names[i] = t.ID.String()
	}
	return map[string]string{event.DataCollections: strings.Join(names, ",")}
}

// notify tells of an incremental snapshot. It becomes durable with the next Commit.
func (e *incremental) notify(id, kind string, data map[string]string) {
	e.dirty = true
	e.ready = append(e.ready, event.Notification{ID: id, Aggregate: event.IncrementalSnapshot, Type: kind, Data: data})
}

// complete takes a table off the list.
func (e *incremental) complete(t *event.Incremental, rows int64, status string) {
	data := e.collections()
	data[event.ScannedCollection], data[event.RowsScanned], data[event.ScanStatus] = t.ID.String(), strconv.FormatInt(rows, 10), status
	e.notify(t.Signal, event.ScanCompleted, data)
	delete(e.tries, t.ID)
	e.change(func(n *event.Signals) {
		if len(n.Tables) > 0 && n.Tables[0] == t { // as a rule: of thousands no copy is made
			n.Tables = n.Tables[1:]
			return
		}
		n.Tables = slices.DeleteFunc(slices.Clone(n.Tables), func(o *event.Incremental) bool { return o == t })
	})
	e.log.Info("a table of an incremental snapshot is done", zap.Stringer("table", t.ID), zap.String("status", status), zap.Int64("rows", rows))
	if len(e.signals.Tables) == 0 {
		e.notify(t.Signal, event.Completed, nil)
	}
}
