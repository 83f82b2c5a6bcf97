package connector

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"go.uber.org/zap"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// renewal is how old a view may grow: the server keeps what it would have thrown away
// since then. MariaDB does not let go of the definitions of tables that were read in a
// view before it ends, and a statement that changes one waits for as long.
func (c *Connector) renewal() time.Duration {
	if c.cfg.Flavor == event.MariaDB {
		return time.Minute
	}
	return 30 * time.Minute
}

// toCopy is the copy of captured tables of which nothing is done yet.
func (c *Connector) toCopy(ctx context.Context, srv *Server, info ServerInfo, tracker *schema.Tracker) (_ *event.Progress, err error) {
	for id, why := range tracker.Unread() {
		if c.copies(id) {
			return nil, fmt.Errorf("copy table %s: its definition is not understood: %s. Leave it out with table.exclude.list", id, why)
		}
	}
	var ids []schema.ID
	for _, t := range tracker.Tables() {
		if c.copies(t.ID) {
			ids = append(ids, t.ID)
		}
	}
	if c.rowCounts, err = countRows(ctx, srv); err != nil {
		return nil, err
	}
	return c.nothingCopied(info, ids)
}

// nothingCopied is a copy of tables of which nothing is done, in the order of Debezium's
// snapshot.
func (c *Connector) nothingCopied(info ServerInfo, ids []schema.ID) (*event.Progress, error) {
	c.cfg.Snapshot.Arrange(c.cfg.Filter, ids, c.rowCounts)
	p, rows := &event.Progress{}, int64(0)
	for _, id := range ids {
		p.Tables = append(p.Tables, &event.TableProgress{ID: id})
		rows += c.rowCounts[id]
	}
	return p, checkRetention(info, rows)
}

// copies tells whether the rows of a table are copied. Those of the table of signals
// are not.
// Source: RelationalSnapshotChangeEventSource.prepareTables.
func (c *Connector) copies(id schema.ID) bool { return c.lists(id) && !c.cfg.Filter.Signals(id) }

// lists tells whether a table is of a copy, if only by its name.
func (c *Connector) lists(id schema.ID) bool {
	return c.cfg.Filter.Table(id) && c.cfg.Snapshot.Table(id)
}

// slow is how many rows a second are copied at least, on a machine that has other
// things to do.
const slow = 20_000

// checkRetention refuses a copy that ends when the server has deleted the binlog with
// which the stream goes on behind it.
func checkRetention(info ServerInfo, rows int64) error {
	takes := time.Duration(rows/slow) * time.Second
	if info.Retention == 0 || takes < info.Retention {
		return nil
	}
	return fmt.Errorf("%w: about %d rows may take %v to copy, and the server deletes its binlog, with which the stream goes on behind them, after %v: "+
		"raise binlog_expire_logs_seconds, or copy fewer tables with snapshot.include.collection.list", ErrNoView, rows, takes, info.Retention)
}

// countRows are what the server takes for the numbers of rows.
func countRows(ctx context.Context, srv *Server) (map[schema.ID]int64, error) {
	answer, err := srv.Query(ctx, "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_ROWS > 0")
	rows := make(map[schema.ID]int64, len(answer))
	for _, row := range answer {
		rows[schema.ID{Database: row[0].String, Name: row[1].String}] = int64(number(row[2].String))
	}
	return rows, err
}

// copyFirst copies the rows that are there before the stream begins.
func (c *Connector) copyFirst(ctx context.Context, srv *Server, info ServerInfo, b *beginning, out Sink) error {
	if err := probe(ctx, srv, info, b.copy); err != nil {
		return lacking(explainSelect(err), info)
	}
	c.deps.Logger.Info("copying the rows that are there", zap.Stringer("position", b.state.Position), zap.Int("tables", len(b.copy.tables)))
	b.copy.notices = c.notices(b)
	if err := c.copyRows(ctx, b, out); err != nil {
		return c.stuck(lacking(err, info), b.state.Snapshot.Rows)
	}
	c.deps.Logger.Info("copied the rows that were there", zap.Int64("rows", b.state.Snapshot.Rows), zap.Duration("took", c.copy.Load().Status().Took()))
	return pause(ctx, c.cfg.Snapshot.StreamDelay)
}

// copyRows moves the rows of a view to the sink, and leaves in b the state behind
// them.
func (c *Connector) copyRows(ctx context.Context, b *beginning, out Sink) error {
	reader, err := snapshot.Open(ctx, snapshot.Config{
		Sessions: b.copy.sources(), Tables: b.copy.tables, Progress: b.copy.progress,
		Position: b.state.Position, Meta: b.copy.meta, Renew: c.renewal(),
		Same: b.copy.same, Rows: c.cfg.Snapshot.FetchSize,
		Repeats: c.cfg.Snapshot.Keyless == KeylessAtLeastOnce, Before: c.copiedBefore(b.copy.progress),
		Notices: b.copy.notices,
	})
	if err != nil {
		return err
	}
	c.copy.Store(&rowCopy{reader, b.copy.signal})
	c.deps.Metrics.copies(newCopyMetrics(c.cfg, reader.Status, b.copy.lock != nil))
	source := Source(reader)
	if b.copy.wrap != nil {
		source = b.copy.wrap(reader)
	}
	p := c.pipeline(source, b, out)
	c.update(func(s *Status) { s.Phase, s.Err, s.State = Running, nil, b.state })
	told := c.tellProgress(reader)
	err = errors.Join(p.run(ctx), source.Close())
	told()
	b.copy.close()
	b.copy = nil
	b.state = p.state
	if p.ended {
		return nil
	}
	return explainSelect(err)
}

// rowCopy is a copy of rows, one that a signal has asked for or that of the start.
type rowCopy struct {
	*snapshot.Reader
	signal *string // id of it; nil for none
}

// durable tells the copy how much of it is. Of two signals with one id the second is told
// of the end of the first: then it reads farther ahead.
func (r *rowCopy) durable(s event.State) {
	p := s.Snapshot
	if r.signal != nil {
		p = nil
		if b := s.Signals.Asked(); b != nil && b.Signal == *r.signal {
			p = b.Progress
		}
	}
	if p != nil {
		r.Durable(p)
	}
}

// explainSelect adds to the error of a statement that is given for a table what the
// server has against it. Its text may quote the statement.
func explainSelect(err error) error {
	if !isSelect(err) {
		return err
	}
	refused, _ := errors.AsType[*mysql.MyError](err)
	return fmt.Errorf("%w (error %d, SQL state %s)", err, refused.Code, refused.State)
}

// isSelect tells that the server has something against a statement that is given for a
// table.
func isSelect(err error) bool {
	_, given := errors.AsType[*snapshot.SelectError](err)
	_, refused := errors.AsType[*mysql.MyError](err)
	return given && refused
}

// copiedBefore is how far this process has come with the copy that is gone on with, in
// the zero Status where it has nothing of it.
func (c *Connector) copiedBefore(p *event.Progress) snapshot.Status {
	if r := c.copy.Load(); r != nil && p.Rows > 0 {
		if s := r.Status(); !s.Complete {
			return s
		}
	}
	return snapshot.Status{}
}

// probe asks for what the server may refuse in the middle of a copy before the first
// row of it is read: tables that the account may not be allowed to read, and statements
// of the user's.
func probe(ctx context.Context, srv *Server, info ServerInfo, cp *copying) error {
	sure := func(t snapshot.Table) bool { return t.Query == "" && info.Grants.Has(selecting) }
	return snapshot.Probe(ctx, viewSession{srv}, slices.DeleteFunc(slices.Clone(cp.tables), sure))
}

// lacking adds to an error that the account may not read a table what mends it. What a
// statement of the user's lacks may be something else.
func lacking(err error, info ServerInfo) error {
	my, refused := errors.AsType[*mysql.MyError](err)
	table, ok := errors.AsType[*snapshot.TableError](err)
	if isSelect(err) {
		return fmt.Errorf("%w: correct it in snapshot.select.statement.overrides", err)
	}
	if !refused || !ok || my.Code != mysql.ER_TABLEACCESS_DENIED_ERROR && my.Code != mysql.ER_COLUMNACCESS_DENIED_ERROR {
		return err
	}
	return fmt.Errorf("%w; fix: GRANT %s ON %s TO %s;", err, selecting, schema.Backquoted(table.ID), info.Account)
}

// wrongSelect tells that a statement of the user's fails by itself, also when it is run
// again.
func wrongSelect(err error) bool {
	my, _ := errors.AsType[*mysql.MyError](err)
	return isSelect(err) && !passing(err) && my.Code != mysql.ER_TABLE_DEF_CHANGED
}

// tellEvery is how often the log says how far a copy is.
const tellEvery = 10 * time.Second

// tellProgress logs how far a copy is, until the function that it returns is called.
func (c *Connector) tellProgress(r *snapshot.Reader) (end func()) {
	ended := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(tellEvery)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				s := r.Status()
				c.deps.Logger.Info("copying", zap.Int64("rows", s.Rows), zap.Int64("bytes", s.Bytes), zap.Int("percent", int(100*s.Share())),
					zap.Float64("rows_per_second", math.Round(s.Speed())), zap.Duration("left", s.Left()),
					zap.Int("tables", s.Tables), zap.Int("tables_left", s.Remaining))
			}
		}
	})
	return func() { close(ended); done.Wait() }
}

// copyTries is how often a table may be found to be another one while no row was
// copied in between.
const copyTries = 20

// stuck makes an error of a copy final that comes again and again.
func (c *Connector) stuck(err error, rows int64) error {
	if !errors.Is(err, snapshot.ErrChanged) {
		return err
	}
	if c.copied != rows {
		c.copied, c.copyFailed = rows, 0
	}
	if c.copyFailed++; c.copyFailed < copyTries {
		return err
	}
	return fmt.Errorf("tried %d times: %v", c.copyFailed, err) //nolint:errorlint // trying again does not help
}

// sources are the connections as the copy uses them.
func (v *view) sources() []snapshot.Session {
	out := make([]snapshot.Session, len(v.sessions))
	for i, s := range v.sessions {
		out[i] = viewSession{s}
	}
	return out
}

// viewSession tells the errors of the server that say that a table is not as it was.
type viewSession struct{ *Server }

// Stream implements [snapshot.Session].
func (s viewSession) Stream(ctx context.Context, query string, f func(row []byte) error) error {
	return changedTable(s.Server.Stream(ctx, query, f))
}

// changedTable tells an error that says that a table is not what it was in the view.
func changedTable(err error) error {
	my, ok := errors.AsType[*mysql.MyError](err)
	if gone(err) || ok && (my.Code == mysql.ER_TABLE_DEF_CHANGED || my.Code == mysql.ER_BAD_FIELD_ERROR) {
		return fmt.Errorf("%w: %w", snapshot.ErrChanged, err)
	}
	return err
}

// Query implements [snapshot.Session].
func (s viewSession) Query(ctx context.Context, statements string) ([][]sql.NullString, error) {
	rows, err := s.Server.Query(ctx, statements)
	return rows, changedTable(err)
}

// resumeCopy opens a view for what is left of a copy.
func (c *Connector) resumeCopy(ctx context.Context, srv *Server, info ServerInfo, b *beginning, history []*schema.Table) error {
	left := func() (*uncopied, error) {
		from, err := b.again(info, history)
		return &uncopied{from: from, progress: b.state.Snapshot, query: c.cfg.Snapshot.Select}, err
	}
	var err error
	if c.rowCounts, err = countRows(ctx, srv); err != nil {
		return err
	}
	b.copy, err = c.openView(ctx, srv, left)
	return err
}

// again is the beginning with a tracker of its own.
func (b *beginning) again(info ServerInfo, history []*schema.Table) (*beginning, error) {
	from := *b
	from.tracker = newTracker(info)
	if err := from.tracker.Restore(history, b.state.Schema); err != nil {
		return nil, fmt.Errorf("restore table versions: %w", err)
	}
	return &from, nil
}

// startCopy opens the first view of a copy, for tables that were just loaded. The
// stream begins with it.
func (c *Connector) startCopy(ctx context.Context, srv *Server, info ServerInfo, b *beginning) (err error) {
	if err := pause(ctx, c.cfg.Snapshot.Delay); err != nil {
		return err
	}
	left := &uncopied{from: b, loaded: true, query: c.cfg.Snapshot.Select}
	if left.progress, err = c.toCopy(ctx, srv, info, b.tracker); err != nil {
		return err
	}
	if b.copy, err = c.openView(ctx, srv, func() (*uncopied, error) { return left, nil }); err != nil {
		return err
	}
	b.state.Position, b.state.Snapshot = now(b.copy.low), b.copy.progress
	b.found = b.copy.low.Position
	return nil
}

// pause waits, unless there is no time to wait for.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
