package property

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Error is one thing that is wrong with a configuration. The error of
// [Parse] is a join of them.
type Error struct {
	Name string // of the property
	Text string
}

// Error returns the property's name and what is wrong.
func (e Error) Error() string { return e.Name + ": " + e.Text }

// Warning is what a user should know about a configuration that is accepted.
type Warning struct {
	Name string // of the property
	Text string
}

// String returns the property's name and what is to be known.
func (w Warning) String() string { return w.Name + ": " + w.Text }

// Parse holds a configuration to the table. References to secrets are
// resolved. The error is a join of [Error], all there are, in the order of
// the names; no value of a password or of a reference is in it, nor in a
// warning.
func Parse(props map[string]string) (Values, []Warning, error) {
	p := parser{props: props, v: Values{set: map[string]string{}, index: newIndex()}}
	for _, name := range slices.Sorted(maps.Keys(props)) {
		p.given(name, props[name])
	}
	for _, name := range slices.Sorted(maps.Keys(p.v.index.exact)) {
		if !p.v.Set(name) {
			p.absent(p.v.index.exact[name])
		}
	}
	p.excluded()
	p.strangers()
	slices.SortStableFunc(p.problems, func(a, b Error) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(p.warnings, func(a, b Warning) int { return strings.Compare(a.Name, b.Name) })
	errs := make([]error, len(p.problems))
	for i, problem := range p.problems {
		errs[i] = problem
	}
	return p.v, p.warnings, errors.Join(errs...)
}

type parser struct {
	props    map[string]string
	v        Values
	unknown  []string
	problems []Error
	warnings []Warning
}

func (p *parser) fail(name, format string, args ...any) {
	p.problems = append(p.problems, Error{PublicName(name), fmt.Sprintf(format, args...)})
}

func (p *parser) warn(name, format string, args ...any) {
	p.warnings = append(p.warnings, Warning{PublicName(name), fmt.Sprintf(format, args...)})
}

// given reads one property of the configuration.
func (p *parser) given(name, value string) {
	value, hidden, err := resolve(value)
	if err == nil {
		name, err = resolveName(name)
	}
	if err != nil {
		p.fail(name, "%v", err)
		return
	}
	p.v.set[name] = value
	d, ok := p.v.index.find(name)
	if !ok {
		p.unknown = append(p.unknown, name)
		return
	}
	if strings.TrimSpace(value) == "" {
		return
	}
	shown := fmt.Sprintf("%q ", strings.TrimSpace(value))
	if hidden || d.Type == Password || d.pattern() {
		shown = ""
	}
	switch err := d.check(value); {
	case err != nil && shown == "":
		p.fail(name, "the value is not valid")
	case err != nil:
		p.fail(name, "%s: %v", strings.TrimSpace(shown), err)
	default:
		p.judge(d, name, strings.TrimSpace(value), shown)
	}
}

// judge tells what a well-formed value has for an effect.
func (p *parser) judge(d Definition, name, value, shown string) {
	switch d.Support {
	case Supported, Ignored:
	case Renamed:
		p.renamed(d, name)
	case Warned:
		if d.pattern() {
			p.warn(name, "has no effect: %s%s", d.Note, p.hint(name))
		} else if !d.doing(value) {
			p.warn(name, "%shas no effect yet: %s", shown, d.Note)
		}
	case Refused:
		if d.pattern() || !d.doing(value) {
			p.fail(name, "%sis not supported yet: %s", shown, d.Note)
		}
	}
}

// renamed refuses an old name: what it asks for would be lost. Beside today's
// name, or where that has no effect either, it does no harm.
func (p *parser) renamed(d Definition, name string) {
	today, _ := p.v.index.find(d.Note)
	if _, both := p.props[d.Note]; both || today.Support == Ignored {
		p.warn(name, "is the old name of %s and has no effect", d.Note)
		return
	}
	p.fail(name, "is the old name of %s: use that", d.Note)
}

// absent handles a property whose default applies.
func (p *parser) absent(d Definition) {
	switch {
	case d.Required:
		p.fail(d.Name, "is required")
	case d.Support == Refused && !d.doing(d.Default):
		p.fail(d.Name, "is not set, which means %q, and that is not supported yet: %s", d.Default, d.Note)
	case d.Support == Warned && !d.doing(d.Default):
		p.warn(d.Name, "is not set, which means %q, and that has no effect yet: %s", d.Default, d.Note)
	}
}

// excluded looks for two properties of which only one may be set.
func (p *parser) excluded() {
	for _, d := range p.v.index.exact {
		if d.Excludes != "" && p.v.Set(d.Name) && p.v.Set(d.Excludes) {
			p.fail(d.Name, "may not be set together with %s", d.Excludes)
		}
	}
}

// strangers warns about names that nothing knows. What belongs to an alias of
// converters or post.processors is known to those.
func (p *parser) strangers() {
	aliases := append(p.v.List("converters"), p.v.List("post.processors")...)
	for _, name := range p.unknown {
		if slices.ContainsFunc(aliases, func(a string) bool { return strings.HasPrefix(name, a+".") }) {
			continue
		}
		p.warn(name, "is not a property that is known, and has no effect%s", p.hint(name))
	}
}

func (p *parser) hint(name string) string {
	if s := p.v.index.suggest(name); s != "" {
		return "; did you mean " + s + "?"
	}
	return ""
}
