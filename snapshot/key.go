package snapshot

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// Key is the key of a row, or a bound between rows: one SQL literal for each
// column of Table.Key, in key order. It holds row values: it belongs into
// statements and into the stored progress, never into a log or an error.
type Key []string

// Plain is the values as text, with commas between.
func (k Key) Plain() string {
	out := make([]string, len(k))
	for i, literal := range k {
		if _, digits, text := strings.Cut(literal, "_utf8mb4 x'"); text {
			b, _ := hex.DecodeString(strings.TrimSuffix(digits, "'"))
			out[i] = string(b)
		} else {
			out[i] = strings.Trim(literal, "'")
		}
	}
	return strings.Join(out, ",")
}

// keys knows how the key of one table version is ordered and written. It is
// immutable.
type keys struct {
	table   *schema.Table
	columns []int // of the table
	parts   []keyPart
}

// newKeys prepares the key of t; false where the table has no key by which it
// could be read in parts.
func newKeys(t *schema.Table) (keys, bool) { return newKeysOf(t, t.Key) }

// newKeysOf is newKeys for other columns, none of which may be NULL.
func newKeysOf(t *schema.Table, columns []int) (keys, bool) {
	k := keys{table: t, columns: columns}
	for _, i := range columns {
		p, ok := newKeyPart(t, i)
		if !ok {
			return keys{}, false
		}
		k.parts = append(k.parts, p)
	}
	return k, len(k.parts) > 0
}

// of returns the key of a row, which has a value for each column of the table,
// from a row packet or from the binlog. It is an ErrDamaged where the row does not
// hold its key.
func (k keys) of(row []event.Value) (Key, error) {
	key := make(Key, len(k.parts))
	for i := range k.parts {
		p := &k.parts[i]
		text, ok := p.literal(&row[p.column])
		if !ok {
			return nil, fmt.Errorf("%w: table %s: no value of the key column %s",
				event.ErrDamaged, k.table.ID, k.table.Columns[p.column].Name)
		}
		key[i] = text
	}
	return key, nil
}

// from is the table with its key's index, which the optimizer may not replace by
// another one that happens to hold the first columns of the key.
func (k keys) from() string { return k.with("FORCE") }

// with is the table with its key's index, if it has one, FORCEd or for USE.
func (k keys) with(hint string) string {
	from := schema.Backquoted(k.table.ID)
	for i := range k.table.Indexes {
		ix := &k.table.Indexes[i]
		if ix.Unique && !ix.Expression && slices.EqualFunc(ix.Columns, k.columns, k.isColumn) {
			return from + " " + hint + " INDEX (" + schema.QuoteName(ix.Name) + ")"
		}
	}
	return from
}

func (k keys) isColumn(name string, i int) bool { return k.table.Column(name) == i }

// orderBy is the ORDER BY clause of the key.
func (k keys) orderBy() string { return "ORDER BY " + k.list("") }

// orderByDescending is the same from the end.
func (k keys) orderByDescending() string { return "ORDER BY " + k.list(" DESC") }

func (k keys) list(suffix string) string {
	names := make([]string, len(k.parts))
	for i := range k.parts {
		names[i] = k.parts[i].name + suffix
	}
	return strings.Join(names, ", ")
}

// where is the condition for the rows with after < key <= to, without the word
// WHERE. A bound that is nil does not bound; without both it is "". A bound may be
// the beginning of a key and stands for all that begin with it then.
func (k keys) where(after, to Key) string {
	if after == nil || to == nil {
		return bound(k.parts, after, ">", ">") + bound(k.parts, to, "<", "<=")
	}
	var equal []string
	parts := k.parts
	for len(after) > 1 && len(to) > 1 && after[0] == to[0] {
		equal = append(equal, parts[0].condition("=", to[0]))
		parts, after, to = parts[1:], after[1:], to[1:]
	}
	return strings.Join(append(equal, bound(parts, after, ">", ">"), bound(parts, to, "<", "<=")), " AND ")
}

// bound compares key columns with a bound: all but the last by strict, the last
// by last. Row constructors say the same shorter, but the server does not look
// them up in an index.
func bound(parts []keyPart, key Key, strict, last string) string {
	switch {
	case key == nil:
		return ""
	case len(key) == 1:
		return parts[0].condition(last, key[0])
	}
	p := &parts[0]
	return p.condition(strict+"=", key[0]) + " AND (" + p.condition(strict, key[0]) +
		" OR " + p.condition("=", key[0]) + " AND " + bound(parts[1:], key[1:], strict, last) + ")"
}

// compare orders two keys as the server does; false where only the server can
// tell.
func (k keys) compare(a, b Key) (int, bool) {
	for i := range k.parts {
		if a[i] == b[i] {
			continue
		}
		if k.parts[i].compare == nil {
			return 0, false
		}
		if c := k.parts[i].compare(a[i], b[i]); c != 0 {
			return c, true
		}
	}
	return 0, true
}

// selectKeys selects the keys of a range, to be read by quote.
func (k keys) selectKeys(after, to Key) string { return k.selectFrom(k.from(), after, to) }

func (k keys) selectFrom(from string, after, to Key) string {
	names := make([]string, len(k.parts))
	for i := range k.parts {
		names[i] = k.parts[i].plain
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + from
	if where := k.where(after, to); where != "" {
		query += " WHERE " + where
	}
	return query
}

// quote returns the key in the first columns of a row that selectKeys selected.
func (k keys) quote(row []sql.NullString) Key {
	key := make(Key, len(k.parts))
	for i := range k.parts {
		key[i] = k.parts[i].quote(row[i].String)
	}
	return key
}
