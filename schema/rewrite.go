package schema

import (
	"strconv"
	"strings"
)

// The parser is TiDB's. It knows its own server's types and character sets and
// evaluates what it reads; it refuses spatial types, most character sets and
// much of MariaDB. So a statement is rewritten before it is parsed: what the
// parser would refuse, or would give back in another form than it was written,
// is read here and kept in notes. These are all the rules:
//
//  1. Comments vanish, executable ones are opened, names are quoted with
//     backticks and strings are written plainly, so that sql_mode does not
//     matter to the parser.
//  2. In a column definition the type with its attributes, character set,
//     collation, DEFAULT, ON UPDATE, SRID, visibility and what a server's
//     storage engines add become "int COMMENT '<mark>n'", where n is the number
//     of the note that holds them (rewrite_column.go).
//  3. ALTER COLUMN … SET … becomes SET DEFAULT '<mark>n'.
//  4. Character set and collation of a table or database, and CONVERT TO
//     CHARACTER SET, become an option that has no effect.
//  5. Expressions of generated columns, CHECK constraints and functional key
//     parts become 1.
//  6. Names that the parser reserves and not every server does are quoted.
//  7. Partitions, options of MariaDB, of sequences and of storage engines, START TRANSACTION,
//     WAIT, ONLINE and OR REPLACE vanish; SPATIAL and VECTOR keys become plain.
//
// Everything else reaches the parser, and what that does not know is an error.

// mark begins the comment of a column definition that names its note. It is
// taken out of the strings of statements.
const mark = "\x01cdcd:"

// rewritten is a statement as the parser gets it, and what was taken out.
type rewritten struct {
	text  string
	notes []note
	// charset is what the options of the table or database say.
	charset charsetClause
	// convert is what CONVERT TO CHARACTER SET says.
	convert   *charsetClause
	replace   bool // OR REPLACE
	ifExists  bool // ALTER TABLE IF EXISTS
	versioned bool // WITH, or ADD, SYSTEM VERSIONING
	dropped   bool // DROP SYSTEM VERSIONING
	period    bool // PERIOD FOR SYSTEM_TIME
	sequence  bool // SEQUENCE=1
	plain     bool // SEQUENCE=0
}

// charsetClause is a CHARACTER SET and a COLLATE clause, as written; both may
// be empty, and charset may be "default".
type charsetClause struct{ charset, collation string }

// rewriter does it for one statement.
type rewriter struct {
	rewritten
	out  strings.Builder
	mode uint64
}

// put writes tokens as they are.
func (r *rewriter) put(tokens ...token) {
	for _, t := range tokens {
		switch t.kind {
		case tokenName:
			r.raw(QuoteName(t.text))
		case tokenString:
			r.raw(quote(strings.ReplaceAll(t.value(r.mode), mark, "")))
		case tokenOp:
			if t.gap {
				r.out.WriteByte(' ')
			}
			r.out.WriteString(t.text)
		case tokenWord, tokenNumber:
			if t.any(lateReserved...) {
				r.raw(QuoteName(t.text))
			} else {
				r.word(t)
			}
		case tokenEnd:
		}
	}
}

// lateReserved are words that were not reserved in MySQL 5.6, or are not in
// MariaDB, and have no part in the statements that reach the parser.
var lateReserved = strings.Fields(`ARRAY CUME_DIST CURRENT_ROLE DENSE_RANK EXCEPT FIRST_VALUE GROUPS ILIKE INTERSECT
	LAG LAST_VALUE LATERAL LEAD NTH_VALUE NTILE OF OVER PERCENT_RANK RANK RECURSIVE ROW ROWS ROW_NUMBER TABLESAMPLE
	TIDB_CURRENT_TSO WINDOW`)

// word writes a word or number, which may follow an operator closely (@a, -1).
func (r *rewriter) word(t token) {
	if s := r.out.String(); t.gap || s != "" && isWord(s[len(s)-1]) {
		r.out.WriteByte(' ')
	}
	r.out.WriteString(t.text)
}

// raw writes s apart from what stands before it, unless that is a dot.
func (r *rewriter) raw(s string) {
	if !strings.HasSuffix(r.out.String(), ".") {
		r.out.WriteByte(' ')
	}
	r.out.WriteString(s)
}

// noop is a table option without effect; it stands for one that was taken out.
const noop = "AVG_ROW_LENGTH=0"

// note keeps n and returns the literal that names it.
func (r *rewriter) note(n note) string {
	r.notes = append(r.notes, n)
	return quote(mark + strconv.Itoa(len(r.notes)-1))
}

// noted returns the note that the value of such a literal names.
func (r *rewritten) noted(s string) (*note, bool) {
	digits, ok := strings.CutPrefix(s, mark)
	if !ok {
		return nil, false
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n >= len(r.notes) {
		return nil, false
	}
	return &r.notes[n], true
}

// item cuts the tokens up to the next comma or closing parenthesis that belong
// to no parenthesis opened in them.
func item(tokens []token) (item, rest []token) {
	depth := 0
	for i, t := range tokens {
		switch {
		case t.is("("):
			depth++
		case depth == 0 && t.any(",", ")"):
			return tokens[:i], tokens[i:]
		case t.is(")"):
			depth--
		}
	}
	return tokens, nil
}

// parens returns how many tokens the parenthesised expression at the start of
// tokens has, 0 when there is none.
func parens(tokens []token) int {
	depth := 0
	for i, t := range tokens {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if depth == 0 {
			if i == 0 {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// words reports whether tokens begin with the given keywords.
func words(tokens []token, keywords ...string) bool {
	if len(tokens) < len(keywords) {
		return false
	}
	for i, k := range keywords {
		if !tokens[i].is(k) {
			return false
		}
	}
	return true
}

// index returns where the keywords stand outside of parentheses, or -1.
func index(tokens []token, keywords ...string) int {
	for i := 0; i < len(tokens); i++ {
		if n := parens(tokens[i:]); n > 0 {
			i += n - 1
		} else if words(tokens[i:], keywords...) {
			return i
		}
	}
	return -1
}

// nameLen returns how many tokens the possibly qualified name at the start has.
func nameLen(tokens []token) int {
	switch {
	case len(tokens) == 0 || !tokens[0].isName():
		return 0
	case len(tokens) >= 3 && tokens[1].is(".") && tokens[2].isName():
		return 3
	}
	return 1
}
