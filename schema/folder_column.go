package schema

import (
	"fmt"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// column folds a column definition of a table with the default encoding given,
// and returns the keys that its attributes declare.
func (f *folder) column(def *ast.ColumnDef, table encoding) (Column, []Index, error) {
	n, err := f.definition(def)
	if err != nil {
		return Column{}, nil, err
	}
	c := n.column
	c.Name = def.Name.Name.O
	c.Nullable = !n.serial && !n.rowTime && (c.Type != TypeTimestamp || !f.ddl.ImplicitTimestamps || n.nullWritten)
	var keys []Index
	for _, o := range def.Options {
		key, err := c.option(o)
		if err != nil {
			return c, nil, err
		}
		if key != nil {
			keys = append(keys, *key)
		}
	}
	if err := c.encode(&n.charset, table); err != nil {
		return c, nil, fmt.Errorf("column %s: %w", c.Name, err)
	}
	return c, keys, nil
}

// definition returns the note of a column definition.
func (f *folder) definition(def *ast.ColumnDef) (*note, error) {
	for _, o := range def.Options {
		if n, ok := f.noteOf(o.Tp == ast.ColumnOptionComment, o.Expr); ok {
			return n, nil
		}
	}
	return nil, fmt.Errorf("%w: column %s", ErrDDL, def.Name.Name.O)
}

// noteOf returns the note that a literal names.
func (f *folder) noteOf(is bool, e ast.ExprNode) (*note, bool) {
	if !is {
		return nil, false
	}
	return f.src.noted(literal(e))
}

// literal returns the value of a character literal, "" for anything else.
func literal(e ast.ExprNode) string {
	if v, ok := e.(ast.ValueExpr); ok {
		return v.GetString()
	}
	return ""
}

// option applies an attribute and returns the key that it declares.
func (c *Column) option(o *ast.ColumnOption) (*Index, error) {
	switch o.Tp {
	case ast.ColumnOptionPrimaryKey:
		return &Index{Name: primary, Unique: true, Columns: []string{c.Name}}, nil
	case ast.ColumnOptionUniqKey:
		return &Index{Unique: true, Columns: []string{c.Name}}, nil
	case ast.ColumnOptionNotNull:
		c.Nullable = false
	case ast.ColumnOptionNull:
		c.Nullable = true
	case ast.ColumnOptionAutoIncrement:
		c.AutoIncrement, c.Nullable = true, false
	case ast.ColumnOptionGenerated:
		c.Generated = true
	case ast.ColumnOptionComment: // names the note
	case ast.ColumnOptionReference:
		return &Index{Columns: []string{c.Name}, Foreign: true}, nil
	case ast.ColumnOptionCheck, ast.ColumnOptionColumnFormat, ast.ColumnOptionStorage,
		ast.ColumnOptionSecondaryEngineAttribute:
	default:
		return nil, fmt.Errorf("%w: an attribute of column %s", ErrDDL, c.Name)
	}
	return nil, nil
}

// encode resolves the character set.
func (c *Column) encode(written *charsetClause, table encoding) error {
	if !c.Type.isCharacter() {
		return nil
	}
	e, err := written.resolve(table, table)
	if err == nil {
		c.setEncoding(e)
	}
	return err
}

// convert does to a column what CONVERT TO CHARACTER SET does. MariaDB's JSON is a
// text like others to it.
func (f *folder) convert(c *Column, e encoding) {
	switch {
	case f.tracker.flavor != FlavorMariaDB || c.Type != TypeJSON:
		c.setEncoding(e)
	case e.charset == "binary":
		c.Type, c.Charset, c.Collation = TypeLongBlob, "", ""
	default:
		c.Charset, c.Collation = e.charset, e.collation
	}
}

// setEncoding gives a column with a character set another one.
func (c *Column) setEncoding(e encoding) {
	if !c.Type.isCharacter() {
		return
	}
	if e.charset == "binary" {
		c.Type = c.Type.binary()
	}
	c.Charset, c.Collation = "", ""
	if c.Type.isCharacter() {
		c.Charset, c.Collation = e.charset, e.collation
	}
}
