package property

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// minimal is what every connector must have.
func minimal(more ...string) map[string]string {
	m := map[string]string{
		"connector.class": "MySql", "topic.prefix": "p", "database.hostname": "h", "database.user": "u",
		"database.server.id": "7", "snapshot.mode": "no_data", "include.schema.changes": "false",
	}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

func TestParse_Accepts(t *testing.T) {
	f := func(more ...string) {
		t.Helper()
		if _, warnings, err := Parse(minimal(more...)); err != nil || len(warnings) > 0 {
			t.Errorf("%q: warnings %v, error %v", more, warnings, err)
		}
	}
	f()
	f("snapshot.mode", "SCHEMA_ONLY")
	f("database.port", " +3307 ")
	f("include.query", "True ")
	f("database.include.list", "")
	f("transforms", " ")
	f("schema.history.internal.kafka.topic", "t", "schema.history.internal.producer.sasl.jaas.config", "x")
	f("converters", "b", "b.type", "x", "b.whatever", "y")
	f("transforms.left.over", "y")
	f("producer.override.acks", "-1")
	f("skipped.operations", "c, u,d,t,r")
	f("skipped.operations", " none ")
	f("unavailable.value.placeholder", "hex:00") // means something to PostgreSQL's connector only
}

func TestParse_Refuses(t *testing.T) {
	f := func(want string, more ...string) {
		t.Helper()
		_, _, err := Parse(minimal(more...))
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", more, err, want)
		}
	}
	f(`database.port: "x": not a whole number of 32 bits`, "database.port", "x")
	f(`database.port: "0": want 1 to 65535`, "database.port", "0")
	f(`database.server.id: "4294967296": want 1 to 4294967295`, "database.server.id", "4294967296")
	f(`include.query: "yes": want one of true, false`, "include.query", "yes")
	f(`tasks.max: "2": want 1 to 1`, "tasks.max", "2")
	f(`topic.prefix: is required`, "topic.prefix", "")
	f(`topic.prefix: "a b": letters, digits, '_', '.' and '-' are allowed`, "topic.prefix", "a b")
	f(`snapshot.mode: "custom": it takes a Java class, and cdcd runs none: choose another, or configuration_based with what the class does`, "snapshot.mode", "custom")
	f(`time.precision.mode: "structured" is not supported yet: the mode came with Debezium 3.7`, "time.precision.mode", "structured")
	f(`time.precision.mode: "adaptive": want one of adaptive_time_microseconds, connect, isostring, microseconds, nanoseconds, structured`, "time.precision.mode", "adaptive")
	f(`transforms: "unwrap" is not supported yet: records are written as they come`, "transforms", "unwrap")
	f(`transaction.metadata.factory: "com.example.Factory" is not supported yet: transaction metadata is written as this one does`, "transaction.metadata.factory", "com.example.Factory")
	f(`column.mask.with.x.chars: is not supported yet: values would be published in clear, which Debezium does without a word`, "column.mask.with.x.chars", "a.b.c")
	f(`column.mask.hash.********: is not supported yet: values would be published in clear, which Debezium does without a word`, "column.mask.hash.SHA-256.with.sal.CzQMA0cB5K", "a.b.c")
	f(`column.mask.hash.SHA-256.with.salt.********: the value is not valid`, "column.mask.hash.SHA-256.with.salt.CzQMA0cB5K", "a.(b")
	f(`column.truncate.to.4: is not supported yet: values would be published in full, which Debezium does without a word`, "column.truncate.to.4", "a.b.c")
	f(`skipped.operations: "x": want a list of c, u, d, t, or none alone`, "skipped.operations", "x")
	f(`skipped.operations: "None": want a list of c, u, d, t, or none alone`, "skipped.operations", "None")
	f(`skipped.operations: "none,t": want a list of c, u, d, t, or none alone`, "skipped.operations", "none,t")
	f(`skipped.operations: "c,,t": want a list of c, u, d, t, or none alone`, "skipped.operations", "c,,t")
	f(`database.whitelist: is the old name of database.include.list: use that`, "database.whitelist", "a")
	f(`table.include.list: may not be set together with table.exclude.list`, "table.include.list", "a", "table.exclude.list", "b")
	f(`table.include.list: "a,(b": regular expression "(b": missing closing ): "(b"`, "table.include.list", "a,(b")
	f(`value.converter: "io.confluent.connect.avro.AvroConverter" is not supported yet: `+onlyJSON, "value.converter", "io.confluent.connect.avro.AvroConverter")
	f(`database.password: ${env:CDCD_NOT_SET}: the environment has no variable CDCD_NOT_SET`, "database.password", "${env:CDCD_NOT_SET}")
	f(`database.password: ${vault:a:b}: provider "vault" is not known: env, file and directory are`, "database.password", "${vault:a:b}")
	f(`producer.override.sasl.jaas.config: is not supported yet: `+daemonKafka, "producer.override.sasl.jaas.config", "secret")
}

func TestParse_ListsAllProblems(t *testing.T) {
	_, _, err := Parse(map[string]string{"database.port": "x", "transforms": "a", "include.query": "maybe"})
	for _, name := range []string{
		"connector.class: is required", "database.hostname: is required", "database.user: is required",
		"database.server.id: is required", "topic.prefix: is required",
		"database.port: ", "transforms: ", "include.query: ",
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q is not in:\n%v", name, err)
		}
	}
}

func TestParse_Warns(t *testing.T) {
	f := func(want string, more ...string) {
		t.Helper()
		_, warnings, err := Parse(minimal(more...))
		if err != nil || len(warnings) != 1 || warnings[0].String() != want {
			t.Errorf("%q:\n got %v, %v\nwant %s", more, warnings, err, want)
		}
	}
	f("table.includ.list: is not a property that is known, and has no effect; did you mean table.include.list?", "table.includ.list", "a")
	f("something.else: is not a property that is known, and has no effect", "something.else", "a")
	f("database.hostnmae: has no effect: there is no JDBC driver here; did you mean database.hostname?", "database.hostnmae", "a")
	f("driver.useSSL: has no effect: there is no JDBC driver here", "driver.useSSL", "a")
	f(`errors.tolerance: "all" has no effect yet: cdcd stops at what it cannot handle, with position and table`, "errors.tolerance", "all")
	f("database.blacklist: is the old name of database.exclude.list and has no effect", "database.blacklist", "a", "database.exclude.list", "a")
	f("database.history: is the old name of schema.history.internal and has no effect", "database.history", "x")
}

// TestParse_HidesSecrets: whatever is wrong, neither a password nor what a
// reference stands for is printed.
func TestParse_HidesSecrets(t *testing.T) {
	const hidden = "s3cret"
	t.Setenv("CDCD_SECRET", hidden)
	for name := range maps.Keys(newIndex().exact) {
		v, warnings, err := Parse(minimal(name, "${env:CDCD_SECRET}", "un.known", hidden))
		text := fmt.Sprint(warnings, err, v) + fmt.Sprintf("%+v %#v %q %s", v, v, v, v)
		if strings.Contains(text, hidden) {
			t.Errorf("%s: %s", name, text)
		}
	}
	_, warnings, err := Parse(minimal("producer.override.sasl.jaas.config", hidden, "database.ssl.keystore.password", hidden))
	if text := fmt.Sprint(warnings, err); strings.Contains(text, hidden) {
		t.Error(text)
	}
}

func TestValues(t *testing.T) {
	v, _, err := Parse(minimal(
		"database.port", " 3307", "connect.timeout.ms", "1500", "include.query", "TRUE", "converters", " a, b ,,",
		"decimal.handling.mode", "STRING", "table.include.list", "a.b", "database.password", " p ",
		"topic.creation.default.cleanup.policy", "compact"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	f(v.Int("database.port"), 3307)
	f(v.Int("max.queue.size"), 8192)
	f(v.Duration("connect.timeout.ms"), 1500*time.Millisecond)
	f(v.Bool("include.query"), true)
	f(v.Bool("tombstones.on.delete"), true)
	f(v.List("converters"), []string{"a", "b"})
	f(v.Choice("decimal.handling.mode"), "string")
	f(v.Choice("binary.handling.mode"), "bytes")
	f(v.Matcher("table.include.list").Match("A.B"), true)
	f(v.Matcher("table.exclude.list") == nil, true)
	f(v.Secret("database.password").Reveal(), " p ")
	f(v.Set("database.port"), true)
	f(v.Set("name"), false)
	f(v.Text("topic.delimiter"), ".")
	f(v.Under("topic.creation.default."), map[string]string{"cleanup.policy": "compact"})
}

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "db.properties")
	if err := os.WriteFile(file, []byte("# comment\nuser = me\npassword=a=b:c\\\\d\nother: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pw"), []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CDCD_X", "y")
	f := func(value, want, problem string) {
		t.Helper()
		got, hidden, err := resolve(value)
		if problem != "" {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%s: error %v, want %s", value, err, problem)
			}
			return
		}
		if err != nil || got != want || hidden != (got != value) {
			t.Errorf("%s: got %q %v, %v", value, got, hidden, err)
		}
	}
	f("plain", "plain", "")
	f("$1.${routedByValue}", "$1.${routedByValue}", "")
	f("a${env:CDCD_X}b${env:CDCD_X}", "ayby", "")
	f("${file:"+dir+"/pw}", "from file", "")
	f("${file:"+file+":password}", `a=b:c\d`, "")
	f("${file:"+file+":user}", "me", "")
	f("${file:"+file+":other}", "x", "")
	f("${directory:"+dir+":pw}", "from file", "")
	f("${file:"+file+":none}", "", "has no key none")
	f("${file:"+dir+"/none}", "", "no such file")
	f("${directory:"+dir+":../pw}", "", "want ${directory:/path:name}")
	f("${env:CDCD_NOT_SET}", "", "no variable CDCD_NOT_SET")
}
