package ddlfuzz_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// databaseNames are the databases that sequences work in.
var databaseNames = []string{"fuzz_a", "fuzz_b", "fuzz ключ`c"}

// stmt is a statement and the session that it is for.
type stmt struct {
	use      string // default database
	settings string // of SET SESSION, before it
	text     string
}

// generator writes statements that suit the state of the databases.
type generator struct {
	r      *rand.Rand
	maria  bool
	serial int
	use    string
	modes  []string // sql_mode of the next statement
	st     *state
	out    []stmt
	// rewritten tells that the server logs a statement of its own making, in
	// UTF-8 and as the sql_mode prints it. It does not always mean the same then.
	rewritten bool
}

func newGenerator(seed uint64, maria bool) *generator {
	return &generator{r: rand.New(rand.NewPCG(seed, 7)), maria: maria}
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func pick[T any](g *generator, list ...T) T { return list[g.r.IntN(len(list))] }

// maybe returns s in that many cases of a hundred.
func (g *generator) maybe(percent int, s string) string {
	if g.chance(percent) {
		return s
	}
	return ""
}

// plainSession are the settings of statements that are no matter of the test.
const plainSession = "sql_mode='', character_set_client=utf8mb4, collation_server=DEFAULT"

// prologue makes the databases.
func (g *generator) prologue() []stmt {
	var out []stmt
	for _, name := range databaseNames {
		out = append(out, stmt{settings: plainSession, text: "DROP DATABASE IF EXISTS " + backquoted(name)})
	}
	for _, name := range databaseNames[:2+g.r.IntN(2)] {
		out = append(out, stmt{settings: plainSession, text: "CREATE DATABASE " + backquoted(name) + g.databaseCharset()})
	}
	return out
}

// next returns what to run next: one statement, or a few that belong together.
func (g *generator) next(st *state) []stmt {
	g.st, g.out, g.rewritten = st, nil, false
	g.session()
	if len(st.databases) == 0 {
		g.createDatabase()
		return g.out
	}
	if len(st.tables) == 0 || len(st.tables) < 5 && g.chance(25) {
		g.createTable()
		return g.out
	}
	type action struct {
		weight int
		do     func()
	}
	actions := []action{
		{60, g.alter},
		{8, g.createIndex},
		{5, g.dropIndex},
		{8, g.rename},
		{4, g.drop},
		{3, g.truncate},
		{3, g.alterDatabase},
		{1, g.dropDatabase},
		{2, g.createDatabase},
		{3, g.temporary},
		{4, g.createSelect},
		{4, g.exchange},
		{3, g.shapeless},
		{4, g.createLike},
	}
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	n := g.r.IntN(total)
	for _, a := range actions {
		if n -= a.weight; n < 0 {
			a.do()
			break
		}
	}
	return g.out
}

// session chooses the default database and the settings.
func (g *generator) session() {
	if g.use == "" || !slices.Contains(g.st.databases, g.use) || g.chance(30) {
		g.use = ""
		if len(g.st.databases) > 0 {
			g.use = pick(g, g.st.databases...)
		}
	}
	g.modes = pick(g, nil, nil, nil, []string{"STRICT_TRANS_TABLES", "NO_ZERO_DATE", "NO_ZERO_IN_DATE"}, []string{"ANSI_QUOTES"},
		[]string{"NO_BACKSLASH_ESCAPES"}, []string{"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"}, []string{"REAL_AS_FLOAT"}, []string{"ANSI"},
		[]string{"IGNORE_SPACE", "PIPES_AS_CONCAT", "HIGH_NOT_PRECEDENCE"})
}

func (g *generator) ansi() bool {
	return slices.Contains(g.modes, "ANSI_QUOTES") || slices.Contains(g.modes, "ANSI")
}

func (g *generator) backslashes() bool { return !slices.Contains(g.modes, "NO_BACKSLASH_ESCAPES") }

var aboutDatabase = regexp.MustCompile(`^[A-Z ]+ (DATABASE|SCHEMA) `)

// say adds a statement.
func (g *generator) say(parts ...string) {
	text := strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
	settings := "sql_mode='" + strings.Join(g.modes, ",") + "', explicit_defaults_for_timestamp=" + pick(g, "ON", "ON", "ON", "ON", "OFF")
	client := "utf8mb4"
	if g.chance(5) && !g.rewritten && !aboutDatabase.MatchString(text) {
		client = pick(g, "latin1", "gbk") // names are other ones then
	}
	settings += ", character_set_client=" + client + ", collation_server=" + pick(g, "DEFAULT", "DEFAULT", "DEFAULT", "DEFAULT", "latin1_bin", "utf8mb4_unicode_ci")
	if !g.maria {
		generate := client == "utf8mb4" && !g.ansi() && g.backslashes() && g.chance(15)
		settings += ", sql_generate_invisible_primary_key=" + map[bool]string{false: "OFF", true: "ON"}[generate]
	}
	g.out = append(g.out, stmt{use: g.use, settings: settings, text: g.cased(g.prefixed(text))})
}

// prefixed puts MariaDB's SET STATEMENT, or a comment, in front.
func (g *generator) prefixed(s string) string {
	switch {
	case g.maria && g.chance(5):
		return "SET STATEMENT max_statement_time=100, lock_wait_timeout=5 FOR " + s
	case g.chance(5):
		return pick(g, "/* it's a `comment` */ ", "-- ALTER TABLE\n", "#;\n", "/**/", "\t\n ") + s
	}
	return s
}

// keyword matches what may be written in lower case without another meaning.
var keyword = regexp.MustCompile(`^(CREATE|ALTER|TABLE|ADD|COLUMN|DROP|RENAME|TO|INDEX|UNIQUE|KEY|PRIMARY) `)

// cased writes the first words in lower case now and then.
func (g *generator) cased(s string) string {
	if !g.chance(20) {
		return s
	}
	out := ""
	for m := keyword.FindString(s); m != ""; m = keyword.FindString(s) {
		out += strings.ToLower(m)
		s = s[len(m):]
	}
	return out + s
}

// exec puts an attribute into an executable comment now and then.
func (g *generator) exec(s string) string {
	switch {
	case s == "" || !g.chance(8):
		return s
	case g.maria:
		return "/*" + pick(g, "!", "!50000", "!100000", "M!", "M!100500") + " " + s + " */"
	}
	return "/*!" + pick(g, "", "40101", "50503", "80000", "080000") + " " + s + " */"
}

// skipped is an executable comment that the server does not execute.
func (g *generator) skipped() string {
	if g.maria {
		return g.maybe(5, pick(g, "/*!999999 FIRST */", "/*M!999999 NOT NULL */"))
	}
	return g.maybe(5, pick(g, "/*!99999 FIRST */", "/*M! NOT NULL */"))
}

var plainName = regexp.MustCompile(`^[a-z_][a-zA-Z0-9_]*$`)

// quoted writes a name.
func (g *generator) quoted(name string) string {
	if plainName.MatchString(name) && !slices.Contains(reservedNames, name) && g.chance(60) {
		return name
	}
	if g.ansi() && g.chance(50) {
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return backquoted(name)
}

// reservedNames are keywords that serve as names.
var reservedNames = []string{"select", "key", "order", "table", "desc", "primary", "index", "check", "unique"}

// wordNames are words that mean something in DDL and need no quotes.
var wordNames = []string{
	"comment", "visible", "invisible", "after_", "first", "position", "period", "start", "data", "date", "enum_", "type", "engine", "partition_",
	"value", "srid_", "storage", "columns", "signed", "serial", "byte", "ascii", "unicode", "format", "status", "action", "text", "time", "year",
	"json", "geometry", "begin", "end", "no", "offset", "quick", "duplicate", "system_", "vector", "uuid_", "rank_", "ignore_", "algorithm", "checksum",
}

// fresh makes up a name that was not used before in the sequence.
func (g *generator) fresh(prefix string) string {
	g.serial++
	n := fmt.Sprintf("%s%d", prefix, g.serial)
	if !g.chance(35) {
		return n
	}
	return pick(g, "sp ace", "ключ", "Ünï", "back`tick", `quo"te`, "apo'strophe", "7", "a.b", "--x", "/*x*/", "sem;i", "pa(r", "com,ma", "UPPER", "$dollar",
		"back\\slash", "日本", "ß", "é", "#hash", "@at", "-1e", "0x", "per%cent") + n
}

// columnName makes up the name of a column that others do not have.
func (g *generator) columnName(others []string) string {
	if g.chance(15) {
		n := pick(g, append(wordNames, reservedNames...)...)
		if !slices.ContainsFunc(others, func(s string) bool { return strings.EqualFold(s, n) }) {
			return n
		}
	}
	return g.fresh("c")
}

// ref refers to a column, in any case.
func (g *generator) ref(name string) string {
	if plainName.MatchString(name) && g.chance(10) {
		name = strings.ToUpper(name)
		return g.backquotedOr(name)
	}
	return g.quoted(name)
}

func (g *generator) backquotedOr(name string) string {
	if slices.Contains(reservedNames, strings.ToLower(name)) || g.chance(50) {
		return backquoted(name)
	}
	return name
}

// table names a table, in full where that is needed.
func (g *generator) table(k key) string {
	if k.db == g.use && g.chance(60) {
		return g.quoted(k.name)
	}
	return g.quoted(k.db) + pick(g, ".", ".", ".", " . ") + g.quoted(k.name)
}

// any returns one of the tables.
func (g *generator) any() *table { return pick(g, g.st.tables...) }

// newKey is a name for a new table, without a slash for MariaDB: it loses a table
// with partitions whose name has one.
func (g *generator) newKey() key {
	k := key{pick(g, g.st.databases...), g.fresh("t")}
	if g.maria {
		k.name = strings.ReplaceAll(k.name, "/", "-")
	}
	return k
}

func (g *generator) createLike() {
	k := g.newKey()
	like := g.table(g.any().key())
	if g.chance(50) {
		like = "LIKE " + like
	} else {
		like = "(LIKE " + like + ")"
	}
	g.say("CREATE TABLE", g.maybe(20, "IF NOT EXISTS"), g.table(k), like)
}

func (g *generator) rename() {
	a, b := g.any().key(), g.any().key()
	to := g.newKey()
	if len(g.st.databases) > 1 && g.chance(30) {
		to.db = pick(g, g.st.databases...)
	}
	verb := pick(g, "RENAME TABLE", "RENAME TABLE", "RENAME TABLES")
	switch {
	case a != b && g.chance(50): // a swap
		tmp := key{a.db, g.fresh("tmp")}
		g.say(verb, g.table(a), "TO", g.table(tmp)+",", g.table(b), "TO", g.table(a)+",", g.table(tmp), "TO", g.table(b))
	case a != b && g.chance(40):
		g.say(verb, g.table(a), "TO", g.table(to)+",", g.table(b), "TO", g.table(a))
	case g.chance(50):
		g.say("ALTER TABLE", g.table(a), "RENAME", pick(g, "", "TO", "AS", "="), g.table(to))
	default:
		g.say(verb, g.table(a), "TO", g.table(to))
	}
}

func (g *generator) drop() {
	names := []string{g.table(g.any().key())}
	exists := ""
	if g.chance(30) {
		names = append(names, g.table(g.any().key()))
	}
	if g.chance(30) {
		exists = "IF EXISTS"
		names = append(names, g.table(g.newKey()))
	}
	g.say("DROP", pick(g, "TABLE", "TABLE", "TABLES"), exists, strings.Join(names, ", "), pick(g, "", "", "RESTRICT", "CASCADE"))
}

func (g *generator) truncate() {
	g.say("TRUNCATE", pick(g, "TABLE", ""), g.table(g.any().key()))
}

// shapeless says what changes no table.
func (g *generator) shapeless() {
	tb := g.any()
	view := g.table(g.newKey())
	g.say(pick(g,
		"ANALYZE TABLE "+g.table(tb.key()), "OPTIMIZE TABLE "+g.table(tb.key()), "FLUSH TABLES",
		"CREATE VIEW "+view+" AS SELECT * FROM "+g.table(tb.key()), "CREATE PROCEDURE "+view+"() SELECT 1",
		"CREATE TRIGGER "+g.quoted(g.fresh("tr"))+" BEFORE DELETE ON "+g.table(tb.key())+" FOR EACH ROW SET @a = 1",
		"CREATE EVENT "+g.quoted(g.fresh("e"))+" ON SCHEDULE EVERY 1 DAY DO DROP TABLE x",
	))
	if strings.HasPrefix(g.out[0].text, "CREATE VIEW") { // information_schema lists it as a table
		g.say("DROP VIEW", view)
	}
}

func (g *generator) createDatabase() {
	name := pick(g, databaseNames...)
	verb := "CREATE"
	if g.maria && g.chance(15) {
		verb = "CREATE OR REPLACE"
	}
	g.say(verb, pick(g, "DATABASE", "SCHEMA"), g.maybe(50, "IF NOT EXISTS"), g.quoted(name), g.databaseCharset())
}

func (g *generator) dropDatabase() {
	g.say("DROP", pick(g, "DATABASE", "SCHEMA"), g.maybe(50, "IF EXISTS"), g.quoted(pick(g, databaseNames...)))
}

func (g *generator) alterDatabase() {
	name := g.quoted(pick(g, g.st.databases...))
	if g.chance(20) {
		name = ""
	}
	g.say("ALTER", pick(g, "DATABASE", "SCHEMA"), name, pick(g, "", "DEFAULT"), strings.TrimSpace(g.charsetOption()))
}

func (g *generator) databaseCharset() string {
	if g.chance(40) {
		return ""
	}
	return " " + pick(g, "", "DEFAULT ") + strings.TrimSpace(g.charsetOption())
}
