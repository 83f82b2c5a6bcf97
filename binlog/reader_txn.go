package binlog

import (
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
	if r.open {
		return fmt.Errorf("a transaction begins inside of another one, which began at %s:%d", r.txn.File, r.txn.Pos)
	}
	r.pending = g.gtid
	r.txn = &event.Txn{CommitMicros: g.commitMicros, File: r.file, Pos: start}
	if g.gtid != nil {
		r.txn.GTID = g.gtid.String()
	}
	if h.Type == typeMariaGTID && !g.standalone {
		r.begin()
	}
	return nil
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

func (r *reader) begin() {
	r.open = true
	r.emit(event.Begin{Txn: r.txn})
}

// onBegin handles BEGIN and XA START. Servers without GTID events (MySQL 5.5,
// and 5.6 with GTIDs off) open the group here.
func (r *reader) onBegin(start uint64, thread uint32) {
	if r.open {
		return
	}
	if r.txn == nil {
		r.txn = &event.Txn{File: r.file, Pos: start}
	}
	if r.cfg.flavor == event.MySQL {
		r.txn.Thread, r.txn.HasThread = thread, true
	}
	r.begin()
}

// commit closes the group and moves the position past it.
func (r *reader) commit() error {
	return r.end(func(p event.Position) event.Item { return event.Commit{Position: p} })
}

// end closes the group with the item that closing makes.
func (r *reader) end(closing func(event.Position) event.Item) error {
	if r.txn == nil {
		return fmt.Errorf("a transaction ends that did not begin")
	}
	r.executed()
	r.ready = append(append(r.ready, r.saved.release()...), closing(r.position()))
	r.txn, r.open, r.pending, r.query, r.saved = nil, false, nil, "", savepoints{}
	return nil
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
		r.onBegin(start, q.thread)
		return nil
	case "COMMIT":
		return r.commit()
	case "ROLLBACK":
		return r.onRollback(rest)
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

func (r *reader) onRollback(stmt string) error {
	words := strings.Fields(strings.ToUpper(stmt))
	if len(words) > 2 && slices.Contains(words[1:3], "TO") { // ROLLBACK [WORK] TO name
		return r.saved.rollback(lastName(stmt))
	}
	return r.end(func(p event.Position) event.Item { return event.Rollback{Position: p} })
}

// onDDL folds the statement. Outside of a transaction it is a group of its own
// and commits; CREATE TABLE ... SELECT is inside of one.
func (r *reader) onDDL(h header, start uint64, q queryEvent) error {
	if r.txn == nil {
		r.txn = &event.Txn{File: r.file, Pos: start}
	}
	text, err := toUTF8(q.vars.clientCharset, q.text)
	if err != nil {
		return err
	}
	charset, _ := schema.CollationCharset(uint64(q.vars.serverCollation))
	changes, err := r.cfg.tables.Apply(schema.DDL{
		Database: q.database, Statement: text, SQLMode: q.vars.sqlMode, ServerCharset: charset,
		ImplicitTimestamps: r.implicitTimestamps(q.vars),
	})
	if err != nil {
		return err
	}
	if len(changes) > 0 {
		r.emit(event.DDL{Meta: r.meta(h, start), Database: q.database, Text: text, Changes: changes})
	}
	if r.open {
		return nil
	}
	return r.commit()
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
	m := event.Meta{
		Txn: r.txn, ServerID: h.ServerID, File: r.file, Pos: start,
		Micros: int64(h.Timestamp) * 1e6, Query: r.query,
	}
	if r.txn != nil && r.txn.CommitMicros != 0 {
		m.Micros = r.txn.CommitMicros
	}
	return m
}
