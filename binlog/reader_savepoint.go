package binlog

import (
	"errors"
	"slices"
	"strings"

	"cdcd/event"
)

// ErrSavepoint says that rows which a ROLLBACK TO SAVEPOINT took back were
// already yielded.
var ErrSavepoint = errors.New("a large transaction was rolled back to a savepoint and the server logged what it took back; " +
	"make such transactions smaller, or do not mix storage engines or temporary tables in them")

// savepoints holds back the items of a transaction that follow its first
// savepoint. A server mostly cuts what was rolled back out of its binlog; when
// the transaction also changed a table without transactions or a temporary one
// (MariaDB: seen with both), it logs the rows and then ROLLBACK TO. In row
// format the rows in between are of transactional tables only. In an XA branch
// all rows are held anyway, and nothing of this is needed.
type savepoints struct {
	marks marks // indexes into held
	held  []event.Item
	bytes int // of held
}

// marks are the savepoints of a transaction: how much of it came before each.
type marks []mark

type mark struct {
	name string
	at   int64 // -1 when what follows may have been yielded
}

// maxHeld bounds the bytes held back; a transaction that is larger behind a
// savepoint is yielded, and cannot be rolled back to it any more.
const maxHeld = 16 << 20

// set marks a savepoint; one of the same name is replaced.
func (m *marks) set(name string, at int64) {
	if i := m.find(name); i >= 0 {
		*m = slices.Delete(*m, i, i+1)
	}
	*m = append(*m, mark{name, at})
}

func (m *marks) find(name string) int {
	return slices.IndexFunc(*m, func(k mark) bool { return strings.EqualFold(k.name, name) })
}

// back returns to a savepoint, which stays, and tells how much came before it.
func (m *marks) back(name string) (at int64, err error) {
	i := m.find(name)
	if i < 0 || (*m)[i].at < 0 {
		return 0, ErrSavepoint
	}
	*m = (*m)[:i+1]
	return (*m)[i].at, nil
}

// set marks a savepoint.
func (s *savepoints) set(name string) { s.marks.set(name, int64(len(s.held))) }

// rollback drops what follows the savepoint.
func (s *savepoints) rollback(name string) error {
	at, err := s.marks.back(name)
	if err != nil {
		return err
	}
	clear(s.held[at:])
	s.held = s.held[:at]
	s.bytes = 0
	for _, item := range s.held {
		s.bytes += size(item)
	}
	return nil
}

// hold keeps an item back, and returns those that need not wait any more.
func (s *savepoints) hold(i event.Item) []event.Item {
	if len(s.marks) == 0 {
		return []event.Item{i}
	}
	s.held = append(s.held, i)
	if s.bytes += size(i); s.bytes <= maxHeld {
		return nil
	}
	for i := range s.marks {
		s.marks[i].at = -1
	}
	return s.drain()
}

// drain returns all that is held.
func (s *savepoints) drain() []event.Item {
	held := s.held
	s.held, s.bytes = nil, 0
	return held
}

func size(i event.Item) int {
	if rows, ok := i.(*event.Rows); ok {
		return rows.Size
	}
	return 0
}

// onSavepoint handles SAVEPOINT name.
func (r *reader) onSavepoint(stmt string) {
	name := lastName(stmt)
	switch {
	case name == "":
	case r.hold.current != nil:
		r.hold.current.marks.set(name, r.hold.current.len())
	case r.open:
		r.saved.set(name)
	}
}

// onRollbackTo handles ROLLBACK TO name.
func (r *reader) onRollbackTo(stmt string) error {
	if r.hold.current == nil {
		return r.saved.rollback(lastName(stmt))
	}
	at, err := r.hold.current.marks.back(lastName(stmt))
	if err == nil {
		r.hold.cut(at)
	}
	return err
}

// lastName is the name that ends SAVEPOINT name and ROLLBACK [WORK] TO
// [SAVEPOINT] name; servers write it in backquotes.
func lastName(stmt string) string {
	if open := strings.IndexByte(stmt, '`'); open >= 0 {
		name, _ := identifier(stmt[open:])
		return name
	}
	words := strings.Fields(stmt)
	return words[len(words)-1]
}
