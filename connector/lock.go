package connector

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-mysql-org/go-mysql/mysql"
	"go.uber.org/zap"

	"cdcd/event"
)

// ErrNoView says that a consistent view cannot be had in the way that is asked for.
var ErrNoView = errors.New("no consistent view can be opened")

// consistent opens the view, between two readings of where the binlog ends.
func (c *Connector) consistent(ctx context.Context, srv *Server, v *view) error {
	var err error
	if v.low, err = srv.Inspect(ctx); err != nil {
		return err
	}
	switch mode := c.cfg.Snapshot.locking(v.low); {
	case mode != LockingNone:
		return c.locked(ctx, srv, v, mode)
	case v.low.Flavor == event.MariaDB:
		return v.exact(ctx, srv)
	}
	if v.low.Position.GTIDs == nil {
		return fmt.Errorf("%w: without GTIDs a view belongs to no place in the binlog unless writers are kept out for a moment: "+
			"set snapshot.locking.mode=minimal, or gtid_mode=ON", ErrNoView)
	}
	if err := v.begin(ctx); err != nil {
		return err
	}
	return v.settle(ctx, srv)
}

// settle asks where the binlog ends behind the view. That is asked last: a branch that
// was prepared before the view is prepared still, or its commit lies before this end.
func (v *view) settle(ctx context.Context, srv *Server) (err error) {
	if err := nonePrepared(ctx, srv); err != nil {
		return err
	}
	if v.high, err = srv.Inspect(ctx); err == nil {
		v.end = v.high.Position
	}
	return err
}

// exact opens views whose places in the binlog MariaDB tells.
// Source: MariaDB Knowledge Base, "START TRANSACTION WITH CONSISTENT SNAPSHOT".
func (v *view) exact(ctx context.Context, srv *Server) (err error) {
	if err := v.begin(ctx); err != nil {
		return err
	}
	v.high = v.low
	for i, s := range v.sessions {
		at, err := s.snapshotPlace(ctx)
		if err != nil {
			return err
		}
		if i == 0 || reached(v.low.Position.File, v.low.Position.Offset, at) {
			v.low.Position.File, v.low.Position.Offset = at.File, at.Offset
		}
		if i == 0 || reached(at.File, at.Offset, v.high.Position) {
			v.high.Position.File, v.high.Position.Offset = at.File, at.Offset
		}
	}
	high := v.high
	if err := errors.Join(askSets(ctx, srv, &v.low), v.settle(ctx, srv)); err != nil {
		return err
	}
	v.high = high // of the views, and so exact
	return nil
}

// snapshotPlace is where the transaction of the session sees the server.
func (s *Server) snapshotPlace(ctx context.Context) (event.Position, error) {
	rows, err := s.Query(ctx, "SHOW STATUS WHERE Variable_name IN ('binlog_snapshot_file', 'binlog_snapshot_position')")
	if err != nil {
		return event.Position{}, err
	}
	var p event.Position
	for _, row := range rows {
		if n, err := strconv.ParseUint(row[1].String, 10, 64); err == nil {
			p.Offset = n
		} else {
			p.File = row[1].String
		}
	}
	if p.File == "" {
		return p, fmt.Errorf("%w: the server does not tell the place of its views (binlog_snapshot_file)", ErrNoView)
	}
	return p, nil
}

// locked opens the view while nobody writes.
func (c *Connector) locked(ctx context.Context, srv *Server, v *view, mode Locking) error {
	lock, err := Dial(ctx, c.cfg)
	if err != nil {
		return err
	}
	if err := c.takeLock(ctx, lock, mode); err != nil {
		return errors.Join(err, lock.Close())
	}
	if v.low, err = srv.Inspect(ctx); err == nil {
		err = v.begin(ctx)
	}
	if err == nil {
		err = v.settle(ctx, srv)
	}
	if err == nil && mode == LockingExtended {
		v.lock = lock
		return nil
	}
	if _, unlock := lock.Query(ctx, "UNLOCK TABLES"); unlock != nil && err == nil {
		err = unlock
	}
	return errors.Join(err, lock.Close())
}

// takeLock waits for the lock as long as it may.
func (c *Connector) takeLock(ctx context.Context, lock *Server, mode Locking) error {
	seconds := max(1, int(c.cfg.Snapshot.LockTimeout.Seconds()))
	statement := "FLUSH TABLES WITH READ LOCK"
	if mode == LockingPercona || mode == LockingPerconaNoTableLocks {
		statement = "LOCK TABLES FOR BACKUP"
	}
	_, err := lock.Query(ctx, "SET SESSION lock_wait_timeout = "+strconv.Itoa(seconds)+"; "+statement)
	if err == nil {
		return nil
	}
	if my, ok := errors.AsType[*mysql.MyError](err); ok && (my.Code == mysql.ER_SPECIFIC_ACCESS_DENIED_ERROR || my.Code == mysql.ER_ACCESS_DENIED_ERROR) {
		return fmt.Errorf("%w: the account may not run %s; grant it RELOAD, or set snapshot.locking.mode=none where GTIDs are on: %w", ErrNoView, statement, err)
	}
	if my, ok := errors.AsType[*mysql.MyError](err); ok && my.Code == mysql.ER_PARSE_ERROR {
		return fmt.Errorf("%w: this server does not know %s, which is Percona's: set snapshot.locking.mode=minimal", ErrNoView, statement)
	}
	c.deps.Logger.Info("the lock for a consistent view was not had", zap.String("statement", statement), zap.Error(err))
	return fmt.Errorf("wait for %s: %w", statement, err)
}
