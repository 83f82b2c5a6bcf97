package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// chunkReader reads chunks. Several may be read at the same time.
type chunkReader interface {
	// read tries until it has a chunk, or knows why there cannot be one, or ctx ends.
	read(ctx context.Context, j chunkJob) chunkResult
	Close() error
}

// chunkJob says which rows are read.
type chunkJob struct {
	increment  *snapshot.Increment
	table      *schema.Table
	after, max snapshot.Key // max is nil where it is not known yet
	rows       int
	mark       string         // id of the watermarks to be written; "" for none
	position   event.Position // the stream has brought everything up to here:
	place      event.Position // to this file and offset, of the server at hand
	same       func(*schema.Table, string) (bool, error)
}

// chunkSessions reads chunks through connections to the server, which it keeps.
type chunkSessions struct {
	cfg   Config
	info  ServerInfo // of the server when the session began
	marks marks
	log   *zap.Logger

	mu   sync.Mutex // guards free
	free []*Server
}

var _ chunkReader = (*chunkSessions)(nil)

// Close ends the connections; no chunk is being read.
func (r *chunkSessions) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, s := range r.free {
		errs = append(errs, s.Close())
	}
	r.free = nil
	return errors.Join(errs...)
}

// chunkPause is the wait before a chunk is tried again.
const chunkPause = time.Second

// errAgain says that a chunk is to be tried again, with all that belongs to it anew.
var errAgain = errors.New("the chunk could not be read now")

// read implements [chunkReader]. What may pass is tried again by who asked.
func (r *chunkSessions) read(ctx context.Context, j chunkJob) chunkResult {
	result, err := r.try(ctx, j)
	if err == nil {
		return result
	}
	if ctx.Err() != nil || finally(err) {
		return chunkResult{err: err}
	}
	r.log.Warn("a chunk of an incremental snapshot could not be read, trying again", zap.Stringer("table", j.table.ID), zap.Error(err))
	return chunkResult{err: errors.Join(errAgain, pause(ctx, chunkPause))}
}

// finally tells that a chunk cannot be read, also later.
func finally(err error) bool {
	if errors.Is(err, snapshot.ErrSurrogate) || errors.Is(err, event.ErrDamaged) {
		return true
	}
	refused, ok := errors.AsType[*mysql.MyError](err)
	if !ok || passing(err) {
		return false
	}
	switch refused.Code {
	case mysql.ER_LOCK_WAIT_TIMEOUT, mysql.ER_LOCK_DEADLOCK, mysql.ER_USER_LIMIT_REACHED, mysql.ER_ACCESS_DENIED_ERROR:
		return false
	}
	return true
}

// try reads a chunk once. A connection that had an error is not used again.
func (r *chunkSessions) try(ctx context.Context, j chunkJob) (result chunkResult, err error) {
	s, err := r.session(ctx)
	if err != nil {
		return result, err
	}
	if result, err = r.seen(ctx, s, j); err != nil && !errors.Is(err, snapshot.ErrChanged) {
		return result, errors.Join(err, s.Close())
	}
	if errors.Is(err, snapshot.ErrChanged) {
		result = chunkResult{err: err}
		if err = r.end(ctx, s, &result); err != nil {
			return result, errors.Join(err, s.Close())
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = append(r.free, s)
	return result, nil
}

// session is a connection that no other chunk uses. What users write into signals must
// not be several statements.
func (r *chunkSessions) session(ctx context.Context) (*Server, error) {
	r.mu.Lock()
	if n := len(r.free); n > 0 {
		defer r.mu.Unlock()
		s := r.free[n-1]
		r.free = r.free[:n-1]
		return s, nil
	}
	r.mu.Unlock()
	// A mark must not be cut silently.
	s, err := dialUser(ctx, r.cfg, append(snapshot.Settings(),
		"SET sql_mode = 'ALLOW_INVALID_DATES,STRICT_ALL_TABLES'", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")...)
	if err != nil {
		return nil, err
	}
	info := r.info
	if err := askVariables(ctx, s, &info); err != nil || info.ServerID != r.info.ServerID {
		return nil, errors.Join(err, binlog.ErrMoved, s.Close()) // places of another server mean nothing
	}
	return s, nil
}

// seen reads a chunk, and between which places of the binlog that was.
func (r *chunkSessions) seen(ctx context.Context, s *Server, j chunkJob) (chunkResult, error) {
	if err := nonePrepared(ctx, s); err != nil {
		return chunkResult{}, err
	}
	switch {
	case j.mark != "":
		return r.betweenMarks(ctx, s, j)
	case r.info.Flavor == event.MariaDB:
		return r.atPlace(ctx, s, j)
	}
	return r.betweenSets(ctx, s, j)
}

// betweenSets reads while MySQL has GTIDs: what is in gtid_executed before is seen, and
// what is behind the end of the binlog afterwards is not.
func (r *chunkSessions) betweenSets(ctx context.Context, s *Server, j chunkJob) (result chunkResult, err error) {
	// The server sends a transaction before others see it.
	if err := checkKnown(ctx, s, r.info, j.position); err != nil {
		return result, err
	}
	low := event.Position{Flavor: event.MySQL}
	if low.GTIDs, err = askGTIDs(ctx, s, "SELECT @@GLOBAL.gtid_executed"); err != nil {
		return result, err
	}
	if err := r.begin(ctx, s); err != nil {
		return result, err
	}
	if err := r.rows(ctx, s, j, &result); err != nil {
		return result, err
	}
	if err := r.end(ctx, s, &result); err != nil {
		return result, err
	}
	cover, err := binlog.NewCover(low)
	result.seen = func(n noted) (bool, error) { return cover.Has(n.group) }
	return result, err
}

// atPlace reads at a place of MariaDB's binlog that the stream has not passed before.
func (r *chunkSessions) atPlace(ctx context.Context, s *Server, j chunkJob) (result chunkResult, err error) {
	const again = 10 * time.Millisecond
	for {
		if err := r.begin(ctx, s); err != nil {
			return result, err
		}
		if result.high, err = s.snapshotPlace(ctx); err != nil {
			return result, err
		}
		if reached(result.high.File, result.high.Offset, j.place) {
			break
		}
		if err := errors.Join(s.commit(ctx), pause(ctx, again)); err != nil {
			return result, err
		}
	}
	if err := r.rows(ctx, s, j, &result); err != nil {
		return result, err
	}
	view := result.high
	result.seen = func(n noted) (bool, error) { return reached(view.File, view.Offset, n.end), nil }
	return result, s.commit(ctx)
}

// betweenMarks reads between two rows that it writes into the signal table: everything
// before the first one is seen, and nothing behind the second one.
func (r *chunkSessions) betweenMarks(ctx context.Context, s *Server, j chunkJob) (result chunkResult, err error) {
	opened := time.Now()
	if err := r.marks.open(ctx, s, j.mark, opened); err != nil {
		return result, err
	}
	if err := r.begin(ctx, s); err != nil {
		return result, err
	}
	if err := r.rows(ctx, s, j, &result); err != nil {
		return result, err
	}
	return result, errors.Join(s.commit(ctx), r.marks.close(ctx, s, j.mark, opened))
}

func (r *chunkSessions) begin(ctx context.Context, s *Server) error {
	_, err := s.Query(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
	return err
}

func (s *Server) commit(ctx context.Context) error {
	_, err := s.Query(ctx, "COMMIT")
	return err
}

// end ends the view, and asks where the binlog ends behind it.
func (r *chunkSessions) end(ctx context.Context, s *Server, result *chunkResult) error {
	if err := s.commit(ctx); err != nil {
		return err
	}
	info := r.info
	err := askEnd(ctx, s, &info)
	result.high = info.Position
	return err
}

// rows reads the rows of a chunk, if the table is what it is taken for. It stays so
// until the transaction ends.
func (r *chunkSessions) rows(ctx context.Context, s *Server, j chunkJob, result *chunkResult) (err error) {
	view := viewSession{s}
	name := schema.Backquoted(j.table.ID)
	if _, err := view.Query(ctx, "SELECT 1 FROM "+name+" LIMIT 0"); err != nil {
		return err
	}
	answer, err := view.Query(ctx, schema.ShowCreate+name)
	if err != nil {
		return err
	}
	create, err := snapshot.Definition(answer)
	if err != nil {
		return err
	}
	if same, err := j.same(j.table, create); err != nil || !same {
		return errors.Join(err, snapshot.ErrChanged)
	}
	if result.max = j.max; j.max == nil {
		if result.max, err = j.increment.LastKey(ctx, view); err == nil {
			result.expected, err = estimate(ctx, s, j.table.ID)
		}
		if err != nil {
			return err
		}
	}
	result.chunk, err = j.increment.Chunk(ctx, view, j.after, result.max, j.rows, incrBytes)
	return err
}

// estimate is how many rows the server takes a table to have, 0 where it does not say.
func estimate(ctx context.Context, s *Server, id schema.ID) (int64, error) {
	answer, err := s.Query(ctx, fmt.Sprintf("SELECT TABLE_ROWS FROM information_schema.TABLES"+
		" WHERE TABLE_SCHEMA = CONVERT(x'%x' USING utf8mb3) AND TABLE_NAME = CONVERT(x'%x' USING utf8mb3)", id.Database, id.Name))
	if err != nil || len(answer) != 1 {
		return 0, err
	}
	return int64(number(answer[0][0].String)), nil
}
