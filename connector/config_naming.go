package connector

import (
	"strings"

	"cdcd/connector/property"
	"cdcd/sink/format"
)

// naming reads how topics of tables are named.
// Source: AbstractTopicNamingStrategy, AbstractRegexTopicNamingStrategy.
func (p *configParser) naming() (n format.Naming) {
	class := strings.ToLower(p.v.Text("topic.naming.strategy")) // Parse has checked it
	n.OnlyTable = strings.Contains(class, ".schematopic") || strings.Contains(class, ".schemaregex") || strings.Contains(class, ".schemaunicode")
	n.Escape = strings.Contains(class, "unicode")
	if !strings.Contains(class, "regex") {
		p.idleNaming()
		return n
	}
	if !p.v.Set("topic.regex") {
		p.fail("topic.regex", "is required by a regex strategy")
	}
	n.Rename = p.rewrite("topic.regex", "topic.replacement")
	if p.v.Bool("topic.key.enforce.uniqueness") {
		n.KeyField = p.v.Text("topic.key.field.name")
		n.KeyValue = p.rewrite("topic.key.field.regex", "topic.key.field.replacement")
	}
	return n
}

// rewrite reads an expression and its replacement; nil where there is none.
func (p *configParser) rewrite(regex, replacement string) func(string) string {
	if !p.v.Set(regex) {
		return nil
	}
	if !p.v.Set(replacement) {
		p.fail(replacement, "must not be empty if %s is set", regex)
		return nil
	}
	r, err := property.ParseRewrite(p.v.Text(regex), p.v.Text(replacement))
	if err != nil {
		p.fail(regex, "%v", err)
		return nil
	}
	return r.Apply
}

// idleNaming names what has an effect with a regex strategy only.
func (p *configParser) idleNaming() {
	for _, name := range []string{
		"topic.regex", "topic.replacement", "topic.key.enforce.uniqueness",
		"topic.key.field.name", "topic.key.field.regex", "topic.key.field.replacement",
	} {
		if p.v.Set(name) {
			p.warn(name, "has no effect: topic.naming.strategy is not a regex strategy")
		}
	}
}
