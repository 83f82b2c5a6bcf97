package binlog

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.uber.org/zap"

	"cdcd/event"
)

// An XA branch is two groups: XA START, rows, XA END, XA PREPARE; later, perhaps
// in another file, XA COMMIT or XA ROLLBACK. Its rows are held in between, and
// positions list the branch. Source: MySQL WL#6860, manual "Restrictions on XA
// Transactions".

// errNotPrepared says that a stream which is read again is not the same.
var errNotPrepared = fmt.Errorf("a group that prepared an XA branch holds something else now: %w", ErrBranchLost)

// onXA handles the XA statements.
func (r *reader) onXA(start uint64, q queryEvent, stmt string) error {
	words := strings.Fields(stmt)
	if len(words) < 3 {
		return errXID
	}
	_, text, _ := strings.Cut(stmt, words[1])
	x, _, err := parseXIDText(text)
	if err != nil {
		return err
	}
	switch verb := strings.ToUpper(words[1]); verb {
	case "START", "BEGIN":
		return r.onBegin(start, q.thread, true)
	case "END":
		return nil
	case "PREPARE":
		return r.onPrepared(x, false)
	case "COMMIT", "ROLLBACK":
		return r.onDecided(x, start, verb == "COMMIT")
	default:
		return fmt.Errorf("XA statement %q is not known", verb)
	}
}

// onPrepared ends the group of XA PREPARE, without its rows; those of a single
// phase have happened.
func (r *reader) onPrepared(x xid, onePhase bool) error {
	b := r.hold.take()
	switch {
	case b == nil:
		return fmt.Errorf("XA branch %s is prepared that did not start", x)
	case r.how == readAgain:
		return r.heldAgain(x, b)
	case onePhase:
		r.decide(b, true)
		return nil
	}
	e := event.Branch{XID: string(x)}
	if b.len() > 0 {
		e.GTID, e.File, e.Offset = b.txn.GTID, b.txn.File, b.txn.Pos
		if r.cfg.flavor == event.MariaDB && r.gtids != nil {
			e.Before = r.gtids.String()
		}
		r.hold.keep(x, b)
	}
	r.prepared = append(without(r.prepared, x), e)
	r.yield(event.Commit{Position: r.leave()})
	return nil
}

// without returns a copy of the list that lacks the branch.
func without(prepared []event.Branch, x xid) []event.Branch {
	return slices.DeleteFunc(slices.Clone(prepared), func(b event.Branch) bool { return b.XID == string(x) })
}

// heldAgain keeps the rows of a branch that the position lists. On another
// server its group has another place.
func (r *reader) heldAgain(x xid, b *branch) error {
	if err := r.again.found(b.txn, x); err != nil {
		return err
	}
	r.hold.keep(x, b)
	r.prepared = slices.Clone(r.prepared)
	for i := range r.prepared {
		if e := &r.prepared[i]; e.XID == string(x) {
			e.File, e.Offset = b.txn.File, b.txn.Pos
		}
	}
	r.forget()
	return nil
}

// onDecided ends the group of XA COMMIT or XA ROLLBACK.
func (r *reader) onDecided(x xid, start uint64, commit bool) error {
	if r.how == readAgain {
		return errNotPrepared
	}
	if b := r.hold.take(); b != nil { // in one phase, or not prepared at all
		r.decide(b, commit)
		return nil
	}
	if r.txn == nil {
		r.txn = &event.Txn{File: r.file, Pos: start}
	}
	b := r.hold.branches[x]
	i := slices.IndexFunc(r.prepared, func(e event.Branch) bool { return e.XID == string(x) })
	switch {
	case i < 0 && commit:
		r.unknown(x)
	case i >= 0 && hasRows(r.prepared[i]) && b == nil:
		return fmt.Errorf("XA branch %s: %w", x, ErrBranchLost)
	}
	r.prepared = without(r.prepared, x)
	delete(r.hold.branches, x)
	r.decide(b, commit)
	return nil
}

// unknown reports a branch that was prepared before the first position of all:
// later ones list those that are. Its rows are from before the beginning, and
// its commit from after it.
func (r *reader) unknown(x xid) {
	if r.cfg.unknown != nil {
		r.cfg.unknown(r.txn.ID())
		return
	}
	if r.cfg.logger == nil {
		return
	}
	r.cfg.logger.Warn("XA COMMIT of a branch that was prepared before reading began: if it changed captured tables, these changes are not published",
		zap.String("xid", string(x)), zap.String("file", r.file), zap.Uint64("pos", r.txn.Pos), zap.String("gtid", r.txn.GTID))
}

// release is a branch on its way out.
type release struct {
	branch *branch
	group  string // ID of the group that decides it
	commit bool
	rows   *records
	last   event.Item
	begun  bool
}

// decide ends the group: the branch's rows happened, or only those of tables
// without transactions did.
func (r *reader) decide(b *branch, commit bool) {
	group := ""
	if r.txn != nil {
		group = r.txn.ID()
	}
	last := event.Commit{Position: r.leave()}
	if b == nil {
		r.yield(last)
		return
	}
	r.release = &release{branch: b, group: group, commit: commit, last: last, rows: &records{}}
	if commit || b.mayOutliveRollback() {
		r.release.rows = r.hold.records(b)
	}
}

// mayOutliveRollback spares reading a branch that was rolled back, of which
// mostly nothing stays.
func (b *branch) mayOutliveRollback() bool {
	return slices.ContainsFunc(b.bindings, func(bound *binding) bool {
		stays, err := outlivesRollback(bound.table)
		return stays || err != nil
	})
}

// stepRelease yields the next rows of the branch, with its Begin before the
// first and the end of the deciding group behind the last.
func (r *reader) stepRelease() error {
	out := r.release
	held, err := out.rows.next()
	switch {
	case errors.Is(err, io.EOF) && !errors.Is(err, errSpillShort):
		r.hold.free(out.branch)
		r.release = nil
		r.yield(out.last)
		return nil
	case err != nil:
		return fmt.Errorf("rows of the transaction prepared at %s:%d: %w (%v)", out.branch.txn.File, out.branch.txn.Pos, ErrSpill, err) //nolint:errorlint // see spill.fail
	}
	if err := r.releaseRows(held); err != nil {
		return fmt.Errorf("binlog %s:%d, GTID %s: %w", out.branch.txn.File, held.start, cmp.Or(out.branch.txn.GTID, "none"), err)
	}
	return nil
}

func (r *reader) releaseRows(held heldRows) error {
	out := r.release
	if !out.commit {
		if keep, err := outlivesRollback(held.binding.table); err != nil || !keep {
			return err
		}
	}
	rows, err := held.rows(out.branch.txn)
	if err != nil {
		return r.leaveOut(out.branch.txn, held, fmt.Errorf("table %s: %w", held.binding.id, err))
	}
	if !out.begun {
		out.begun = true
		r.yield(event.Begin{Txn: out.branch.txn, Branch: true, Decided: out.group})
	}
	r.yield(rows)
	return nil
}
