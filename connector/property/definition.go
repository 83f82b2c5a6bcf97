package property

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Type says how a value is read. The names are those of Kafka's ConfigDef,
// where it has one.
type Type string

// The types of values.
const (
	Text     Type = "string"
	Bool     Type = "boolean"
	Int      Type = "int"
	Long     Type = "long"
	Millis   Type = "ms"
	List     Type = "list"
	Patterns Type = "regex list"
	Choice   Type = "choice"
	Class    Type = "class"
	Password Type = "password"
)

// Support says what cdcd makes of a property.
type Support uint8

// The degrees of support.
const (
	Supported Support = iota
	Ignored           // accepted without effect: nothing depends on it here
	Warned            // a value that does not work yet is named in a warning
	Refused           // a value that does not work yet is an error
	Renamed           // Debezium's name of long ago; Note is today's
)

// Definition is one row of the table.
type Definition struct {
	// Name is the property's name. A part in angle brackets stands for any
	// text (<N> for a number, <algorithm> for one without dots), a trailing ".*"
	// for any names below.
	Name     string
	Type     Type
	Default  string // "" for none
	Choices  []string
	Check    func(value string) error // nil when the type says everything
	Required bool
	Excludes string // the property that may not be set besides
	Support  Support
	// Works are the values of a Warned or Refused property that do work; when
	// empty, only the default does.
	Works []string
	// Note says why the property has no effect, what is missing, or what a
	// supported one is limited to.
	Note string
}

// Section is a group of rows under a title.
type Section struct {
	Title string
	Rows  []Definition
}

func supported(name string, t Type, def string) Definition {
	return Definition{Name: name, Type: t, Default: def}
}

func ignored(name string, t Type, def, why string) Definition {
	return Definition{Name: name, Type: t, Default: def, Support: Ignored, Note: why}
}

func warned(name string, t Type, def, why string) Definition {
	return Definition{Name: name, Type: t, Default: def, Support: Warned, Note: why}
}

func refused(name string, t Type, def, why string) Definition {
	return Definition{Name: name, Type: t, Default: def, Support: Refused, Note: why}
}

func renamed(name, today string) Definition {
	return Definition{Name: name, Type: Text, Support: Renamed, Note: today}
}

func (d Definition) of(choices ...string) Definition {
	d.Choices = choices
	return d
}

func (d Definition) works(values ...string) Definition {
	d.Works = values
	return d
}

func (d Definition) checked(check func(string) error) Definition {
	d.Check = check
	return d
}

func (d Definition) required() Definition {
	d.Required = true
	return d
}

func (d Definition) not(other string) Definition {
	d.Excludes = other
	return d
}

func (d Definition) note(text string) Definition {
	d.Note = text
	return d
}

// pattern tells whether the row stands for more than one name.
func (d Definition) pattern() bool {
	return placeholder.MatchString(d.Name)
}

// doing tells whether a value has its effect.
func (d Definition) doing(value string) bool {
	if len(d.Works) == 0 {
		return strings.EqualFold(value, d.Default)
	}
	for _, w := range d.Works {
		if strings.EqualFold(value, w) {
			return true
		}
	}
	return false
}

// index finds the row of a name.
type index struct {
	exact    map[string]Definition
	patterns []patternRow
}

type patternRow struct {
	names *regexp.Regexp
	row   Definition
}

// tableIndex is the index for who only reads it, made once.
var tableIndex = sync.OnceValue(newIndex)

func newIndex() index {
	x := index{exact: map[string]Definition{}}
	for _, s := range Table() {
		for _, d := range s.Rows {
			if d.pattern() {
				x.patterns = append(x.patterns, patternRow{nameRegexp(d.Name), d})
			} else {
				x.exact[d.Name] = d
			}
		}
	}
	// What is named further fits better.
	slices.SortStableFunc(x.patterns, func(a, b patternRow) int { return len(b.row.stem()) - len(a.row.stem()) })
	return x
}

// stem is a name up to what stands for others.
func (d Definition) stem() string {
	at := placeholder.FindStringIndex(d.Name)
	if at == nil {
		return d.Name
	}
	return d.Name[:at[0]]
}

var placeholder = regexp.MustCompile(`<[^>]+>|\.\*$`)

func nameRegexp(name string) *regexp.Regexp {
	var b strings.Builder
	end := 0
	for _, at := range placeholder.FindAllStringIndex(name, -1) {
		b.WriteString(regexp.QuoteMeta(name[end:at[0]]))
		switch name[at[0]:at[1]] {
		case "<N>":
			b.WriteString(`\d+`)
		case "<algorithm>":
			b.WriteString(`[^.]+`)
		case ".*":
			b.WriteString(`\..+`)
		default:
			b.WriteString(`.+`)
		}
		end = at[1]
	}
	b.WriteString(regexp.QuoteMeta(name[end:]))
	return regexp.MustCompile(`\A(?:` + b.String() + `)\z`)
}

// find returns the row of a name: its own, or the nearest pattern that fits.
func (x index) find(name string) (Definition, bool) {
	if d, ok := x.exact[name]; ok {
		return d, true
	}
	for _, p := range x.patterns {
		if p.names.MatchString(name) {
			return p.row, true
		}
	}
	return Definition{}, false
}
