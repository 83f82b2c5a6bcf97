package connector

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink"
	"cdcd/sink/format"
)

// shop is a configuration that is accepted, with changes.
func shop(changes ...string) map[string]string {
	m := map[string]string{
		"connector.class": "io.debezium.connector.mysql.MySqlConnector", "database.hostname": "db.example",
		"database.user": "cdcd", "database.password": "s3cret", "database.server.id": "184054",
		"topic.prefix": "demo", "snapshot.mode": "no_data", "include.schema.changes": "false",
	}
	for i := 0; i < len(changes); i += 2 {
		m[changes[i]] = changes[i+1]
	}
	return m
}

func parsed(t *testing.T, changes ...string) Config {
	t.Helper()
	c, warnings, err := ParseConfig("shop", shop(changes...))
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%q: warnings %v, error %v", changes, warnings, err)
	}
	return c
}

func TestParseConfig_Defaults(t *testing.T) {
	c := parsed(t)
	if c.Name != "shop" || c.Flavor != event.MySQL || c.Host != "db.example" || c.Port != 3306 ||
		c.User != "cdcd" || c.Password.Reveal() != "s3cret" || c.ServerID != 184054 || c.TLS != (TLS{Mode: TLSPreferred}) ||
		c.ConnectTimeout != 30*time.Second || c.QueryTimeout != 10*time.Minute || c.Snapshot.Mode != NoData || c.KeyInClear {
		t.Errorf("server: %+v", c)
	}
	f := c.Format
	if f.TopicPrefix != "demo" || f.TopicDelimiter != "." || f.Connector != "mysql" || f.Version != "3.6.1.Final" ||
		!f.KeySchemas || !f.ValueSchemas || f.KeepNulls || f.DecimalNumeric || !f.Tombstones || !f.ContextHeaders ||
		f.TaskID != "0" || !f.TimeAdjuster || f.Query || f.Comments || f.CaptureColumn != nil || f.Mappers != nil || f.Convert != nil {
		t.Errorf("format: %+v", f)
	}
	if _, err := format.NewJSON(f); err != nil {
		t.Error(err)
	}
	if s := c.Sink; s != (SinkOverrides{}) {
		t.Errorf("sink: %+v", s)
	}
	if !c.Topics.AutoCreate || c.Topics.Partitions != 0 || c.Topics.Replication != 0 || len(c.Topics.Configs) != 0 {
		t.Errorf("topics: %+v", c.Topics)
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, "s3cret") {
		t.Error("the password prints: " + text)
	}
}

func TestParseConfig_MariaDB(t *testing.T) {
	f := func(class string, want event.Flavor, mode TLSMode) {
		t.Helper()
		c := parsed(t, "connector.class", class)
		if c.Flavor != want || c.Format.Connector != string(want) || c.TLS.Mode != mode {
			t.Errorf("%s: %s, %s, TLS %d", class, c.Flavor, c.Format.Connector, c.TLS.Mode)
		}
	}
	f("MySqlConnector", event.MySQL, TLSPreferred)
	f("MySql", event.MySQL, TLSPreferred)
	f("MariaDb", event.MariaDB, TLSOff)
	f("MariaDbConnector", event.MariaDB, TLSOff)
	f("io.debezium.connector.mariadb.MariaDbConnector", event.MariaDB, TLSOff)
}

func TestParseConfig_Sink(t *testing.T) {
	c := parsed(t,
		"producer.override.compression.type", "LZ4", "producer.override.linger.ms", "5", "producer.override.batch.size", "100000",
		"producer.override.max.request.size", "2000000", "producer.override.buffer.memory", "33554432",
		"producer.override.request.timeout.ms", "20000", "producer.override.delivery.timeout.ms", "60000",
		"topic.creation.default.partitions", "3", "topic.creation.default.replication.factor", "-1",
		"topic.creation.default.cleanup.policy", "compact", "topic.creation.enable", "false")
	s := c.Sink.Apply(sink.Config{ClientID: "x", Compression: sink.Zstd})
	if s.ClientID != "x" || s.Compression != sink.LZ4 || s.Linger != 5*time.Millisecond || s.BatchSize != 100000 ||
		s.MaxRequestBytes != 2000000 || s.BufferBytes != 32<<20 || s.RequestTimeout != 20*time.Second || s.DeliveryTimeout != time.Minute {
		t.Errorf("sink: %+v", s)
	}
	if topics := c.Topics; topics.AutoCreate || topics.Partitions != 3 || topics.Replication != -1 ||
		len(topics.Configs) != 1 || topics.Configs["cleanup.policy"] != "compact" {
		t.Errorf("topics: %+v", topics)
	}
	kept := parsed(t, "producer.override.delivery.timeout.ms", "2147483647").Sink.Apply(sink.Config{Compression: sink.Zstd, BatchSize: 7})
	if kept.Compression != sink.Zstd || kept.BatchSize != 7 || kept.DeliveryTimeout != 0 {
		t.Errorf("what is not overridden changed: %+v", kept)
	}
}

// TestParseConfig_Converters: options of a converter that is not named beside
// them are those of the worker's converter, and do not count.
func TestParseConfig_Converters(t *testing.T) {
	const converter = "org.apache.kafka.connect.json.JsonConverter"
	f := func(key, value, warned bool, changes ...string) {
		t.Helper()
		c, warnings, err := ParseConfig("shop", shop(changes...))
		if err != nil || (len(warnings) > 0) != warned || c.Format.KeySchemas != key || c.Format.ValueSchemas != value {
			t.Errorf("%q: key %v, value %v, warnings %v, error %v", changes, c.Format.KeySchemas, c.Format.ValueSchemas, warnings, err)
		}
	}
	f(true, true, true, "key.converter.schemas.enable", "false")
	f(false, true, false, "key.converter", converter, "key.converter.schemas.enable", "false")
	f(true, false, false, "value.converter", converter, "value.converter.schemas.enable", "false")
	f(false, false, false, "key.converter", converter, "key.converter.schemas.enable", "false", "value.converter", converter, "value.converter.schemas.enable", "False")

	c := parsed(t, "value.converter", converter, "value.converter.replace.null.with.default", "false",
		"value.converter.decimal.format", "numeric", "key.converter", converter, "key.converter.decimal.format", "NUMERIC")
	if !c.Format.KeepNulls || !c.Format.DecimalNumeric {
		t.Errorf("format: %+v", c.Format)
	}
}

func TestParseConfig_Refuses(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		_, _, err := ParseConfig("shop", shop(changes...))
		if err == nil || !strings.HasPrefix(err.Error(), "connector shop:\n") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", changes, err, want)
		}
	}
	f("topic.prefix: is required", "topic.prefix", "")
	f(`snapshot.mode: `, "snapshot.mode", "custom")
	f(`database.ssl.mode: "verify-ca" is a mode of the MariaDB connector`, "database.ssl.mode", "verify-ca")
	f(`database.ssl.mode: "required" is a mode of the MySQL connector`, "database.ssl.mode", "required", "connector.class", "MariaDb")
	f("topic.creation.default.partitions: want a number from 1", "topic.creation.default.partitions", "0")
	f("value.converter.decimal.format: must be the same", "value.converter", "JsonConverter", "value.converter.decimal.format", "NUMERIC")
	f("key.converter.replace.null.with.default: must be the same", "key.converter", "JsonConverter", "key.converter.replace.null.with.default", "false")
	f(`z.type: converter "com.example.Z" is not known`, "converters", "z", "z.type", "com.example.Z")
	f(`z.type: converter "" is not known`, "converters", "z")
	f("b.selector: regular expression", "converters", "b", "b.type", "io.debezium.connector.mysql.converters.TinyIntOneToBooleanConverter", "b.selector", "(")
	for _, wrong := range []string{"shop.orders", "shop.orders:", ":id", "a.b:id:c", "a.b:,id", "a.b:id,,c", "a.b:id;;a.c:id", "a.b:id; ", ";"} {
		f("message.key.columns: ", "message.key.columns", wrong)
	}
	f(`message.key.columns: regular expression "a.(b.id": `, "message.key.columns", "a.(b:id")
	f("database.port: ", "database.port", "x", "z.type", "y")
}

func TestParseConfig_Columns(t *testing.T) {
	id := schema.ID{Database: "shop", Name: "orders"}
	c := parsed(t, "column.exclude.list", `shop\.orders\.secret`)
	if c.Format.CaptureColumn(id, "SECRET") || !c.Format.CaptureColumn(id, "id") {
		t.Error("column.exclude.list")
	}
	c = parsed(t, "column.propagate.source.type", `.*\.price`, "datatype.propagate.source.type", `.+\.BIGINT.*`)
	for column, want := range map[[2]string]bool{{"price", "INT"}: true, {"n", "BIGINT UNSIGNED"}: true, {"n", "INT"}: false} {
		got := slices.ContainsFunc(c.Format.Mappers, func(m format.Mapper) bool { return m.Matches(id, column[0], column[1]) })
		if got != want {
			t.Errorf("propagate %v: %v", column, got)
		}
	}
}

// TestParseConfig_Modes: every value that the table lists for a mode, but for those
// of a later Debezium, is one that plans know.
func TestParseConfig_Modes(t *testing.T) {
	id := schema.ID{Database: "d", Name: "t"}
	f := func(name string, got func(format.Config) string, values ...string) {
		t.Helper()
		for _, value := range values {
			c := parsed(t, name, strings.ToUpper(value))
			j, err := format.NewJSON(c.Format)
			if err != nil || got(c.Format) != value {
				t.Errorf("%s=%s: read as %q, %v", name, value, got(c.Format), err)
				continue
			}
			if _, err := j.Plan(&schema.Table{ID: id}); err != nil {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
	f("decimal.handling.mode", func(c format.Config) string { return string(c.DecimalMode) }, "precise", "double", "string")
	f("bigint.unsigned.handling.mode", func(c format.Config) string { return string(c.BigintUnsignedMode) }, "long", "precise")
	f("time.precision.mode", func(c format.Config) string { return string(c.TimeMode) }, "adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds")
	f("binary.handling.mode", func(c format.Config) string { return string(c.BinaryMode) }, "bytes", "base64", "base64-url-safe", "hex")
	f("schema.name.adjustment.mode", func(c format.Config) string { return string(c.SchemaNames) }, "none", "avro", "avro_unicode")
	f("field.name.adjustment.mode", func(c format.Config) string { return string(c.FieldNames) }, "none", "avro", "avro_unicode")
	f("enable.time.adjuster", func(c format.Config) string { return strconv.FormatBool(c.TimeAdjuster) }, "true", "false")
	f("include.schema.comments", func(c format.Config) string { return strconv.FormatBool(c.Comments) }, "true", "false")
	f("skip.messages.without.change", func(c format.Config) string { return strconv.FormatBool(c.SkipUnchanged) }, "true", "false")
}

func TestParseConfig_SkippedOperations(t *testing.T) {
	f := func(value, want string) {
		t.Helper()
		var got string
		for _, op := range parsed(t, "skipped.operations", value).Format.Skip {
			got += string(rune(op))
		}
		if got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	f("", "t")
	f("none", "")
	f(" u, d ", "ud")
	f("c,u,d,t", "cudt")
	f("r", "")
}

// TestParseConfig_KeyColumns has the rules of Debezium's CustomKeyMapper.
func TestParseConfig_KeyColumns(t *testing.T) {
	table := func(db, name string, columns ...string) *schema.Table {
		tb := &schema.Table{ID: schema.ID{Database: db, Name: name}}
		for _, c := range columns {
			tb.Columns = append(tb.Columns, schema.Column{Name: c})
		}
		return tb
	}
	orders := table("shop", "orders", "id", "region", "customer", "Part1", "part2")
	f := func(value string, tb *schema.Table, want ...int) {
		t.Helper()
		if got := parsed(t, "message.key.columns", value).Format.KeyColumns(tb); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	f("shop.orders:customer,id", orders, 2, 0)
	f(" shop.orders: customer , id ", orders, 2, 0)
	f("shop.orders:CUSTOMER", orders, 2)
	f("shop.orders:missing", orders)
	f("shop.orders:missing,id", orders, 0)
	f("shop.other:id", orders)
	f("other.shop.orders:id", orders)
	f("(.*).orders:part.*,id", orders, 3, 4, 0)
	f("shop.other:region;shop.orders:id;.*:region", orders, 0, 1)
	f("shop.orders:id;.*orders:id,region", orders, 0, 1)
	f("shop.(orders|items):id;;", table("shop", "items", "x", "id"), 1)
	if c := parsed(t, "message.key.columns", " "); c.Format.KeyColumns != nil {
		t.Error("a blank list is one")
	}
}

// TestParseConfig_Golden reads the configurations that Debezium was recorded
// with: every one is accepted, or refused for what this release lacks.
func TestParseConfig_Golden(t *testing.T) {
	files, err := filepath.Glob("../testdata/golden/*/connector.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %d files", err, len(files))
	}
	lacking := regexp.MustCompile(`^((key|value)\.converter|snapshot\.mode|transforms): .*is not supported yet: `)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var props map[string]string
		if err := json.Unmarshal(text, &props); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if _, _, err = ParseConfig("golden", props); err == nil {
			continue
		}
		for _, line := range strings.Split(err.Error(), "\n")[1:] {
			if !lacking.MatchString(line) {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
}

// getters finds the names that the code asks a property's value of.
var getters = regexp.MustCompile(`\bv\.(?:Text|Bool|Int|Duration|List|Choice|Secret|Matcher|Set)\("([^"]+)"\)`)

// TestParseConfig_AsksForRows: a getter with a name that the table does not
// have would silently return nothing.
func TestParseConfig_AsksForRows(t *testing.T) {
	files, err := filepath.Glob("config*.go")
	if err != nil {
		t.Fatal(err)
	}
	known, err := os.ReadFile("../docs/properties.md") // generated from the table
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range getters.FindAllStringSubmatch(string(text), -1) {
			if asked++; !strings.Contains(string(known), "| `"+m[1]+"` |") {
				t.Errorf("%s asks for %s, which has no row", file, m[1])
			}
		}
	}
	if asked < 20 {
		t.Errorf("found %d getters only", asked)
	}
}

// FuzzParseConfig: no configuration may end the process, and what is accepted
// is complete.
func FuzzParseConfig(f *testing.F) {
	files, err := filepath.Glob("../testdata/golden/*/connector.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var props map[string]string
		if json.Unmarshal(text, &props) != nil || strings.Contains(string(text), "${") {
			return
		}
		c, _, err := ParseConfig("fuzz", props)
		if err != nil {
			return
		}
		if c.Host == "" || c.ServerID == 0 || c.Port == 0 || c.Filter == nil {
			t.Errorf("accepted without what it needs: %+v", c)
		}
		if _, err := format.NewJSON(c.Format); err != nil {
			t.Errorf("accepted what the format refuses: %v", err)
		}
	})
}
