package property

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// toRE2 rewrites a Java regular expression for Go's package regexp. What is
// written differently is converted; what would mean something else there, or
// cannot be said, is an error. Whatever Go does not know either is left for
// regexp.Compile to refuse.
func toRE2(java string) (string, error) {
	t := javaRegexp{rest: java}
	for t.rest != "" {
		if err := t.step(); err != nil {
			return "", err
		}
	}
	if t.class {
		return "", errors.New("character class is not closed")
	}
	return t.out.String(), nil
}

// javaRegexp is a translation under way.
type javaRegexp struct {
	rest  string
	out   strings.Builder
	class bool // inside of [ ]
}

// take moves n bytes of rest away and returns them.
func (t *javaRegexp) take(n int) string {
	s := t.rest[:n]
	t.rest = t.rest[n:]
	return s
}

func (t *javaRegexp) copy(n int) { t.out.WriteString(t.take(n)) }

func (t *javaRegexp) step() error {
	switch c := t.rest[0]; {
	case c == '\\':
		return t.escape()
	case t.class:
		return t.inClass()
	case c == '[':
		t.openClass()
		return nil
	case strings.HasPrefix(t.rest, "(?"):
		return t.group()
	}
	t.copy(1)
	return nil
}

// openClass copies "[", "[^" and a "]" that comes first, which is literal.
func (t *javaRegexp) openClass() {
	t.class = true
	t.copy(1)
	if strings.HasPrefix(t.rest, "^") {
		t.copy(1)
	}
	if strings.HasPrefix(t.rest, "]") {
		t.copy(1)
	}
}

func (t *javaRegexp) inClass() error {
	switch {
	case t.rest[0] == '[':
		return errors.New("a character class within another is not supported: write one class, or an alternative (a|b)")
	case strings.HasPrefix(t.rest, "&&"):
		return errors.New("the intersection of character classes (&&) is not supported: write the characters out")
	case t.rest[0] == ']':
		t.class = false
	}
	t.copy(1)
	return nil
}

// special are the groups that need backtracking.
var special = []struct{ open, name string }{
	{"(?=", "lookahead"},
	{"(?!", "negative lookahead"},
	{"(?<=", "lookbehind"},
	{"(?<!", "negative lookbehind"},
	{"(?>", "an atomic group"},
}

var groupFlags = regexp.MustCompile(`\A\(\?[a-zA-Z-]*[dxuU][a-zA-Z-]*[:)]`)

func (t *javaRegexp) group() error {
	for _, s := range special {
		if strings.HasPrefix(t.rest, s.open) {
			return fmt.Errorf("%s, %s…), is not supported here: use an exclude list instead", s.name, s.open)
		}
	}
	if m := groupFlags.FindString(t.rest); m != "" {
		return fmt.Errorf("flags %s are not supported: i, m and s are", m)
	}
	t.copy(2)
	return nil
}

// posix are Java's names of ASCII classes.
var posix = map[string]string{
	"Lower": "lower", "Upper": "upper", "Alpha": "alpha", "Digit": "digit", "Alnum": "alnum",
	"Punct": "punct", "Graph": "graph", "Print": "print", "Blank": "blank", "Cntrl": "cntrl",
	"XDigit": "xdigit", "Space": "space", "ASCII": "ascii",
}

// elsewhere are escapes that mean something else in Go, or nothing.
const elsewhere = "hHvVRXNGkec"

func (t *javaRegexp) escape() error {
	r, size := utf8.DecodeRuneInString(t.rest[1:])
	switch {
	case size == 0:
		return errors.New(`ends in an unfinished escape, "\"`)
	case r >= utf8.RuneSelf:
		t.take(1)
		t.copy(size)
	case r >= '1' && r <= '9' && !t.class:
		return fmt.Errorf(`back-reference \%c is not supported`, r)
	case r == '0' || strings.ContainsRune(elsewhere, r):
		return fmt.Errorf(`escape \%c is not supported`, r)
	case r == 'Q':
		return t.quote()
	case r == 'Z':
		t.take(2)
		t.out.WriteString(`\z`)
	case r == 'u':
		return t.unicode()
	case r == 'p' || r == 'P':
		t.property()
	default:
		t.copy(2)
	}
	return nil
}

// quote writes what stands between \Q and \E.
func (t *javaRegexp) quote() error {
	if t.class {
		return errors.New(`\Q within a character class is not supported`)
	}
	text, after, _ := strings.Cut(t.rest[2:], `\E`)
	t.rest = after
	t.out.WriteString(regexp.QuoteMeta(text))
	return nil
}

func (t *javaRegexp) unicode() error {
	if len(t.rest) < 6 {
		return errors.New(`\u needs four hexadecimal digits`)
	}
	n, err := strconv.ParseUint(t.rest[2:6], 16, 16)
	if err != nil {
		return errors.New(`\u needs four hexadecimal digits`)
	}
	t.take(6)
	fmt.Fprintf(&t.out, `\x{%04x}`, n)
	return nil
}

func (t *javaRegexp) property() {
	name, _, ok := strings.Cut(strings.TrimPrefix(t.rest[2:], "{"), "}")
	class, known := posix[name]
	if !ok || !known || t.rest[2] != '{' {
		t.copy(2)
		return
	}
	if t.rest[1] == 'P' {
		class = "^" + class
	}
	t.take(len(name) + 4)
	class = "[:" + class + ":]"
	if !t.class {
		class = "[" + class + "]"
	}
	t.out.WriteString(class)
}
