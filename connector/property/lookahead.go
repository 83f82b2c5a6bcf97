package property

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Go's regular expressions have no lookahead, and lists in use have it in one
// place: at the beginning, or after the name of a database, as in
// "shop\.(?!tmp_).*". There what it looks at begins at a known place, so that
// it is a condition of its own.

// expression matches a whole name: width characters by start, the rest by rest
// and by every condition.
type expression struct {
	text  string // as it was written
	width int
	start *regexp.Regexp
	ahead []condition
	rest  *regexp.Regexp
}

// condition is a lookahead.
type condition struct {
	begins *regexp.Regexp
	want   bool
}

func (e *expression) match(name string) bool {
	at := 0
	for range e.width {
		_, size := utf8.DecodeRuneInString(name[at:])
		at += size
	}
	if !e.start.MatchString(name[:at]) || !e.rest.MatchString(name[at:]) {
		return false
	}
	for _, c := range e.ahead {
		if c.begins.MatchString(name[at:]) != c.want {
			return false
		}
	}
	return true
}

// fixed is one character, plain or escaped, or a point for any: what may stand
// in front of a lookahead.
var fixed = regexp.MustCompile(`\A(?:[\pL\pN_-]|\.|\\[.$_-])`)

// compile makes an expression match whole names, without case.
func compile(java string) (*expression, error) {
	e := &expression{text: java}
	start, rest := "", strings.TrimPrefix(java, "^")
	if i := strings.Index(rest, "(?"); i >= 0 && isAhead(rest[i:]) {
		for at := 0; at < i; e.width++ {
			n := len(fixed.FindString(rest[at:i]))
			if n == 0 {
				return e, errAhead(rest[i:])
			}
			at += n
		}
		start, rest = rest[:i], rest[i:]
	}
	var err error
	for isAhead(rest) && err == nil {
		rest, err = e.condition(rest)
	}
	if err == nil && len(e.ahead) > 0 && alternatives(rest) {
		err = errAhead("(?")
	}
	if err == nil {
		e.start, err = translate(start, true)
	}
	if err == nil {
		e.rest, err = translate(rest, true)
	}
	return e, err
}

func isAhead(text string) bool {
	return strings.HasPrefix(text, "(?!") || strings.HasPrefix(text, "(?=")
}

func errAhead(text string) error {
	return fmt.Errorf("lookahead, %.3s…), is supported only at the beginning or after plain characters, and not beside alternatives: use an exclude list instead", text)
}

// condition takes the lookahead that text begins with and returns what follows.
func (e *expression) condition(text string) (rest string, err error) {
	end := closing(text)
	if end < 0 {
		return "", fmt.Errorf("missing ): %q", text)
	}
	begins, err := translate(text[3:end], false)
	e.ahead = append(e.ahead, condition{begins, text[2] == '='})
	return text[end+1:], err
}

// closing finds the parenthesis that closes the one that text begins with.
func closing(text string) int {
	end := -1
	outside(text, func(i, depth int) bool {
		if text[i] == ')' && depth == 0 {
			end = i
		}
		return end < 0
	})
	return end
}

// alternatives tells whether there is a | that no parentheses enclose.
func alternatives(text string) bool {
	found := false
	outside(text, func(i, depth int) bool {
		found = found || text[i] == '|' && depth == 0
		return !found
	})
	return found
}

// outside calls f with every byte that stands neither behind a backslash nor
// in a character class, and with the parentheses that are open after it, until
// f returns false.
func outside(text string, f func(i, depth int) bool) {
	depth, class := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			continue
		case class:
			class = c != ']'
			continue
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		if !f(i, depth) {
			return
		}
	}
}

// translate compiles a Java expression to match from the beginning, and to the
// end if it shall.
func translate(java string, whole bool) (*regexp.Regexp, error) {
	text, err := toRE2(java)
	if err != nil {
		return nil, err
	}
	if _, err := regexp.Compile(text); err != nil {
		return nil, plainer(err)
	}
	text = `(?i)\A(?:` + text + `)`
	if whole {
		text += `\z`
	}
	return regexp.Compile(text)
}
