package connector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"

	"go.uber.org/zap"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/schema"
)

// beginning is where a session starts: the state to go on from, and the tables
// as they were there.
type beginning struct {
	tracker *schema.Tracker
	tables  binlog.Tables // tracker, or what stands before it
	state   event.State
	first   bool       // no session of the connector wrote before
	anew    bool       // a copy that was not complete is thrown away for this one
	last    *event.Txn // of the stream so far; nil when it has brought none

	transcript *transcript    // of the first loading; nil where nothing is published of it
	found      event.Position // where the binlog ended when it began
	server     string         // id of the server, for positions
	tls        *tls.Config    // how the statements' connection is protected

	copy *copying // what is to be copied before the stream; nil for nothing
}

// close ends what the beginning holds, if there is one.
func (b *beginning) close() {
	if b != nil && b.copy != nil {
		b.copy.close()
	}
}

// begin takes the connector over and restores the last durable state, or makes
// the first one.
func (c *Connector) begin(ctx context.Context, srv *Server, info ServerInfo, out Sink) (*beginning, error) {
	t := &takeover{name: c.cfg.Name, store: c.deps.Store}
	if err := out.Takeover(ctx, t); err != nil {
		return nil, err
	}
	if c.deps.Earliest {
		return c.earliest(ctx, srv, info, t.state)
	}
	b, err := c.goOn(ctx, srv, info, t, out)
	if err != nil {
		b.close()
		return nil, err
	}
	if !c.begun && !b.first && b.copy == nil {
		if err := c.tellSkipped(ctx, b, out); err != nil {
			return nil, err
		}
	}
	c.begun, c.startOver = true, false
	for _, t := range c.given {
		b.tracker.Give(t)
	}
	c.warnIdle(b.tracker)
	c.warnUnread(b.tracker)
	return b, nil
}

// goOn begins where the mode of snapshots says: at the stored state, or as if there
// were none, or with the tables as they are now.
func (c *Connector) goOn(ctx context.Context, srv *Server, info ServerInfo, t *takeover, out Sink) (*beginning, error) {
	mode := c.cfg.Snapshot
	stored := !t.state.Position.IsZero() && t.state.Schema != 0 // else nowhere yet, or where an operator said
	copying := stored && t.state.Snapshot != nil && !t.state.Snapshot.Copied()
	switch {
	case mode.Recovers() && !c.begun && t.state.Position.IsZero():
		return nil, fmt.Errorf("%w: snapshot.mode=recovery reads the tables again for a position that is stored, and there is none: set another mode", ErrNoReset)
	case mode.Recovers() && !c.begun && copying:
		return nil, fmt.Errorf("%w: snapshot.mode=recovery cannot go on with a snapshot that is not complete: set snapshot.mode=initial", ErrNoReset)
	case stored && c.startOver, stored && !copying && !c.begun && mode.Copies(stored, copying):
		t.abandons = copying
		t.state.Position, t.state.Snapshot = event.Position{}, nil
	case stored && (c.begun || !mode.Recovers()):
		return c.resume(ctx, srv, info, t, out)
	}
	return c.first(ctx, srv, info, t, out)
}

// lost tells that the server has no such position any more.
func lost(err error) bool {
	return errors.Is(err, binlog.ErrPurged) || errors.Is(err, ErrOtherServer) || errors.Is(err, ErrReset)
}

// warnUnread names captured tables that the next rows may stop at.
func (c *Connector) warnUnread(tracker *schema.Tracker) {
	for id, why := range tracker.Unread() {
		if c.cfg.Filter.Table(id) {
			c.deps.Logger.Warn("a captured table is not known; its next rows decide", zap.Stringer("table", id), zap.String("reason", why))
		}
	}
}

// warnIdle names what the filter lists in vain: most often a misspelt table.
func (c *Connector) warnIdle(tracker *schema.Tracker) {
	var known []schema.ID
	for _, t := range tracker.Tables() {
		known = append(known, t.ID)
	}
	for _, entry := range c.cfg.Filter.Idle(known) {
		c.deps.Logger.Warn("an entry of table.include.list, or signal.data.collection, matches no table: it is misspelt, or the table is still to be created, or the account may not see it",
			zap.String("entry", entry))
	}
}

// newTracker returns a tracker that reads DDL as the server does.
func newTracker(info ServerInfo) *schema.Tracker {
	opts := []schema.Option{schema.WithFlavor(info.Flavor.Dialect()), schema.WithDefaultEngine(info.DefaultEngine)}
	if info.LowerCaseTables == 1 { // 2 stores names as they are written
		opts = append(opts, schema.WithLowerCaseNames())
	}
	return schema.New(opts...)
}

// resume goes on from a stored state. On another server the file and offset
// mean nothing; there the GTID set alone says where to go on.
func (c *Connector) resume(ctx context.Context, srv *Server, info ServerInfo, t *takeover, out Sink) (*beginning, error) {
	state := t.state
	if t.known.Tables < state.Schema {
		if err := rebuild(ctx, c.deps.Store, out, t.known.Tables); err != nil {
			return nil, err
		}
	}
	tracker := newTracker(info)
	tables, err := c.restore(ctx, tracker, state.Schema)
	if err != nil {
		return nil, err
	}
	if state.Position, err = c.translate(ctx, srv, info, state.Position); err != nil {
		return nil, err
	}
	if t.kept() {
		if err := keepAgain(out, tables); err != nil {
			return nil, err
		}
	}
	b := &beginning{tracker: tracker, tables: tracker, state: state, server: info.ServerID, tls: srv.TLS()}
	if state.Snapshot == nil || state.Snapshot.Copied() {
		return b, nil
	}
	return b, c.resumeCopy(ctx, srv, info, b, tables)
}

// restore has a tracker know the tables as they were at a version, and returns the
// history up to it.
func (c *Connector) restore(ctx context.Context, tracker *schema.Tracker, v schema.Version) ([]*schema.Table, error) {
	tables, err := c.history(ctx, v)
	if err != nil {
		return nil, err
	}
	if err := tracker.Restore(tables, v); err != nil {
		return nil, fmt.Errorf("restore table versions: %w", err)
	}
	return tables, nil
}

// history returns the table versions up to one, and has the store forget later ones.
func (c *Connector) history(ctx context.Context, v schema.Version) ([]*schema.Table, error) {
	tables, err := c.deps.Store.Tables(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("load table versions: %w", err)
	}
	return tables, nil
}

// translate returns a stored position as it is on the server at hand.
func (c *Connector) translate(ctx context.Context, srv *Server, info ServerInfo, pos event.Position) (event.Position, error) {
	if pos.Server != info.ServerID && pos.GTIDs == nil {
		return pos, fmt.Errorf("%w: the stored position %s is of server %s, this is %s, and without GTIDs it means nothing here",
			ErrOtherServer, pos, pos.Server, info.ServerID)
	}
	pos, err := c.elsewhere(info, pos)
	if err != nil {
		return pos, err
	}
	if err := checkKnown(ctx, srv, info, pos); err != nil {
		return pos, err
	}
	if pos.Server != info.ServerID {
		pos.File, pos.Offset = "", 0
	}
	return pos, nil
}

// elsewhere adapts the GTID set of a position to another server, where not all
// sources count. What the server has deleted of those that do not counts as read only
// if their rows are not published: else it stays a reason to stop.
func (c *Connector) elsewhere(info ServerInfo, pos event.Position) (event.Position, error) {
	if !c.cfg.Sources.set() || pos.Server == info.ServerID || info.Position.GTIDs == nil {
		return pos, nil
	}
	purged := info.Purged
	if c.cfg.Sources.published() == nil {
		purged = ""
	}
	set, err := binlog.Elsewhere(info.Flavor, pos.GTIDs, info.Position.GTIDs, purged, c.cfg.Sources.allow)
	if err != nil {
		return pos, err
	}
	if set.String() != pos.GTIDs.String() {
		c.deps.Logger.Warn("another server: transactions that gtid.source.* leaves out are passed over, as far as it lacks them or has deleted them; a change of tables among what it has deleted is not known",
			zap.Stringer("read", pos.GTIDs), zap.Stringer("from", set))
	}
	pos.GTIDs = set
	return pos, nil
}

// ErrOtherServer says that a stored position is of another server and cannot be
// translated.
var ErrOtherServer = errors.New("the server was exchanged: point database.hostname back, or start the connector under a new name, with snapshot.mode=initial, which copies the tables anew")

// errServerMoved says that DDL ran while the tables were read; trying again
// helps.
var errServerMoved = errors.New("tables were changed while their definitions were read")

// loads is how often the first load is tried on a server with running DDL.
const loads = 5

// first reads the tables and stores them with the position that they belong to.
// A definition read from the server is not tied to a position, so the binlog
// between the positions before and after the reading must hold no DDL. A position
// without tables is an operator's: whoever gave it vouches that the tables were
// there as they are now.
func (c *Connector) first(ctx context.Context, srv *Server, info ServerInfo, t *takeover, out Sink) (*beginning, error) {
	given, err := c.chosen(ctx, srv, info, t)
	if err != nil {
		return nil, err
	}
	history, err := c.earlier(ctx, t, out)
	if err != nil {
		return nil, err
	}
	for range loads {
		b, fresh, err := c.found(ctx, srv, info, history, given)
		if err == nil {
			b.first, b.anew, b.state.Signals = true, t.abandons, t.state.Signals
			return b, c.storeFirst(ctx, b, fresh, out)
		}
		if !errors.Is(err, errServerMoved) {
			return nil, err
		}
		c.deps.Logger.Info("DDL ran while table definitions were read, reading them again")
	}
	return nil, errServerMoved
}

// chosen is the position that an operator chose, the zero Position for now.
func (c *Connector) chosen(ctx context.Context, srv *Server, info ServerInfo, t *takeover) (event.Position, error) {
	if t.state.Position.IsZero() {
		return event.Position{}, nil
	}
	return c.translate(ctx, srv, info, t.state.Position)
}

// earlier returns the table versions of a connector that was told to begin anew,
// whose numbers go on, also above those in the state topic. What a first load has
// left that did not come to an end is forgotten.
func (c *Connector) earlier(ctx context.Context, t *takeover, out Sink) ([]*schema.Table, error) {
	newest := t.known.Tables
	switch {
	case t.state.N == 0:
		newest = 0
	case t.last != nil && t.last.State.Schema > newest:
		if err := rebuild(ctx, c.deps.Store, out, newest); err != nil {
			return nil, err
		}
		newest = t.last.State.Schema
	}
	return c.history(ctx, newest)
}

// found is the beginning with the tables as they are now: where they were read, or at
// a position that is given. What is to be copied is seen through a view.
func (c *Connector) found(ctx context.Context, srv *Server, info ServerInfo, history []*schema.Table, given event.Position) (*beginning, []*schema.Table, error) {
	b, fresh, err := c.load(ctx, srv, history)
	switch {
	case err != nil:
		return nil, nil, err
	case given.IsZero() && c.cfg.Snapshot.EverCopies():
		return b, fresh, c.startCopy(ctx, srv, info, b)
	}
	after, err := srv.Inspect(ctx)
	if err != nil {
		return nil, nil, err
	}
	if b.moved(after.Position) {
		err = c.checkNoDDL(ctx, b, after.Position)
	}
	if !given.IsZero() {
		b.state.Position = given
	}
	return b, fresh, err
}

// load reads the tables, and returns the versions that are new. What happened beside
// is to be looked for.
func (c *Connector) load(ctx context.Context, srv *Server, history []*schema.Table) (*beginning, []*schema.Table, error) {
	before, err := srv.Inspect(ctx)
	if err != nil {
		return nil, nil, err
	}
	tracker := newTracker(before)
	all, err := Beside(ctx, c.cfg, srv)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = all.Close() }()
	var asked schema.Querier = patient{all, c.deps.Turns, patience}
	var said *transcript
	if c.cfg.SchemaChanges.Publish {
		said = &transcript{Querier: asked, answers: map[string]string{}}
		asked = said
	}
	var fresh []*schema.Table
	err = c.deps.Turns.do(func() (err error) {
		fresh, err = schema.Reload(ctx, asked, tracker, history)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read table definitions: %w", err)
	}
	return &beginning{
		tracker: tracker, tables: tracker, server: before.ServerID, tls: srv.TLS(),
		state:      event.State{Position: now(before), Schema: tracker.Version()},
		transcript: said, found: before.Position,
	}, fresh, nil
}

// moved reports whether there may be anything between where the tables were read and
// where the binlog ended after that. Where MySQL's set alone says where to begin, equal
// positions do not tell: a statement that changed a table is behind the set for as long
// as gtid_executed lags, also when the binlog ended behind that statement both times.
func (b *beginning) moved(after event.Position) bool {
	return b.state.Position.File != b.found.File || b.found.String() != after.String()
}

// now is where a connector begins that has no position. MySQL's gtid_executed
// lags behind the end of its binlog, and a transaction between the two would
// stay a hole in the set for ever: there the set alone says where to begin.
func now(info ServerInfo) event.Position {
	p := info.Position
	if info.Flavor == event.MySQL && p.GTIDs != nil {
		p.File, p.Offset = "", 0
	}
	return p
}

// checkNoDDL reads the binlog from b to end and fails with errServerMoved when
// a statement there may have changed a table.
func (c *Connector) checkNoDDL(ctx context.Context, b *beginning, end event.Position) error {
	found, err := c.firstDDL(ctx, b, end, func(schema.DDL) bool { return true })
	if err == nil && found != nil {
		err = errServerMoved
	}
	return err
}

// firstDDL reads the binlog from b to end and returns the first statement there that
// counts, nil where there is none. See scan.
func (c *Connector) firstDDL(ctx context.Context, b *beginning, end event.Position, counts func(schema.DDL) bool) (*schema.DDL, error) {
	watch := &ddlWatch{counts: counts}
	// What comes of the statement may be the last item, too.
	found := func(event.Item) (bool, error) { return watch.found != nil, nil }
	err := c.scan(ctx, b, end, watch, func(schema.ID) bool { return false }, found)
	if err != nil {
		return nil, err
	}
	return watch.found, nil
}

// done reports whether the binlog was read up to end: by a commit, or because the
// server is there and has nothing more. Any other heartbeat says less: the server
// has left groups out, and sends next what is behind them.
func done(item event.Item, end event.Position) bool {
	switch i := item.(type) {
	case event.Heartbeat:
		return reached(i.File, i.Offset, end)
	case event.Commit:
		return reached(i.Position.File, i.Position.Offset, end)
	}
	return false
}

// reached reports whether a place in the binlog is not before end.
func reached(file string, offset uint64, end event.Position) bool {
	return binlog.ComparePlaces(file, offset, end.File, end.Offset) >= 0
}

// ddlWatch stands for the tracker while only DDL is looked for.
type ddlWatch struct {
	counts func(schema.DDL) bool
	found  *schema.DDL
}

var _ scanned = (*ddlWatch)(nil)

// Unknown has nothing to note.
func (w *ddlWatch) Unknown(string) {}

// Follow notes the first statement that counts.
func (w *ddlWatch) Follow(d schema.DDL) ([]schema.Change, error) {
	if w.found == nil && w.counts(d) {
		w.found = &d
	}
	return nil, nil
}

// Adopt is never called: nothing is captured.
func (w *ddlWatch) Adopt(schema.Transaction, schema.ID) []schema.Change { return nil }

// Resolve is never called: nothing is captured.
func (w *ddlWatch) Resolve(*schema.TableMap) (*schema.Table, error) { return nil, io.ErrUnexpectedEOF }

// Table knows no table.
func (w *ddlWatch) Table(schema.ID) *schema.Table { return nil }

// storeFirst makes the first state durable, so that a crash before the first
// record starts from the same position. It goes on with the tables as the store
// gives them: connectors of one process share what is equal there.
func (c *Connector) storeFirst(ctx context.Context, b *beginning, tables []*schema.Table, out Sink) error {
	if err := c.deps.Turns.do(func() error { return keep(c.deps.Store, out)(ctx, tables) }); err != nil {
		return err
	}
	if err := c.tellFirst(ctx, b, out); err != nil {
		return err
	}
	b.transcript = nil
	if err := errors.Join(out.Commit(ctx, b.state), out.Flush(ctx), c.deps.Store.Flush(ctx)); err != nil {
		return fmt.Errorf("store the first state: %w", err)
	}
	b.tracker.Forget() // or the tables would be in memory twice
	if _, err := c.restore(ctx, b.tracker, b.state.Schema); err != nil {
		return err
	}
	c.deps.Logger.Info("starting with the tables as they are now", zap.Stringer("position", b.state.Position), zap.Int("tables", len(b.tracker.Tables())))
	return nil
}

// tail is the source's configuration.
func (c *Connector) tail(b *beginning) binlog.Config {
	return binlog.Config{
		Flavor: c.cfg.Flavor, Host: c.cfg.Host, Port: c.cfg.Port, User: c.cfg.User, Password: c.cfg.Password.Reveal(),
		ServerID: c.cfg.ServerID, TLS: b.tls, ConnectTimeout: c.cfg.ConnectTimeout,
		Start: b.state.Position, Server: b.server,
		Tables: b.tables, Capture: c.cfg.Filter.Table, Sources: c.cfg.Sources.published(), Queries: c.cfg.Format.Query, Logger: c.deps.Logger, Health: c.sourceHealth,
		Undone: c.undone, SpillDir: c.deps.SpillDir, Heartbeat: c.cfg.Heartbeat.period(),
		Parts:    c.cfg.SchemaChanges.Publish,
		LeaveOut: c.leaveOut(),
	}
}
