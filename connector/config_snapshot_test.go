package connector

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/connector/property"
	"cdcd/event"
	"cdcd/schema"
)

func TestParseConfig_SnapshotDefaults(t *testing.T) {
	s := parsed(t).Snapshot
	if s.Mode != NoData || s.Based != (Based{}) || s.Tables != nil || len(s.Selects) != 0 || s.Order != OrderOfList ||
		s.Keyless != KeylessExactlyOnce || s.Locking != LockingUnset || s.LockTimeout != 10*time.Second ||
		s.Delay != 0 || s.StreamDelay != 0 || s.Threads != 1 || s.Multiplier != 1 || len(s.Multipliers) != 0 || s.FetchSize != 0 {
		t.Errorf("%+v", s)
	}
}

func TestParseConfig_Snapshot(t *testing.T) {
	s := parsed(t,
		"snapshot.locking.mode", "Minimal_Percona", "snapshot.lock.timeout.ms", "2500",
		"snapshot.include.collection.list", `shop\.o.*`, "snapshot.tables.order.by.row.count", "DESCENDING",
		"snapshot.select.statement.overrides", "shop.orders, notes",
		"snapshot.select.statement.overrides.shop.orders", "SELECT 's3cret'", "snapshot.select.statement.overrides.notes", "SELECT 2",
		"snapshot.delay.ms", "1", "streaming.delay.ms", "2", "snapshot.fetch.size", "500", "snapshot.query.mode", "SELECT_ALL",
		"snapshot.max.threads", "4", "snapshot.max.threads.multiplier", "2", "snapshot.max.threads.multiplier.shop.orders", "8",
		"cdcd.snapshot.keyless", "at-least-once").Snapshot
	orders, items, notes := schema.ID{Database: "shop", Name: "orders"}, schema.ID{Database: "shop", Name: "items"}, schema.ID{Database: "x", Name: "notes"}
	if s.Locking != LockingPercona || s.LockTimeout != 2500*time.Millisecond || s.Order != LargestFirst || s.Keyless != KeylessAtLeastOnce ||
		s.Delay != time.Millisecond || s.StreamDelay != 2*time.Millisecond || s.FetchSize != 500 || s.Threads != 4 {
		t.Errorf("%+v", s)
	}
	if !s.Table(orders) || s.Table(items) || !(SnapshotConfig{}).Table(items) {
		t.Error("snapshot.include.collection.list")
	}
	if s.Select(orders) != "SELECT 's3cret'" || s.Select(notes) != "SELECT 2" || s.Select(items) != "" {
		t.Errorf("statements: %q, %q, %q", s.Select(orders), s.Select(notes), s.Select(items))
	}
	if s.Parts(orders) != 32 || s.Parts(items) != 8 {
		t.Errorf("parts: %d and %d", s.Parts(orders), s.Parts(items))
	}
	if text := fmt.Sprintf("%v %+v %#v", s, s, s); strings.Contains(text, "s3cret") {
		t.Error("a statement prints: " + text)
	}
}

func TestParseConfig_SnapshotRefuses(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		_, _, err := ParseConfig("shop", shop(changes...))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: error %v, want %s", changes, err, want)
		}
	}
	const custom = `"custom": it takes a Java class`
	f("snapshot.mode: "+custom, "snapshot.mode", "custom")
	f("snapshot.locking.mode: "+custom, "snapshot.locking.mode", "custom")
	f("snapshot.query.mode: "+custom, "snapshot.query.mode", "custom")
	f(`snapshot.locking.mode: "minimal_percona" is a mode of the MySQL connector`, "snapshot.locking.mode", "minimal_percona", "connector.class", "MariaDb")
	f("shop.orders has no statement: set snapshot.select.statement.overrides.shop.orders",
		"snapshot.select.statement.overrides", "shop.orders", "snapshot.select.statement.overrides.shop.order", "s3cret")
	f("shop.orders has no statement", "snapshot.select.statement.overrides", "shop.orders", "snapshot.select.statement.overrides.shop.orders", " ")
	f(`snapshot.max.threads: "0": want 1 or more`, "snapshot.max.threads", "0")
	f("snapshot.max.threads.multiplier.a.b: the value is not valid", "snapshot.max.threads.multiplier.a.b", "0")
	f(`snapshot.fetch.size: "-1": want 0 or more`, "snapshot.fetch.size", "-1")
	f(`cdcd.snapshot.keyless: "maybe": want one of exactly-once, at-least-once`, "cdcd.snapshot.keyless", "maybe")
}

func TestParseConfig_SnapshotModes(t *testing.T) {
	f := func(mode string, want SnapshotMode) {
		t.Helper()
		c, _, err := ParseConfig("shop", shop("snapshot.mode", mode))
		if err != nil || c.Snapshot.Mode != want {
			t.Errorf("%q: mode %q, error %v", mode, c.Snapshot.Mode, err)
		}
	}
	f("", Initial) // Debezium's default
	f("Initial", Initial)
	f("initial_only", InitialOnly)
	f("always", Always)
	f("when_needed", WhenNeeded)
	f("no_data", NoData)
	f("recovery", Recovery)
	f("configuration_based", ConfigurationBased)
	f("schema_only", NoData)
	f("schema_only_recovery", Recovery)
	f("never", NoData)
}

func TestParseConfig_SnapshotWarns(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		_, warnings, _ := ParseConfig("shop", shop(changes...))
		if text := fmt.Sprint(warnings); len(warnings) != 1 || !strings.Contains(text, want) || strings.Contains(text, "s3cret") {
			t.Errorf("%q: warnings %s, want %s", changes, text, want)
		}
	}
	f("snapshot.mode: schema_only is the old name of no_data", "snapshot.mode", "SCHEMA_ONLY")
	f("snapshot.mode: schema_only_recovery is the old name of recovery", "snapshot.mode", "schema_only_recovery")
	f("snapshot.mode: never is gone from Debezium", "snapshot.mode", "never")
	f("snapshot.mode: neither copies rows nor follows changes", "snapshot.mode", "configuration_based")
	f("snapshot.select.statement.overrides.shop.orders: has no effect: snapshot.select.statement.overrides does not list the table",
		"snapshot.select.statement.overrides.shop.orders", "s3cret")
}

// TestSnapshotConfig_Modes has what Debezium's Snapshotter classes answer.
func TestSnapshotConfig_Modes(t *testing.T) {
	f := func(s SnapshotConfig, none, unfinished, stored, streams, startsOver, recovers bool) {
		t.Helper()
		got := []bool{s.Copies(false, false), s.Copies(true, true), s.Copies(true, false), s.Streams(), s.StartsOver(), s.Recovers()}
		if want := []bool{none, unfinished, stored, streams, startsOver, recovers}; !slices.Equal(got, want) {
			t.Errorf("%s %+v:\n got %v\nwant %v", s.Mode, s.Based, got, want)
		}
	}
	mode := func(m SnapshotMode) SnapshotConfig { return SnapshotConfig{Mode: m} }
	based := func(data, stream, onError bool) SnapshotConfig {
		return SnapshotConfig{Mode: ConfigurationBased, Based: Based{Data: data, Stream: stream, OnDataError: onError}}
	}
	//                     copies: nothing stored, unfinished, stored; streams; starts over; recovers
	f(mode(Initial), true, true, false, true, false, false)
	f(mode(InitialOnly), true, true, false, false, false, false)
	f(mode(Always), true, true, true, true, false, false)
	f(mode(NoData), false, false, false, true, false, false)
	f(mode(Recovery), false, false, false, true, false, true)
	f(mode(WhenNeeded), true, true, false, true, true, false)
	f(based(false, false, false), false, false, false, false, false, false)
	f(based(true, false, false), true, true, true, false, false, false)
	f(based(false, true, false), false, false, false, true, false, false)
	f(based(false, false, true), false, false, false, false, true, false)

	other := SnapshotConfig{Mode: Initial, Based: Based{Data: true, Stream: false, OnDataError: true}}
	f(other, true, true, false, true, false, false) // the booleans are of one mode
}

// TestFilter_Sort: the order is that of table.include.list, and by the whole
// name where an entry matches several tables.
func TestFilter_Sort(t *testing.T) {
	f := func(list string, s SnapshotConfig, rows map[schema.ID]int64, want ...string) {
		t.Helper()
		include, err := property.ParseMatcher(list)
		if err != nil {
			t.Fatal(err)
		}
		var tables []schema.ID
		for _, name := range want {
			tables = append(tables, tableNamed(name))
		}
		slices.Reverse(tables)
		s.Arrange(&Filter{tables: lists{include: include}}, tables, rows)
		for i, id := range tables {
			if id.String() != want[i] {
				t.Fatalf("%s: got %v, want %v", list, tables, want)
			}
		}
	}
	none := SnapshotConfig{Order: OrderOfList}
	f("", none, nil, "a-b.t", "a.s", "a.t", "b.a")
	f(`z\.b,b\..*,.*\.B,a\..*`, none, nil, "z.b", "b.a", "b.b", "a.b", "c.b", "a.c")

	rows := map[schema.ID]int64{tableNamed("a.b"): 9, tableNamed("a.c"): 1}
	f("", SnapshotConfig{Order: SmallestFirst}, rows, "a.a", "z.z", "a.c", "a.b")
	f("", SnapshotConfig{Order: LargestFirst}, rows, "a.b", "a.c", "a.a", "z.z")
}

func TestParseConfig_SnapshotOfMariaDB(t *testing.T) {
	c := parsed(t, "connector.class", "MariaDb", "snapshot.locking.mode", "extended")
	if c.Flavor != event.MariaDB || c.Snapshot.Locking != LockingExtended {
		t.Errorf("%s: %q", c.Flavor, c.Snapshot.Locking)
	}
}
