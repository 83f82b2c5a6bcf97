package schema

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // the values in what the parser returns
)

// Flavor is the kind of server that the DDL comes from.
type Flavor uint8

// The flavors. It matters only to comments that MariaDB alone executes: without
// a flavor they are read as code.
const (
	FlavorUnknown Flavor = iota
	FlavorMySQL
	FlavorMariaDB
)

// Tracker holds the present version of every table and folds DDL into new ones.
// It is for one goroutine; the tables that it returns are for any.
type Tracker struct {
	flavor    Flavor
	lowerCase bool
	engine    string // of tables whose statement names none
	filter    func(ID) bool
	parser    *parser.Parser

	// tables holds what is known, databases and sequences included (see
	// Table.IsTable).
	tables  map[ID]*Table
	unread  map[ID]string // why tables are not known that are there
	given   []*Table      // for transactions to come
	version Version
}

// Option changes how a Tracker works.
type Option func(*Tracker)

// WithFlavor tells what kind of server the DDL comes from.
func WithFlavor(f Flavor) Option { return func(t *Tracker) { t.flavor = f } }

// WithLowerCaseNames tells that the server stores names in lower case
// (lower_case_table_names is 1); Load finds out by itself.
func WithLowerCaseNames() Option { return func(t *Tracker) { t.lowerCase = true } }

// WithDefaultEngine tells the server's default_storage_engine; without it that
// is InnoDB.
func WithDefaultEngine(name string) Option {
	return func(t *Tracker) { t.engine = engineName(name) }
}

// WithFilter leaves the tables out that tracked rejects: DDL on them gives no
// change. System tables are always left out.
func WithFilter(tracked func(ID) bool) Option { return func(t *Tracker) { t.filter = tracked } }

// New returns a Tracker that knows no table. The server's default charset is
// utf8mb4 until SetDatabase or a statement says otherwise.
func New(opts ...Option) *Tracker {
	t := &Tracker{parser: parser.New(), tables: map[ID]*Table{{}: {Charset: "utf8mb4"}}, unread: map[ID]string{}}
	for _, o := range opts {
		o(t)
	}
	return t
}

// Version returns the number of the newest version.
func (t *Tracker) Version() Version { return t.version }

// Table returns the present version of a table, nil when it is not known, or no
// table.
func (t *Tracker) Table(id ID) *Table {
	if tb := t.tables[t.stored(id)]; tb != nil && tb.IsTable() {
		return tb
	}
	return nil
}

// Tables returns the present version of every table, ordered by name.
func (t *Tracker) Tables() []*Table {
	return slices.DeleteFunc(t.Versions(), func(tb *Table) bool { return !tb.IsTable() })
}

// Versions returns what Restore needs to come to the present state: Tables, the
// sequences, and the defaults of the databases and the server.
func (t *Tracker) Versions() []*Table {
	return slices.SortedFunc(maps.Values(t.tables), func(a, b *Table) int { return a.ID.compare(b.ID) })
}

// Unread returns the tables that are there and not known, and why.
func (t *Tracker) Unread() map[ID]string { return maps.Clone(t.unread) }

// Put makes tb the present version of its table and numbers it. It is for
// definitions read from the server; the Tracker owns tb from then on.
func (t *Tracker) Put(tb *Table) Version {
	t.version++
	tb.Version = t.version
	tb.ID = t.stored(tb.ID)
	t.tables[tb.ID] = tb
	delete(t.unread, tb.ID)
	return t.version
}

// SetDatabase sets the default charset and collation of a database, or with an
// empty name those of the server.
func (t *Tracker) SetDatabase(name, charset, collation string) {
	t.Put(&Table{ID: ID{Database: name}, Charset: charset, Collation: collation})
}

// Forget leaves t as New made it, but for what Load found out about names. It is for
// who restores many tables: those from before are then not in memory, too.
func (t *Tracker) Forget() {
	t.tables, t.given, t.version = map[ID]*Table{{}: {Charset: "utf8mb4"}}, nil, 0
	clear(t.unread)
}

// Restore replaces all that is known by the newest of the given versions of
// each table that are not newer than v, and goes on numbering at v. The history
// may be in any order. One without a version v is not complete: an error.
func (t *Tracker) Restore(history []*Table, v Version) error {
	tables, complete := map[ID]*Table{{}: {Charset: "utf8mb4"}}, v == 0
	var given []*Table
	for _, tb := range history {
		complete = complete || tb.Version == v
		old := tables[tb.ID]
		switch {
		case tb.Version > v:
		case tb.From != "":
			given = append(given, tb)
		case old == nil || old.Version <= tb.Version:
			tables[tb.ID] = tb
		}
	}
	if !complete {
		return fmt.Errorf("the history of table versions lacks version %d", v)
	}
	t.tables, t.version = tables, v
	t.forgetDropped()
	t.regive(given)
	return nil
}

// forgetDropped takes the tables out that are gone, or not known.
func (t *Tracker) forgetDropped() {
	clear(t.unread)
	maps.DeleteFunc(t.tables, func(id ID, tb *Table) bool {
		if tb.Unread != "" {
			t.unread[id] = tb.Unread
		}
		return tb.Dropped
	})
}

// regive gives again what was given since all tables were last read, which the
// version of the server's defaults tells.
func (t *Tracker) regive(given []*Table) {
	t.given = nil
	slices.SortStableFunc(given, func(a, b *Table) int { return cmp.Compare(a.Version, b.Version) })
	for _, g := range given {
		if g.Version > t.tables[ID{}].Version {
			t.Give(g)
		}
	}
}

// stored returns the ID as the server stores it.
func (t *Tracker) stored(id ID) ID {
	if t.lowerCase {
		return ID{Database: strings.ToLower(id.Database), Name: strings.ToLower(id.Name)}
	}
	return id
}

// tracks reports whether DDL on a table counts.
func (t *Tracker) tracks(id ID) bool {
	return !isSystem(id.Database) && (t.filter == nil || t.filter(id))
}

// isSystem tells the databases whose tables are the server's own.
func isSystem(database string) bool {
	switch strings.ToLower(database) {
	case "mysql", "sys", "information_schema", "performance_schema":
		return true
	}
	return false
}
