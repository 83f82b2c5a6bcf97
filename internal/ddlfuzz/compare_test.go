package ddlfuzz_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cdcd/schema"
)

// differences compares a table of the tracker with what information_schema says.
func differences(got *schema.Table, want *table, maria bool) (diffs []string) {
	differ := func(what, g, w string) {
		if g != w {
			diffs = append(diffs, fmt.Sprintf("%s.%s %s: tracker %q, server %q", want.db, want.name, what, g, w))
		}
	}
	differ("engine", engineOf(got), want.engine)
	differ("charset", got.Charset, charsetOf(want.collation))
	if got.Collation != "" {
		differ("collation", got.Collation, want.collation)
	}
	differ("columns", fmt.Sprintf("%q", names(got)), fmt.Sprintf("%q", want.names()))
	if len(diffs) > 0 || len(got.Columns) != len(want.columns) {
		return diffs
	}
	for i := range got.Columns {
		c, w := &got.Columns[i], &want.columns[i]
		at := func(what string) string { return "column " + w.name + " " + what }
		differ(at("type"), typeOf(c, w, maria), serverType(w))
		charset := c.Charset
		if maria && c.Type == schema.TypeJSON && charset == "" { // a LONGTEXT
			charset = "utf8mb4"
		}
		differ(at("charset"), charset, w.charset)
		if c.Collation != "" {
			differ(at("collation"), c.Collation, w.collation)
		}
		differ(at("nullable"), fmt.Sprint(c.Nullable), fmt.Sprint(w.nullable))
		differ(at("attributes"), attributesOf(c), serverAttributes(c, w))
		if !oddDefault(w) && (maria || !want.inPrimary(w.name)) {
			differ(at("default"), defaultOf(c), serverDefault(c, w, maria))
		}
		if !maria {
			n, _ := strconv.ParseUint(w.srs.String, 10, 32)
			differ(at("srid"), fmt.Sprint(c.SRID), fmt.Sprint(n))
		}
	}
	differ("indexes", indexesOf(got), want.indexText())
	return diffs
}

func engineOf(t *schema.Table) string {
	if t.Engine == "" {
		return "InnoDB"
	}
	return t.Engine
}

// charsetOf returns the character set that a collation's name begins with.
func charsetOf(collation string) string {
	charset, _, _ := strings.Cut(collation, "_")
	if charset == "utf8" {
		return "utf8mb3"
	}
	return charset
}

func names(t *schema.Table) (out []string) {
	for i := range t.Columns {
		if !t.Columns[i].Implicit {
			out = append(out, t.Columns[i].Name)
		}
	}
	return out
}

func (t *table) names() (out []string) {
	for i := range t.columns {
		out = append(out, t.columns[i].name)
	}
	return out
}

// typeNames are the types as servers print them; of texts and blobs only the
// family, since the server chooses the width.
var typeNames = map[schema.Type]string{
	schema.TypeBool: "tinyint", schema.TypeTinyInt: "tinyint", schema.TypeSmallInt: "smallint", schema.TypeMediumInt: "mediumint",
	schema.TypeInt: "int", schema.TypeBigInt: "bigint", schema.TypeFloat: "float", schema.TypeDouble: "double", schema.TypeReal: "double",
	schema.TypeDecimal: "decimal", schema.TypeBit: "bit", schema.TypeYear: "year", schema.TypeDate: "date", schema.TypeTime: "time",
	schema.TypeDatetime: "datetime", schema.TypeTimestamp: "timestamp", schema.TypeChar: "char", schema.TypeVarchar: "varchar",
	schema.TypeTinyText: "text", schema.TypeText: "text", schema.TypeMediumText: "text", schema.TypeLongText: "text",
	schema.TypeBinary: "binary", schema.TypeVarbinary: "varbinary", schema.TypeTinyBlob: "blob", schema.TypeBlob: "blob",
	schema.TypeMediumBlob: "blob", schema.TypeLongBlob: "blob", schema.TypeEnum: "enum", schema.TypeSet: "set", schema.TypeJSON: "json",
	schema.TypeGeometry: "geometry", schema.TypePoint: "point", schema.TypeLineString: "linestring", schema.TypePolygon: "polygon",
	schema.TypeMultiPoint: "multipoint", schema.TypeMultiLineString: "multilinestring", schema.TypeMultiPolygon: "multipolygon",
	schema.TypeGeometryCollection: "geometrycollection", schema.TypeVector: "vector", schema.TypeUUID: "uuid",
	schema.TypeInet4: "inet4", schema.TypeInet6: "inet6",
}

// typeOf is the column's type in the form of serverType.
func typeOf(c *schema.Column, is *column, maria bool) string {
	name := typeNames[c.Type]
	switch c.Type {
	case schema.TypeJSON:
		if maria {
			name = "text"
		}
	case schema.TypeFloat, schema.TypeDouble, schema.TypeReal:
		if c.Type == schema.TypeFloat && c.Length > 24 && c.Scale < 0 || c.Type == schema.TypeReal && is.dataType == "float" {
			name = map[string]string{"float": "double", "double": "float"}[name] // REAL_AS_FLOAT
		}
		if c.Scale >= 0 {
			name = fmt.Sprintf("%s(%d,%d)", name, c.Length, c.Scale)
		}
	case schema.TypeDecimal:
		precision := c.Length
		if precision <= 0 {
			precision = 10
		}
		name = fmt.Sprintf("%s(%d,%d)", name, precision, max(c.Scale, 0))
	case schema.TypeBit, schema.TypeChar, schema.TypeBinary:
		n := c.Length
		if n < 0 || n == 0 && c.Type == schema.TypeBit {
			n = 1
		}
		name = fmt.Sprintf("%s(%d)", name, n)
	case schema.TypeVarchar, schema.TypeVarbinary:
		name = fmt.Sprintf("%s(%d)", name, c.Length)
	case schema.TypeVector:
		n := c.Length
		if n < 0 {
			n = 2048
		}
		name = fmt.Sprintf("%s(%d)", name, n)
	case schema.TypeTime, schema.TypeDatetime, schema.TypeTimestamp:
		if c.Scale > 0 {
			name = fmt.Sprintf("%s(%d)", name, c.Scale)
		}
	case schema.TypeEnum, schema.TypeSet:
		name += "(" + labels(c.Members) + ")"
	}
	if c.Unsigned || c.Zerofill {
		name += " unsigned"
	}
	if c.Zerofill {
		name += " zerofill"
	}
	return name
}

func labels(members []string) string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = strings.TrimRight(m, " ")
	}
	return fmt.Sprintf("%q", out)
}

var (
	displayWidth = regexp.MustCompile(`^(tinyint|smallint|mediumint|int|bigint|year)\(\d+\)`)
	anyWidth     = regexp.MustCompile(`^(tiny|medium|long)?(text|blob)`)
	compressed   = regexp.MustCompile(` /\*M?!\d+ COMPRESSED\*/`)
	label        = regexp.MustCompile(`'((?:[^'\\]|''|\\.)*)'`)
)

// serverType is COLUMN_TYPE without what says nothing.
func serverType(c *column) string {
	s := c.columnType
	if c.dataType == "enum" || c.dataType == "set" {
		var members []string
		for _, m := range label.FindAllStringSubmatch(s, -1) {
			members = append(members, unescaped(m[1]))
		}
		return c.dataType + "(" + labels(members) + ")"
	}
	s = displayWidth.ReplaceAllString(s, "$1")
	s = anyWidth.ReplaceAllString(s, "$2")
	s = compressed.ReplaceAllString(s, "")
	return strings.Replace(s, "geomcollection", "geometrycollection", 1)
}

var unescapes = strings.NewReplacer(`''`, `'`, `""`, `"`, `\\`, `\`, `\'`, `'`, `\"`, `"`, `\n`, "\n", `\0`, "\x00", `\t`, "\t", `\r`, "\r", `\b`, "\b", `\Z`, "\x1a")

func unescaped(s string) string { return unescapes.Replace(s) }

func attributesOf(c *schema.Column) string {
	return attributes(c.AutoIncrement, c.OnUpdate, c.Generated, c.Invisible)
}

// oddDefault tells the columns whose default information_schema does not tell:
// MariaDB makes one up for a compressed VARCHAR, and MySQL loses some. It loses
// those of a primary key where ALTER TABLE sets them and does no more, too.
func oddDefault(c *column) bool {
	return compressed.MatchString(c.columnType) || strings.Contains(c.extra, "DEFAULT_GENERATED") && !c.def.Valid
}

func (t *table) inPrimary(name string) bool {
	return slices.ContainsFunc(t.indexes, func(ix index) bool { return ix.name == "PRIMARY" && slices.Contains(ix.columns, name) })
}

// implied tells a TIMESTAMP that has what explicit_defaults_for_timestamp=OFF
// gives it, without a word in the statement. Debezium does not know of it, so
// that the tracker must not.
func implied(c *schema.Column, is *column) bool {
	return c.Type == schema.TypeTimestamp && (c.Default.Kind == schema.DefaultNone || c.Default.Kind == schema.DefaultNull) && !is.nullable
}

func serverAttributes(folded *schema.Column, c *column) string {
	has := func(s string) bool { return strings.Contains(strings.ToLower(c.extra), s) }
	return attributes(has("auto_increment"), has("on update current_timestamp") && (folded.OnUpdate || !implied(folded, c)), has("virtual generated") || has("stored generated"), has("invisible"))
}

func attributes(set ...bool) string {
	var out []string
	for i, name := range []string{"auto_increment", "on_update", "generated", "invisible"} {
		if set[i] {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

// defaultOf tells the kind of a default, and its value where that is written
// alike by the server.
func defaultOf(c *schema.Column) string {
	switch c.Default.Kind {
	case schema.DefaultNow:
		return "now"
	case schema.DefaultExpression:
		return "expression"
	case schema.DefaultLiteral:
	case schema.DefaultNone, schema.DefaultNull:
		return "none"
	}
	text := c.Default.Text
	if c.Default.Quoted {
		text = unescaped(text)
	}
	switch strings.ToUpper(text) {
	case "TRUE":
		text = "1"
	case "FALSE":
		text = "0"
	}
	if opaque(c) {
		return "literal"
	}
	return plain(text)
}

var basedLiteral = regexp.MustCompile(`^(?:[bBxX]'|0[xb])`)

// opaque tells the literals that servers print in other ways.
func opaque(c *schema.Column) bool {
	return c.Type == schema.TypeBit || c.Type >= schema.TypeBinary && c.Type <= schema.TypeLongBlob ||
		!c.Default.Quoted && basedLiteral.MatchString(c.Default.Text)
}

func plain(text string) string {
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return fmt.Sprint("literal ", f)
	}
	return "literal " + strings.TrimRight(text, " ")
}

func serverDefault(folded *schema.Column, c *column, maria bool) string {
	if implied(folded, c) {
		return "none"
	}
	s := printedDefault(c, maria)
	if maria && folded.Default.Kind == schema.DefaultExpression && strings.HasPrefix(s, "literal") {
		return "expression" // MariaDB sees that it is a literal
	}
	if opaque(folded) && strings.HasPrefix(s, "literal") {
		return "literal"
	}
	return s
}

// introducer is what MariaDB leaves in front of the default of a TEXT.
var introducer = regexp.MustCompile(`^_[a-z0-9]+'`)

func printedDefault(c *column, maria bool) string {
	text := introducer.ReplaceAllString(c.def.String, "'")
	now := strings.HasPrefix(strings.ToLower(text), "current_timestamp") || strings.HasPrefix(strings.ToLower(text), "now(")
	switch {
	case !c.def.Valid, maria && text == "NULL":
		return "none"
	case maria && now && !strings.Contains(text, " "):
		return "now"
	case maria && strings.HasPrefix(text, "'"):
		return plain(unescaped(text[1 : len(text)-1]))
	case maria && !isNumber(text):
		return "expression"
	case now && strings.Contains(c.extra, "DEFAULT_GENERATED") && strings.HasPrefix(text, "CURRENT"):
		return "now"
	case strings.Contains(c.extra, "DEFAULT_GENERATED"):
		return "expression"
	}
	return plain(text)
}

func isNumber(s string) bool {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return true
	}
	return strings.HasPrefix(s, "b'") || strings.HasPrefix(s, "x'") || strings.HasPrefix(s, "0x")
}

// indexesOf lists all indexes by name.
func indexesOf(t *schema.Table) string {
	var out []string
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		out = append(out, indexText(ix.Name, ix.Unique, ix.Expression, ix.Columns))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func (t *table) indexText() string {
	var out []string
	for _, ix := range t.indexes {
		columns := slices.DeleteFunc(slices.Clone(ix.columns), func(s string) bool { return s == "" })
		out = append(out, indexText(ix.name, ix.unique, len(columns) < len(ix.columns), columns))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func indexText(name string, unique, expression bool, columns []string) string {
	return fmt.Sprintf("%q unique=%t expression=%t %q", name, unique, expression, columns)
}
