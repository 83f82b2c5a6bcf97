package property

import (
	"strconv"
	"strings"
	"time"
)

// Values is a configuration that [Parse] has accepted. Getters return the
// default of what is not set. They expect a name of the table, with the type
// they are named after; a test of the caller holds it to that.
type Values struct {
	set   map[string]string // as given, with references resolved
	index index
}

// String hides the values, which may be secrets.
func (v Values) String() string { return redacted }

// GoString hides the values, which may be secrets.
func (v Values) GoString() string { return redacted }

// Set tells whether the configuration gives the property a value that is not
// blank.
func (v Values) Set(name string) bool { return strings.TrimSpace(v.set[name]) != "" }

// Text returns a value as given.
func (v Values) Text(name string) string {
	if s, ok := v.set[name]; ok {
		return s
	}
	d, _ := v.index.find(name)
	return d.Default
}

// Choice returns one of the property's choices, in the table's spelling.
func (v Values) Choice(name string) string {
	d, _ := v.index.find(name)
	for _, c := range d.Choices {
		if strings.EqualFold(c, v.trimmed(name)) {
			return c
		}
	}
	return d.Default
}

// trimmed returns the value, or the default when it is blank.
func (v Values) trimmed(name string) string {
	if s := strings.TrimSpace(v.set[name]); s != "" {
		return s
	}
	d, _ := v.index.find(name)
	return d.Default
}

// Secret returns a password.
func (v Values) Secret(name string) Secret { return NewSecret(v.set[name]) }

// Bool returns a truth value.
func (v Values) Bool(name string) bool { return strings.EqualFold(v.trimmed(name), "true") }

// Int returns a number.
func (v Values) Int(name string) int64 {
	n, _ := strconv.ParseInt(v.trimmed(name), 10, 64) // Parse has checked it
	return n
}

// Duration returns a number of milliseconds as a duration.
func (v Values) Duration(name string) time.Duration {
	return time.Duration(v.Int(name)) * time.Millisecond
}

// List returns the items of a list.
func (v Values) List(name string) []string { return splitList(v.trimmed(name)) }

// Matcher returns a list of regular expressions, nil when it is not set.
func (v Values) Matcher(name string) *Matcher {
	m, _ := ParseMatcher(v.trimmed(name)) // Parse has checked it
	return m
}

// Under returns the given values of all names that begin with prefix, by the
// rest of the name.
func (v Values) Under(prefix string) map[string]string {
	m := map[string]string{}
	for name, value := range v.set {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			m[rest] = value
		}
	}
	return m
}
