package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

var (
	// ErrUndone says that a group of Config.Undone is committed now.
	ErrUndone = errors.New("a transaction that was rolled back when it was first read is committed now: start the connector under a new name, with snapshot.mode=initial, which copies the tables anew")
	// ErrEngine says that rows were rolled back and it is not known whether
	// their table's storage engine can do that.
	ErrEngine = errors.New("rows of a transaction that was rolled back are of a table whose storage engine is not known to have transactions or to have none: do not change such tables in transactions that are rolled back")
)

// onRollback ends the group of ROLLBACK. Servers log one where they cannot tell
// that nothing of it stays. The rows of tables without transactions happened,
// the others did not; where such ones were yielded already, what was yielded
// must be taken back and the group read again.
func (r *reader) onRollback() error {
	if err := r.canEnd(); err != nil {
		return err
	}
	if b := r.hold.take(); b != nil {
		r.decide(b, false)
		return nil
	}
	return r.rollback(r.txn.ID())
}

// rollback ends an open group whose transactional rows did not happen. Where
// some were yielded, group is what is to be read again.
func (r *reader) rollback(group string) error {
	if r.undoable {
		r.yield(event.Rollback{Group: group, Position: r.leave()})
		return nil
	}
	for _, item := range r.saved.drain() {
		keep, err := staysRolledBack(item)
		if err != nil {
			return err
		}
		if keep {
			r.yield(item)
		}
	}
	micros := r.when()
	r.yield(event.Commit{Position: r.leave(), Micros: micros})
	return nil
}

// broken drops a group that broke off: the server died while it wrote it, and
// rolled it back.
func (r *reader) broken() error {
	r.hold.abort()
	r.pending = nil
	switch {
	case r.how == readAgain:
		r.forget()
	case r.open:
		return r.rollback("")
	default:
		r.leave()
	}
	return nil
}

func staysRolledBack(item event.Item) (bool, error) {
	rows, ok := item.(*event.Rows)
	if !ok {
		return true, nil
	}
	return outlivesRollback(rows.Table)
}

// outlivesRollback reports whether rows of the table happened although their
// transaction was rolled back.
func outlivesRollback(t *schema.Table) (bool, error) {
	transactional, known := t.Transactional()
	if !known {
		return false, fmt.Errorf("table %s, engine %s: %w", t.ID, t.Engine, ErrEngine)
	}
	return !transactional, nil
}
