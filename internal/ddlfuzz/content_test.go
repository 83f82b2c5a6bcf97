package ddlfuzz_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cdcd/schema"
)

// content is the rows of each table in the text form, and how often each is
// there.
type content map[key]map[string]int

const separator = "\x1f"

// content selects all rows.
func (b *bench) content(t *testing.T, st *state) content {
	t.Helper()
	out := content{}
	for _, tb := range st.tables {
		var list []string
		for i := range tb.columns {
			list = append(list, tb.columns[i].query())
		}
		rows := map[string]int{}
		for _, r := range b.in.rows(t, "SELECT "+strings.Join(list, ", ")+" FROM "+tb.quoted()) {
			values := make([]string, len(r))
			for i, v := range r {
				values[i] = "NULL"
				if v.Valid {
					values[i] = tb.columns[i].selected(v.String)
				}
			}
			rows[strings.Join(values, separator)]++
		}
		out[tb.key()] = rows
	}
	return out
}

// compare applies changes to the content before them and expects the one after
// them. DDL changes rows without a word; only those of a new table are logged.
func (c content) compare(st *state, changes []change, after content, rows bool) error {
	if !rows {
		return created(st, changes, after)
	}
	got := content{}
	for k, m := range c {
		got[k] = maps.Clone(m)
	}
	for _, ch := range changes {
		m := got[ch.table]
		if m == nil {
			return fmt.Errorf("a row of %v, which was not there", ch.table)
		}
		if ch.before != nil {
			row := strings.Join(ch.before, separator)
			if m[row] == 0 {
				return fmt.Errorf("table %v: the row before a change is not there\n%s", ch.table, closest(st.table(ch.table), ch.before, m))
			}
			if m[row]--; m[row] == 0 {
				delete(m, row)
			}
		}
		if ch.after != nil {
			m[strings.Join(ch.after, separator)]++
		}
	}
	for k := range after {
		if err := sameRows(st.table(k), got[k], after[k]); err != nil {
			return err
		}
	}
	return nil
}

// created compares the rows of CREATE TABLE ... SELECT.
func created(st *state, changes []change, after content) error {
	got := content{}
	for _, ch := range changes {
		if ch.before != nil || ch.after == nil {
			return errors.New("DDL changed rows that were there before")
		}
		if got[ch.table] == nil {
			got[ch.table] = map[string]int{}
		}
		got[ch.table][strings.Join(ch.after, separator)]++
	}
	for k, m := range got {
		if err := sameRows(st.table(k), m, after[k]); err != nil {
			return err
		}
	}
	return nil
}

func sameRows(tb *table, decoded, selected map[string]int) error {
	if maps.Equal(decoded, selected) {
		return nil
	}
	for row, n := range decoded {
		if selected[row] != n {
			return fmt.Errorf("table %v: a decoded row is %d times in the table, not %d times\n%s", tb.key(), selected[row], n, closest(tb, strings.Split(row, separator), selected))
		}
	}
	return fmt.Errorf("table %v: it has rows that were not decoded: %d of them, not %d", tb.key(), len(selected), len(decoded))
}

// closest shows how a row differs from the one that is most alike.
func closest(tb *table, row []string, rows map[string]int) string {
	best, most := []string(nil), -1
	for _, text := range slices.Sorted(maps.Keys(rows)) {
		other := strings.Split(text, separator)
		same := 0
		for i := range row {
			if i < len(other) && other[i] == row[i] {
				same++
			}
		}
		if same > most {
			best, most = other, same
		}
	}
	var out strings.Builder
	for i := range row {
		if i >= len(best) || best[i] != row[i] {
			fmt.Fprintf(&out, "column %s %s: decoded %.200q", tb.columns[i].name, tb.columns[i].columnType, row[i])
			if i < len(best) {
				fmt.Fprintf(&out, ", selected %.200q", best[i])
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

// compareTables compares the folded tables, and those that SHOW CREATE TABLE
// gives, with information_schema.
func (b *bench) compareTables(t *testing.T, st *state) error {
	t.Helper()
	loaded := b.newTracker()
	if err := schema.Load(t.Context(), b.in, loaded); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	var diffs []string
	for _, tb := range st.tables {
		id := schema.ID{Database: tb.db, Name: tb.name}
		folded, read := b.tracker.Table(id), loaded.Table(id)
		if folded == nil || read == nil {
			return fmt.Errorf("table %s: known from DDL %t, from SHOW CREATE TABLE %t", id, folded != nil, read != nil)
		}
		for _, d := range differences(folded, tb, b.in.maria) {
			diffs = append(diffs, "from DDL: "+d)
		}
		for _, d := range differences(read, tb, b.in.maria) {
			diffs = append(diffs, "from SHOW CREATE TABLE: "+d)
		}
		if folded.PrimaryKey != read.PrimaryKey || !tb.isKey(folded.Key) || !tb.isKey(read.Key) {
			diffs = append(diffs, fmt.Sprintf("%s: key from DDL %v (primary %t), from SHOW CREATE TABLE %v (primary %t)", id, folded.Key, folded.PrimaryKey, read.Key, read.PrimaryKey))
		}
	}
	for _, tb := range b.tracker.Tables() {
		if slices.Contains(databaseNames, tb.ID.Database) && st.table(key{tb.ID.Database, tb.ID.Name}) == nil {
			diffs = append(diffs, fmt.Sprintf("%s is known, and not on the server", tb.ID))
		}
	}
	diffs = append(diffs, b.compareDatabases(loaded)...)
	if len(diffs) == 0 {
		return nil
	}
	return fmt.Errorf("%s\nlogged as %q", strings.Join(diffs, "\n"), b.logged)
}

// isKey tells whether columns are the primary key, or without one a unique key
// that is good enough. Of several such keys the first one counts, and the server
// and Debezium have another order.
func (t *table) isKey(columns []int) bool {
	var names []string
	for _, i := range columns {
		if i < len(t.columns) {
			names = append(names, t.columns[i].name)
		}
	}
	var candidates [][]string
	for _, ix := range t.indexes {
		if ix.name == "PRIMARY" {
			return slices.Equal(names, ix.columns)
		}
		if ix.unique && !slices.ContainsFunc(ix.columns, t.mayBeNull) {
			candidates = append(candidates, ix.columns)
		}
	}
	return len(candidates) == 0 && len(names) == 0 || slices.ContainsFunc(candidates, func(c []string) bool { return slices.Equal(c, names) })
}

// mayBeNull tells it of a column, and of an expression, which has no name.
func (t *table) mayBeNull(name string) bool {
	c := first(t.columns, func(c column) bool { return c.name == name })
	return c == nil || c.nullable
}

// compareDatabases compares the defaults of databases.
func (b *bench) compareDatabases(loaded *schema.Tracker) (diffs []string) {
	defaults := func(tr *schema.Tracker) map[string]*schema.Table {
		out := map[string]*schema.Table{}
		for _, tb := range tr.Versions() {
			if tb.ID.IsDatabase() && slices.Contains(databaseNames, tb.ID.Database) {
				out[tb.ID.Database] = tb
			}
		}
		return out
	}
	folded, read := defaults(b.tracker), defaults(loaded)
	for _, name := range databaseNames {
		f, r := folded[name], read[name]
		switch {
		case (f == nil) != (r == nil):
			diffs = append(diffs, fmt.Sprintf("database %s: known from DDL %t, from the server %t", name, f != nil, r != nil))
		case f != nil && (f.Charset != r.Charset || f.Collation != "" && f.Collation != r.Collation):
			diffs = append(diffs, fmt.Sprintf("database %s: %s %s from DDL, %s %s from the server", name, f.Charset, f.Collation, r.Charset, r.Collation))
		}
	}
	return diffs
}
