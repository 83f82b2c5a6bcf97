package binlog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"cdcd/event"
	"cdcd/schema"
)

// Errors that end a stream for good. Each is wrapped with the position.
var (
	// ErrUnknownEvent: an event that cdcd does not know and that the server did
	// not mark as ignorable. Skipping it could lose rows.
	ErrUnknownEvent = errors.New("event type is not known to this version of cdcd")
	// ErrIncident: the server says that its binlog has a hole.
	ErrIncident = errors.New("the server wrote an incident event: its binlog is incomplete from here; take a new snapshot")
	// ErrStatementDML: a change of a captured table came as a statement.
	ErrStatementDML = errors.New("a captured table was changed in statement format; set binlog_format=ROW on the server and in all sessions, then take a new snapshot")
	// ErrNotInTable: rows of a table map that was not sent.
	ErrNotInTable = errors.New("rows event without its table map")
)

// Tables is what the reader needs of the schema tracker; *schema.Tracker
// implements it.
type Tables interface {
	Follow(schema.DDL) ([]schema.Change, error)
	// Adopt is called before the rows of a table in each statement.
	Adopt(txn schema.Transaction, id schema.ID) []schema.Change
	Resolve(*schema.TableMap) (*schema.Table, error)
	Table(schema.ID) *schema.Table
}

// stream yields whole raw events: header, body and, where the format says so,
// checksum. The bytes belong to the caller. io.EOF ends a file.
type stream interface {
	next(ctx context.Context) ([]byte, error)
	close() error
}

// readerConfig is what stays the same over the life of a reader.
type readerConfig struct {
	flavor   event.Flavor
	server   string // uuid or id of the server, for positions
	tables   Tables
	capture  func(schema.ID) bool
	sources  func(string) bool             // see Config.Sources; nil for all
	queries  bool                          // fill event.Meta.Query
	parts    bool                          // fill event.DDL.Parts
	leaveOut func(*event.Rows, error) bool // see Config.LeaveOut; nil for never
	unknown  func(group string)            // see Config.Unknown; nil for the log
	undone   map[string]bool
	hold     *hold       // rows of XA branches; outlives the reader
	logger   *zap.Logger // nil for none
}

// reader is the state machine that follows one stream: where it is, which
// transaction is open, which tables its row events mean. It has no goroutine
// and no clock: the same events give the same items.
type reader struct {
	cfg    readerConfig
	stream stream
	format *formatDescription

	file     string
	pos      uint64 // end of the last event
	gtids    gtidSet
	pending  gtid           // of the open group, nil when anonymous
	prepared []event.Branch // XA branches not decided here; never changed in place

	again *catchUp        // what comes that was read before; nil when nothing does
	how   passage         // of the group that is being read
	floor *event.Position // the start, until a new group ends behind it

	txn      *event.Txn // set by a GTID event or BEGIN, nil between groups
	open     bool       // Begin was yielded, Commit not yet
	undone   bool       // the group was read before, and ended in ROLLBACK
	foreign  bool       // the group's rows are not wanted, because of who wrote them
	undoable bool       // rows were yielded that a ROLLBACK takes back
	query    string     // statement of the rows that follow
	micros   int64      // time of the event that is being handled
	saved    savepoints // what a ROLLBACK TO may still take back
	hold     *hold      // what waits for its transaction to be decided

	tables  map[uint64]*binding
	payload *payloadStream // events inside a TRANSACTION_PAYLOAD
	release *release       // a decided branch, which is yielded before the next event
	ready   []event.Item   // items of the current event, not yet yielded
}

// newReader starts at position start, between two transactions; the stream
// must be what [planResume] asks for there.
func newReader(cfg readerConfig, s stream, start event.Position) (*reader, error) {
	r := &reader{cfg: cfg, stream: s, file: start.File, pos: start.Offset, tables: map[uint64]*binding{}, prepared: start.Prepared, hold: cfg.hold}
	if r.hold == nil {
		r.hold = newHold(0, "")
	}
	if start.GTIDs != nil {
		set, err := parseGTIDSet(cfg.flavor, start.GTIDs.String())
		if err != nil {
			return nil, err
		}
		r.gtids = set
	}
	return r, r.resume(start)
}

// resume prepares for a stream that may begin before start.
func (r *reader) resume(start event.Position) error {
	r.hold.retain(start.Prepared)
	if start.File == "" && start.GTIDs == nil {
		return nil // the beginning of the first file
	}
	plan, err := planResume(start, r.hold)
	if err != nil {
		return err
	}
	r.again = plan.again
	if plan.floor {
		r.floor = &start
	}
	if plan.ask.File != "" {
		r.file, r.pos = plan.ask.File, plan.ask.Offset
	}
	return nil
}

// next returns the next item. After an error the reader is spent.
func (r *reader) next(ctx context.Context) (event.Item, error) {
	for len(r.ready) == 0 {
		if err := r.more(ctx); err != nil {
			return nil, err
		}
	}
	item := r.ready[0]
	r.ready = append(r.ready[:0], r.ready[1:]...)
	return item, nil
}

// more makes items ready, or reads an event that may not give one.
func (r *reader) more(ctx context.Context) error {
	if r.release == nil {
		return r.step(ctx)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.stepRelease()
}

func (r *reader) emit(i event.Item) { r.yield(r.saved.hold(i)...) }

// step reads and handles one event, from the payload while there is one.
func (r *reader) step(ctx context.Context) error {
	if r.payload != nil {
		return r.stepPayload()
	}
	raw, err := r.stream.next(ctx)
	if err != nil {
		return err
	}
	h, err := parseHeader(raw)
	if err != nil {
		return r.fail(r.pos, err)
	}
	start := r.advance(h)
	body := raw[headerSize:]
	if h.Type != typeFormatDescription {
		if body, err = r.format.strip(h, raw); err != nil {
			return r.fail(start, err)
		}
	}
	if err := r.handle(h, start, body); err != nil {
		return r.fail(start, err)
	}
	return nil
}

// advance moves pos past the event and returns where the event starts. Headers
// hold 32 bits of the end position, MariaDB 11.4 none inside of a group, and a
// dump by GTID skips what it need not send; a server that strips checksums
// sends four bytes less than the event has in the file.
func (r *reader) advance(h header) uint64 {
	if h.artificial() || h.Type == typeHeartbeat || h.Type == typeHeartbeatV2 {
		return r.pos
	}
	if h.Type == typeFormatDescription {
		// It stands at the start of a file, and is sent first wherever the dump
		// starts.
		r.pos = max(r.pos, uint64(h.LogPos))
		return r.pos
	}
	if h.LogPos == 0 {
		start := r.pos
		r.pos += uint64(h.Size)
		return start
	}
	end := extend(r.pos, h.LogPos)
	start := end - min(end, uint64(h.Size))
	if gap := end - r.pos; gap == uint64(h.Size)+4 {
		start = r.pos
	}
	r.pos = end
	return start
}

// extend returns the place whose low 32 bits are given: the first that is not
// before pos.
func extend(pos uint64, low uint32) uint64 {
	end := pos&^(1<<32-1) | uint64(low)
	if end < pos {
		end += 1 << 32
	}
	return end
}

// fail adds where the reader stands to an error.
func (r *reader) fail(pos uint64, err error) error {
	if r.txn != nil && r.txn.GTID != "" {
		return fmt.Errorf("binlog %s:%d, GTID %s: %w", r.file, pos, r.txn.GTID, err)
	}
	return fmt.Errorf("binlog %s:%d: %w", r.file, pos, err)
}

// handle dispatches one event. Every type is handled or named as one that
// changes no row; what is left stops the stream.
func (r *reader) handle(h header, start uint64, body []byte) error {
	if r.how == passedOver && !h.Type.betweenGroups() {
		return nil
	}
	r.micros = int64(h.Timestamp) * 1e6
	switch h.Type {
	case typeTableMap:
		if r.foreign {
			return nil // rows of any other group have their own
		}
		return r.onTableMap(body)
	case typeWriteRowsV1, typeUpdateRowsV1, typeDeleteRowsV1, typeWriteRows, typeUpdateRows, typeDeleteRows, typePartialUpdateRows,
		typeMariaWriteRowsZ1, typeMariaUpdateRowsZ1, typeMariaDeleteRowsZ1,
		typeMariaWriteRowsZ2, typeMariaUpdateRowsZ2, typeMariaDeleteRowsZ2:
		if r.foreign {
			return nil
		}
		return r.onRows(h, start, body)
	case typeQuery, typeMariaQueryCompressed, typeExecuteLoadQuery:
		return r.onQuery(h, start, body)
	case typeXID:
		return r.commit()
	case typeGTID, typeAnonymousGTID, typeGTIDTagged, typeMariaGTID:
		return r.onGTID(h, start, body)
	case typeRowsQuery, typeMariaAnnotateRows:
		r.onStatement(h, body)
		return nil
	case typeXAPrepare:
		x, onePhase, err := parseXAPrepare(body)
		if err != nil {
			return err
		}
		return r.onPrepared(x, onePhase)
	case typeTransactionPayload:
		return r.onPayload(h, start, body)
	case typeRotate:
		return r.onRotate(body)
	case typeFormatDescription:
		return r.onFormat(body)
	case typeHeartbeat, typeHeartbeatV2:
		r.onHeartbeat(h)
		return nil
	case typeIncident:
		return ErrIncident
	case typeStop, typePreviousGTIDs, typeIgnorable, typeTransactionContext, typeViewChange,
		typeMariaCheckpoint, typeMariaGTIDList, typeMariaStartEncryption:
		return nil // bookkeeping of the server
	case typeIntvar, typeRand, typeUserVar, typeBeginLoadQuery, typeAppendBlock, typeDeleteFile:
		return nil // parts of a statement, whose QUERY event follows and is judged itself
	}
	if h.Flags&flagIgnorable != 0 {
		return nil
	}
	return fmt.Errorf("type %d: %w", h.Type, ErrUnknownEvent)
}

func (r *reader) onFormat(body []byte) error {
	f, err := parseFormat(body)
	if err != nil {
		return err
	}
	r.format = f
	clear(r.tables) // numbers start again when the server does
	if r.txn != nil {
		return r.broken()
	}
	return nil
}

// betweenGroups tells the events that are read in a group that is passed over:
// they begin another one, or belong to none.
func (t eventType) betweenGroups() bool {
	return slices.Contains([]eventType{
		typeGTID, typeAnonymousGTID, typeGTIDTagged, typeMariaGTID, typeRotate, typeFormatDescription, typeHeartbeat, typeHeartbeatV2,
	}, t)
}

// onRotate follows the stream into another file; the artificial one at the
// start of a dump tells where it starts.
func (r *reader) onRotate(body []byte) error {
	f := fields{b: body}
	pos := f.u64()
	file := cstring(f.rest())
	if f.err != nil || file == "" {
		return fmt.Errorf("rotate event: %w", errTruncated)
	}
	if r.again != nil && file != r.file {
		r.again.left(r.file)
	}
	r.file, r.pos = file, pos
	return nil
}

// onHeartbeat reports that the server is alive. A heartbeat's own position is
// no place to resume from; the reader's is, once it is past what it knew.
func (r *reader) onHeartbeat(h header) {
	beat := event.Heartbeat{File: r.file, Offset: extend(r.pos, h.LogPos)}
	switch {
	case r.txn != nil || r.catchingUp():
		return
	case r.floor != nil:
		beat.Position = *r.floor
	default:
		beat.Position = r.position()
	}
	r.emit(beat)
}

// catchingUp reports whether groups may come that were read before.
func (r *reader) catchingUp() bool {
	if r.again == nil {
		return false
	}
	r.again.at(r.file, r.pos)
	if r.again.done() {
		r.again = nil
	}
	return r.again != nil
}

// position is where the reader stands; meaningful between transactions only.
// Another server may have its groups in another order: while some are to come
// that were read before, a place in its files is none to resume from.
func (r *reader) position() event.Position {
	p := event.Position{Flavor: r.cfg.flavor, Server: r.cfg.server, File: r.file, Offset: r.pos, Prepared: r.prepared}
	if r.gtids != nil {
		p.GTIDs = r.gtids
	}
	if r.catchingUp() {
		p.File, p.Offset = "", 0
	}
	return p
}
