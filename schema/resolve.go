package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnknownTable says that rows came of a table without a definition.
var ErrUnknownTable = errors.New("the table is not known")

// ErrMismatch says that the rows do not look as the definition says. DDL was
// missed (sql_log_bin=0, a replication filter).
var ErrMismatch = errors.New("the rows do not match the table's definition")

// Resolve returns the version of the table that the rows after m belong to. All
// that m tells is compared: the number of columns, their types, sizes,
// nullability, signedness and character sets, and with FULL metadata also
// names, labels and primary key. Of a sequence it is the version that says so: its
// rows are no changes of a table. Errors are ErrUnknownTable and ErrMismatch; the
// caller adds the table's name.
func (t *Tracker) Resolve(m *TableMap) (*Table, error) {
	tb := t.tables[t.stored(m.ID)]
	if tb == nil {
		if why := t.unread[t.stored(m.ID)]; why != "" {
			return nil, fmt.Errorf("%w: %s", ErrUnknownTable, why)
		}
		return nil, ErrUnknownTable
	}
	hidden := 0
	if t.flavor != FlavorMySQL {
		hidden = tb.Hidden(m)
	}
	if err := tb.check(m, hidden); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	return tb, nil
}

// check compares a version with what the rows look like, which have hidden columns.
func (t *Table) check(m *TableMap, hidden int) error {
	if t.Sequence {
		return checkSequence(m)
	}
	if len(m.Columns)-hidden != len(t.Columns) {
		return fmt.Errorf("%d columns, not %d", len(m.Columns)-hidden, len(t.Columns))
	}
	for i := range t.Columns {
		c, w := &t.Columns[i], m.Columns[i]
		err := c.checkWire(w)
		if err == nil && m.Meta != nil {
			err = c.checkMeta(m.Meta, i)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	if m.Meta != nil && m.Meta.Names != nil {
		return t.checkKey(m.Meta.Key)
	}
	return nil
}

func (c *Column) checkWire(w WireColumn) error {
	switch {
	case !c.fits(w):
		return fmt.Errorf("wire type %d with metadata %d is not of %s", w.Type, w.Meta, c.TypeText)
	case c.Nullable && !w.Nullable:
		return errors.New("it is NOT NULL")
	case !c.Nullable && w.Nullable:
		return errors.New("it is nullable")
	}
	return nil
}

// checkMeta compares column i with the optional metadata.
func (c *Column) checkMeta(m *Metadata, i int) error {
	if at(m.Names, i) != "" && !equalFold(m.Names[i], c.Name) {
		return fmt.Errorf("its name is %s", m.Names[i])
	}
	if m.Unsigned != nil && c.Type.hasSign() && at(m.Unsigned, i) != c.Unsigned {
		return fmt.Errorf("it is unsigned: %t", m.Unsigned[i])
	}
	if err := c.checkCollation(at(m.Collations, i)); err != nil {
		return err
	}
	if members := at(m.Members, i); members != nil {
		return c.checkMembers(members)
	}
	return nil
}

// at returns element i, the zero value when the server sent none.
func at[T any](s []T, i int) T {
	var zero T
	if i < len(s) {
		return s[i]
	}
	return zero
}

// hasSign tells the types that can be UNSIGNED.
func (t Type) hasSign() bool { return t >= TypeBool && t <= TypeDecimal }

func (c *Column) checkCollation(id uint64) error {
	if id == 0 || !c.Type.isCharacter() && !c.Type.isBinary() && c.Type != TypeJSON {
		return nil
	}
	charset, ok := CollationCharset(id)
	if !ok {
		return fmt.Errorf("its collation %d is not known", id)
	}
	want := c.Charset
	switch {
	case c.Type.isBinary():
		want = "binary"
	case c.Type == TypeJSON && want == "": // MariaDB's
		want = "utf8mb4"
	}
	if charset != want {
		return fmt.Errorf("its character set is %s, not %s", charset, want)
	}
	return nil
}

// isBinary tells the types of strings without a character set.
func (t Type) isBinary() bool { return t >= TypeBinary && t <= TypeLongBlob }

// checkMembers compares labels, which the server sends in the column's
// character set and without spaces at their end: all of them where that is a
// kind of UTF-8, else their number and the ASCII ones.
func (c *Column) checkMembers(labels []string) error {
	if len(labels) != len(c.Members) {
		return fmt.Errorf("it has %d labels, not %d", len(labels), len(c.Members))
	}
	utf8 := strings.HasPrefix(c.Charset, "utf8")
	for i, label := range labels {
		want := strings.TrimRight(c.Members[i], " ")
		sameBytes := utf8 || isASCII(want) && charsetWidth(c.Charset) < 2
		if sameBytes && strings.TrimRight(label, " ") != want {
			return fmt.Errorf("its label %d is another one", i+1)
		}
	}
	return nil
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// checkKey compares the primary key. For a table without one the server names a
// unique index whose columns are NOT NULL, or nothing.
func (t *Table) checkKey(key []int) error {
	key = t.withoutRowEnd(key)
	switch {
	case t.PrimaryKey && !slices.Equal(key, t.Key):
		return fmt.Errorf("the primary key is on columns %v, not %v", key, t.Key)
	case t.PrimaryKey || len(key) == 0:
		return nil
	}
	for i := range t.Indexes {
		if ix := &t.Indexes[i]; t.identifies(ix) && slices.Equal(key, t.columnsOf(ix)) {
			return nil
		}
	}
	return fmt.Errorf("no unique index is on columns %v", key)
}

// withoutRowEnd cuts the end of the row's life off a key: MariaDB adds it to
// the unique keys of a system-versioned table.
func (t *Table) withoutRowEnd(key []int) []int {
	last := len(key) - 1
	if last < 1 || key[last] < 0 || key[last] >= len(t.Columns) {
		return key
	}
	if c := &t.Columns[key[last]]; c.Type != TypeTimestamp || !c.Generated || slices.Contains(t.Key, key[last]) {
		return key
	}
	return key[:last]
}
