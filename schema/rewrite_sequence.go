package schema

// createSequence rewrites CREATE [OR REPLACE] SEQUENCE [IF NOT EXISTS], without the
// options.
func (r *rewriter) createSequence(tokens []token) error {
	tokens = r.withoutReplace(tokens)
	i := 2 // behind SEQUENCE
	if words(tokens[min(i, len(tokens)):], "IF", "NOT", "EXISTS") {
		i += 3
	}
	n := nameLen(tokens[min(i, len(tokens)):])
	if n == 0 {
		return errSyntax
	}
	r.put(tokens[:i+n]...)
	return nil
}

// sequenceOption reads SEQUENCE=1, which makes a table a sequence, and 0. DEFAULT
// does neither.
func (r *rewriter) sequenceOption(tokens []token) int {
	n := 1
	if len(tokens) > 1 && tokens[1].is("=") {
		n = 2
	}
	if n == len(tokens) || tokens[n].kind != tokenNumber && !tokens[n].is("DEFAULT") {
		return 0
	}
	if tokens[n].kind == tokenNumber {
		r.plain = isBased("0"+tokens[n].text, "0", "0")
		r.sequence = !r.plain
	}
	return n + 1
}
