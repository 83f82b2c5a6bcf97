package connector

import (
	"strings"
	"testing"

	"cdcd/schema"
	"cdcd/sink/format"
)

// TestParseConfig_Naming has every strategy of Debezium's.
func TestParseConfig_Naming(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		c := parsed(t, changes...)
		n := c.Format.Naming
		topic := "demo.a_b.orders_7"
		if n.OnlyTable {
			topic = "demo.orders_7"
		}
		if n.Rename != nil {
			topic = n.Rename(topic)
		}
		got := topic + " " + n.KeyField
		if n.KeyValue != nil {
			got += "=" + n.KeyValue("demo.a_b.orders_7")
		}
		if n.Escape {
			got += "escaped"
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", changes, got, want)
		}
		j, err := format.NewJSON(c.Format)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Plan(&schema.Table{ID: schema.ID{Database: "a_b", Name: "orders_7"}}); err != nil {
			t.Error(err)
		}
	}
	const name, prefix = "topic.naming.strategy", "io.debezium.schema."
	f("demo.a_b.orders_7 ")
	f("demo.a_b.orders_7 ", name, prefix+"DefaultTopicNamingStrategy")
	f("demo.orders_7 ", name, prefix+"SchemaTopicNamingStrategy")
	f("demo.a_b.orders_7 escaped", name, prefix+"DefaultUnicodeTopicNamingStrategy")
	f("demo.orders_7 escaped", name, prefix+"SchemaUnicodeTopicNamingStrategy")
	regex := []string{name, prefix + "DefaultRegexTopicNamingStrategy", "topic.regex", `(.*)_\d`, "topic.replacement", "$1"}
	f("demo.a_b.orders __dbz__physicalTableIdentifier", regex...)
	f("demo.a_b.orders ", append(regex, "topic.key.enforce.uniqueness", "false")...)
	f("demo.a_b.orders shard=7", append(regex, "topic.key.field.name", "shard", "topic.key.field.regex", ".*_(.*)", "topic.key.field.replacement", "$1")...)
	regex[1] = prefix + "SchemaRegexTopicNamingStrategy"
	f("demo.orders __dbz__physicalTableIdentifier", regex...)
}

func TestParseConfig_NamingRefused(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		_, _, err := ParseConfig("shop", shop(changes...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", changes, err, want)
		}
	}
	const name, regex = "topic.naming.strategy", "io.debezium.schema.DefaultRegexTopicNamingStrategy"
	f(`topic.naming.strategy: "com.example.Mine": want one of io.debezium.schema.DefaultTopicNamingStrategy, io.debezium.schema.DefaultRegexTopicNamingStrategy, `, name, "com.example.Mine")
	f("topic.regex: is required", name, regex, "topic.replacement", "x")
	f("topic.replacement: must not be empty if topic.regex is set", name, regex, "topic.regex", "x")
	f(`topic.regex: regular expression "(": `, name, regex, "topic.regex", "(", "topic.replacement", "x")
	f(`topic.regex: replacement "$1": the expression has no group 1`, name, regex, "topic.regex", "x", "topic.replacement", "$1")
	f("topic.key.field.replacement: must not be empty if topic.key.field.regex is set", name, regex, "topic.regex", "x", "topic.replacement", "x", "topic.key.field.regex", "x")
	_, warnings, err := ParseConfig("shop", shop("topic.regex", "x"))
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].Text, "is not a regex strategy") {
		t.Errorf("%v, %v", warnings, err)
	}
}
