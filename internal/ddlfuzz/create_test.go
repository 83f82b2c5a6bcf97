package ddlfuzz_test

import (
	"fmt"
	"slices"
	"strings"
)

// planned is what a definition will be in information_schema, as far as the
// choice of keys needs it.
func (d *defined) planned() column {
	types := map[string]string{"bool": "tinyint", "char": "varchar", "compressed": "json", "binary": "varbinary", "spatial": "point"}
	c := column{name: d.name, dataType: d.typ.class, nullable: d.nullable, columnType: fmt.Sprintf("x(%d)", d.typ.size)}
	if t, ok := types[d.typ.class]; ok {
		c.dataType = t
	}
	if d.generated {
		c.extra = "VIRTUAL GENERATED"
		c.dataType = "json" // in no key
	}
	return c
}

func (g *generator) createTable() {
	if g.chance(12) {
		g.createPartitioned()
		return
	}
	var taken []string
	var columns []column
	var items []string
	if g.chance(60) {
		name := g.columnName(nil)
		typ := pick(g, "INT PRIMARY KEY", "BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY", "INT NOT NULL AUTO_INCREMENT KEY", "SERIAL", "BIGINT SERIAL DEFAULT VALUE", "INT UNIQUE KEY", "VARCHAR(20) NOT NULL PRIMARY KEY",
			"INT AUTO_INCREMENT UNIQUE", "DECIMAL(9,2) PRIMARY KEY", "DATE NOT NULL UNIQUE", "CHAR(3) CHARACTER SET latin1 COLLATE latin1_bin PRIMARY KEY")
		items, taken = append(items, g.quoted(name)+" "+typ), append(taken, name)
		columns = append(columns, column{name: name, dataType: "json"})
	}
	for range 1 + g.r.IntN(7) {
		d := g.define(g.columnName(taken), columns)
		items, taken = append(items, g.quoted(d.name)+pick(g, " ", "\n ", "\t")+d.text), append(taken, d.name)
		columns = append(columns, d.planned())
	}
	primary := len(columns) < 2 || columns[0].dataType != "json"
	for range g.r.IntN(3) {
		if c := g.constraint(columns, primary); c != "" {
			at := len(items)
			if g.chance(10) {
				at = g.r.IntN(at + 1)
			}
			items = slices.Insert(items, at, c)
			primary = primary && !strings.Contains(c, "PRIMARY")
		}
	}
	if g.chance(5) {
		items = append(items, pick(g, "CHECK (1 = 1)", "CONSTRAINT CHECK ('),(' <> '')"))
	}
	verb, k := "CREATE TABLE", g.tableKey()
	if g.maria && g.chance(20) {
		verb = "CREATE OR REPLACE TABLE"
		if len(g.st.tables) > 0 && g.chance(60) {
			k = g.any().key()
		}
	}
	g.say(verb, g.maybe(15, "IF NOT EXISTS"), g.table(k),
		"("+strings.Join(items, pick(g, ",", ", ", "\n,"))+")", g.skipped(), g.tableOptions())
}

// tableKey is a new name, or one that exists already.
func (g *generator) tableKey() key {
	if len(g.st.tables) > 0 && g.chance(5) {
		return g.any().key()
	}
	return g.newKey()
}

func (g *generator) tableOptions() string {
	options := []string{g.maybe(40, pick(g, "", "DEFAULT ")+g.charsetOption())}
	options = append(options, pick(g, "", "", "", "ENGINE=InnoDB", "ENGINE InnoDB", "ENGINE=innodb", "engine=MyISAM"), g.maybe(10, "COMMENT="+g.str("it's, a")),
		g.maybe(5, pick(g, "ROW_FORMAT=DYNAMIC", "AUTO_INCREMENT=5", "STATS_PERSISTENT=0", "KEY_BLOCK_SIZE=8", "CHECKSUM=1", "MAX_ROWS=100")))
	if g.maria {
		options = append(options, g.maybe(4, pick(g, "PAGE_COMPRESSED=1", "`encrypted`=NO", "TRANSACTIONAL=1")))
	}
	text := ""
	for _, o := range options {
		if o != "" {
			text += pick(g, " ", " ", ", ") + o
		}
	}
	return strings.TrimPrefix(text, ",")
}

// createPartitioned makes a table whose only key is an integer.
func (g *generator) createPartitioned() {
	id := g.columnName(nil)
	d := g.defineAs(g.columnName([]string{id}), g.integer(), nil)
	by := pick(g,
		fmt.Sprintf("HASH (%s) PARTITIONS %d", g.ref(id), 1+g.r.IntN(4)),
		fmt.Sprintf("LINEAR HASH (%s) PARTITIONS 3", g.ref(id)),
		fmt.Sprintf("KEY (%s) PARTITIONS 2", g.ref(id)),
		"KEY ALGORITHM=2 () PARTITIONS 2",
		fmt.Sprintf("RANGE (%s) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (100))", g.ref(id)),
		fmt.Sprintf("RANGE COLUMNS (%s) (PARTITION p0 VALUES LESS THAN (10) COMMENT = 'x', PARTITION p1 VALUES LESS THAN (MAXVALUE))", g.ref(id)),
		fmt.Sprintf("LIST (%s) (PARTITION p0 VALUES IN (1,2,3), PARTITION p1 VALUES IN (4,5,6))", g.ref(id)),
		fmt.Sprintf("RANGE (%s) SUBPARTITION BY HASH (%s) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (50), PARTITION p1 VALUES LESS THAN MAXVALUE)", g.ref(id), g.ref(id)),
	)
	by = "PARTITION BY " + by
	if g.chance(30) {
		by = "/*!50100 " + by + " */"
	}
	g.say("CREATE TABLE", g.table(g.newKey()), "("+g.quoted(id)+" INT NOT NULL PRIMARY KEY,", g.quoted(d.name), d.text+")", pick(g, "", "ENGINE=InnoDB", "CHARSET=latin1"), by)
}

// createSelect has rows in the statement itself.
func (g *generator) createSelect() {
	g.rewritten, g.modes = true, nil
	tb := g.any()
	from := tb.columns[g.r.IntN(len(tb.columns))]
	list := pick(g, "*", g.ref(from.name), g.ref(from.name)+" AS x, 1 AS y, 'z' AS "+g.quoted(g.fresh("z")), "1 + 1, 2.50 AS d, NOW() AS n, NULL AS nothing, 'text' AS t, 0x41 AS b")
	extra := pick(g, "", "", "(extra INT) ", "(extra VARCHAR(9) CHARACTER SET latin1 NOT NULL DEFAULT 'x', UNIQUE (extra)) ")
	if strings.Contains(extra, "UNIQUE") {
		list += " FROM " + g.table(tb.key()) + " LIMIT 1"
	} else {
		list += " FROM " + g.table(tb.key())
	}
	g.say("CREATE TABLE", g.maybe(10, "IF NOT EXISTS"), g.table(g.newKey()), extra+g.maybe(30, "CHARSET=latin1")+pick(g, " SELECT", " AS SELECT"), list)
}

// temporary makes a temporary table, which may hide another, changes and drops it.
func (g *generator) temporary() {
	g.rewritten, g.modes = true, nil
	k := g.newKey()
	if g.chance(50) {
		k = g.any().key()
	}
	name := g.table(k)
	like := "(a INT, b VARCHAR(9))"
	g.say("CREATE TEMPORARY TABLE", name, like)
	g.say("ALTER TABLE", name, "ADD c INT FIRST, DROP b")
	if g.chance(30) {
		g.say("TRUNCATE TABLE", name)
	}
	if g.chance(30) {
		// In the same database: MySQL logs no character set of the table.
		g.say("CREATE TABLE", g.table(key{k.db, g.fresh("t")}), "LIKE", name)
	}
	if g.chance(30) {
		g.say("CREATE INDEX i ON", name, "(a)")
	}
	g.say("DROP", pick(g, "TEMPORARY ", ""), "TABLE", g.maybe(50, "IF EXISTS"), name)
}
