package schema

import "strings"

// read reads what follows DEFAULT and returns the number of its tokens.
func (d *Default) read(tokens []token) int {
	*d = Default{Kind: DefaultExpression}
	switch {
	case len(tokens) == 0:
		return 0
	case tokens[0].is("("):
		return parens(tokens)
	case words(tokens, "NULL"):
		d.Kind = DefaultNull
		return 1
	case nowLen(tokens) > 0:
		d.Kind = DefaultNow
		return nowLen(tokens)
	}
	if n := d.literal(tokens); n > 0 {
		d.Kind = DefaultLiteral
		return n
	}
	return expressionLen(tokens)
}

// literal reads a literal, with a character set introducer, a sign or a type
// before it, and returns the number of its tokens, 0 when there is none.
func (d *Default) literal(tokens []token) int {
	n, sign := 0, ""
	switch {
	case tokens[0].any("DATE", "TIME", "TIMESTAMP"), tokens[0].kind == tokenWord && strings.HasPrefix(tokens[0].text, "_"):
		n = 1
	case tokens[0].any("-", "+"):
		n, sign = 1, strings.TrimPrefix(tokens[0].text, "+")
	case tokens[0].any("TRUE", "FALSE"):
		d.Text = tokens[0].text
		return 1
	}
	if n >= len(tokens) {
		return 0
	}
	if tokens[n].kind == tokenNumber {
		d.Text = sign + tokens[n].text
		return n + 1
	}
	start := n
	for ; n < len(tokens) && tokens[n].kind == tokenString; n++ {
		d.Text += tokens[n].text
	}
	if d.Quoted = n > start; !d.Quoted {
		return 0
	}
	return n
}

// nowLen returns how many tokens CURRENT_TIMESTAMP or a synonym has, 0 when
// tokens begin with something else.
func nowLen(tokens []token) int {
	if len(tokens) == 0 || !tokens[0].any("CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP") {
		return 0
	}
	return 1 + parens(tokens[1:])
}

// expressionLen returns how many tokens a default has that MariaDB takes
// without parentheses around it: a function call or NEXT VALUE FOR.
func expressionLen(tokens []token) int {
	n := 0
	if words(tokens, "NEXT", "VALUE", "FOR") {
		n = 3
	}
	n += nameLen(tokens[n:])
	return n + parens(tokens[n:])
}
