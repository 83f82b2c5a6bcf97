package binlog

import (
	"errors"
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
// format the rows in between are of transactional tables only.
type savepoints struct {
	marks []savepoint
	held  []event.Item
	bytes int // of held
}

type savepoint struct {
	name string
	at   int // index into held; -1 when what follows may have been yielded
}

// maxHeld bounds the bytes held back; a transaction that is larger behind a
// savepoint is yielded, and cannot be rolled back to it any more.
const maxHeld = 16 << 20

// set marks a savepoint; one of the same name is replaced.
func (s *savepoints) set(name string) {
	if i := s.find(name); i >= 0 {
		s.marks = append(s.marks[:i], s.marks[i+1:]...)
	}
	s.marks = append(s.marks, savepoint{name: name, at: len(s.held)})
}

func (s *savepoints) find(name string) int {
	for i, m := range s.marks {
		if strings.EqualFold(m.name, name) {
			return i
		}
	}
	return -1
}

// rollback drops what follows the savepoint, which stays.
func (s *savepoints) rollback(name string) error {
	i := s.find(name)
	if i < 0 || s.marks[i].at < 0 {
		return ErrSavepoint
	}
	clear(s.held[s.marks[i].at:])
	s.held = s.held[:s.marks[i].at]
	s.marks = s.marks[:i+1]
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
	return s.release()
}

// release returns all that is held.
func (s *savepoints) release() []event.Item {
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
	if name := lastName(stmt); r.open && name != "" {
		r.saved.set(name)
	}
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
