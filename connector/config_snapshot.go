package connector

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"cdcd/connector/property"
	"cdcd/event"
	"cdcd/schema"
)

// SnapshotConfig says what of the rows that are there is copied, and how. Its
// methods are pure.
type SnapshotConfig struct {
	Mode  SnapshotMode
	Based Based // what Mode ConfigurationBased asks for

	Tables *property.Matcher // the captured tables whose rows are copied, nil for all
	// Selects are statements to read tables by, for [SnapshotConfig.Select]. They
	// may hold values, and never print.
	Selects map[schema.ID]property.Secret
	Order   RowOrder // which tables come first
	Keyless Keyless

	Locking     Locking       // LockingUnset leaves it to what the server can do
	LockTimeout time.Duration // how long to wait for a lock

	Delay       time.Duration // before the copy
	StreamDelay time.Duration // between the copy and the changes

	Threads     int               // sessions that read at the same time, at least 1
	Multiplier  int               // parts of a table for each of them, at least 1
	Multipliers map[schema.ID]int // of single tables
	FetchSize   int               // rows that one query reads at most, 0 for the default
}

// SnapshotMode says whether rows are copied before changes are followed.
type SnapshotMode string

// The values of snapshot.mode, with their names of today.
const (
	Initial            SnapshotMode = "initial"             // once, when there is no position
	InitialOnly        SnapshotMode = "initial_only"        // so, and no changes behind
	Always             SnapshotMode = "always"              // at every start
	NoData             SnapshotMode = "no_data"             // never: changes from now on
	Recovery           SnapshotMode = "recovery"            // never: the definitions are read again
	WhenNeeded         SnapshotMode = "when_needed"         // as Initial, and when the position is gone
	ConfigurationBased SnapshotMode = "configuration_based" // as Based says
)

// Based holds the properties snapshot.mode.configuration.based.* that matter
// here: definitions are always stored together with the position.
type Based struct {
	Data        bool // rows are copied at every start
	Stream      bool // changes are followed
	OnDataError bool // a position that is gone is forgotten
}

// Locking says how writers are kept out while a snapshot begins.
type Locking string

// The values of snapshot.locking.mode.
const (
	LockingUnset               Locking = ""
	LockingNone                Locking = "none"
	LockingMinimal             Locking = "minimal"
	LockingExtended            Locking = "extended"
	LockingPercona             Locking = "minimal_percona"
	LockingPerconaNoTableLocks Locking = "minimal_percona_no_table_locks"
)

// RowOrder says in which order tables are copied.
type RowOrder string

// The values of snapshot.tables.order.by.row.count.
const (
	OrderOfList   RowOrder = "disabled" // see [Filter.Sort]
	SmallestFirst RowOrder = "ascending"
	LargestFirst  RowOrder = "descending"
)

// Keyless says how tables without a key are copied.
type Keyless string

// The values of cdcd.snapshot.keyless.
const (
	KeylessExactlyOnce Keyless = "exactly-once"  // in one Kafka transaction, or not at all
	KeylessAtLeastOnce Keyless = "at-least-once" // from the first row again after a restart
)

// Copies tells whether a start copies rows: stored says that there is a
// position, and unfinished that a copy was under way when it was stored.
// Source: the classes of io.debezium.snapshot.mode, shouldSnapshotData.
func (s SnapshotConfig) Copies(stored, unfinished bool) bool {
	switch s.Mode {
	case Always:
		return true
	case ConfigurationBased:
		return s.Based.Data
	case NoData, Recovery:
		return false
	case Initial, InitialOnly, WhenNeeded:
	}
	return !stored || unfinished
}

// Streams tells whether changes are followed.
// Source: shouldStream, there.
func (s SnapshotConfig) Streams() bool {
	switch s.Mode {
	case InitialOnly:
		return false
	case ConfigurationBased:
		return s.Based.Stream
	case Initial, Always, NoData, Recovery, WhenNeeded:
	}
	return true
}

// StartsOver tells that a position which the server no longer has is forgotten,
// as if there had never been one; [SnapshotConfig.Copies] has the rest. In other
// modes the connector stops there. Only who follows changes needs the position.
// Source: shouldSnapshotOnDataError, there, and BaseSourceTask.validateSchemaHistory.
func (s SnapshotConfig) StartsOver() bool {
	return s.Mode == WhenNeeded || s.Mode == ConfigurationBased && s.Based.OnDataError
}

// Recovers tells that the definitions are read from the server again, and
// changes are followed from the stored position, without which the connector
// does not start.
// Source: RecoverySnapshotter.shouldSnapshotSchema and
// shouldStreamEventsStartingFromSnapshot.
func (s SnapshotConfig) Recovers() bool { return s.Mode == Recovery }

// locking is how writers are kept out at a server: not at all where GTIDs, or MariaDB,
// say what a view holds.
func (s SnapshotConfig) locking(info ServerInfo) Locking {
	switch {
	case s.Locking != LockingUnset:
		return s.Locking
	case info.tellsViews():
		return LockingNone
	}
	return LockingMinimal
}

// EverCopies tells whether there is a start that copies rows.
func (s SnapshotConfig) EverCopies() bool { return s.Copies(false, false) }

// Table tells whether the rows of a captured table are copied.
func (s SnapshotConfig) Table(id schema.ID) bool {
	return s.Tables == nil || s.Tables.Match(id.String())
}

// Select returns the statement to read a table by, "" when it has none of its
// own. It may hold values, and is never logged.
// Source: RelationalSnapshotChangeEventSource.getSnapshotSelectOverridesByTable:
// a name without a database stands for that table in all of them.
func (s SnapshotConfig) Select(id schema.ID) string {
	if own, ok := s.Selects[id]; ok {
		return own.Reveal()
	}
	return s.Selects[schema.ID{Name: id.Name}].Reveal()
}

// Arrange puts captured tables in the order in which they are copied: as
// [Filter.Sort] does, or by the number of their rows, as far as it is known.
// Source: RelationalSnapshotChangeEventSource.sortByRowCount.
func (s SnapshotConfig) Arrange(f *Filter, tables []schema.ID, rows map[schema.ID]int64) {
	f.Sort(tables)
	switch s.Order {
	case SmallestFirst:
		slices.SortStableFunc(tables, func(a, b schema.ID) int { return cmp.Compare(rows[a], rows[b]) })
	case LargestFirst:
		slices.SortStableFunc(tables, func(a, b schema.ID) int { return cmp.Compare(rows[b], rows[a]) })
	case OrderOfList:
	}
}

// Parts returns into how many parts a table may be split.
func (s SnapshotConfig) Parts(id schema.ID) int {
	if n, ok := s.Multipliers[id]; ok {
		return s.Threads * n
	}
	return s.Threads * s.Multiplier
}

// Divides tells that tables are divided into parts, or would be if they were larger.
// Source: RelationalSnapshotChangeEventSource.isUseNonChunkedSnapshots.
func (s SnapshotConfig) Divides() bool {
	most := s.Multiplier
	for _, n := range s.Multipliers {
		most = max(most, n)
	}
	return s.Threads > 1 || most > 1
}

// snapshot reads the properties of snapshots.
func (p *configParser) snapshot(flavor event.Flavor) SnapshotConfig {
	v := p.v
	s := SnapshotConfig{
		Mode: p.snapshotMode(),
		Based: Based{
			Data:        v.Bool("snapshot.mode.configuration.based.snapshot.data"),
			Stream:      v.Bool("snapshot.mode.configuration.based.start.stream"),
			OnDataError: v.Bool("snapshot.mode.configuration.based.snapshot.on.data.error"),
		},
		Tables:      v.Matcher("snapshot.include.collection.list"),
		Selects:     p.selects(),
		Order:       RowOrder(v.Choice("snapshot.tables.order.by.row.count")),
		Keyless:     Keyless(v.Choice("cdcd.snapshot.keyless")),
		Locking:     p.locking(flavor),
		LockTimeout: v.Duration("snapshot.lock.timeout.ms"),
		Delay:       v.Duration("snapshot.delay.ms"),
		StreamDelay: v.Duration("streaming.delay.ms"),
		Threads:     int(v.Int("snapshot.max.threads")),
		Multiplier:  int(v.Int("snapshot.max.threads.multiplier")),
		Multipliers: p.multipliers(),
		FetchSize:   int(v.Int("snapshot.fetch.size")),
	}
	if !s.EverCopies() && !s.Streams() {
		p.warn("snapshot.mode", "neither copies rows nor follows changes: set snapshot.mode.configuration.based.snapshot.data or snapshot.mode.configuration.based.start.stream")
	}
	return s
}

// oldModes are what Debezium called modes before, or has taken out.
var oldModes = map[string]struct {
	today SnapshotMode
	what  string
}{
	"schema_only":          {NoData, "is the old name of no_data"},
	"schema_only_recovery": {Recovery, "is the old name of recovery"},
	"never":                {NoData, "is gone from Debezium; here it means no_data: from now on, and not from the oldest change that the server has"},
}

func (p *configParser) snapshotMode() SnapshotMode {
	mode := p.v.Choice("snapshot.mode")
	if old, ok := oldModes[mode]; ok {
		p.warn("snapshot.mode", mode+" "+old.what)
		return old.today
	}
	return SnapshotMode(mode)
}

func (p *configParser) locking(flavor event.Flavor) Locking {
	mode := Locking(p.v.Choice("snapshot.locking.mode"))
	if flavor == event.MariaDB && (mode == LockingPercona || mode == LockingPerconaNoTableLocks) {
		p.fail("snapshot.locking.mode", "%q is a mode of the MySQL connector: want none, minimal or extended", mode)
	}
	return mode
}

// selects reads the statements that stand for tables. Debezium copies the whole
// table when a listed one has no statement, with rows that were meant to stay
// out.
// Source: RelationalDatabaseConnectorConfig.getSnapshotSelectOverridesByTable.
func (p *configParser) selects() map[schema.ID]property.Secret {
	const list, prefix = "snapshot.select.statement.overrides", "snapshot.select.statement.overrides."
	tables := p.v.List(list)
	selects := make(map[schema.ID]property.Secret, len(tables))
	for _, table := range tables {
		if !p.v.Set(prefix + table) {
			p.fail(list, "%s has no statement: set %s%s", table, prefix, table)
			continue
		}
		selects[tableNamed(table)] = p.v.Secret(prefix + table)
	}
	for _, table := range slices.Sorted(maps.Keys(p.v.Under(prefix))) {
		if !slices.Contains(tables, table) {
			p.warn(prefix+table, "has no effect: "+list+" does not list the table")
		}
	}
	return selects
}

// tableNamed reads "database.table", or "table" alone.
func tableNamed(name string) schema.ID {
	if database, table, ok := strings.Cut(name, "."); ok {
		return schema.ID{Database: database, Name: table}
	}
	return schema.ID{Name: name}
}

func (p *configParser) multipliers() map[schema.ID]int {
	const prefix = "snapshot.max.threads.multiplier."
	m := map[schema.ID]int{}
	for table := range p.v.Under(prefix) {
		if p.v.Set(prefix + table) {
			m[tableNamed(table)] = int(p.v.Int(prefix + table))
		}
	}
	return m
}
