package offsets

import (
	"cmp"
	"maps"
	"slices"

	"cdcd/event"
)

// State is what the cluster knows. It may be read by many goroutines while
// none applies a command. Byte slices that go in or come out must not be
// changed.
type State struct {
	index       uint64
	placed      uint64 // index of the last command that placed a connector
	connectors  map[string]*connector
	nodes       map[string]Node
	definitions map[Hash]*definition
}

// connector is all that is known of one connector.
type connector struct {
	config    []byte // nil when it was deleted or never put
	revision  uint64 // index of the command that put config
	target    Target
	placement Placement
	session   Session
	offset    Offset
	writer    Session // that stored offset
	tables    []ref   // ascending, without duplicates
}

// generation is that of the placement, or of the newest session where there was
// no placement.
func (c *connector) generation() Generation {
	if c.placement.Generation > 0 {
		return c.placement.Generation
	}
	return c.session.Generation
}

// used tells whether there is more to remember than a configuration.
func (c *connector) used() bool { return c.session.ID > 0 || c.placement.Generation > 0 }

// Placement is which node a connector is to run on.
type Placement struct {
	// Generation counts the placements; 0 says that there was none yet.
	Generation Generation `json:"generation"`
	Node       string     `json:"node,omitempty"` // "" for none
	// From is the node that hands the connector over, and may run it until the
	// first session of Generation; "" for none.
	From string `json:"from,omitempty"`
}

// Node is what the cluster remembers of a node.
type Node struct {
	// Live is what the last leader thought that saw a change.
	Live bool `json:"live"`
	// Drained says that an operator wants no connector on it.
	Drained bool `json:"drained,omitempty"`
}

// ref is an entry of a table history.
type ref struct {
	Version TableVersion `json:"version"`
	Hash    Hash         `json:"hash"`
}

func (r ref) compare(o ref) int {
	return cmp.Or(cmp.Compare(r.Version, o.Version), slices.Compare(r.Hash[:], o.Hash[:]))
}

// definition is a table definition and the number of refs to it.
type definition struct {
	content []byte
	refs    int
}

// New returns the state before the first command.
func New() *State {
	return &State{connectors: map[string]*connector{}, nodes: map[string]Node{}, definitions: map[Hash]*definition{}}
}

// Clone returns a copy that does not change with s.
func (s *State) Clone() *State {
	c := &State{
		index: s.index, placed: s.placed,
		connectors: maps.Clone(s.connectors), nodes: maps.Clone(s.nodes), definitions: maps.Clone(s.definitions),
	}
	for name, conn := range c.connectors {
		own := *conn
		own.tables = slices.Clone(conn.tables)
		c.connectors[name] = &own
	}
	for h, d := range c.definitions {
		own := *d
		c.definitions[h] = &own
	}
	return c
}

// Index returns the index of the last command that was applied.
func (s *State) Index() uint64 { return s.index }

// Connectors returns the names of all connectors that something is known of, in
// order.
func (s *State) Connectors() []string { return slices.Sorted(maps.Keys(s.connectors)) }

// Config returns a connector's configuration, nil when it has none.
func (s *State) Config(name string) []byte { return s.connector(name).config }

// Revision returns which of a connector's configurations Config is: it grows
// with every other one, and is 0 while there is none.
func (s *State) Revision(name string) uint64 { return s.connector(name).revision }

// Target returns what an operator wants of a connector.
func (s *State) Target(name string) Target { return s.connector(name).target }

// Placement returns where a connector is to run, the zero Placement when it was
// never placed.
func (s *State) Placement(name string) Placement { return s.connector(name).placement }

// Placed returns the index of the last command that placed a connector: whoever
// has applied it knows of every placement.
func (s *State) Placed() uint64 { return s.placed }

// Nodes returns the names of all nodes that something is known of, in order.
func (s *State) Nodes() []string { return slices.Sorted(maps.Keys(s.nodes)) }

// Node returns what is known of a node, and whether anything is.
func (s *State) Node(name string) (n Node, known bool) {
	n, known = s.nodes[name]
	return n, known
}

// Generation returns that of a connector's placement, or of its newest session
// where it was never placed; the next placement has the one after it.
func (s *State) Generation(name string) Generation { return s.connector(name).generation() }

// Wanted tells whether a connector is to run: it has a configuration, and nobody
// paused or stopped it.
func (s *State) Wanted(name string) bool {
	conn := s.connector(name)
	return conn.config != nil && conn.target == Running
}

// HandsOver tells whether a node may go on with a connector that was moved off it:
// the next one has not opened a session yet.
func (s *State) HandsOver(node, name string) bool {
	conn := s.connector(name)
	return conn.placement.From == node && conn.session.Generation < conn.placement.Generation
}

// Offset returns how far a connector has got, the zero Offset when nowhere.
func (s *State) Offset(name string) Offset { return s.connector(name).offset }

// Writer returns the session that stored a connector's offset, the zero Session
// when there is none. Where it wrote without Kafka transactions nothing newer can
// be in Kafka.
func (s *State) Writer(name string) Session { return s.connector(name).writer }

// Session returns a connector's newest session, the zero Session when there is
// none.
func (s *State) Session(name string) Session { return s.connector(name).session }

// NewestTable returns the newest version in a connector's table history, 0 when
// it is empty.
func (s *State) NewestTable(name string) TableVersion {
	if tables := s.connector(name).tables; len(tables) > 0 {
		return tables[len(tables)-1].Version
	}
	return 0
}

// Tables returns a connector's table history up to a version, in order.
func (s *State) Tables(name string, upTo TableVersion) []Table {
	var tables []Table
	for _, r := range s.connector(name).tables {
		if r.Version > upTo {
			break
		}
		tables = append(tables, Table{Version: r.Version, Hash: r.Hash, Definition: s.definitions[r.Hash].content})
	}
	return tables
}

// Defines tells whether a definition is stored.
func (s *State) Defines(h Hash) bool {
	_, ok := s.definitions[h]
	return ok
}

// connector returns what is known of a connector, to read.
func (s *State) connector(name string) *connector {
	if c, ok := s.connectors[name]; ok {
		return c
	}
	return &connector{}
}

// stored returns o without what only the source that made it can read, as it
// comes out of a log.
func stored(o Offset) Offset {
	if set := o.Position.GTIDs; set != nil {
		o.Position.GTIDs = event.GTIDText(set.String())
	}
	return o
}
