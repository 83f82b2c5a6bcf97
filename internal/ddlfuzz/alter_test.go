package ddlfuzz_test

import (
	"fmt"
	"slices"
	"strings"
)

// alter changes a table by one to four clauses, or its partitions.
func (g *generator) alter() {
	tb := g.any()
	if len(tb.partitions) > 0 && g.chance(50) {
		g.say("ALTER TABLE", g.table(tb.key()), g.partitionClause(tb))
		return
	}
	a := alteration{generator: g, table: tb}
	var clauses []string
	for range pick(g, 1, 1, 1, 2, 2, 3, 4) {
		if c := a.clause(); c != "" {
			clauses = append(clauses, c)
		}
	}
	if i := slices.IndexFunc(clauses, func(c string) bool { return strings.Count(c, "RENAME COLUMN") > 1 }); g.maria && i >= 0 {
		clauses = clauses[i : i+1] // MariaDB confuses the columns where it adds an index beside
	}
	if strings.Contains(strings.Join(clauses, " "), "'é'") { // see convert
		clauses = slices.DeleteFunc(clauses, func(c string) bool { return strings.HasPrefix(c, "CONVERT") })
	}
	if len(clauses) == 0 {
		clauses = append(clauses, "FORCE")
	}
	if g.chance(12) {
		clauses = append(clauses, pick(g, "ALGORITHM=INPLACE", "ALGORITHM=COPY", "ALGORITHM = DEFAULT", "LOCK=NONE", "LOCK=SHARED", "ALGORITHM=INSTANT", "LOCK EXCLUSIVE", "ALGORITHM COPY", "LOCK=DEFAULT"))
	}
	if g.chance(4) {
		clauses = append(clauses, "ORDER BY "+g.ref(tb.columns[0].name))
	}
	verb, tail := "ALTER", ""
	if g.maria {
		verb = pick(g, "ALTER", "ALTER", "ALTER", "ALTER", "ALTER ONLINE", "ALTER IGNORE")
	}
	if len(tb.partitions) > 0 {
		tail = pick(g, "", "REMOVE PARTITIONING", "PARTITION BY KEY () PARTITIONS 3")
	}
	exists, wait := "", ""
	if g.maria && g.chance(8) {
		exists, wait = "IF EXISTS", pick(g, "", "WAIT 5", "NOWAIT")
	}
	g.say(verb, "TABLE", exists, g.table(tb.key()), wait, strings.Join(clauses, pick(g, ",", ", ", "\n , ")), g.skipped(), tail)
}

// alteration is one ALTER TABLE; a column is named by one clause only.
type alteration struct {
	*generator
	table *table
	used  []string
	keyed bool
}

// column chooses a column that no other clause names, nil when there is none.
func (a *alteration) column() *column {
	for range 5 {
		c := &a.table.columns[a.r.IntN(len(a.table.columns))]
		if !slices.Contains(a.used, c.name) && c.name != "my_row_id" {
			a.used = append(a.used, c.name)
			return c
		}
	}
	return nil
}

func (a *alteration) clause() string {
	clauses := []func() string{
		a.add, a.add, a.add, a.addSeveral, a.addKey, a.addKey, a.dropColumn, a.dropColumn, a.modify, a.modify, a.modify, a.change, a.change,
		a.renameColumn, a.renameColumn, a.swapNames, a.setDefault, a.setDefault, a.setVisible, a.dropKey, a.dropKey, a.renameKey, a.convert, a.charset, a.option,
		a.reuseName,
	}
	return pick(a.generator, clauses...)()
}

func (a *alteration) place() string {
	switch {
	case a.chance(50):
		return ""
	case a.chance(40):
		return " FIRST"
	}
	c := a.table.columns[a.r.IntN(len(a.table.columns))]
	if slices.Contains(a.used, c.name) {
		return ""
	}
	return " AFTER " + a.ref(c.name)
}

func (a *alteration) exists(word string) string {
	if a.maria && a.chance(15) {
		return " " + word
	}
	return ""
}

func (a *alteration) add() string {
	d := a.define(a.columnName(a.table.names()), a.table.columns)
	a.used = append(a.used, d.name)
	key := ""
	if !d.generated && d.typ.class == "int" {
		key = a.maybe(8, pick(a.generator, " UNIQUE", " UNIQUE KEY", " PRIMARY KEY", " AUTO_INCREMENT UNIQUE", " KEY"))
	}
	return "ADD" + pick(a.generator, "", " COLUMN") + a.exists("IF NOT EXISTS") + " " + a.quoted(d.name) + " " + d.text + key + a.place()
}

func (a *alteration) addSeveral() string {
	others := a.table.names()
	var items []string
	for range 1 + a.r.IntN(3) {
		d := a.define(a.columnName(others), a.table.columns)
		others = append(others, d.name)
		items = append(items, a.quoted(d.name)+" "+d.text)
	}
	if c := a.constraint(a.table.columns, false); c != "" && a.chance(20) {
		items = append(items, c)
	}
	return "ADD" + pick(a.generator, " ", " COLUMN ", "") + "(" + strings.Join(items, ", ") + ")"
}

func (a *alteration) addKey() string {
	primary := !a.keyed && !slices.ContainsFunc(a.table.indexes, func(ix index) bool { return ix.name == "PRIMARY" })
	c := a.constraint(a.table.columns, primary)
	if c == "" {
		return ""
	}
	a.keyed = a.keyed || strings.Contains(c, "PRIMARY")
	return "ADD " + c
}

func (a *alteration) dropColumn() string {
	if len(a.table.columns) < 3 {
		return ""
	}
	c := a.column()
	if c == nil {
		return ""
	}
	return "DROP" + pick(a.generator, "", " COLUMN") + a.exists("IF EXISTS") + " " + a.word(c.name)
}

// word is a column's name where a keyword could stand.
func (a *alteration) word(name string) string {
	switch strings.ToLower(name) {
	case "partition", "index", "key", "primary", "foreign", "check", "constraint", "column", "first", "default", "set", "visible", "system_", "period", "serial":
		return backquoted(name)
	}
	return a.ref(name)
}

// similar is a type that values of the column mostly fit into.
func (a *alteration) similar(c *column) typed {
	switch {
	case a.chance(20):
		return a.newType()
	case strings.HasSuffix(c.dataType, "int"):
		return a.integer()
	case c.dataType == "float" || c.dataType == "double":
		return a.float()
	case c.dataType == "datetime" || c.dataType == "timestamp" || c.dataType == "time":
		return a.temporal()
	case strings.HasSuffix(c.dataType, "char"):
		if a.chance(30) {
			return a.text()
		}
		return a.character()
	case strings.HasSuffix(c.dataType, "text"):
		return a.text()
	case strings.HasSuffix(c.dataType, "binary") || strings.HasSuffix(c.dataType, "blob"):
		return a.bytes()
	case c.dataType == "enum" || c.dataType == "set":
		return a.labels()
	}
	return a.newType()
}

func (a *alteration) modify() string {
	c := a.column()
	if c == nil {
		return ""
	}
	d := a.defineAs(c.name, a.similar(c), nil)
	return "MODIFY" + pick(a.generator, "", " COLUMN") + a.exists("IF EXISTS") + " " + a.ref(c.name) + " " + d.text + a.place()
}

func (a *alteration) change() string {
	c := a.column()
	if c == nil {
		return ""
	}
	to := a.columnName(a.table.names())
	if a.chance(25) {
		to = c.name
	}
	d := a.defineAs(to, a.similar(c), nil)
	a.used = append(a.used, to)
	return "CHANGE" + pick(a.generator, "", " COLUMN") + a.exists("IF EXISTS") + " " + a.ref(c.name) + " " + a.quoted(to) + " " + d.text + a.place()
}

func (a *alteration) renameColumn() string {
	c := a.column()
	if c == nil {
		return ""
	}
	to := a.columnName(a.table.names())
	a.used = append(a.used, to)
	return "RENAME COLUMN " + a.ref(c.name) + " TO " + a.quoted(to)
}

// reuseName gives the name of a column that goes to a new one.
func (a *alteration) reuseName() string {
	c := a.column()
	if c == nil {
		return ""
	}
	d := a.define(c.name, nil)
	add := ", ADD " + a.quoted(c.name) + " " + d.text + a.place()
	if a.chance(50) {
		return "DROP COLUMN " + a.ref(c.name) + add
	}
	return "RENAME COLUMN " + a.ref(c.name) + " TO " + a.quoted(a.fresh("c")) + add
}

func (a *alteration) swapNames() string {
	c, d := a.column(), a.column()
	if c == nil || d == nil {
		return ""
	}
	return "RENAME COLUMN " + a.ref(c.name) + " TO " + a.quoted(d.name) + ", RENAME COLUMN " + a.ref(d.name) + " TO " + a.quoted(c.name)
}

func (a *alteration) setDefault() string {
	c := a.column()
	if c == nil || c.extra != "" && !strings.Contains(c.extra, "INVISIBLE") || strings.Contains(c.extra, " GENERATED") {
		return ""
	}
	typ := typed{class: c.dataType, size: lengthOf(c)}
	value := ""
	switch c.dataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		value = pick(a.generator, "7", "'5'", "(1 + 1)", "NULL", "-1", "+2")
	case "char", "varchar":
		typ.class = "char"
		value = a.defaultLiteral(typ)
	case "datetime", "timestamp":
		if !strings.Contains(c.columnType, "(") {
			value = pick(a.generator, "'2020-01-01 00:00:00'", "NULL")
		}
	case "date", "float", "double", "year", "uuid", "inet4", "inet6":
		typ.class = strings.Replace(c.dataType, "double", "float", 1)
		value = a.defaultLiteral(typ)
	case "json":
		value = "('[]')"
	}
	verb := "ALTER" + pick(a.generator, "", " COLUMN") + " " + a.word(c.name)
	if value == "" || a.chance(30) {
		return verb + " DROP DEFAULT"
	}
	return verb + " SET DEFAULT " + value
}

func (a *alteration) setVisible() string {
	c := a.column()
	if c == nil || a.maria {
		return ""
	}
	return "ALTER COLUMN " + a.ref(c.name) + " SET " + pick(a.generator, "VISIBLE", "INVISIBLE")
}

func (a *alteration) index() *index {
	if len(a.table.indexes) == 0 {
		return nil
	}
	ix := &a.table.indexes[a.r.IntN(len(a.table.indexes))]
	if slices.Contains(a.used, "index "+ix.name) {
		return nil
	}
	a.used = append(a.used, "index "+ix.name)
	return ix
}

func (a *alteration) dropKey() string {
	ix := a.index()
	switch {
	case ix == nil:
		return ""
	case ix.name == "PRIMARY" && a.maria && a.chance(30):
		return "DROP PRIMARY KEY"
	case ix.name == "PRIMARY":
		return pick(a.generator, "DROP PRIMARY KEY", "DROP INDEX `PRIMARY`")
	case a.chance(10):
		return "DROP CONSTRAINT " + a.quoted(ix.name)
	}
	return "DROP " + pick(a.generator, "INDEX", "KEY") + a.exists("IF EXISTS") + " " + a.quoted(ix.name)
}

func (a *alteration) renameKey() string {
	ix := a.index()
	if ix == nil || ix.name == "PRIMARY" {
		return ""
	}
	return "RENAME " + pick(a.generator, "INDEX ", "KEY ") + a.quoted(ix.name) + " TO " + a.quoted(a.fresh("i"))
}

// convert leaves labels of ENUM and SET alone that servers do not convert: they
// take the bytes for text of the new character set.
func (a *alteration) convert() string {
	set := pick(a.generator, charsets...)
	if first(a.table.columns, func(c column) bool { return c.dataType == "enum" || c.dataType == "set" }) != nil {
		if c := first(a.table.columns, func(c column) bool {
			return isWide(c.charset) || !isASCII(c.columnType) || strings.Contains(c.columnType, `\\`)
		}); c != nil || isWide(set) {
			return ""
		}
		return "CONVERT TO CHARACTER SET " + set
	}
	return "CONVERT TO " + pick(a.generator, "CHARACTER SET ", "CHARSET ") + pick(a.generator, set, set, "utf8mb4", "DEFAULT", set+" COLLATE "+pick(a.generator, collations[set]...))
}

// isWide tells the character sets in which ASCII has more than one byte.
func isWide(set string) bool {
	return strings.HasPrefix(set, "utf16") || set == "utf32" || set == "ucs2"
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

func (a *alteration) charset() string {
	return pick(a.generator, "DEFAULT ", "") + a.charsetOption()
}

func (a *alteration) option() string {
	return pick(a.generator, "COMMENT="+a.str("a,b"), "ENGINE=InnoDB", "FORCE", "AUTO_INCREMENT=100", "ROW_FORMAT=COMPACT", "ENABLE KEYS", "DISABLE KEYS", "STATS_AUTO_RECALC=1", "ADD CHECK (1 = 1)",
		"ADD CONSTRAINT "+a.quoted(a.fresh("ck"))+" CHECK (2 > 1)")
}

// partitionClause changes partitions.
func (g *generator) partitionClause(tb *table) string {
	p := g.quoted(pick(g, tb.partitions...))
	common := []string{"TRUNCATE PARTITION " + p, "TRUNCATE PARTITION " + strings.Join(tb.partitions, ", "), "ALGORITHM=DEFAULT, TRUNCATE PARTITION ALL", "ANALYZE PARTITION " + p, "OPTIMIZE PARTITION ALL", "REBUILD PARTITION " + p, "REMOVE PARTITIONING", "CHECK PARTITION " + p}
	name := g.quoted(g.fresh("p"))
	switch {
	case strings.Contains(tb.method, "HASH") || strings.Contains(tb.method, "KEY"):
		return pick(g, append(common, "COALESCE PARTITION 1", "ADD PARTITION PARTITIONS 2", "ADD PARTITION (PARTITION "+name+")")...)
	case strings.Contains(tb.method, "RANGE"):
		return pick(g, append(common, "DROP PARTITION "+p, "ADD PARTITION (PARTITION "+name+" VALUES LESS THAN (1000))", "ADD PARTITION (PARTITION "+name+" VALUES LESS THAN (2000) COMMENT 'a,b)')",
			"REORGANIZE PARTITION p0 INTO (PARTITION "+name+" VALUES LESS THAN (5), PARTITION p0 VALUES LESS THAN (10))")...)
	}
	n := 100 + g.r.IntN(1000)
	return pick(g, append(common, "DROP PARTITION "+p, fmt.Sprintf("ADD PARTITION (PARTITION %s VALUES IN (%d, %d))", name, n, n+2000), "REORGANIZE PARTITION "+p+" INTO (PARTITION "+name+" VALUES IN (1,2,3,4,5,6))")...)
}

// exchange swaps the rows of a partition with those of a table.
func (g *generator) exchange() {
	for _, tb := range g.st.tables {
		if len(tb.partitions) > 0 && g.chance(60) {
			other := g.table(g.newKey())
			g.say("CREATE TABLE", other, "LIKE", g.table(tb.key()))
			g.say("ALTER TABLE", other, "REMOVE PARTITIONING")
			g.say("ALTER TABLE", g.table(tb.key()), "EXCHANGE PARTITION", g.quoted(pick(g, tb.partitions...)), "WITH TABLE", other, pick(g, "", "WITH VALIDATION", "WITHOUT VALIDATION"))
			return
		}
	}
	tb := g.any() // makes it partitioned, as far as its keys allow that
	if c := first(tb.columns, func(c column) bool { return strings.HasSuffix(c.dataType, "int") }); c != nil {
		g.say("ALTER TABLE", g.table(tb.key()), pick(g, "ADD "+g.quoted(g.fresh("c"))+" INT", ""), "PARTITION BY HASH ("+g.ref(c.name)+") PARTITIONS 2")
	}
}

func (g *generator) createIndex() {
	tb := g.any()
	c := g.constraint(tb.columns, false)
	head, rest, ok := strings.Cut(c, " (")
	if !ok || strings.Contains(head, "CONSTRAINT") || strings.Contains(c, "USING") {
		return
	}
	kind := ""
	for _, k := range []string{"UNIQUE", "FULLTEXT", "SPATIAL"} {
		if strings.HasPrefix(head, k) {
			kind = k
		}
	}
	g.say("CREATE", kind, "INDEX", g.quoted(g.fresh("i")), "ON", g.table(tb.key()), "("+rest, pick(g, "", "", "ALGORITHM=INPLACE", "LOCK=DEFAULT"))
}

func (g *generator) dropIndex() {
	tb := g.any()
	if len(tb.indexes) == 0 {
		return
	}
	ix := pick(g, tb.indexes...)
	g.say("DROP INDEX", g.quoted(ix.name), "ON", g.table(tb.key()), pick(g, "", "", "LOCK=NONE", "ALGORITHM=COPY"))
}
