package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// primary is the name of the primary key.
const primary = "PRIMARY"

// addConstraint adds an index. A foreign key has one too.
func (t *Table) addConstraint(c *ast.Constraint) {
	switch c.Tp {
	case ast.ConstraintPrimaryKey:
		t.addIndex(Index{Name: primary, Unique: true}, c.Keys, c.IfNotExists)
	case ast.ConstraintUniq, ast.ConstraintUniqKey, ast.ConstraintUniqIndex:
		t.addIndex(Index{Name: c.Name, Unique: true, Hash: isHash(c.Option)}, c.Keys, c.IfNotExists)
	case ast.ConstraintCheck:
	case ast.ConstraintForeignKey:
		t.addIndex(Index{Name: c.Name}, c.Keys, c.IfNotExists)
		t.Indexes[len(t.Indexes)-1].Foreign = true
	default:
		t.addIndex(Index{Name: c.Name}, c.Keys, c.IfNotExists)
	}
}

func isHash(o *ast.IndexOption) bool { return o != nil && o.Tp == ast.IndexTypeHash }

func (t *Table) addIndex(ix Index, parts []*ast.IndexPartSpecification, ifNotExists bool) {
	for _, p := range parts {
		if p.Expr != nil {
			ix.Expression = true
		} else {
			ix.Columns = append(ix.Columns, p.Column.Name.O)
		}
	}
	if !ifNotExists || t.index(ix.Name) < 0 {
		t.Indexes = append(t.Indexes, ix)
	}
}

// index returns where the named index stands, or -1.
func (t *Table) index(name string) int {
	return slices.IndexFunc(t.Indexes, func(ix Index) bool { return name != "" && equalFold(ix.Name, name) })
}

// finish names the indexes, checks that their columns exist, and finds the key.
func (t *Table) finish() error {
	t.Indexes = slices.DeleteFunc(slices.Clone(t.Indexes), t.isCovered)
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		for j, name := range ix.Columns {
			c := t.Column(name)
			if c < 0 {
				return fmt.Errorf("index column %s is not known", name)
			}
			ix.Columns[j] = t.Columns[c].Name
		}
		if ix.Name == "" {
			ix.Name = t.freeName(ix)
		}
		if ix.Name == primary {
			t.notNull(ix)
		}
	}
	t.setKey()
	return nil
}

// isCovered reports whether ix is a foreign key's own index that another one
// does the work of: the server drops it then.
func (t *Table) isCovered(ix Index) bool {
	return ix.Foreign && slices.ContainsFunc(t.Indexes, func(other Index) bool {
		return !other.Foreign && !other.Expression && len(other.Columns) >= len(ix.Columns) &&
			slices.EqualFunc(other.Columns[:len(ix.Columns)], ix.Columns, equalFold)
	})
}

// freeName returns the name that the server gives to an index without one: its
// first column's, with a number when that is taken.
func (t *Table) freeName(ix *Index) string {
	base := "functional_index"
	if len(ix.Columns) > 0 && !ix.Expression {
		base = ix.Columns[0]
	}
	name := base
	for n := 2; t.index(name) >= 0 || strings.EqualFold(name, primary); n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	return name
}

// notNull makes the columns of the primary key NOT NULL.
func (t *Table) notNull(ix *Index) {
	for _, name := range ix.Columns {
		c := &t.Columns[t.Column(name)]
		c.Nullable = false
		if c.Default.Kind == DefaultNull {
			c.Default = Default{}
		}
	}
}

// setKey finds the primary key, or the first unique index that can stand for
// it.
func (t *Table) setKey() {
	t.Key, t.PrimaryKey = nil, false
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if ix.Name == primary {
			t.Key, t.PrimaryKey = t.columnsOf(ix), true
			return
		}
		if t.Key == nil && t.identifies(ix) {
			t.Key = t.columnsOf(ix)
		}
	}
}

// identifies reports whether an index is unique for every row.
func (t *Table) identifies(ix *Index) bool {
	return ix.Unique && !ix.Expression && len(ix.Columns) > 0 &&
		!slices.ContainsFunc(ix.Columns, func(name string) bool { return t.Columns[t.Column(name)].Nullable })
}

func (t *Table) columnsOf(ix *Index) []int {
	out := make([]int, len(ix.Columns))
	for i, name := range ix.Columns {
		out[i] = t.Column(name)
	}
	return out
}

func (f *folder) createIndex(s *ast.CreateIndexStmt) error {
	tb := f.table(f.id(s.Table))
	if tb == nil {
		return nil
	}
	tb = tb.clone()
	if f.src.replace {
		tb.Indexes = slices.DeleteFunc(tb.Indexes, func(ix Index) bool { return equalFold(ix.Name, s.IndexName) })
	}
	unique := s.KeyType == ast.IndexKeyTypeUnique
	tb.addIndex(Index{Name: s.IndexName, Unique: unique, Hash: unique && isHash(s.IndexOption)}, s.IndexPartSpecifications, s.IfNotExists)
	f.put(Altered, tb, ID{})
	return tb.finish()
}

func (f *folder) dropIndex(s *ast.DropIndexStmt) error {
	tb := f.table(f.id(s.Table))
	if tb == nil {
		return nil
	}
	tb = tb.clone()
	if err := tb.dropIndex(s.IndexName, s.IfExists); err != nil {
		return err
	}
	f.put(Altered, tb, ID{})
	return tb.finish()
}

// dropIndex removes the named index.
func (t *Table) dropIndex(name string, ifExists bool) error {
	i := t.index(name)
	if i < 0 {
		if ifExists {
			return nil
		}
		return fmt.Errorf("index %s is not known", name)
	}
	t.Indexes = slices.Delete(t.Indexes, i, i+1)
	return nil
}

// dropUnique removes the unique index with the name of a constraint, if there is
// one; other constraints are not known here.
func (t *Table) dropUnique(name string) {
	if i := t.index(name); i >= 0 && t.Indexes[i].Unique {
		t.Indexes = slices.Delete(t.Indexes, i, i+1)
	}
}
