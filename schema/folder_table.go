package schema

import (
	"fmt"
	"slices"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

func (f *folder) createTable(s *ast.CreateTableStmt) error {
	id := f.id(s.Table)
	if f.ddl.Failed {
		if f.src.replace && s.TemporaryKeyword == ast.TemporaryNone {
			f.drop(id)
		}
		return nil
	}
	switch {
	case s.TemporaryKeyword != ast.TemporaryNone, s.IfNotExists && f.entry(id) != nil:
		return nil
	case s.Select != nil:
		return fmt.Errorf("%w: CREATE TABLE ... SELECT outside of row format", ErrDDL)
	case s.ReferTable != nil:
		f.createLike(id, f.entry(f.id(s.ReferTable)))
		return nil
	case f.src.sequence:
		f.makeSequence(id)
		return nil
	}
	tb, err := f.define(id, s)
	if err != nil {
		return err
	}
	f.put(Created, tb, ID{})
	return nil
}

// createLike copies a table. A copy of an unknown one is unknown.
func (f *folder) createLike(id ID, source *Table) {
	if source == nil {
		f.tables[id] = nil
		return
	}
	tb := source.clone()
	tb.ID, tb.Comment = id, "" // Debezium copies no comment
	f.put(Created, tb, ID{})
}

// define builds a table from its columns and constraints.
func (f *folder) define(id ID, s *ast.CreateTableStmt) (*Table, error) {
	database := f.databaseEncoding(id.Database)
	e, err := f.src.charset.resolve(database, f.namedDefault(database))
	if err != nil {
		return nil, err
	}
	tb := &Table{ID: id, Charset: e.charset, Collation: e.collation, Engine: f.tracker.engine}
	tb.Columns = make([]Column, 0, len(s.Cols))
	for _, def := range s.Cols {
		c, keys, err := f.column(def, e)
		if err != nil {
			return nil, err
		}
		tb.Columns = append(tb.Columns, c)
		tb.Indexes = append(tb.Indexes, keys...)
	}
	for _, c := range s.Constraints {
		tb.addConstraint(c)
	}
	for _, o := range s.Options {
		tb.option(o)
	}
	if f.src.versioned && !f.src.period {
		tb.Columns = append(tb.Columns, rowTimes()...)
	}
	tb.Share()
	return tb, tb.finish()
}

// rowTimes are the columns that MariaDB adds to a system-versioned table which
// declares none of its own. They are in the rows, but in no SHOW CREATE TABLE.
func rowTimes() []Column {
	c := Column{Type: TypeTimestamp, TypeText: "TIMESTAMP", Length: -1, Scale: 6, Generated: true, Invisible: true, Implicit: true}
	start, end := c, c
	start.Name, end.Name = "row_start", "row_end"
	return []Column{start, end}
}

// option applies a table option.
func (t *Table) option(o *ast.TableOption) {
	switch o.Tp {
	case ast.TableOptionComment:
		t.Comment = o.StrValue
	case ast.TableOptionEngine:
		t.Engine = engineName(o.StrValue)
	}
}

// clone returns a deep enough copy: everything that folding changes.
func (t *Table) clone() *Table {
	c := *t
	c.Columns = slices.Clone(t.Columns)
	c.Key = slices.Clone(t.Key)
	c.Indexes = slices.Clone(t.Indexes)
	for i := range c.Indexes {
		c.Indexes[i].Columns = slices.Clone(c.Indexes[i].Columns)
	}
	return &c
}

func (f *folder) dropTables(s *ast.DropTableStmt) {
	if s.TemporaryKeyword != ast.TemporaryNone || s.IsView {
		return
	}
	for _, n := range s.Tables {
		f.drop(f.id(n))
	}
}

func (f *folder) renameTables(s *ast.RenameTableStmt) {
	for _, r := range s.TableToTables {
		from := f.id(r.OldTable)
		if tb := f.entry(from); tb != nil {
			f.rename(from, f.id(r.NewTable), tb.clone())
		} else {
			f.tables[f.id(r.NewTable)] = nil
		}
	}
}

// rename moves a table to a new name, from where it may leave what is tracked.
func (f *folder) rename(from, to ID, tb *Table) {
	if !f.tracker.tracks(to) {
		f.drop(from)
		return
	}
	if tb.Sequence {
		f.drop(from)
	}
	f.tables[from] = nil
	tb.ID = to
	f.put(Renamed, tb, from)
}

func (f *folder) truncate(id ID) {
	if tb := f.table(id); tb != nil {
		f.changes = append(f.changes, Change{Kind: Truncated, ID: id, Table: tb})
	}
}
