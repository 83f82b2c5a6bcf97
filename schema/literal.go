package schema

import "strings"

// value returns what a character literal stands for.
func (t token) value(mode uint64) string {
	if !strings.ContainsRune(t.text, rune(t.quote)) && !strings.Contains(t.text, `\`) {
		return t.text
	}
	var b strings.Builder
	for i := 0; i < len(t.text); i++ {
		c := t.text[i]
		switch {
		case c == '\\' && i+1 < len(t.text) && mode&modeNoBackslashEscapes == 0:
			i++
			b.WriteString(escape(t.text[i]))
			continue
		case c == t.quote:
			i++ // doubled
		}
		b.WriteByte(c)
	}
	return b.String()
}

// escape returns what a backslash and c stand for. Source: MySQL reference
// manual, String Literals.
func escape(c byte) string {
	switch c {
	case '0':
		return "\x00"
	case 'b':
		return "\b"
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case 'Z':
		return "\x1a"
	case '%', '_':
		return `\` + string(c)
	}
	return string(c)
}

// quote writes s as a character literal for the parser.
func quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `'`, `''`) + "'"
}

// QuoteName puts a name into backquotes, as the server and the parser take it.
func QuoteName(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }
