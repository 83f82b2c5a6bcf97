package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"golang.org/x/sync/errgroup"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/snapshot"
)

// view is a moment of the server, which several connections see, and what is not
// known of it: it holds every transaction before low and none behind high. Up to end, or
// still prepared, is what else might be in the binlog before low and not in the view.
type view struct {
	sessions  []*Server
	low, high ServerInfo
	end       event.Position
	lock      *Server // holds a lock until the copy ends; nil for none
}

// close ends the view.
func (v *view) close() {
	for _, s := range v.sessions {
		_ = s.Close()
	}
	v.unlock()
}

// unlock gives up the lock that the view holds, if it does.
func (v *view) unlock() {
	if v.lock != nil {
		_ = v.lock.Close()
		v.lock = nil
	}
}

// unhurried lets rows wait as long as Kafka does.
const unhurried = "SET SESSION net_write_timeout = 31536000, wait_timeout = 31536000"

// dialView opens the connections of a view.
func (c *Connector) dialView(ctx context.Context) (v *view, err error) {
	v = &view{}
	for range c.cfg.Snapshot.Threads {
		s, err := Dial(ctx, c.cfg)
		if err != nil {
			v.close()
			return nil, err
		}
		v.sessions = append(v.sessions, s)
		if _, err := s.Query(ctx, strings.Join(append(snapshot.Settings(), unhurried), ";")); err != nil {
			v.close()
			return nil, err
		}
	}
	return v, nil
}

// begin has all connections see the server as it is now.
func (v *view) begin(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range v.sessions {
		g.Go(func() error {
			_, err := s.Query(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("open a consistent view: %w", err)
	}
	return nil
}

// copying is what one session of a connector copies, and through what.
type copying struct {
	*view
	tables   []snapshot.Table
	progress *event.Progress        // the last view in it is this one
	gone     []*event.TableProgress // tables that were to be copied, and are not any more
	same     func(*schema.Table, string) (bool, error)
	meta     event.Meta          // of the rows
	end      event.Position      // behind all that is not certainly in the view; zero for nothing
	wrap     func(Source) Source // of the rows; nil for none
	signal   *string             // id of the one that asked for it; nil for the copy of the start
	notices  *snapshot.Notices   // nil where nobody is told
}

// empty tells whether the view has no row to copy, as far as that is found out at once:
// it is not known of statements that stand for tables, nor where a table has changed.
func (cp *copying) empty(ctx context.Context) bool {
	for _, t := range cp.tables {
		if t.Query != "" {
			return false
		}
		rows, err := cp.sessions[0].Ask(ctx, "SAVEPOINT cdcd", "SELECT 1 FROM "+schema.Backquoted(t.Table.ID)+" LIMIT 1", "ROLLBACK TO SAVEPOINT cdcd")
		if err != nil || len(rows) > 0 {
			return false
		}
	}
	return true
}

// uncopied is where a view has to go on: the tables as they were at a position, and
// what is left of them.
type uncopied struct {
	from     *beginning // whose tracker is at its position, and may be moved on
	progress *event.Progress
	// loaded tells that the tables were read from the server behind the position: a
	// statement that changes one has them read again.
	loaded bool
	// stands tells that the stream stands at the position, and brings nothing again that
	// lies before: the view must have all of it.
	stands bool
	query  func(schema.ID) string // what to read a table by, "" for all of it
}

// How often a view is opened until nothing moves beside it, and the wait between.
const (
	viewTries = 100
	viewPause = 20 * time.Millisecond
)

// openView opens a view for what is left to copy. errServerMoved says that the tables
// have to be read again.
func (c *Connector) openView(ctx context.Context, srv *Server, left func() (*uncopied, error)) (*copying, error) {
	v, err := c.dialView(ctx)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		cp, err := c.tryView(ctx, srv, v, left)
		if err == nil {
			return cp, nil
		}
		if errors.Is(err, snapshot.ErrWindow) && try < viewTries {
			v.unlock()
			err = pause(ctx, viewPause)
		}
		if err != nil {
			v.close()
			return nil, err
		}
	}
}

func (c *Connector) tryView(ctx context.Context, srv *Server, v *view, left func() (*uncopied, error)) (*copying, error) {
	u, err := left()
	if err != nil {
		return nil, err
	}
	if err := c.seen(ctx, srv, v, u); err != nil {
		return nil, err
	}
	w, err := c.between(ctx, v, u)
	if err != nil {
		return nil, err
	}
	cp := &copying{
		view: v, same: sameTable(v.low), end: w.end,
		meta: event.Meta{File: v.low.Position.File, Pos: v.low.Position.Offset},
	}
	if cp.progress = u.progress; !u.stands {
		cp.progress = u.progress.WithView(event.View{Low: now(v.low)}, w.streamed)
	}
	for _, p := range u.progress.Tables {
		if !p.Copied() && w.streamed[p.ID] {
			cp.gone = append(cp.gone, p)
		}
	}
	for _, p := range cp.progress.Tables {
		if p.Copied() {
			continue
		}
		t := snapshot.Table{Table: u.from.tracker.Table(p.ID), Query: u.query(p.ID), Parts: c.cfg.Snapshot.Parts(p.ID), Rows: c.rowCounts[p.ID]}
		if t.Table == nil {
			return nil, fmt.Errorf("copy table %s: %w", p.ID, schema.ErrUnknownTable)
		}
		if t.Window, err = w.window.Of(p.ID); err != nil {
			return nil, err
		}
		cp.tables = append(cp.tables, t)
	}
	return cp, nil
}

// seen has the view see the server as it is now. The error is an ErrWindow where that
// is not enough to go by. The stream that stands has the rows of XA transactions that
// are prepared; what must not be is that the server is in the middle of committing one,
// which is in the binlog before it is in any view.
func (c *Connector) seen(ctx context.Context, srv *Server, v *view, u *uncopied) error {
	if !u.stands {
		return c.consistent(ctx, srv, v)
	}
	if err := nonePrepared(ctx, srv); err != nil {
		return err
	}
	if err := c.consistent(ctx, srv, v); err != nil {
		return err
	}
	stands, err := binlog.NewCover(u.from.state.Position)
	if err != nil {
		return err
	}
	if has, err := stands.PassedBy(now(v.low)); has || err != nil {
		return err
	}
	return fmt.Errorf("%w: the server is still committing what the stream has brought", snapshot.ErrWindow)
}

// nonePrepared is an ErrWindow while XA transactions are prepared: their rows are in no
// view yet, and were logged before it. Not every account may ask.
func nonePrepared(ctx context.Context, srv *Server) error {
	rows, err := srv.Query(ctx, "XA RECOVER")
	if _, denied := errors.AsType[*mysql.MyError](err); denied {
		return nil
	}
	if err != nil || len(rows) == 0 {
		return err
	}
	return fmt.Errorf("%w: %d XA transactions are prepared, and neither committed nor rolled back (XA RECOVER)", snapshot.ErrWindow, len(rows))
}

// sameTable tells whether a statement makes the table that is known, as far as that
// says how its rows are read.
func sameTable(info ServerInfo) func(*schema.Table, string) (bool, error) {
	var mu sync.Mutex
	tracker := newTracker(info)
	return func(t *schema.Table, create string) (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := tracker.Apply(schema.DDL{Database: t.ID.Database, Statement: create}); err != nil {
			return false, fmt.Errorf("read its definition: %w", err)
		}
		found := tracker.Table(t.ID)
		tracker.Forget()
		return found != nil && found.ReadsAs(t), nil
	}
}

// between reads what the binlog has from where the tables are known up to the end of
// a view.
func (c *Connector) between(ctx context.Context, v *view, u *uncopied) (*viewWatch, error) {
	cover, err := binlog.NewCover(now(v.low))
	if err != nil {
		return nil, err
	}
	w := &viewWatch{
		Tracker: u.from.tracker, cover: cover, high: v.high.Position, loaded: u.loaded, stands: u.stands,
		left: map[schema.ID]bool{}, streamed: map[schema.ID]bool{},
	}
	for _, p := range u.progress.Tables {
		w.left[p.ID] = !p.Copied()
	}
	start := *u.from
	end := v.end
	if u.stands { // it knows the branches that are prepared, and goes on where the scan ends
		end = v.high.Position
	}
	if u.loaded && !u.stands && !start.moved(end) {
		return w, nil
	}
	err = c.scan(ctx, &start, end, w, func(id schema.ID) bool { return w.left[id] }, w.take)
	return w, err
}

// viewWatch follows tables up to a view, and gathers what was touched beside it.
type viewWatch struct {
	*schema.Tracker
	cover    binlog.Cover // of what the view certainly has
	loaded   bool
	stands   bool
	left     map[schema.ID]bool // tables that are to be copied
	streamed map[schema.ID]bool // of these, those all of whose rows the stream brings
	window   snapshot.Window
	high     event.Position // nothing behind it is in the view
	certain  bool           // whether the open group is in the view
	end      event.Position // of the last group
	err      error
}

var _ scanned = (*viewWatch)(nil)

// Unknown notes the commit of a branch whose rows may be nowhere: prepared before the
// stream begins, they are not in it, and committed behind low, not certainly in the view.
func (w *viewWatch) Unknown(group string) {
	switch has, err := w.cover.Has(group); {
	case err != nil:
		w.err = err
	case !has:
		w.err = fmt.Errorf("%w: an XA transaction that was prepared before was committed while it was opened", snapshot.ErrWindow)
	}
}

// Follow folds a statement that the view has. One behind it has the view opened again,
// and one behind definitions that were read from the server has those read again.
func (w *viewWatch) Follow(d schema.DDL) ([]schema.Change, error) {
	has, err := w.cover.Has(d.Group)
	switch {
	case err != nil:
		return nil, err
	case w.loaded:
		return nil, errServerMoved
	case !has:
		return nil, fmt.Errorf("%w: tables changed while it was opened", snapshot.ErrWindow)
	}
	changes, err := w.Tracker.Follow(d)
	for _, ch := range changes {
		beganAnew(w.streamed, ch)
	}
	return changes, err
}

// beganAnew notes tables that are gone, or began anew: the rows that they have now
// are all in the stream. Those of a table that was renamed into place are not.
func beganAnew(streamed map[schema.ID]bool, ch schema.Change) {
	switch ch.Kind {
	case schema.Truncated, schema.Dropped, schema.Created:
		streamed[ch.ID] = true
	case schema.Renamed:
		streamed[ch.Previous] = true
		delete(streamed, ch.ID)
	case schema.Altered, schema.DatabaseChanged, schema.SequenceChanged, schema.Lost:
	}
}

// behind tells that a group is certainly not in the view, though the scan goes on to it.
func (w *viewWatch) behind(b event.Begin) bool {
	return !w.stands && b.Decided == "" && reached(b.Txn.File, b.Txn.Pos, w.high)
}

// take notes rows of transactions that the view has or has not. An XA branch is
// committed in the binlog before it is in the tables.
func (w *viewWatch) take(item event.Item) (enough bool, err error) {
	if w.err != nil {
		return true, w.err
	}
	switch i := item.(type) {
	case event.Begin:
		if w.certain, err = w.cover.Has(i.Group()); err != nil {
			return true, err
		}
		w.certain = w.certain && (!w.stands || !i.Branch) || w.behind(i)
	case event.Commit:
		w.end = i.Position
	case *event.Rows:
		if w.certain {
			return false, nil
		}
	}
	return false, w.window.Add(item)
}
