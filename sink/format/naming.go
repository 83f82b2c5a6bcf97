package format

import (
	"fmt"
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// Naming says how the topics of tables are named (topic.naming.strategy). The zero
// Naming is Debezium's default: prefix, database and table, sanitised.
type Naming struct {
	OnlyTable bool // without the database: a schema strategy has a schema there, and MySQL has none
	Escape    bool // what Kafka does not take is escaped and stays distinct, in place of '_'
	// Rename makes another topic of the one that a table would have (topic.regex);
	// nil for none.
	Rename func(topic string) string
	// KeyField is a field of the key, behind the others, that tells apart the tables
	// of a topic (topic.key.field.name); "" for none. A table without a key has it
	// alone.
	KeyField string
	// KeyValue makes its value of the topic that the table would have, before that is
	// sanitised; nil for that itself.
	KeyValue func(topic string) string
}

// maxTopicLength is Kafka's limit on a topic name.
const maxTopicLength = 249

// topic is the data topic of a table.
// Source: DefaultTopicNamingStrategy, AbstractRegexTopicNamingStrategy.
func (c *Config) topic(id schema.ID) (string, error) {
	name := c.Naming.sanitised(c.origin(id))
	if c.Naming.Rename == nil {
		return name, nil
	}
	renamed := c.Naming.Rename(name)
	switch {
	case renamed == "":
		return name, nil
	case renamed != Naming{}.sanitised(renamed):
		return "", fmt.Errorf("topic.replacement makes %q of the topic %s, which Kafka does not take: letters, digits, '.', '_' and '-', %d at most", renamed, name, maxTopicLength)
	}
	return renamed, nil
}

// origin is the name of a table's topic before anything is done to it.
func (c *Config) origin(id schema.ID) string {
	names := []string{c.TopicPrefix, id.Database, id.Name}
	if c.Naming.OnlyTable {
		names = []string{c.TopicPrefix, id.Name}
	}
	var parts []string
	for _, p := range names {
		if strings.TrimSpace(p) != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, c.TopicDelimiter)
}

// sanitised replaces UTF-16 units outside of [A-Za-z0-9._-], and cuts what is longer
// than Kafka allows. Where units are escaped, '_' is one of them.
// Source: AbstractTopicNamingStrategy.sanitizedTopicName.
func (n Naming) sanitised(name string) string {
	valid, replace := isTopicUnit, underscore
	if n.Escape {
		valid, replace = isUnicodeTopicUnit, unicodeEscape
	}
	name = adjustUnits(name, valid, replace)
	switch {
	case name == "." || name == "..":
		return strings.Repeat(replace('.'), len(name))
	case len(name) > maxTopicLength:
		return name[:maxTopicLength]
	}
	return name
}

// identifyTable adds the field to a key that tells tables apart.
// Source: AbstractRegexTopicNamingStrategy.keySchemaAugment, keyValueAugment.
func (p *plan) identifyTable(key *node) error {
	n := &p.json.cfg.Naming
	if n.KeyField == "" {
		return nil
	}
	for _, f := range key.fields {
		if f.field == n.KeyField {
			return fmt.Errorf("column %s of the key has the name of topic.key.field.name: choose another one", f.field)
		}
	}
	value := p.json.cfg.origin(p.table.ID)
	if n.KeyValue != nil {
		value = n.KeyValue(value)
	}
	text := appendString(nil, []byte(value))
	c := &column{
		schema: node{kind: "string", field: n.KeyField},
		accept: ^kinds(0), // it is made of no column; the first one is always there
		encode: func(dst []byte, _ *event.Value) []byte { return append(dst, text...) },
	}
	key.fields = append(key.fields, c.schema)
	for _, im := range []*image{&p.streamed.key, &p.snapshot.key, &p.keyHeader} {
		p.add(im, 0, c, c.encode, omitted{})
	}
	return nil
}
