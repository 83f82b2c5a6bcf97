package schema

import (
	"fmt"
	"strings"
)

// SQL returns a CREATE TABLE statement that says what the version says: Define reads
// it back. Expressions are not kept and print as 1, what a foreign key refers to
// as nothing.
func (t *Table) SQL() string {
	if t.Sequence {
		return "CREATE SEQUENCE " + Backquoted(t.ID)
	}
	var lines []string
	for i := range t.Columns {
		lines = append(lines, "  "+t.Columns[i].sql())
	}
	for i := range t.Indexes {
		lines = append(lines, "  "+t.Indexes[i].sql())
	}
	return "CREATE TABLE " + Backquoted(t.ID) + " (\n" + strings.Join(lines, ",\n") + "\n)" + t.optionsSQL()
}

func (t *Table) optionsSQL() string {
	engine := t.Engine
	if engine == "" {
		engine = "InnoDB"
	}
	text := " ENGINE=" + engine + " DEFAULT CHARSET=" + t.Charset
	if t.Collation != "" {
		text += " COLLATE=" + t.Collation
	}
	if t.Comment != "" {
		text += " COMMENT=" + quote(t.Comment)
	}
	return text
}

func (c *Column) sql() string {
	parts := []string{QuoteName(c.Name), c.typeSQL()}
	add := func(is bool, text string) {
		if is {
			parts = append(parts, text)
		}
	}
	add(c.Unsigned, "UNSIGNED")
	add(c.Zerofill, "ZEROFILL")
	add(c.Charset != "", "CHARACTER SET "+c.Charset)
	add(c.Collation != "", "COLLATE "+c.Collation)
	add(c.Type.isBinary() && typeNames[firstWord(c.TypeText)].isCharacter(), "CHARACTER SET binary")
	add(c.Generated, "GENERATED ALWAYS AS (1) VIRTUAL")
	add(c.Nullable, "NULL")
	add(!c.Nullable, "NOT NULL")
	add(c.Default.Kind != DefaultNone, "DEFAULT "+c.Default.sql(c.Scale))
	add(c.OnUpdate, "ON UPDATE CURRENT_TIMESTAMP"+fraction(c.Scale))
	add(c.AutoIncrement, "AUTO_INCREMENT")
	add(c.Invisible, "INVISIBLE")
	add(c.SRID != 0, fmt.Sprintf("SRID %d", c.SRID))
	add(c.Comment != "", "COMMENT "+quoteWritten(c.Comment))
	return strings.Join(parts, " ")
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// typeSQL is the type with what stands in parentheses behind it. SERIAL would make
// an index once more.
func (c *Column) typeSQL() string {
	switch {
	case c.TypeText == "SERIAL":
		return "BIGINT"
	case c.Members != nil:
		labels := make([]string, len(c.Members))
		for i, m := range c.Members {
			labels[i] = quote(m)
		}
		return c.TypeText + "(" + strings.Join(labels, ",") + ")"
	case c.Length >= 0 && c.Scale >= 0:
		return fmt.Sprintf("%s(%d,%d)", c.TypeText, c.Length, c.Scale)
	case c.Length >= 0:
		return fmt.Sprintf("%s(%d)", c.TypeText, c.Length)
	}
	return c.TypeText + fraction(c.Scale)
}

// fraction is the number of fraction digits as a type and a function have it.
func fraction(digits int) string {
	if digits < 0 {
		return ""
	}
	return fmt.Sprintf("(%d)", digits)
}

func (d *Default) sql(scale int) string {
	switch d.Kind {
	case DefaultNull:
		return "NULL"
	case DefaultNow:
		return "CURRENT_TIMESTAMP" + fraction(scale)
	case DefaultLiteral:
		if d.Quoted {
			return quoteWritten(d.Text)
		}
		return d.Text
	case DefaultNone, DefaultExpression:
	}
	return "(1)"
}

// quoteWritten puts quotes around what is kept as it stood between quotes.
func quoteWritten(s string) string {
	if strings.Contains(strings.NewReplacer("''", "", `\\`, "", `\'`, "").Replace(s), "'") {
		return `"` + s + `"`
	}
	return "'" + s + "'"
}

func (ix *Index) sql() string {
	kind := "KEY " + QuoteName(ix.Name)
	switch {
	case ix.Name == primary:
		kind = "PRIMARY KEY"
	case ix.Unique:
		kind = "UNIQUE " + kind
	}
	var parts []string
	for _, name := range ix.Columns {
		parts = append(parts, QuoteName(name))
	}
	if ix.Expression {
		parts = append(parts, "((1))")
	}
	text := kind + " (" + strings.Join(parts, ",") + ")"
	if ix.Hash {
		text += " USING HASH"
	}
	return text
}
