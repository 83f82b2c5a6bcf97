package property

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rewrite replaces text as Java does with a regular expression and a replacement.
// It is immutable. Unlike the lists of names it tells upper from lower case.
type Rewrite struct {
	whole, first *regexp.Regexp
	parts        []rewritten
}

// rewritten is a piece of a replacement: what a group matched, or text.
type rewritten struct {
	text  string
	group int // -1 for text
}

// ParseRewrite compiles a Java regular expression and a replacement, in which $1 and
// ${name} stand for groups, and a backslash takes the next character as it is.
func ParseRewrite(regex, replacement string) (*Rewrite, error) {
	text, err := toRE2(regex)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", regex, err)
	}
	r := &Rewrite{}
	if r.first, err = regexp.Compile(text); err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", regex, plainer(err))
	}
	if r.whole, err = regexp.Compile(`\A(?:` + text + `)\z`); err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", regex, plainer(err))
	}
	if r.parts, err = parseReplacement(r.first, replacement); err != nil {
		return nil, fmt.Errorf("replacement %q: %w", replacement, err)
	}
	return r, nil
}

// Apply returns text with the first match replaced, if the expression matches the
// whole of it, which a first match need not; else text as it is.
// Source: Matcher.matches, Matcher.replaceFirst.
func (r *Rewrite) Apply(text string) string {
	if !r.whole.MatchString(text) {
		return text
	}
	at := r.first.FindStringSubmatchIndex(text)
	if at == nil {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:at[0]])
	for _, p := range r.parts {
		switch {
		case p.group < 0:
			b.WriteString(p.text)
		case at[2*p.group] >= 0:
			b.WriteString(text[at[2*p.group]:at[2*p.group+1]])
		}
	}
	b.WriteString(text[at[1]:])
	return b.String()
}

// Source: Matcher.appendExpandedReplacement.
func parseReplacement(re *regexp.Regexp, text string) (parts []rewritten, err error) {
	for text != "" {
		part := rewritten{group: -1}
		switch {
		case text[0] == '$':
			part.group, text, err = groupOf(re, text[1:])
		case text[0] != '\\':
			n := strings.IndexAny(text, `$\`)
			if n < 0 {
				n = len(text)
			}
			part.text, text = text[:n], text[n:]
		case len(text) == 1:
			err = errors.New(`ends in an unfinished escape, "\"`)
		default:
			part.text, text = text[1:2], text[2:]
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

var groupName = regexp.MustCompile(`\A\{([a-zA-Z][a-zA-Z0-9]*)\}`)

// groupOf reads the number or the name of a group behind a dollar. Of digits it takes
// as many as make the number of a group that there is.
func groupOf(re *regexp.Regexp, text string) (group int, rest string, err error) {
	if m := groupName.FindStringSubmatch(text); m != nil {
		group = slices.Index(re.SubexpNames(), m[1])
		if group < 0 {
			return 0, "", fmt.Errorf("the expression has no group %s", m[1])
		}
		return group, text[len(m[0]):], nil
	}
	n := 0
	for ; n < len(text) && text[n] >= '0' && text[n] <= '9'; n++ {
		next := group*10 + int(text[n]-'0')
		if n > 0 && next > re.NumSubexp() {
			break
		}
		group = next
	}
	switch {
	case n == 0:
		return 0, "", errors.New("a number or a name in braces must follow $")
	case group > re.NumSubexp():
		return 0, "", fmt.Errorf("the expression has no group %d", group)
	}
	return group, text[n:], nil
}
