package binlog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// onGTID opens a group. MySQL's group yields Begin at its BEGIN query, since a
// DDL has none; MariaDB's GTID event is its own BEGIN.
func (r *reader) onGTID(h header, start uint64, body []byte) error {
	g, err := decodeGTID(h, body)
	if err != nil {
		return err
	}
	if r.open || r.hold.current != nil {
		return fmt.Errorf("a transaction begins inside of another one, which began at %s:%d", r.txn.File, r.txn.Pos)
	}
	if err := r.judge(start, g.gtid); err != nil || r.how == passedOver {
		return err
	}
	r.pending = g.gtid
	r.foreign = g.gtid != nil && r.cfg.sources != nil && !r.cfg.sources(g.gtid.source())
	r.txn = &event.Txn{CommitMicros: g.commitMicros, File: r.file, Pos: start}
	if g.gtid != nil {
		r.txn.GTID = g.gtid.String()
	}
	switch {
	case g.prepares:
		r.hold.begin(r.txn)
	case h.Type == typeMariaGTID && !g.standalone && !g.decides: // the rows of a branch have their own Begin
		return r.begin(start)
	}
	return nil
}

// judge decides whether the group that begins at start is new.
func (r *reader) judge(start uint64, id gtid) (err error) {
	r.how = yielded
	if r.again == nil {
		return nil
	}
	r.how, err = r.again.judge(r.file, start, id)
	if r.again.done() {
		r.again = nil
	}
	return err
}

func decodeGTID(h header, body []byte) (gtidEvent, error) {
	if h.Type == typeGTIDTagged {
		return parseTaggedGTID(body)
	}
	if h.Type == typeMariaGTID {
		return parseMariaGTID(body, h.ServerID)
	}
	return parseGTID(body, h.Type == typeAnonymousGTID)
}

func (r *reader) begin(start uint64) error {
	if r.how == readAgain {
		return errNotPrepared
	}
	r.open, r.undone, r.undoable = true, r.cfg.undone[r.txn.ID()], false
	r.emit(event.Begin{Txn: r.txn, Pos: start, Micros: r.when()})
	return nil
}

// onBegin handles BEGIN and XA START. Servers without GTID events (MySQL 5.5,
// and 5.6 with GTIDs off) open the group here.
func (r *reader) onBegin(start uint64, thread uint32, branch bool) error {
	if r.open || r.hold.current != nil {
		return nil
	}
	if r.txn == nil {
		r.txn = &event.Txn{File: r.file, Pos: start}
	}
	if branch { // Debezium does not see what its thread is
		r.hold.begin(r.txn)
		return nil
	}
	if r.cfg.flavor == event.MySQL {
		r.txn.Thread, r.txn.HasThread = thread, true
	}
	return r.begin(start)
}

// when is the time of the transaction, or of the event in hand where the server
// logs none.
func (r *reader) when() int64 {
	if r.txn != nil && r.txn.CommitMicros != 0 {
		return r.txn.CommitMicros
	}
	return r.micros
}

// commit closes the group and moves the position past it.
func (r *reader) commit() error {
	if err := r.canEnd(); err != nil {
		return err
	}
	if r.hold.current != nil {
		return errors.New("an XA branch ends in COMMIT")
	}
	if r.undone {
		return ErrUndone
	}
	r.yield(r.saved.drain()...)
	micros := r.when()
	r.yield(event.Commit{Position: r.leave(), Micros: micros})
	return nil
}

var errNoBegin = errors.New("a transaction ends that did not begin")

// canEnd checks that a group is open which COMMIT or ROLLBACK may end.
func (r *reader) canEnd() error {
	switch {
	case r.txn == nil:
		return errNoBegin
	case r.how == readAgain:
		return errNotPrepared
	}
	return nil
}

func (r *reader) yield(items ...event.Item) {
	for _, item := range items {
		if rows, ok := item.(*event.Rows); ok {
			transactional, known := rows.Table.Transactional()
			r.undoable = r.undoable || transactional || !known
		}
	}
	r.ready = append(r.ready, items...)
}

// leave ends the group and returns the position behind it.
func (r *reader) leave() event.Position {
	r.executed()
	r.forget()
	r.floor = nil
	return r.position()
}

// forget ends the group without a trace.
func (r *reader) forget() {
	r.txn, r.pending, r.query, r.saved, r.how = nil, nil, "", savepoints{}, yielded
	r.open, r.undone, r.undoable = false, false, false
}

// executed adds the group's GTID to the set. A position without a set stays
// without one: gtid_mode is not ON, and a set that begins in mid-history would
// have another server send all of it again.
func (r *reader) executed() {
	if r.pending != nil && r.gtids != nil {
		r.gtids = r.gtids.add(r.pending)
	}
}

// onStatement remembers the statement that the next rows come from.
func (r *reader) onStatement(h header, body []byte) {
	if !r.cfg.queries {
		return
	}
	if h.Type == typeRowsQuery && len(body) > 0 {
		body = body[1:] // a length byte that wraps at 256
	}
	r.query = string(body)
}

// onQuery handles the statements of a QUERY event: the ends of groups, XA, DML
// in statement format, and DDL.
func (r *reader) onQuery(h header, start uint64, body []byte) error {
	if h.Type == typeExecuteLoadQuery {
		return r.onLoadQuery(body)
	}
	q, err := parseQuery(body, h.Type == typeMariaQueryCompressed)
	if err != nil {
		return err
	}
	verb, rest := q.verb()
	switch verb {
	case "BEGIN":
		return r.onBegin(start, q.thread, false)
	case "COMMIT":
		return r.commit()
	case "ROLLBACK":
		return r.onRollbackQuery(rest)
	case "SAVEPOINT":
		r.onSavepoint(rest)
		return nil
	case "XA":
		return r.onXA(start, q, rest)
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH":
		return r.onStatementDML(q)
	default:
		return r.onDDL(h, start, q)
	}
}

func (r *reader) onRollbackQuery(stmt string) error {
	words := strings.Fields(strings.ToUpper(stmt))
	if len(words) > 2 && slices.Contains(words[1:3], "TO") { // ROLLBACK [WORK] TO name
		return r.onRollbackTo(stmt)
	}
	return r.onRollback()
}

// onDDL folds the statement. Outside of a transaction it is a group of its own
// and commits; CREATE TABLE ... SELECT is inside of one.
func (r *reader) onDDL(h header, start uint64, q queryEvent) error {
	if r.how == readAgain {
		return errNotPrepared
	}
	if r.txn == nil {
		r.txn = &event.Txn{File: r.file, Pos: start}
	}
	text, err := toUTF8(q.vars.clientCharset, q.text)
	if err != nil {
		return err
	}
	charset, _ := schema.CollationCharset(uint64(q.vars.serverCollation))
	ddl := schema.DDL{
		Database: q.database, Statement: text, SQLMode: q.vars.sqlMode, ServerCharset: charset,
		ImplicitTimestamps: r.implicitTimestamps(q.vars), Failed: q.failed, Group: r.txn.ID(),
	}
	changes, err := r.cfg.tables.Follow(ddl)
	if err != nil {
		return r.unread(schema.ID{}, nil, err)
	}
	if len(changes) > 0 && r.hold.current != nil {
		return errors.New("DDL inside of an XA branch")
	}
	if parts := r.parts(ddl); len(changes)+len(parts) > 0 {
		r.emit(event.DDL{Meta: r.meta(h, start), Database: q.database, Text: text, Changes: changes, Parts: parts})
	}
	if r.open || r.hold.current != nil {
		return nil
	}
	return r.commit()
}

// parts is what is published of a statement.
func (r *reader) parts(d schema.DDL) []schema.Part {
	if !r.cfg.parts {
		return nil
	}
	return schema.Outline(d, r.cfg.flavor.Dialect())
}

// implicitTimestamps tells that explicit_defaults_for_timestamp was off. MySQL
// logs it since 8.0; before, off was the default. MariaDB logs it among the
// session's flags since it is a session variable (10.8.4); before, off was the
// default there too.
func (r *reader) implicitTimestamps(v statusVars) bool {
	const mariaExplicit = 1 << 24 // OPTION_EXPLICIT_DEF_TIMESTAMP
	switch {
	case r.cfg.flavor == event.MariaDB:
		return v.flags2&mariaExplicit == 0
	case v.timestamps == timestampsUnknown:
		return strings.HasPrefix(r.format.serverVersion, "5.")
	default:
		return v.timestamps == timestampsImplicit
	}
}

// meta is the source metadata of the event that starts at start.
func (r *reader) meta(h header, start uint64) event.Meta {
	return metaOf(r.txn, r.file, h, start, r.query)
}

func metaOf(txn *event.Txn, file string, h header, start uint64, query string) event.Meta {
	m := event.Meta{
		Txn: txn, ServerID: h.ServerID, File: file, Pos: start,
		Micros: int64(h.Timestamp) * 1e6, Query: query,
	}
	if txn != nil && txn.CommitMicros != 0 {
		m.Micros = txn.CommitMicros
	}
	return m
}
