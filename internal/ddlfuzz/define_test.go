package ddlfuzz_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// defined is a column definition as it is written.
type defined struct {
	name      string
	typ       typed
	text      string // without the name
	nullable  bool
	generated bool
}

// define makes up a column; others are columns that expressions may use.
func (g *generator) define(name string, others []column) defined {
	return g.defineAs(name, g.newType(), others)
}

func (g *generator) defineAs(name string, typ typed, others []column) defined {
	d := defined{name: name, typ: typ, nullable: true}
	if g.chance(10) {
		return g.defineGenerated(d, others)
	}
	var attributes []string
	switch {
	case g.chance(35):
		attributes, d.nullable = append(attributes, "NOT NULL"), false
	case g.chance(20):
		attributes = append(attributes, "NULL")
	}
	if text := g.defaultClause(&d); text != "" {
		attributes = append(attributes, text)
	}
	if g.chance(5) {
		attributes = append(attributes, "INVISIBLE")
	} else if !g.maria && g.chance(3) {
		attributes = append(attributes, "VISIBLE")
	}
	attributes = append(attributes, g.harmless()...)
	g.r.Shuffle(len(attributes), func(i, j int) { attributes[i], attributes[j] = attributes[j], attributes[i] })
	for i := range attributes {
		attributes[i] = g.exec(attributes[i])
	}
	d.text = strings.Join(append([]string{typ.text}, attributes...), " ")
	return d
}

// harmless are attributes that say nothing of the shape.
func (g *generator) harmless() (out []string) {
	if g.chance(10) {
		out = append(out, "COMMENT "+g.str(pick(g, "", "x", "it's", "a,b)", "DEFAULT 1", "/* c */", "FIRST")))
	}
	if !g.maria && g.chance(3) {
		out = append(out, pick(g, "COLUMN_FORMAT DYNAMIC", "STORAGE DISK", "ENGINE_ATTRIBUTE '{}'"))
	}
	if !g.maria && g.chance(3) { // MariaDB wants it last
		out = append(out, pick(g, "CHECK (1 > 0)", "CHECK (length('),(') = 3)", "CONSTRAINT CHECK (2 > 1) NOT ENFORCED"))
	}
	return out
}

func (g *generator) defineGenerated(d defined, others []column) defined {
	d.generated = true
	d.typ = pick(g, typed{text: "INT", class: "int"}, typed{text: "BIGINT UNSIGNED", class: "int"}, typed{text: "VARCHAR(40)", class: "char", size: 40}, typed{text: "DECIMAL(12,2)", class: "decimal", size: 12, scale: 2})
	expression := pick(g, "(1 + 2)", "( 7 )")
	if d.typ.class == "char" {
		expression = pick(g, "(concat('a,b', ')'))", "('x')")
	}
	if i := slices.IndexFunc(others, func(c column) bool { return strings.HasSuffix(c.dataType, "int") && !strings.Contains(c.extra, "auto") }); i >= 0 && g.chance(70) {
		expression = pick(g, "("+g.ref(others[i].name)+" DIV 3)", "(abs("+g.ref(others[i].name)+") % 7)")
		if d.typ.class == "char" {
			expression = "(concat(" + g.ref(others[i].name) + ", '-'))"
		}
	}
	kind := pick(g, "", " VIRTUAL", " STORED", " STORED")
	if g.maria {
		kind = pick(g, "", " VIRTUAL", " STORED", " PERSISTENT")
	}
	d.text = d.typ.text + pick(g, "", " GENERATED ALWAYS") + " AS " + expression + g.exec(kind)
	if !g.maria && g.chance(20) {
		d.text += " NOT NULL"
		d.nullable = false
	}
	if g.chance(10) {
		d.text += " INVISIBLE"
	}
	return d
}

// defaultClause is a DEFAULT, with ON UPDATE now and then, or "".
func (g *generator) defaultClause(d *defined) string {
	if g.chance(55) {
		return ""
	}
	if d.nullable && g.chance(20) {
		return "DEFAULT NULL"
	}
	if text := g.now(d.typ); text != "" && g.chance(60) {
		return "DEFAULT " + text + g.maybe(40, " ON UPDATE "+g.now(d.typ))
	}
	if g.chance(15) {
		return g.expressionDefault(d.typ)
	}
	if text := g.defaultLiteral(d.typ); text != "" {
		return "DEFAULT " + text
	}
	return ""
}

// now is the present time for a column that can have it.
func (g *generator) now(typ typed) string {
	if typ.class != "datetime" && typ.class != "timestamp" {
		return ""
	}
	word := pick(g, "CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP", "current_timestamp")
	switch {
	case typ.scale > 0:
		return fmt.Sprintf("%s(%d)", word, typ.scale)
	case word == "NOW":
		return "NOW()"
	}
	return word + g.maybe(50, "()")
}

func (g *generator) expressionDefault(typ typed) string {
	text := ""
	switch typ.class {
	case "int", "float", "decimal":
		text = pick(g, "(1 + 1)", "(abs(-3))", "((2) * (3))")
	case "char", "text":
		text = pick(g, "(concat('a', ')'))", "(left(uuid(), 1))")
	case "blob":
		text = "(unhex('41'))"
	case "json":
		text = "('{}')"
	case "date":
		text = "(curdate())"
	case "uuid":
		text = pick(g, "(uuid())", "uuid()")
	default:
		return ""
	}
	if call := strings.TrimSuffix(strings.TrimPrefix(text, "("), ")"); g.maria && strings.HasSuffix(call, ")") && call[0] != '(' && g.chance(50) {
		text = call
	}
	return "DEFAULT " + text
}

// defaultLiteral is a literal in the form that the server prints it in.
func (g *generator) defaultLiteral(typ typed) string {
	zeros := func(s string) string {
		if typ.scale > 0 {
			s += "." + strings.Repeat("0", typ.scale)
		}
		return s
	}
	switch typ.class {
	case "bool":
		return pick(g, "TRUE", "FALSE", "true", "0", "1", "'1'")
	case "int":
		return pick(g, "0", "7", "'5'", "+3", "100", "x'41'", "0x10", "1e1")
	case "decimal":
		return pick(g, zeros("7"), "'"+zeros("3")+"'", "0")
	case "float":
		return pick(g, "0", "1.5", "'2.5'", "1e2", "25e-1")
	case "bit":
		return pick(g, "b'1'", "b'0'", "0b1", "1")
	case "year":
		return pick(g, "2001", "'1999'")
	case "date":
		return pick(g, "'2020-02-03'", "DATE '2021-12-31'", g.str("1970-01-01"))
	case "time":
		return pick(g, "'"+zeros("10:11:12")+"'", "'"+zeros("-01:00:00")+"'")
	case "datetime", "timestamp":
		return pick(g, "'"+zeros("2020-02-03 04:05:06")+"'", "TIMESTAMP '"+zeros("2021-12-31 01:02:03")+"'")
	case "enum":
		return g.str(pick(g, typ.members...))
	case "set":
		if m := pick(g, typ.members...); m != "" {
			return g.str(m)
		}
		return "''"
	case "uuid":
		return "'123e4567-e89b-12d3-a456-426655440000'"
	case "inet4":
		return "'10.0.0.1'"
	case "inet6":
		return "'::1'"
	}
	return g.defaultString(typ)
}

func (g *generator) defaultString(typ typed) string {
	switch {
	case typ.class != "char" && typ.class != "binary" && (!g.maria || typ.class != "text" && typ.class != "blob"):
		return ""
	case typ.size < 12 || typ.class == "binary":
		return pick(g, "''", "'a'", `'%'`, g.str("'"))
	}
	return pick(g, "''", g.str("it's"), g.str(`d"q`), g.str(`b\s`), g.str("a,b)"), g.str("-- no"), "N'n'", "_latin1'x'", "'a' 'b'", g.str("/*c*/"), g.str("`t`"))
}

// part is a key part on a column of the type that DATA_TYPE names.
func (g *generator) part(name, dataType string, length int) string {
	n := g.ref(name)
	switch {
	case strings.HasSuffix(dataType, "text") || strings.HasSuffix(dataType, "blob"):
		return n + fmt.Sprintf("(%d)", 1+g.r.IntN(5))
	case strings.HasSuffix(dataType, "char") && length > 150:
		return n + "(10)"
	case strings.HasSuffix(dataType, "char") && length > 5 && g.chance(15):
		return n + " (3)"
	}
	return n + pick(g, "", "", "", " ASC", " DESC")
}

// keyable tells what can be part of an ordinary key.
func keyable(dataType string) bool {
	switch dataType {
	case "json", "vector", "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection", "geometrycollection":
		return false
	}
	return true
}

// lengthOf is the number in parentheses of COLUMN_TYPE.
func lengthOf(c *column) int {
	_, rest, _ := strings.Cut(c.columnType, "(")
	digits, _, _ := strings.Cut(rest, ")")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// parts chooses the parts of a key among columns.
func (g *generator) parts(columns []column) string {
	var able []column
	for _, c := range columns {
		if keyable(c.dataType) {
			able = append(able, c)
		}
	}
	if len(able) == 0 {
		return ""
	}
	g.r.Shuffle(len(able), func(i, j int) { able[i], able[j] = able[j], able[i] })
	var out []string
	for i := range able[:min(len(able), 1+g.r.IntN(3))] {
		out = append(out, g.part(able[i].name, able[i].dataType, lengthOf(&able[i])))
	}
	return strings.Join(out, ", ")
}

// constraint makes up an index on columns, "" when none can be.
func (g *generator) constraint(columns []column, primary bool) string {
	parts := g.parts(columns)
	name := pick(g, "", g.quoted(g.fresh("k")), g.quoted(g.fresh("i")))
	using := pick(g, "", "", "", " USING BTREE", " COMMENT 'x'", " KEY_BLOCK_SIZE=8")
	special := g.r.IntN(10)
	switch {
	case special == 0:
		if c := first(columns, func(c column) bool {
			return strings.HasSuffix(c.dataType, "char") || strings.HasSuffix(c.dataType, "text")
		}); c != nil {
			return "FULLTEXT " + pick(g, "KEY ", "INDEX ", "") + name + " (" + g.quoted(c.name) + ")"
		}
	case special == 1:
		if c := first(columns, func(c column) bool {
			return !keyable(c.dataType) && c.dataType != "json" && c.dataType != "vector" && !c.nullable
		}); c != nil {
			return "SPATIAL " + pick(g, "KEY ", "INDEX ", "") + name + " (" + g.quoted(c.name) + ")"
		}
	case special == 2 && !g.maria:
		if c := first(columns, func(c column) bool { return strings.HasSuffix(c.dataType, "int") }); c != nil {
			return pick(g, "UNIQUE ", "", "") + "KEY " + name + " ((" + g.ref(c.name) + " + 1)" + pick(g, "", " DESC") + ")" + pick(g, "", "", " INVISIBLE")
		}
	}
	switch {
	case parts == "":
		return ""
	case primary && g.chance(50):
		return pick(g, "", "CONSTRAINT ", "CONSTRAINT "+g.quoted(g.fresh("pk"))+" ") + "PRIMARY KEY (" + parts + ")" + using
	case g.chance(50):
		return pick(g, "", "", "CONSTRAINT "+g.quoted(g.fresh("u"))+" ") + "UNIQUE " + pick(g, "KEY ", "INDEX ", "") + name + " (" + parts + ")" + using
	}
	return pick(g, "KEY ", "INDEX ") + name + pick(g, "", " USING BTREE") + " (" + parts + ")"
}

func first(columns []column, is func(column) bool) *column {
	if i := slices.IndexFunc(columns, is); i >= 0 {
		return &columns[i]
	}
	return nil
}
