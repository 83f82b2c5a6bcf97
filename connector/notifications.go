package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
	"cdcd/snapshot"
)

// Notified is a notification as it is kept, without row values.
type Notified struct {
	ID        string            `json:"id"`
	Aggregate string            `json:"aggregateType"`
	Type      string            `json:"type"`
	Data      map[string]string `json:"additionalData,omitempty"`
	Millis    int64             `json:"timestamp"` // since the epoch
}

// notifications sends what a session of a connector has to tell to the channels that
// are enabled.
type notifications struct {
	printer *format.Notifications // nil without the channel sink
	log     *zap.Logger           // nil without the channel log
	kept    *keptNotifications    // nil without the channel jmx
}

// notifications are those of a session; nil where no channel is enabled.
func (c *Connector) notifications() *notifications {
	cfg := c.cfg.Notifications
	if !cfg.on() {
		return nil
	}
	n := &notifications{}
	if cfg.Topic != "" {
		n.printer = c.json.Notifications(cfg.Topic)
	}
	if cfg.Log {
		n.log = c.deps.Logger
	}
	if cfg.Keep {
		n.kept = &c.notified
	}
	return n
}

// send gives a notification to the channels beside Kafka, and returns its record.
func (n *notifications) send(told event.Notification) *notificationNote {
	if told.ID == "" {
		told.ID = uuid.NewString()
	}
	note := &notificationNote{printer: n.printer, told: told, ms: time.Now().UnixMilli()}
	data := withoutKeys(told.Data)
	if n.log != nil {
		n.log.Info("notification", zap.String("id", told.ID), zap.String("about", told.Aggregate), zap.String("type", told.Type), zap.Any("data", data))
	}
	if n.kept != nil {
		n.kept.add(Notified{ID: told.ID, Aggregate: told.Aggregate, Type: told.Type, Data: data, Millis: note.ms})
	}
	return note
}

// withoutKeys leaves out what is a row value.
func withoutKeys(data map[string]string) map[string]string {
	left := maps.Clone(data)
	delete(left, event.LastProcessedKey)
	delete(left, event.MaximumKey)
	return left
}

// notificationNote is the record of a notification. It is of no transaction, and
// durable with the state behind it. One that a crash took away is made anew with what
// it tells of, under another id where the id is its own.
type notificationNote struct {
	printer *format.Notifications
	told    event.Notification
	ms      int64
}

func (n *notificationNote) encode(b *format.Batch) error { return n.printer.Append(b, n.told, n.ms) }
func (*notificationNote) group() string                  { return "" }

// notify pushes a notification. A state must follow.
func (p *pipeline) notify(ctx context.Context, told event.Notification) error {
	if p.notifications == nil {
		return nil
	}
	note := p.notifications.send(told)
	if note.printer == nil {
		return nil
	}
	return p.pushed(ctx, p.queue.note(ctx, note, 0))
}

// tell gives notifications of the initial snapshot to the sink, beside a pipeline. A
// state must follow.
func (c *Connector) tell(ctx context.Context, out Sink, types ...string) error {
	n := c.notifications()
	if n == nil {
		return nil
	}
	var b format.Batch
	for _, t := range types {
		note := n.send(event.Notification{Aggregate: event.InitialSnapshot, Type: t})
		if note.printer == nil {
			continue
		}
		if err := note.encode(&b); err != nil {
			return err
		}
	}
	if len(b.Records) == 0 {
		return nil
	}
	return out.Append(ctx, &b)
}

// tellFirst gives the sink what comes with the first state. Of a copy the end is told
// behind its rows.
// Source: AbstractSnapshotChangeEventSource.execute.
func (c *Connector) tellFirst(ctx context.Context, b *beginning, out Sink) error {
	begins, ends := []string{event.Started}, []string{event.Completed}
	if b.anew {
		begins = []string{event.Aborted, event.Started}
	}
	if b.copy != nil {
		ends = nil
	}
	if err := c.tell(ctx, out, begins...); err != nil {
		return err
	}
	if err := c.publishFound(ctx, b, out); err != nil {
		return fmt.Errorf("publish the tables found: %w", err)
	}
	return c.tell(ctx, out, ends...)
}

// tellSkipped tells that a connector that is started goes on from a state behind a
// copy.
func (c *Connector) tellSkipped(ctx context.Context, b *beginning, out Sink) error {
	if err := c.tell(ctx, out, event.Skipped); err != nil || c.cfg.Notifications.Topic == "" {
		return err
	}
	return out.Commit(ctx, b.state)
}

// notices are those of the copy of a connector that begins; nil where nobody is told.
// They name the tables that are to be copied, and where it is gone on with those that
// were copied before, too.
func (c *Connector) notices(b *beginning) *snapshot.Notices {
	var tables []schema.ID
	for _, t := range b.tracker.Tables() {
		if c.lists(t.ID) {
			tables = append(tables, t.ID)
		}
	}
	for _, p := range b.copy.progress.Tables {
		if !slices.Contains(tables, p.ID) {
			tables = append(tables, p.ID) // it is gone
		}
	}
	return c.noticesOf(tables, b.copy.gone)
}

// noticesOf has a copy of tables tell what it does; nil where nobody is told. The table
// of signals, whose rows are not copied, is named where a table ends. In which order
// Debezium names the tables depends on the collection that it has them in.
// Source: RelationalSnapshotChangeEventSource.createLegacyDataEvents and
// createChunkedDataEvents.
func (c *Connector) noticesOf(tables []schema.ID, gone []*event.TableProgress) *snapshot.Notices {
	if !c.cfg.Notifications.on() {
		return nil
	}
	tables = slices.Clone(tables)
	names := func() (names []string) {
		for _, id := range tables {
			names = append(names, id.String())
		}
		return names
	}
	n := &snapshot.Notices{Parts: c.cfg.Snapshot.Divides(), Gone: gone}
	c.cfg.Filter.Sort(tables)
	n.Ends = strings.Join(names(), ",")
	tables = slices.DeleteFunc(tables, c.cfg.Filter.Signals)
	c.cfg.Snapshot.Arrange(c.cfg.Filter, tables, c.rowCounts)
	ordered := format.HashSetOf
	if n.Parts {
		ordered = format.ConcurrentOrder
	}
	n.Begins = strings.Join(ordered(names()), ",")
	return n
}

// mostKept is how many notifications are kept.
const mostKept = 64

// keptNotifications are the newest ones of this process.
type keptNotifications struct {
	mu  sync.Mutex // guards all
	all []Notified // oldest first; never changed where it is
}

func (k *keptNotifications) add(n Notified) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first := max(0, len(k.all)+1-mostKept)
	k.all = append(slices.Clone(k.all[first:]), n)
}

func (k *keptNotifications) list() []Notified {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all
}
