package schema

import (
	"slices"
	"strings"
)

// tokenKind tells tokens of a statement apart.
type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenWord             // a keyword or an unquoted name
	tokenName             // a quoted name
	tokenString           // a character literal
	tokenNumber           // a number, or a hex or bit literal in any notation
	tokenOp               // one byte of anything else
)

// token is a lexical element of a statement.
type token struct {
	// text is the name, without quotes, of a word or name; what stands between
	// the quotes of a string, as written; the element itself otherwise.
	text string
	// from and to are how many bytes of the statement are left where the token
	// begins and behind it.
	from, to int
	kind     tokenKind
	quote    byte // of a string
	gap      bool // white space or a comment stands before it
}

// is reports whether t is the keyword or operator s, which is in upper case.
func (t token) is(s string) bool {
	return len(t.text) == len(s) && (t.kind == tokenWord || t.kind == tokenOp) && strings.EqualFold(t.text, s)
}

// any reports whether t is one of the given keywords or operators.
func (t token) any(words ...string) bool {
	return slices.ContainsFunc(words, t.is)
}

// isName reports whether t can be the name of a thing.
func (t token) isName() bool { return t.kind == tokenWord || t.kind == tokenName }

// The sql_mode bits that decide how a statement is read. Source: MySQL
// sql/system_variables.h, MariaDB sql/sql_class.h.
const (
	modeAnsiQuotes         = 1 << 2
	modeNoBackslashEscapes = 1 << 20
)

// lexer cuts a statement into tokens. Comments vanish; an executable comment
// (/*!80023 … */, /*M!100616 … */) that the server left in the binlog or in
// SHOW CREATE TABLE was executed by it, so that its content counts.
type lexer struct {
	rest   string
	mode   uint64
	flavor Flavor
	inExec bool // inside of an executable comment
	after  byte // the byte before rest, 0 at the start
}

// tokens returns all tokens of a statement but a semicolon at its end.
func (l *lexer) tokens() []token {
	const usual = 4 // bytes a token, white space included: few, since growing costs more
	out := make([]token, 0, len(l.rest)/usual+1)
	for t := l.next(); t.kind != tokenEnd; t = l.next() {
		out = append(out, t)
	}
	for len(out) > 0 && out[len(out)-1].is(";") {
		out = out[:len(out)-1]
	}
	return out
}

// next returns the next token.
func (l *lexer) next() token {
	gap := l.skipBlanks()
	from := len(l.rest)
	t := l.scan()
	t.gap, t.from, t.to = gap, from, len(l.rest)
	return t
}

// advance cuts n bytes off and returns them.
func (l *lexer) advance(n int) string {
	n = min(n, len(l.rest))
	s := l.rest[:n]
	if n > 0 {
		l.after = s[n-1]
	}
	l.rest = l.rest[n:]
	return s
}

// skipBlanks passes over white space and comments and tells if there were any.
func (l *lexer) skipBlanks() bool {
	before := len(l.rest)
	for l.skipSpace() || l.skipLine() || l.skipComment() {
	}
	return len(l.rest) != before
}

func (l *lexer) skipSpace() bool {
	trimmed := strings.TrimLeft(l.rest, " \t\r\n\v\f\x00")
	return len(l.advance(len(l.rest)-len(trimmed))) > 0
}

// skipLine passes over a comment that ends with its line.
func (l *lexer) skipLine() bool {
	dashes := strings.HasPrefix(l.rest, "--") && (len(l.rest) == 2 || l.rest[2] <= ' ')
	if !dashes && !strings.HasPrefix(l.rest, "#") {
		return false
	}
	end := strings.IndexByte(l.rest, '\n')
	if end < 0 {
		end = len(l.rest)
	}
	l.advance(end)
	return true
}

// skipComment passes over a bracketed comment, over the opening of an
// executable one, or over its end.
func (l *lexer) skipComment() bool {
	if l.inExec && strings.HasPrefix(l.rest, "*/") {
		l.inExec = false
		l.advance(2)
		return true
	}
	if !strings.HasPrefix(l.rest, "/*") {
		return false
	}
	if n := l.executable(); n > 0 && !l.inExec {
		l.inExec = true
		l.advance(n)
		return true
	}
	end := strings.Index(l.rest[2:], "*/")
	if end < 0 {
		end = len(l.rest)
	}
	l.advance(2 + end + 2)
	return true
}

// executable returns the length of the opening of an executable comment, 0 for
// other comments. MySQL does not execute those of MariaDB.
func (l *lexer) executable() int {
	n := 0
	switch {
	case strings.HasPrefix(l.rest, "/*!"):
		n = len("/*!")
	case strings.HasPrefix(l.rest, "/*M!") && l.flavor != FlavorMySQL:
		n = len("/*M!")
	default:
		return 0
	}
	for digits := 0; digits < 6 && n < len(l.rest) && isDigit(l.rest[n]); digits++ {
		n++
	}
	return n
}

// scan reads a token at the start of rest.
func (l *lexer) scan() token {
	if l.rest == "" {
		return token{}
	}
	c := l.rest[0]
	switch {
	case c == '`', c == '"' && l.mode&modeAnsiQuotes != 0:
		return token{kind: tokenName, text: unquote(l.quoted(c, false), c)}
	case c == '\'', c == '"':
		return token{kind: tokenString, quote: c, text: l.quoted(c, l.mode&modeNoBackslashEscapes == 0)}
	case c == '.' && len(l.rest) > 1 && isDigit(l.rest[1]) && !isWord(l.after), isDigit(c) && l.after != '.':
		return l.number()
	case isWord(c):
		return l.word()
	}
	return token{kind: tokenOp, text: l.advance(1)}
}

// quoted returns what stands between quotes, as written, and passes over them.
func (l *lexer) quoted(quote byte, backslash bool) string {
	s := l.rest
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && backslash:
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			l.advance(i + 1)
			return s[1:i]
		}
	}
	l.advance(len(s))
	return s[1:]
}

// unquote halves the doubled quotes of a name.
func unquote(s string, quote byte) string {
	return strings.ReplaceAll(s, string([]byte{quote, quote}), string(quote))
}

// word reads a keyword or an unquoted name, or a literal that begins like one:
// x'41', b'1', n'text'.
func (l *lexer) word() token {
	n := wordLen(l.rest)
	if n == 1 && len(l.rest) > 1 && l.rest[1] == '\'' {
		switch l.rest[0] {
		case 'x', 'X', 'b', 'B':
			prefix := l.advance(1)
			return token{kind: tokenNumber, text: prefix + "'" + l.quoted('\'', false) + "'"}
		case 'n', 'N':
			l.advance(1)
			return l.scan()
		}
	}
	return token{kind: tokenWord, text: l.advance(n)}
}

// number reads a number. What begins like one and goes on with letters is a
// name: 1st.
func (l *lexer) number() token {
	n := 0
	for n < len(l.rest) && (isDigit(l.rest[n]) || l.rest[n] == '.') {
		n++
	}
	n += exponentLen(l.rest[n:])
	word := wordLen(l.rest)
	if word <= n {
		return token{kind: tokenNumber, text: l.advance(n)}
	}
	if s := l.rest[:word]; isBased(s, "0x", "0123456789abcdefABCDEF") || isBased(s, "0b", "01") {
		return token{kind: tokenNumber, text: l.advance(word)}
	}
	return token{kind: tokenWord, text: l.advance(word)}
}

// exponentLen returns the length of the exponent that s begins with.
func exponentLen(s string) int {
	if s == "" || s[0]|0x20 != 'e' {
		return 0
	}
	n := 1
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	digits := n
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == digits {
		return 0
	}
	return n
}

// isBased reports whether s is prefix followed by some of digits.
func isBased(s, prefix, digits string) bool {
	s, ok := strings.CutPrefix(s, prefix)
	return ok && s != "" && strings.Trim(s, digits) == ""
}

func wordLen(s string) int {
	n := 0
	for n < len(s) && isWord(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || c >= 0x80
}
