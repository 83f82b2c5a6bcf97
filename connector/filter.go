package connector

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"cdcd/connector/property"
	"cdcd/schema"
)

// Filter tells what is captured, by Debezium's include and exclude lists. Its
// methods may be called concurrently. The zero Filter captures everything but
// the server's own schemas.
type Filter struct {
	databases, tables, columns lists
	signals                    schema.ID // is captured in any case; zero for none

	// Table is asked for every event, and lists may be long.
	mu    sync.RWMutex // guards known
	known map[schema.ID]bool
}

// knownTables bounds what a Filter remembers: names of temporary tables never
// end.
const knownTables = 10_000

// lists is a pair of which at most one is set.
type lists struct{ include, exclude *property.Matcher }

func (l lists) allow(name string) bool {
	if l.include != nil {
		return l.include.Match(name)
	}
	return !l.exclude.Match(name)
}

func (l lists) set() bool { return l.include != nil || l.exclude != nil }

func newFilter(v property.Values) *Filter {
	pair := func(what string) lists {
		return lists{v.Matcher(what + ".include.list"), v.Matcher(what + ".exclude.list")}
	}
	return &Filter{databases: pair("database"), tables: pair("table"), columns: pair("column"), signals: signalTable(v)}
}

// Database tells whether tables of a database may be captured.
func (f *Filter) Database(name string) bool { return !builtin(name) && f.databases.allow(name) }

// Table tells whether a table is captured. That of signals is, whatever the lists say.
// Source: RelationalTableFilters.
func (f *Filter) Table(id schema.ID) bool {
	f.mu.RLock()
	captured, ok := f.known[id]
	f.mu.RUnlock()
	if !ok {
		captured = f.Signals(id) || f.Database(id.Database) && f.tables.allow(id.String())
		f.remember(id, captured)
	}
	return captured
}

// Signals tells whether a table is that of signals.
func (f *Filter) Signals(id schema.ID) bool {
	return f.signals != schema.ID{} && strings.EqualFold(f.signals.Database, id.Database) && strings.EqualFold(f.signals.Name, id.Name)
}

// Idle returns the entries of table.include.list that capture none of the tables, and
// the table of signals that is not one of them.
func (f *Filter) Idle(tables []schema.ID) []string {
	var names []string
	for _, id := range tables {
		if f.Database(id.Database) {
			names = append(names, id.String())
		}
	}
	idle := f.tables.include.Idle(names)
	if f.signals != (schema.ID{}) && !slices.ContainsFunc(tables, f.Signals) {
		idle = append(idle, f.signals.String())
	}
	return idle
}

// Sort puts captured tables in the order in which they are copied: that of the
// entries of table.include.list, by name where one matches several. One that the list
// leaves out, as it may that of signals, comes last.
// Source: RelationalSnapshotChangeEventSource.addSignalingCollectionAndSort.
func (f *Filter) Sort(tables []schema.ID) {
	entry := make(map[schema.ID]int, len(tables))
	for _, id := range tables {
		entry[id] = f.tables.include.Index(id.String())
	}
	slices.SortFunc(tables, func(a, b schema.ID) int {
		return cmp.Or(cmp.Compare(entry[a], entry[b]), strings.Compare(a.String(), b.String()))
	})
}

func (f *Filter) remember(id schema.ID, captured bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil || len(f.known) >= knownTables {
		f.known = map[schema.ID]bool{}
	}
	f.known[schema.ID{Database: strings.Clone(id.Database), Name: strings.Clone(id.Name)}] = captured
}

// Column tells whether a column of a captured table is part of the value. Keys
// keep their columns.
func (f *Filter) Column(id schema.ID, column string) bool {
	return f.columns.allow(id.String() + "." + column)
}

// builtin tells the server's own schemas, which are never captured.
func builtin(database string) bool {
	switch strings.ToLower(database) {
	case "mysql", "information_schema", "performance_schema", "sys":
		return true
	}
	return false
}
