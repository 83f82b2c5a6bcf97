package schema

import (
	"errors"
	"slices"
)

var errSyntax = errors.New("its syntax is not understood")

// rewrite applies the rules to a statement of the kind given.
func rewrite(kind kind, tokens []token, mode uint64) (*rewritten, error) {
	r := &rewriter{mode: mode}
	var err error
	switch kind {
	case createTable:
		err = r.createTable(tokens)
	case alterTable:
		err = r.alterTable(tokens)
	case createIndex:
		r.createIndex(tokens)
	case createDatabase, alterDatabase:
		r.database(tokens)
	case renameTable: // TABLE or TABLES
		r.raw("RENAME TABLE")
		r.put(withoutWait(tokens)[2:]...)
	case createSequence:
		err = r.createSequence(tokens)
	case dropTable, truncateTable, dropIndex, dropDatabase, dropSequence:
		r.put(withoutWait(tokens)...)
	case unknownKind, noShape, changesRows:
		err = errSyntax
	}
	r.text = r.out.String()
	return &r.rewritten, err
}

// withoutWait takes MariaDB's WAIT n and NOWAIT out.
func withoutWait(tokens []token) []token {
	var out []token
	for i := 0; i < len(tokens); i++ {
		switch {
		case tokens[i].is("WAIT") && i+1 < len(tokens) && tokens[i+1].kind == tokenNumber:
			i++
		case tokens[i].is("NOWAIT") && i > 2:
		default:
			out = append(out, tokens[i])
		}
	}
	return out
}

// createTable rewrites CREATE [OR REPLACE] [TEMPORARY] TABLE.
func (r *rewriter) createTable(tokens []token) error {
	tokens = r.withoutReplace(tokens)
	open := index(tokens, "LIKE")
	if open >= 0 {
		r.put(tokens...)
		return nil
	}
	head := 0
	for head < len(tokens) && !tokens[head].is("(") {
		head++
	}
	r.put(tokens[:head]...)
	if head == len(tokens) || head+1 < len(tokens) && tokens[head+1].any("LIKE", "SELECT") {
		r.put(tokens[head:]...)
		return nil
	}
	size := parens(tokens[head:])
	if size == 0 {
		return errSyntax
	}
	if err := r.items(tokens[head : head+size]); err != nil {
		return err
	}
	r.options(withoutPartitions(tokens[head+size:]))
	return nil
}

// withoutReplace takes OR REPLACE out.
func (r *rewriter) withoutReplace(tokens []token) []token {
	if !words(tokens[1:], "OR", "REPLACE") {
		return tokens
	}
	r.replace = true
	return append(tokens[:1:1], tokens[3:]...)
}

// items rewrites columns and constraints in parentheses.
func (r *rewriter) items(tokens []token) error {
	const usual = 8 // tokens a column
	r.notes = slices.Grow(r.notes, len(tokens)/usual+1)
	for rest := tokens; len(rest) > 1; {
		r.raw(rest[0].text) // the parenthesis, or a comma
		var it []token
		it, rest = item(rest[1:])
		if err := r.item(it); err != nil {
			return err
		}
	}
	r.raw(")")
	return nil
}

// item rewrites a column or constraint.
func (r *rewriter) item(tokens []token) error {
	switch {
	case len(tokens) == 0:
		return errSyntax
	case words(tokens, "PERIOD", "FOR"):
		r.period = r.period || tokens[min(2, len(tokens)-1)].is("SYSTEM_TIME")
		r.raw("CHECK (1)")
		return nil
	case isConstraint(tokens):
		r.constraint(tokens)
		return nil
	default:
		return r.column(tokens)
	}
}

// isConstraint tells a constraint or index from a column.
func isConstraint(tokens []token) bool {
	if len(tokens) > 1 && tokens[0].is("VECTOR") {
		return tokens[1].any("INDEX", "KEY")
	}
	return tokens[0].any("CONSTRAINT", "PRIMARY", "UNIQUE", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "FOREIGN", "CHECK")
}

// constraint rewrites a table constraint or index. Key parts that are
// expressions stand in parentheses of their own.
func (r *rewriter) constraint(tokens []token) {
	tokens = withoutSymbol(tokens)
	if tokens[0].any("SPATIAL", "VECTOR") {
		tokens = tokens[1:]
		if len(tokens) == 0 || !tokens[0].any("INDEX", "KEY") {
			r.raw("KEY")
		}
	}
	for i := 0; i < len(tokens); i++ {
		used := engineOption(tokens[i:])
		size := parens(tokens[i:])
		switch {
		case used > 0:
			i += used - 1
		case words(tokens[i:], "NOT", "IGNORED"):
			i++
		case tokens[i].is("IGNORED") && i > 0 && tokens[i-1].is(")"):
		case size > 0 && i > 0 && tokens[i-1].is("CHECK"):
			r.put(one...)
			i += size - 1
		case size > 0 && i > 0 && tokens[i-1].any("(", ","):
			r.put(one...)
			i += size - 1
		default:
			r.put(tokens[i])
		}
	}
}

// withoutSymbol cuts CONSTRAINT and its name off a unique key that has a name of
// its own, which is the one that the server takes.
func withoutSymbol(tokens []token) []token {
	if !tokens[0].is("CONSTRAINT") {
		return tokens
	}
	unique := tokens[1:]
	if !words(unique, "UNIQUE") && len(unique) > 0 {
		unique = unique[1:]
	}
	if !words(unique, "UNIQUE") {
		return tokens
	}
	n := 1
	if len(unique) > n && unique[n].any("INDEX", "KEY") {
		n++
	}
	if words(unique[n:], "IF", "NOT", "EXISTS") {
		n += 3
	}
	if len(unique) <= n || !unique[n].isName() || unique[n].is("USING") {
		return tokens
	}
	return unique
}

// options rewrites what follows the columns of a table.
func (r *rewriter) options(tokens []token) {
	for len(tokens) > 0 {
		used := r.charset.read(tokens)
		if used == 0 {
			used = r.ignoredOption(tokens)
		}
		if used > 0 {
			r.raw(noop)
			tokens = tokens[min(used, len(tokens)):]
			continue
		}
		r.put(tokens[0])
		tokens = tokens[1:]
	}
}

// ignoredOption returns how many tokens an option has that the parser does not
// know and that does not matter, 0 for others.
func (r *rewriter) ignoredOption(tokens []token) int {
	switch {
	case words(tokens, "START", "TRANSACTION"):
		return 2
	case words(tokens, "WITH", "SYSTEM", "VERSIONING"):
		r.versioned = true
		return 3
	case words(tokens, "SEQUENCE"):
		return r.sequenceOption(tokens)
	}
	return engineOption(tokens)
}

// engineOption returns how many tokens an option of a storage engine has: one
// of those listed with a value, or a quoted name with "=" and a value.
func engineOption(tokens []token) int {
	n := 1
	if len(tokens) > 1 && tokens[1].is("=") {
		n = 2
	}
	switch {
	case n >= len(tokens) || tokens[n].kind == tokenOp:
		return 0
	case n == 2 && tokens[0].kind == tokenName:
		return 3
	case n == 1 && tokens[1].kind != tokenString && tokens[1].kind != tokenNumber:
		return 0
	case tokens[0].any("ENCRYPTED", "ENCRYPTION_KEY_ID", "PAGE_COMPRESSED", "PAGE_COMPRESSION_LEVEL", "PAGE_CHECKSUM",
		"TRANSACTIONAL", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "SECONDARY_ENGINE", "AUTOEXTEND_SIZE",
		"IETF_QUOTES"):
		return n + 1
	}
	return 0
}

// withoutPartitions cuts PARTITION BY and REMOVE PARTITIONING off. A SELECT behind
// it is left for the parser, and refused later.
func withoutPartitions(tokens []token) []token {
	if n := len(tokens); n > 1 && words(tokens[n-2:], "REMOVE", "PARTITIONING") {
		return tokens[:n-2]
	}
	at := index(tokens, "PARTITION", "BY")
	if at < 0 || index(tokens, "SELECT") >= 0 {
		return tokens
	}
	return tokens[:at]
}

// createIndex rewrites CREATE [OR REPLACE] [ONLINE] … INDEX.
func (r *rewriter) createIndex(tokens []token) {
	tokens = r.withoutReplace(withoutWait(tokens))
	r.put(tokens[0])
	tokens = tokens[1:]
	for len(tokens) > 0 && tokens[0].any("ONLINE", "OFFLINE", "SPATIAL", "VECTOR") {
		tokens = tokens[1:]
	}
	r.constraint(tokens)
}

// database rewrites CREATE or ALTER DATABASE.
func (r *rewriter) database(tokens []token) {
	tokens = r.withoutReplace(tokens)
	r.put(tokens[:2]...)
	for tokens = tokens[2:]; len(tokens) > 0; {
		switch used := r.charset.read(tokens); {
		case used > 0:
			tokens = tokens[min(used, len(tokens)):]
		case words(tokens, "COMMENT"):
			tokens = tokens[min(2+boolInt(len(tokens) > 1 && tokens[1].is("=")), len(tokens)):]
		default:
			r.put(tokens[0])
			tokens = tokens[1:]
		}
	}
	r.raw("CHARACTER SET utf8mb4") // of no effect; an option must be there, and ALTER may name no database
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
