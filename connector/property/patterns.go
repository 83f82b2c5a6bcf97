package property

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
)

// Matcher is a compiled list of regular expressions. The nil Matcher is the
// list that was not given. It is immutable.
type Matcher struct{ items []*expression }

// ParseMatcher compiles a list as Debezium's include and exclude lists are
// written: Java regular expressions separated by commas, "\," for a comma
// within one. A blank list gives nil. The error lists every expression that
// cannot be used.
func ParseMatcher(list string) (*Matcher, error) {
	items, err := splitPatterns(list)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	m := &Matcher{}
	var errs []error
	for _, item := range items {
		e, err := compile(item)
		if err != nil {
			errs = append(errs, fmt.Errorf("regular expression %q: %w", item, err))
		}
		m.items = append(m.items, e)
	}
	return m, errors.Join(errs...)
}

// plainer says what is wrong without Go's package name in front.
func plainer(err error) error {
	if e, ok := errors.AsType[*syntax.Error](err); ok {
		return fmt.Errorf("%s: %q", e.Code, e.Expr)
	}
	return err
}

// Match tells whether an expression matches the whole of name. The nil Matcher
// matches nothing.
func (m *Matcher) Match(name string) bool {
	return m != nil && m.Index(name) < len(m.items)
}

// Index returns the place in the list of the first expression that matches the
// whole of name: the length of the list when none does, 0 for the nil Matcher.
func (m *Matcher) Index(name string) int {
	if m == nil {
		return 0
	}
	for i, e := range m.items {
		if e.match(name) {
			return i
		}
	}
	return len(m.items)
}

// Idle returns the expressions, as they were written, that match none of names.
func (m *Matcher) Idle(names []string) []string {
	if m == nil {
		return nil
	}
	var idle []string
	for _, e := range m.items {
		if !slices.ContainsFunc(names, e.match) {
			idle = append(idle, e.text)
		}
	}
	return idle
}
