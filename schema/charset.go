package schema

import (
	"fmt"
	"slices"
	"strings"
)

// read reads a CHARACTER SET or COLLATE clause at the start of tokens and
// returns the number of its tokens, 0 when there is none.
func (c *charsetClause) read(tokens []token) int {
	n := 0
	if words(tokens, "DEFAULT") {
		n = 1
	}
	field := &c.charset
	switch rest := tokens[n:]; {
	case words(rest, "CHARACTER", "SET"), words(rest, "CHAR", "SET"):
		n += 2
	case words(rest, "CHARSET"):
		n++
	case words(rest, "COLLATE"):
		n++
		field = &c.collation
	default:
		return 0
	}
	if n < len(tokens) && tokens[n].is("=") {
		n++
	}
	if n >= len(tokens) || tokens[n].kind == tokenOp || tokens[n].kind == tokenNumber {
		return 0
	}
	*field = strings.ToLower(tokens[n].text)
	return n + 1
}

// charsets are the servers' character sets. Source: INFORMATION_SCHEMA of
// MySQL 5.6-9.x and MariaDB 10.11-11.4.
var charsets = strings.Fields(`armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932
	dec8 eucjpms euckr filename gb18030 gb2312 gbk geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2
	latin5 latin7 macce macroman sjis swe7 tis620 ucs2 ujis utf16 utf16le utf32 utf8mb3 utf8mb4`)

// charsetName returns the name that the server prints for a character set, or
// an error for one that it does not have.
func charsetName(s string) (string, error) {
	if s == "utf8" {
		s = "utf8mb3"
	}
	if !slices.Contains(charsets, s) {
		return "", fmt.Errorf("the character set %q is not known", s)
	}
	return s, nil
}

// charsetOf returns the character set of a collation. MariaDB's uca1400
// collations may be named without one, which then is fallback.
func charsetOf(collation, fallback string) (string, error) {
	if strings.HasPrefix(collation, "uca1400_") {
		return fallback, nil
	}
	charset, _, _ := strings.Cut(collation, "_")
	return charsetName(charset)
}

// encoding is a character set with its collation, which is empty when it is
// the server's default for the character set.
type encoding struct{ charset, collation string }

// resolve returns what the clause says where base is the inherited encoding,
// and parent what DEFAULT stands for.
func (c *charsetClause) resolve(base, parent encoding) (encoding, error) {
	e := base
	var err error
	switch c.charset {
	case "":
	case "default":
		e = parent
	default:
		e = encoding{}
		if e.charset, err = charsetName(c.charset); err != nil {
			return e, err
		}
	}
	return c.collate(e)
}

// collate applies the clause's collation to e.
func (c *charsetClause) collate(e encoding) (encoding, error) {
	switch {
	case c.collation == "" || c.collation == "default":
		return e, nil
	case c.collation == "bin" && e.charset == "binary":
		return encoding{"binary", "binary"}, nil
	case c.collation == "bin" && strings.Contains(e.collation, "_nopad_"): // MariaDB
		return encoding{e.charset, e.charset + "_nopad_bin"}, nil
	case c.collation == "bin":
		return encoding{e.charset, e.charset + "_bin"}, nil
	}
	charset, err := charsetOf(c.collation, e.charset)
	if err == nil && c.charset != "" && charset != e.charset {
		err = fmt.Errorf("the collation %q is not of the character set %q", c.collation, e.charset)
	}
	return encoding{charset, canonicalCollation(c.collation, charset)}, err
}

// canonicalCollation returns the name that new servers print.
func canonicalCollation(name, charset string) string {
	if rest, ok := strings.CutPrefix(name, "utf8_"); ok {
		return "utf8mb3_" + rest
	}
	if strings.HasPrefix(name, "uca1400_") {
		return charset + "_" + name
	}
	return name
}
