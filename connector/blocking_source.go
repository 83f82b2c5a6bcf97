package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
)

// streamTo has the stream come to a place where a transaction ends, or to the end of
// the binlog where that is first, and leaves in b the state there.
func (c *Connector) streamTo(ctx context.Context, info ServerInfo, b *beginning, out Sink, end event.Position) error {
	for b.state.Split != nil || !end.IsZero() && !reached(b.state.Position.File, b.state.Position.Offset, end) {
		err := c.stream(ctx, info, b, out, &upTo{end: end, fates: fatesOf(b)})
		switch {
		case errors.Is(err, errThere):
			return nil
		case !errors.Is(err, errBlocking):
			return err
		}
	}
	return nil
}

// errThere ends a stream that has come to where it was to go. What was read is
// delivered.
var errThere = fmt.Errorf("the stream is there: %w", io.EOF)

// upTo is a stream that ends at a place, and notes what becomes of a copy on the way.
type upTo struct {
	Source
	end    event.Position
	over   bool // the end was reached
	inside bool // of a transaction
	fates  *fates
}

// tail has the server say soon that there is nothing more. Nil changes nothing.
func (s *upTo) tail(cfg binlog.Config) binlog.Config {
	if s != nil {
		cfg.Heartbeat = scanBeat
	}
	return cfg
}

// of makes it end a stream; nil is the stream.
func (s *upTo) of(stream Source) Source {
	if s == nil {
		return stream
	}
	s.Source = stream
	return s
}

// Next implements [Source].
func (s *upTo) Next(ctx context.Context) (event.Item, error) {
	if s.over {
		return nil, errThere
	}
	item, err := s.Source.Next(ctx)
	switch i := item.(type) {
	case event.Begin:
		s.inside, s.fates.last = true, i.Txn
	case *event.Rows:
		s.inside = true
	case event.DDL:
		s.inside, s.fates.last = true, i.Meta.Txn
		s.fates.note(i.Changes)
	case event.Commit:
		s.inside = false
		s.over = reached(i.Position.File, i.Position.Offset, s.end)
		i.Signals = s.fates.after(i.Signals)
		item = i
	case event.Heartbeat:
		s.over = !s.inside && reached(i.File, i.Offset, s.end)
	}
	return item, err
}

// fates is what the stream makes of a copy that waits: it may bring all the rows that a
// table has, or a statement that gives them another order.
type fates struct {
	signals  *event.Signals
	progress *event.Progress             // as it was; nil where nothing is begun
	halves   map[schema.ID]*schema.Table // tables of which some rows are copied

	streamed, anew map[schema.ID]bool
	last           *event.Txn // that the stream brought; nil for none
}

func fatesOf(b *beginning) *fates {
	f := &fates{signals: b.state.Signals, halves: map[schema.ID]*schema.Table{}, streamed: map[schema.ID]bool{}, anew: map[schema.ID]bool{}}
	if f.progress = f.signals.Asked().Progress; f.progress == nil {
		return f
	}
	for _, p := range f.progress.Tables {
		if t := b.tracker.Table(p.ID); t != nil && len(p.Parts) > 0 && !p.Copied() {
			f.halves[p.ID] = t
		}
	}
	return f
}

func (f *fates) note(changes []schema.Change) {
	for _, ch := range changes {
		beganAnew(f.streamed, ch)
		if ch.Kind == schema.Lost {
			f.streamed[ch.ID] = true
		}
		if half := f.halves[ch.ID]; half != nil && ch.Table != nil {
			f.anew[ch.ID] = !sameOrder(half, ch.Table)
		}
	}
}

// after are the signals behind a transaction, given those that it sets, if it does.
func (f *fates) after(set *event.Signals) *event.Signals {
	if set != nil {
		f.signals = set
	}
	asked := *f.signals.Asked()
	if f.last != nil {
		asked.GTID, asked.Thread = f.last.GTID, f.last.Thread
	}
	if f.progress != nil {
		asked.Progress = f.progress.Anew(f.anew).Streamed(f.streamed)
	}
	return f.signals.WithAsked(&asked)
}

// sameOrder tells whether the keys of two versions of a table order its rows alike, and
// are written alike.
func sameOrder(a, b *schema.Table) bool {
	return slices.EqualFunc(a.Key, b.Key, func(i, j int) bool {
		c, o := &a.Columns[i], &b.Columns[j]
		one := a.Column(o.Name) == i || i == j && a.Column(o.Name) < 0 && b.Column(c.Name) < 0 // it was renamed
		alike := c.Type == o.Type || isInteger(c.Type) && isInteger(o.Type)
		return one && alike && c.Charset == o.Charset && c.Collation == o.Collation && slices.Equal(c.Members, o.Members)
	})
}

func isInteger(t schema.Type) bool {
	switch t {
	case schema.TypeBool, schema.TypeTinyInt, schema.TypeSmallInt, schema.TypeMediumInt, schema.TypeInt, schema.TypeBigInt:
		return true
	default:
		return false
	}
}

// askedRows are the rows of a blocking snapshot, whose progress is kept among the
// signals.
type askedRows struct {
	Source
	state  event.State // where the stream stands
	asked  event.Blocking
	giveUp func(error) bool // whether an error ends the copy, and not the session
	last   []event.Item     // once it has ended so
	ended  bool
}

// Next implements [Source].
func (s *askedRows) Next(ctx context.Context) (event.Item, error) {
	if len(s.last) > 0 {
		item := s.last[0]
		s.last = s.last[1:]
		return item, nil
	}
	if s.ended {
		return nil, io.EOF
	}
	item, err := s.Source.Next(ctx)
	if err != nil && !errors.Is(err, io.EOF) && s.giveUp(err) {
		s.ended, s.last = true, []event.Item{s.commit(nil)}
		return event.Notification{Aggregate: event.InitialSnapshot, Type: event.Aborted}, nil
	}
	if c, ok := item.(event.Commit); ok {
		item = s.commit(c.Snapshot)
	}
	return item, err
}

// commit is the place behind which a progress is durable; of the whole copy, or none,
// nothing is kept.
func (s *askedRows) commit(p *event.Progress) event.Commit {
	var next *event.Blocking
	if p != nil && !p.Copied() {
		asked := s.asked
		asked.Progress, next = p, &asked
	}
	return event.Commit{Position: s.state.Position, Snapshot: s.state.Snapshot, Signals: s.state.Signals.WithAsked(next)}
}
