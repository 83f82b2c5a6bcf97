package binlog

import (
	"cmp"
	"strconv"
	"strings"

	"cdcd/event"
)

// Cover tells which transactions lie before a position. It may be used concurrently.
type Cover struct {
	flavor event.Flavor
	mysql  *mysqlSet // nil without GTIDs
	maria  mariaSet  // nil without GTIDs
	file   string
	offset uint64
}

// NewCover reads a position. The error is an ErrBadGTID.
func NewCover(p event.Position) (Cover, error) {
	c := Cover{flavor: p.Flavor, file: p.File, offset: p.Offset}
	if p.GTIDs == nil {
		return c, nil
	}
	var err error
	if p.Flavor == event.MariaDB {
		c.maria, err = parseMariaSet(p.GTIDs.String())
	} else {
		c.mysql, err = parseMySQLSet(p.GTIDs.String())
	}
	return c, err
}

// Has tells whether a transaction lies before the position, given its [event.Txn.ID].
// One that has no GTID is looked for by its place, which only the server knows that
// wrote both.
func (c Cover) Has(id string) (bool, error) {
	switch {
	case c.mysql == nil && c.maria == nil:
		return c.hasPlace(id)
	case c.flavor == event.MariaDB:
		g, ok := parseMariaGTIDText(id)
		if !ok {
			return false, badGTID(id, "is not domain-server-sequence")
		}
		return c.maria.has(g), nil
	}
	one, err := parseMySQLSet(id)
	return err == nil && c.mysql.includes(one), err
}

func (c Cover) hasPlace(id string) (bool, error) {
	i := strings.LastIndexByte(id, ':')
	offset, err := strconv.ParseUint(id[i+1:], 10, 64)
	if i < 0 || err != nil {
		return false, badGTID(id, "is not file:offset")
	}
	return ComparePlaces(id[:i], offset, c.file, c.offset) < 0, nil
}

// PassedBy tells whether everything before the cover's position lies before p too.
func (c Cover) PassedBy(p event.Position) (bool, error) {
	if p.GTIDs == nil || c.mysql == nil && c.maria == nil {
		return ComparePlaces(p.File, p.Offset, c.file, c.offset) >= 0, nil
	}
	o, err := NewCover(p)
	if err != nil {
		return false, err
	}
	if c.flavor != event.MariaDB {
		return o.mysql.includes(c.mysql), nil
	}
	for _, g := range c.maria {
		if !o.maria.has(g) {
			return false, nil
		}
	}
	return true, nil
}

// ComparePlaces orders two places of one server's binlog: negative when the first one
// is before the other. The number in a file's name has six digits, and more after
// 999999.
func ComparePlaces(file string, offset uint64, otherFile string, otherOffset uint64) int {
	return cmp.Or(cmp.Compare(len(file), len(otherFile)), cmp.Compare(file, otherFile), cmp.Compare(offset, otherOffset))
}

// has tells whether g is not behind the last transaction of its domain.
func (s mariaSet) has(g mariaGTID) bool {
	for _, last := range s {
		if last.domain == g.domain {
			return g.seq <= last.seq
		}
	}
	return false
}

// includes tells whether every GTID of o, which no add has made, is in the set.
func (s *mysqlSet) includes(o *mysqlSet) bool { return len(o.without(s.plain()).sids) == 0 }

// plain is the set with its hot interval folded back.
func (s *mysqlSet) plain() *mysqlSet {
	if s.end == 0 {
		return s
	}
	return s.without(&mysqlSet{})
}
