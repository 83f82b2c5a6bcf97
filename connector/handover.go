package connector

import (
	"context"
	"errors"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// handover is the stream behind a copy whose rows are of several views. It begins at
// the first one, and leaves out, for each key, the transactions that the view of its
// row holds already.
type handover struct {
	Source
	ask func(context.Context) (*Server, error) // for the order of keys

	progress *event.Progress // nil once the stream has passed all views
	covers   []binlog.Cover  // of the views
	tables   map[schema.ID][]event.Part
	held     []bool // the views that hold the open transaction
	server   *Server
	ready    []event.Item
}

// newHandover makes the stream go on behind a copy.
func newHandover(stream Source, p *event.Progress, ask func(context.Context) (*Server, error)) (*handover, error) {
	h := &handover{Source: stream, ask: ask, progress: p, tables: map[schema.ID][]event.Part{}}
	for _, v := range p.Views {
		c, err := binlog.NewCover(v.Low)
		if err != nil {
			return nil, err
		}
		h.covers = append(h.covers, c)
	}
	for _, t := range p.Tables {
		h.tables[t.ID] = t.Parts
	}
	return h, nil
}

// Next implements [Source].
func (h *handover) Next(ctx context.Context) (event.Item, error) {
	for len(h.ready) == 0 {
		item, err := h.Source.Next(ctx)
		if err != nil || h.progress == nil {
			return item, err
		}
		if err := h.accept(ctx, item); err != nil {
			return nil, err
		}
	}
	item := h.ready[0]
	h.ready = h.ready[1:]
	return item, nil
}

func (h *handover) accept(ctx context.Context, item event.Item) error {
	switch i := item.(type) {
	case *event.Rows:
		return h.rows(ctx, i)
	case event.Begin:
		if err := h.begin(i.Group()); err != nil {
			return err
		}
	case event.DDL:
		for _, ch := range i.Changes {
			if parts, ok := h.tables[ch.Previous]; ok && ch.Kind == schema.Renamed {
				h.tables[ch.ID] = parts
			}
		}
	case event.Commit:
		if err := h.passed(i.Position); err != nil {
			return err
		}
		i.Snapshot = h.progress
		item = i
	}
	h.ready = append(h.ready, item)
	return nil
}

// begin finds out which views hold a transaction.
func (h *handover) begin(group string) error {
	h.held = make([]bool, len(h.covers))
	for i, c := range h.covers {
		var err error
		if h.held[i], err = c.Has(group); err != nil {
			return err
		}
	}
	return nil
}

func (h *handover) rows(ctx context.Context, r *event.Rows) error {
	parts, ok := h.tables[r.Table.ID]
	if !ok || r.Op == event.Read {
		h.ready = append(h.ready, r)
		return nil
	}
	rest, err := snapshot.Held{Parts: parts, Views: h.held}.Rest(ctx, h.session, r)
	for _, r := range rest {
		h.ready = append(h.ready, r)
	}
	return err
}

func (h *handover) session(ctx context.Context) (snapshot.Session, error) {
	if h.server == nil {
		var err error
		if h.server, err = h.ask(ctx); err != nil {
			return nil, err
		}
	}
	return h.server, nil
}

// passed forgets the copy when everything that a view holds was read.
func (h *handover) passed(p event.Position) error {
	for _, c := range h.covers {
		if done, err := c.PassedBy(p); !done || err != nil {
			return err
		}
	}
	h.progress = nil
	return nil
}

// Close ends the stream.
func (h *handover) Close() error {
	err := h.Source.Close()
	if h.server != nil {
		err = errors.Join(err, h.server.Close())
	}
	return err
}
