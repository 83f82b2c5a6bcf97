package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// alteration collects what an ALTER TABLE asks for. The server applies all at
// once, so that names mean the columns as they were, and two columns may swap
// their names. Source: MySQL sql/sql_table.cc, prepare_fields_and_keys.
type alteration struct {
	f      *folder
	before *Table
	after  *Table
	table  encoding // default of the new version

	definitions []definition
	dropped     map[string]bool    // lower case
	renamed     map[string]string  // by lower-case old name
	altered     map[string]*Column // of ALTER COLUMN, by lower-case name
	constraints []*ast.Constraint
	keys        []Index // declared by column attributes
	target      ID
}

// definition is a column of ADD, CHANGE or MODIFY.
type definition struct {
	old    string // lower-case name of the column it replaces, "" for ADD
	column Column
	first  bool
	after  string
}

func (f *folder) alterTable(s *ast.AlterTableStmt) error {
	id := f.id(s.Table)
	if before := f.entry(id); before != nil && before.Sequence {
		return f.alterSequence(id, s)
	}
	before := f.table(id)
	if before == nil {
		return nil
	}
	a := &alteration{
		f: f, before: before, after: before.clone(), target: id,
		dropped: map[string]bool{}, renamed: map[string]string{}, altered: map[string]*Column{},
	}
	if err := a.encodings(); err != nil {
		return err
	}
	for _, spec := range s.Specs {
		if err := a.spec(spec); err != nil {
			return err
		}
	}
	if err := a.apply(); err != nil {
		return err
	}
	switch {
	case f.src.sequence:
		f.drop(id)
		f.makeSequence(a.target)
	case a.target != id:
		f.rename(id, a.target, a.after)
	default:
		f.put(Altered, a.after, ID{})
	}
	return nil
}

// encodings finds the default of the new version, and converts the columns that
// were there before.
func (a *alteration) encodings() error {
	database := a.f.namedDefault(a.f.databaseEncoding(a.before.ID.Database))
	e, err := a.f.src.charset.resolve(encoding{a.before.Charset, a.before.Collation}, database)
	options := e
	if err == nil && a.f.src.convert != nil {
		if e, err = a.f.src.convert.resolve(e, a.f.convertDefault(database)); err == nil {
			for i := range a.after.Columns {
				a.f.convert(&a.after.Columns[i], e)
			}
		}
	}
	a.table, a.after.Charset, a.after.Collation = e, e.charset, e.collation
	if a.f.tracker.flavor == FlavorMariaDB && a.f.src.charset != (charsetClause{}) { // beside CONVERT
		a.after.Charset, a.after.Collation = options.charset, options.collation
	}
	return err
}

// spec notes one change.
func (a *alteration) spec(s *ast.AlterTableSpec) error {
	switch s.Tp {
	case ast.AlterTableAddColumns:
		return a.addColumns(s)
	case ast.AlterTableModifyColumn:
		return a.define(s, s.NewColumns[0].Name)
	case ast.AlterTableChangeColumn:
		return a.define(s, s.OldColumnName)
	case ast.AlterTableDropColumn:
		return a.dropColumn(s)
	case ast.AlterTableRenameColumn:
		a.renamed[lower(s.OldColumnName)] = s.NewColumnName.Name.O
		return a.known(s.OldColumnName)
	case ast.AlterTableAlterColumn:
		return a.alterColumn(s.NewColumns[0])
	case ast.AlterTableRenameTable:
		a.target = a.f.id(s.NewTable)
		return nil
	default:
		return a.keySpec(s)
	}
}

// keySpec notes a change of keys, or of nothing that counts.
func (a *alteration) keySpec(s *ast.AlterTableSpec) error {
	switch s.Tp {
	case ast.AlterTableAddConstraint:
		a.constraints = append(a.constraints, s.Constraint)
	case ast.AlterTableDropPrimaryKey:
		return a.after.dropIndex(primary, s.IfExists)
	case ast.AlterTableDropIndex:
		return a.after.dropIndex(s.Name, s.IfExists)
	case ast.AlterTableDropCheck: // DROP CONSTRAINT, of any kind
		a.after.dropUnique(s.Constraint.Name)
	case ast.AlterTableRenameIndex:
		return a.renameIndex(s.FromKey.O, s.ToKey.O)
	case ast.AlterTableOption:
		for _, o := range s.Options {
			a.after.option(o)
		}
	default:
		if !changesNothing(s.Tp) {
			return ErrDDL
		}
	}
	return nil
}

// changesNothing lists the changes that leave columns and keys as they are.
func changesNothing(tp ast.AlterTableType) bool {
	switch tp {
	case ast.AlterTableDropForeignKey, ast.AlterTableLock, ast.AlterTableAlgorithm, ast.AlterTableForce,
		ast.AlterTableEnableKeys, ast.AlterTableDisableKeys, ast.AlterTableOrderByColumns,
		ast.AlterTableWithValidation, ast.AlterTableWithoutValidation,
		ast.AlterTableSecondaryLoad, ast.AlterTableSecondaryUnload,
		ast.AlterTableAlterCheck, ast.AlterTableIndexInvisible,
		ast.AlterTableImportTablespace, ast.AlterTableDiscardTablespace:
		return true
	default:
		return false
	}
}

func (a *alteration) addColumns(s *ast.AlterTableSpec) error {
	for _, def := range s.NewColumns {
		if s.IfNotExists && a.before.Column(def.Name.Name.O) >= 0 {
			continue
		}
		if err := a.definition("", def, s.Position); err != nil {
			return err
		}
	}
	a.constraints = append(a.constraints, s.NewConstraints...)
	return nil
}

// define notes a CHANGE or MODIFY of the column old.
func (a *alteration) define(s *ast.AlterTableSpec, old *ast.ColumnName) error {
	if err := a.known(old); err != nil {
		if s.IfExists {
			return nil
		}
		return err
	}
	return a.definition(lower(old), s.NewColumns[0], s.Position)
}

func (a *alteration) definition(old string, def *ast.ColumnDef, at *ast.ColumnPosition) error {
	c, keys, err := a.f.column(def, a.table)
	if i := a.before.Column(old); i >= 0 && !c.Commented() {
		before := a.before.Columns[i] // whose comment Debezium keeps, and the server does not
		c.Comment, c.EmptyComment = before.Comment, before.EmptyComment
	}
	if a.f.src.convert != nil {
		a.f.convert(&c, a.table) // whatever the definition says
	}
	d := definition{old: old, column: c}
	switch {
	case at == nil:
	case at.Tp == ast.ColumnPositionFirst:
		d.first = true
	case at.Tp == ast.ColumnPositionAfter:
		d.after = at.RelativeColumn.Name.O
	}
	a.definitions = append(a.definitions, d)
	a.keys = append(a.keys, keys...)
	return err
}

func (a *alteration) dropColumn(s *ast.AlterTableSpec) error {
	if err := a.known(s.OldColumnName); err != nil {
		if s.IfExists {
			return nil
		}
		return err
	}
	a.dropped[lower(s.OldColumnName)] = true
	return nil
}

// alterColumn notes ALTER COLUMN SET DEFAULT, DROP DEFAULT or SET VISIBLE.
func (a *alteration) alterColumn(def *ast.ColumnDef) error {
	if err := a.known(def.Name); err != nil {
		return err
	}
	c := a.altered[lower(def.Name)]
	if c == nil {
		c = new(a.after.Columns[a.before.Column(def.Name.Name.O)])
		a.altered[lower(def.Name)] = c
	}
	if len(def.Options) == 0 {
		c.Default = Default{}
		return nil
	}
	n, ok := a.f.noteOf(true, def.Options[0].Expr)
	switch {
	case !ok:
		return ErrDDL
	case n.visibility:
		c.Invisible = n.column.Invisible
	default:
		c.Default = n.column.Default
	}
	return nil
}

// known checks that the table has a column.
func (a *alteration) known(name *ast.ColumnName) error {
	if a.before.Column(name.Name.O) < 0 {
		return fmt.Errorf("column %s is not known", name.Name.O)
	}
	return nil
}

func (a *alteration) renameIndex(from, to string) error {
	i := a.after.index(from)
	if i < 0 {
		return fmt.Errorf("index %s is not known", from)
	}
	a.after.Indexes[i].Name = to
	return nil
}

func lower(n *ast.ColumnName) string { return strings.ToLower(n.Name.O) }

// apply builds the new version.
func (a *alteration) apply() error {
	places := a.kept()
	for _, d := range a.definitions {
		var err error
		if places, err = d.place(places); err != nil {
			return err
		}
	}
	a.keepInFront(places)
	a.reindex(places)
	a.after.Columns = nil
	for i := range places {
		a.after.Columns = append(a.after.Columns, places[i].column)
	}
	a.after.Columns = append(a.after.Columns, a.rowTimes()...)
	a.after.Indexes = append(a.after.Indexes, a.keys...)
	for _, c := range a.constraints {
		a.after.addConstraint(c)
	}
	if name, ok := a.duplicate(); ok {
		return fmt.Errorf("column %s is known already", name)
	}
	return a.after.finish()
}

// place is a column of the new version.
type place struct {
	column Column
	old    string // lower-case name that it had, of those that CHANGE, MODIFY or RENAME name
}

// kept returns the columns that were there before, changed. Those that move are
// in their old places still, where others may be put behind them.
func (a *alteration) kept() []place {
	var out []place
	for i, c := range a.after.Columns {
		name := strings.ToLower(a.before.Columns[i].Name)
		if a.dropped[name] || c.Implicit {
			continue
		}
		d := slices.IndexFunc(a.definitions, func(d definition) bool { return d.old == name })
		old := ""
		switch {
		case d >= 0:
			c, old = a.definitions[d].column, name
		case a.altered[name] != nil:
			c = *a.altered[name]
		}
		if to, ok := a.renamed[name]; ok {
			c.Name, old = to, name
		}
		out = append(out, place{c, old})
	}
	return out
}

// rowTimes returns the columns of system versioning, which stand last.
func (a *alteration) rowTimes() []Column {
	is := a.f.src.versioned && !a.f.src.period
	for i := range a.before.Columns {
		is = is || a.before.Columns[i].Implicit
	}
	if !is || a.f.src.dropped {
		return nil
	}
	return rowTimes()
}

// place puts a column that is new or moves into its place.
func (d *definition) place(places []place) ([]place, error) {
	p := place{d.column, d.old}
	if d.first || d.after != "" {
		places = slices.DeleteFunc(places, func(p place) bool { return d.old != "" && p.old == d.old })
	}
	switch {
	case d.first:
		return slices.Insert(places, 0, p), nil
	case d.after != "":
		i := slices.IndexFunc(places, func(p place) bool { return equalFold(p.column.Name, d.after) })
		if i < 0 {
			return nil, fmt.Errorf("column %s is not known", d.after)
		}
		return slices.Insert(places, i+1, p), nil
	case d.old == "":
		return append(places, p), nil
	}
	return places, nil
}

// keepInFront moves the primary key that MySQL generates by itself back to where
// it stays, whatever is added FIRST. Source: MySQL sql/sql_gipk.cc.
func (a *alteration) keepInFront(places []place) {
	generated := func(c *Column) bool { return equalFold(c.Name, "my_row_id") && c.Invisible && c.AutoIncrement }
	if a.f.tracker.flavor == FlavorMariaDB || len(a.before.Columns) == 0 || !generated(&a.before.Columns[0]) {
		return
	}
	if i := slices.IndexFunc(places, func(p place) bool { return generated(&p.column) }); i > 0 {
		p := places[i]
		copy(places[1:], places[:i])
		places[0] = p
	}
}

// reindex makes the indexes that were there before follow their columns. An
// index all of whose columns are gone is gone.
func (a *alteration) reindex(places []place) {
	for i := range a.after.Indexes {
		ix := &a.after.Indexes[i]
		names := ix.Columns[:0]
		for _, name := range ix.Columns {
			if to, ok := follow(places, name); ok {
				names = append(names, to)
			}
		}
		ix.Columns = names
	}
	a.after.Indexes = slices.DeleteFunc(a.after.Indexes, func(ix Index) bool { return len(ix.Columns) == 0 && !ix.Expression })
}

// follow returns the name of the column that a key part goes on with: the first
// one that had its name, or has it without a word of another. So a part stays on
// its name where DROP and ADD put another column there. Source: MySQL
// sql/sql_table.cc, prepare_fields_and_keys.
func follow(places []place, name string) (string, bool) {
	for i := range places {
		p := &places[i]
		if equalFold(cmp.Or(p.old, p.column.Name), name) {
			return p.column.Name, true
		}
	}
	return "", false
}

// duplicate returns a name that two columns have.
func (a *alteration) duplicate() (string, bool) {
	seen := map[string]bool{}
	for _, c := range a.after.Columns {
		name := strings.ToLower(c.Name)
		if seen[name] {
			return c.Name, true
		}
		seen[name] = true
	}
	return "", false
}
