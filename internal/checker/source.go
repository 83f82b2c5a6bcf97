package checker

import "strings"

// operation is what happened to a row.
type operation byte

const (
	insert operation = 'c'
	update operation = 'u'
	remove operation = 'd'
)

// change is a row change in the binlog. before and after identify the row's
// images; 0 for none.
type change struct {
	before, after uint64
	table         int16
	layout        int16
	op            operation
}

// group is a transaction of the source that has changes in captured tables.
type group struct {
	id    txnID
	end   txnID // of the group that decided it: the same, or that of XA COMMIT
	place place // just behind it
	first int32 // of its changes
	count int32
	out   bool // began before Config.From, or is not behind Config.To
}

// source is what the binlog says was committed, in the order of the commits. A
// prepared XA transaction is where its XA COMMIT is.
type source struct {
	ids     names
	tables  []Table
	layouts []layout
	groups  []group
	changes []change
	index   map[txnID]int32 // groups by id
	undone  map[txnID]bool  // groups with changes in captured tables of which some were rolled back
}

func newSource(tables []Table) *source {
	return &source{tables: tables, index: map[txnID]int32{}, undone: map[txnID]bool{}}
}

// commit adds a group with its changes.
func (s *source) commit(id, end txnID, behind place, changes []change) {
	if len(changes) == 0 {
		return
	}
	s.index[id] = int32(len(s.groups))
	s.groups = append(s.groups, group{
		id: id, end: end, place: behind, first: int32(len(s.changes)), count: int32(len(changes)),
	})
	s.changes = append(s.changes, changes...)
}

// find returns the number of a group, or unknown.
func (s *source) find(id string) int32 {
	parsed, err := s.ids.parseID(id)
	if err != nil {
		return unknown
	}
	if g, ok := s.index[parsed]; ok {
		return g
	}
	return unknown
}

// name is the text of a group's id.
func (s *source) name(g int32) string { return s.ids.id(s.groups[g].id) }

// change returns a change of a group by its number there, or nil.
func (s *source) change(g, seq int32) *change {
	if seq < 0 || seq >= s.groups[g].count {
		return nil
	}
	return &s.changes[s.groups[g].first+seq]
}

// behind reports whether a group is behind a position.
func (s *source) behind(g int32, p position) bool {
	end := s.groups[g].end
	return p.holds(s.ids.list[end.source], end.number, s.groups[g].place)
}

// layoutOf numbers a layout.
func (s *source) layoutOf(l layout) int16 {
	for i, known := range s.layouts {
		if known == l {
			return int16(i)
		}
	}
	s.layouts = append(s.layouts, l)
	return int16(len(s.layouts) - 1)
}

// began reports whether a group begins before a position. An XA transaction may
// do so and end behind it.
func (s *source) began(g int32, p position) bool {
	id := s.groups[g].id
	name := s.ids.list[id.source]
	return p.holds(name, id.number, place{strings.TrimSuffix(name, ":"), int64(id.number)})
}

// restrict leaves out what began before from, and what is not behind to.
func (s *source) restrict(from, to *position) {
	for i := range s.groups {
		n := int32(i)
		s.groups[i].out = from != nil && (s.behind(n, *from) || s.began(n, *from)) || to != nil && !s.behind(n, *to)
	}
}
