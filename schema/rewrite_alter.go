package schema

import "strings"

// alterTable rewrites ALTER [ONLINE] [IGNORE] TABLE [IF EXISTS].
func (r *rewriter) alterTable(tokens []token) error {
	i := 1
	for i < len(tokens) && tokens[i].any("ONLINE", "OFFLINE", "IGNORE") {
		i++
	}
	i++ // TABLE
	if words(tokens[min(i, len(tokens)):], "IF", "EXISTS") {
		r.ifExists = true
		i += 2
	}
	name := nameLen(tokens[min(i, len(tokens)):])
	if name == 0 {
		return errSyntax
	}
	r.raw("ALTER TABLE")
	r.put(tokens[i : i+name]...)
	return r.specs(afterWait(tokens[i+name:]))
}

// afterWait passes over MariaDB's WAIT n and NOWAIT.
func afterWait(tokens []token) []token {
	switch {
	case len(tokens) > 1 && tokens[0].is("WAIT") && tokens[1].kind == tokenNumber:
		return tokens[2:]
	case words(tokens, "NOWAIT"):
		return tokens[1:]
	}
	return tokens
}

// onPartitions tells the changes of partitions, which stand last: none of them
// changes the shape, not even an exchange. CONVERT is left for the parser, and
// refused.
func onPartitions(tokens []token) bool {
	return len(tokens) > 1 && tokens[1].is("PARTITION") && tokens[0].any("ADD", "DROP", "TRUNCATE", "COALESCE", "REORGANIZE",
		"EXCHANGE", "ANALYZE", "CHECK", "OPTIMIZE", "REBUILD", "REPAIR", "DISCARD", "IMPORT")
}

// specs rewrites the changes, which stand between commas.
func (r *rewriter) specs(tokens []token) error {
	for first := true; len(tokens) > 0; first = false {
		if !first {
			r.raw(",")
			tokens = tokens[1:]
		}
		if onPartitions(tokens) {
			r.raw(noop)
			return nil
		}
		var spec []token
		spec, tokens = item(tokens)
		if err := r.spec(withoutPartitions(spec)); err != nil {
			return err
		}
	}
	return nil
}

// spec rewrites one change.
func (r *rewriter) spec(tokens []token) error {
	switch {
	case len(tokens) == 0:
		r.raw(noop)
		return nil
	case words(tokens, "ADD", "SYSTEM", "VERSIONING"):
		r.versioned = true
		r.raw(noop)
		return nil
	case words(tokens, "ADD"):
		return r.add(tokens)
	case words(tokens, "CHANGE"):
		n := prefixLen(tokens) + 1
		return r.define(tokens, n)
	case words(tokens, "MODIFY"):
		return r.define(tokens, prefixLen(tokens))
	case words(tokens, "CONVERT", "TO"):
		return r.convertTo(tokens[2:])
	case words(tokens, "ALTER"):
		return r.alterColumn(tokens)
	case words(tokens, "DROP", "SYSTEM", "VERSIONING"):
		r.dropped = true
		r.raw(noop)
		return nil
	case words(tokens, "DROP", "CHECK"):
		r.raw(noop)
		return nil
	case words(tokens, "DROP", "CONSTRAINT", "IF", "EXISTS"):
		r.put(append(tokens[:2:2], tokens[4:]...)...)
		return nil
	case words(tokens, "RENAME"), words(tokens, "DROP"):
		r.put(tokens...)
		return nil
	}
	r.options(tokens)
	return nil
}

// prefixLen returns how many tokens stand before the first name in a change of
// columns: the verb, COLUMN, IF [NOT] EXISTS.
func prefixLen(tokens []token) int {
	n := 1
	if words(tokens[n:], "COLUMN") {
		n++
	}
	if words(tokens[n:], "IF", "EXISTS") {
		n += 2
	}
	if words(tokens[n:], "IF", "NOT", "EXISTS") {
		n += 3
	}
	return n
}

// define writes the first n tokens, and a column definition behind them.
func (r *rewriter) define(tokens []token, n int) error {
	if n >= len(tokens) {
		return errSyntax
	}
	r.put(tokens[:n]...)
	return r.column(tokens[n:])
}

func (r *rewriter) add(tokens []token) error {
	n := prefixLen(tokens)
	if n >= len(tokens) {
		return errSyntax
	}
	switch rest := tokens[n:]; {
	case rest[0].is("("):
		if parens(rest) != len(rest) {
			return errSyntax
		}
		r.put(tokens[:n]...)
		return r.items(rest)
	case words(rest, "PERIOD", "FOR"):
		r.put(tokens...)
		return nil
	case n == 1 && isConstraint(rest):
		r.put(tokens[0])
		r.constraint(rest)
		return nil
	}
	return r.define(tokens, n)
}

// convertTo reads CONVERT TO CHARACTER SET.
func (r *rewriter) convertTo(tokens []token) error {
	var c charsetClause
	for len(tokens) > 0 {
		used := c.read(tokens)
		if used == 0 {
			return errSyntax
		}
		tokens = tokens[used:]
	}
	r.convert = &c
	r.raw(noop)
	return nil
}

// alterColumn rewrites ALTER [COLUMN] name SET …; ALTER INDEX and ALTER CHECK
// change no column.
func (r *rewriter) alterColumn(tokens []token) error {
	n := prefixLen(tokens)
	if n == 1 && len(tokens) > 2 && tokens[1].any("INDEX", "KEY", "CHECK", "CONSTRAINT") {
		r.raw(noop)
		return nil
	}
	if !words(tokens[min(n+1, len(tokens)):], "SET") {
		r.put(tokens...)
		return nil
	}
	value := tokens[n+2:]
	var set note
	switch {
	case words(value, "DEFAULT") && 1+set.column.Default.read(value[1:]) == len(value):
	case len(value) == 1 && value[0].any("VISIBLE", "INVISIBLE"):
		set.visibility, set.column.Invisible = true, strings.EqualFold(value[0].text, "INVISIBLE")
	default:
		return errSyntax
	}
	r.raw("ALTER COLUMN " + QuoteName(tokens[n].text) + " SET DEFAULT " + r.note(set))
	return nil
}
