package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"go.uber.org/zap"

	"cdcd/sink/format"
)

// beatNote is a heartbeat record. It is of no transaction, and its time is the
// clock's: one that a crash took away is not written again, the next one is
// written instead, and a state behind it is durable with it.
type beatNote struct {
	printer *format.Heartbeats
	ms      int64
}

func (n *beatNote) encode(b *format.Batch) error { return n.printer.Append(b, n.ms) }
func (*beatNote) group() string                  { return "" }

// heartbeats writes a heartbeat record at the first boundary between transactions
// behind each interval. Debezium writes one in the middle of a transaction, too;
// here no position could be stored with it.
type heartbeats struct {
	printer  *format.Heartbeats
	interval time.Duration
	now      func() time.Time
	last     time.Time // the zero time until the first
	due      chan struct{}
	action   *action // nil for none
}

func newHeartbeats(cfg HeartbeatConfig, j *format.JSON) *heartbeats {
	if cfg.Interval == 0 {
		return nil
	}
	return &heartbeats{printer: j.Heartbeats(cfg.Topic), interval: cfg.Interval, now: time.Now, due: make(chan struct{}, 1)}
}

// heartbeats are those of a session. The first session of a connector writes one at
// once, as Debezium does when its snapshot is done.
func (c *Connector) heartbeats(begin *beginning, j *format.JSON) *heartbeats {
	h := newHeartbeats(c.cfg.Heartbeat, j)
	if h == nil {
		return nil
	}
	if !begin.first {
		h.last = h.now()
	}
	if c.cfg.Heartbeat.Query != "" {
		h.action = &action{statement: &statement{cfg: c.cfg}, confirm: c.deps.Store.Confirm, log: c.deps.Logger}
	}
	return h
}

// beat pushes a heartbeat record when it is time, and reports whether it did. A
// state must follow.
func (p *pipeline) beat(ctx context.Context) (bool, error) {
	h := p.beats
	if h == nil {
		return false, nil
	}
	now := h.now()
	if now.Sub(h.last) < h.interval {
		return false, nil
	}
	h.last = now
	select {
	case h.due <- struct{}{}:
	default: // the statement of the last one still runs
	}
	return true, p.pushed(ctx, p.queue.note(ctx, &beatNote{printer: h.printer, ms: now.UnixMilli()}, 0))
}

// beatIdle writes a heartbeat, if it is time, together with the last state.
func (p *pipeline) beatIdle(ctx context.Context) error {
	done, err := p.beat(ctx)
	if !done || err != nil {
		return err
	}
	return p.mark(ctx, p.state.Position)
}

// act runs the action with each heartbeat, beside the stream: a statement that
// waits for a lock holds nothing up.
func (h *heartbeats) act(ctx context.Context) error {
	if h.action == nil {
		return nil
	}
	defer h.action.close()
	for {
		select {
		case <-h.due:
		case <-ctx.Done():
			return nil
		}
		if err := h.action.run(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// action is what is done with each heartbeat.
type action struct {
	statement interface {
		execute(ctx context.Context) error
		close()
	}
	confirm func(ctx context.Context) error
	log     *zap.Logger
}

// ErrAction says that heartbeat.action.query cannot succeed.
var ErrAction = errors.New("heartbeat.action.query: the server refuses the statement")

// run runs the statement once, if this process still owns the connector: the
// records of one that was taken over are fenced by Kafka, but its statements are
// not by the server. What an owner began before it lost the connector may still
// come to its end. As in Debezium a statement that cannot succeed ends the
// connector, and any other failure is logged.
func (a *action) run(ctx context.Context) error {
	switch err := a.confirm(ctx); {
	case errors.Is(err, ErrUnavailable):
		a.log.Warn("heartbeat.action.query was left out: the cluster does not say whose the connector is", zap.Error(err))
		return nil
	case err != nil:
		return err
	}
	err := a.statement.execute(ctx)
	var refused *mysql.MyError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &refused):
		a.close()
		a.log.Error("heartbeat.action.query failed", zap.Error(err))
	case refused.State == "42000" || refused.State == "3D000":
		return fmt.Errorf("%w (error %d, SQL state %s)", ErrAction, refused.Code, refused.State)
	default: // its text may quote the statement
		a.log.Error("heartbeat.action.query failed", zap.Uint16("code", refused.Code), zap.String("state", refused.State))
	}
	return nil
}

func (a *action) close() { a.statement.close() }

// statement is heartbeat.action.query on a connection of its own.
type statement struct {
	cfg Config
	srv *Server
}

func (s *statement) execute(ctx context.Context) error {
	if s.srv == nil {
		srv, err := dialUser(ctx, s.cfg)
		if err != nil {
			return err
		}
		s.srv = srv
	}
	_, err := s.srv.Query(ctx, s.cfg.Heartbeat.Query)
	return err
}

func (s *statement) close() {
	if s.srv != nil {
		_ = s.srv.Close()
		s.srv = nil
	}
}
