package connector

import (
	"crypto/tls"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/connector/property"
	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink"
)

func TestParseConfig_SignalDefaults(t *testing.T) {
	want := SignalConfig{Poll: 5 * time.Second, Chunk: 1024, Watermarks: InsertInsert}
	if got := parsed(t).Signals; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestParseConfig_SignalChannels(t *testing.T) {
	f := func(source bool, topic, file string, changes ...string) {
		t.Helper()
		s := parsed(t, append(changes, "signal.data.collection", "ops.signals")...).Signals
		if s.Source != source || s.Kafka.Name != topic || s.File != file {
			t.Errorf("%q: %+v", changes, s)
		}
	}
	const channels = "signal.enabled.channels"
	f(true, "", "")
	f(true, "", "file-signals.txt", channels, "source,file")
	f(false, "", "/var/x", channels, "FILE", "signal.file", " /var/x ")
	f(false, "demo-signal", "", channels, " Kafka ")
	f(true, "ops.signals", "file-signals.txt", channels, "kafka,source,file", "signal.kafka.topic", "ops.signals")
	s := parsed(t, channels, "kafka", "signal.kafka.bootstrap.servers", "a:1, b:2", "signal.kafka.poll.timeout.ms", "100", "signal.poll.interval.ms", "250").Signals
	if fmt.Sprint(s.Kafka) != fmt.Sprint(SignalTopic{Name: "demo-signal", Key: "demo", Brokers: []string{"a:1", "b:2"}, Wait: 100 * time.Millisecond}) || s.Poll != 250*time.Millisecond {
		t.Errorf("%+v", s)
	}
}

// TestParseConfig_SignalSecurity: the topic is read as the sink connects, or as the
// connector's own properties say, and those do not print.
func TestParseConfig_SignalSecurity(t *testing.T) {
	base := sink.Config{Brokers: []string{"own:9"}, ClientID: "me", TLS: &tls.Config{ServerName: "own"}, SASL: sink.SASL{Mechanism: "PLAIN", User: "own"}}
	kafka := []string{"signal.enabled.channels", "kafka"}
	if got := parsed(t, kafka...).Signals.Kafka.Apply(base); !reflect.DeepEqual(got, base) {
		t.Errorf("by itself: %+v", got)
	}
	c := parsed(t, append(kafka, "signal.kafka.bootstrap.servers", "other:9", "signal.consumer.security.protocol", "SASL_PLAINTEXT",
		"signal.consumer.sasl.mechanism", "SCRAM-SHA-256", "signal.consumer.sasl.jaas.config", `x required username="u" password="s3cret";`)...)
	got := c.Signals.Kafka.Apply(base)
	if want := (sink.SASL{Mechanism: "SCRAM-SHA-256", User: "u", Password: "s3cret"}); got.SASL != want || got.TLS != nil || !slices.Equal(got.Brokers, []string{"other:9"}) || got.ClientID != "me" {
		t.Errorf("with properties: %+v", got)
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(text, "s3cret") {
		t.Error("the password prints: " + text)
	}
	if got := parsed(t, append(kafka, "signal.consumer.security.protocol", "plaintext")...).Signals.Kafka.Apply(base); got.TLS != nil || got.SASL != (sink.SASL{}) {
		t.Errorf("in the clear: %+v", got)
	}
}

func TestParseConfig_Incremental(t *testing.T) {
	s := parsed(t, "incremental.snapshot.chunk.size", "7", "incremental.snapshot.watermarking.strategy", "INSERT_DELETE",
		"incremental.snapshot.allow.schema.changes", "true").Signals
	if s.Chunk != 7 || s.Watermarks != InsertDelete {
		t.Errorf("%+v", s)
	}
	f := func(value, mode string, flavor event.Flavor, want bool) {
		t.Helper()
		if got := parsed(t, "read.only", value).Signals.readOnly(ServerInfo{Flavor: flavor, GTIDMode: mode}); got != want {
			t.Errorf("read.only=%s on %s, GTIDs %s: %v", value, flavor, mode, got)
		}
	}
	f("", "ON", event.MySQL, true)
	f("", "OFF", event.MySQL, false)
	f("", "ON_PERMISSIVE", event.MySQL, false)
	f("", "", event.MariaDB, true)
	f("True", "OFF", event.MySQL, true)
	f("false", "ON", event.MySQL, false)
	f("false", "", event.MariaDB, false)
}

func TestParseConfig_SignalsRefuses(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		if _, _, err := ParseConfig("shop", shop(changes...)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", changes, err, want)
		}
	}
	for _, name := range []string{"signals", ".signals", "ops.", " . "} {
		f("signal.data.collection: ", "signal.data.collection", name)
	}
	f("signal.data.collection: the server's own schemas are never captured", "signal.data.collection", "mysql.user")
	f(`signal.enabled.channels: "source,kafak": want one of source, kafka, file, jmx, in-process`, "signal.enabled.channels", "source,kafak")
	f("signal.poll.interval.ms: ", "signal.poll.interval.ms", "0")
	f("signal.kafka.poll.timeout.ms: ", "signal.kafka.poll.timeout.ms", "-1")
	const kafka = "signal.enabled.channels"
	f("signal.consumer.security.protocol: is to be set, too", kafka, "kafka", "signal.consumer.sasl.mechanism", "PLAIN")
	f("signal.consumer.security.protocol: ", kafka, "kafka", "signal.consumer.security.protocol", "TLS")
	f("signal.consumer.security.protocol=SASL_SSL needs sasl.mechanism", kafka, "kafka", "signal.consumer.security.protocol", "SASL_SSL")
	f("signal.consumer.ssl.truststore.location: ", kafka, "kafka", "signal.consumer.security.protocol", "SSL", "signal.consumer.ssl.truststore.location", "/nowhere/x.pem")
	f("signal.file: ", "signal.file", " ", "signal.enabled.channels", "file")
	f("incremental.snapshot.chunk.size: ", "incremental.snapshot.chunk.size", "0")
	f("incremental.snapshot.watermarking.strategy: ", "incremental.snapshot.watermarking.strategy", "insert")
	f("read.only: ", "read.only", "maybe")
}

func TestParseConfig_SignalsWarns(t *testing.T) {
	f := func(want string, changes ...string) {
		t.Helper()
		_, warnings, err := ParseConfig("shop", shop(changes...))
		if text := fmt.Sprint(warnings); err != nil || len(warnings) != 1 || !strings.Contains(text, want) {
			t.Errorf("%q: warnings %s, error %v, want %s", changes, text, err, want)
		}
	}
	f("signal.enabled.channels: jmx has no effect: send signals over HTTP", "signal.enabled.channels", "JMX,source")
	f("signal.enabled.channels: in-process has no effect", "signal.enabled.channels", "in-process")
	f("signal.consumer.max.poll.records: has no effect", "signal.consumer.max.poll.records", "5")
}

// TestFilter_Signals: the table of signals is captured whatever the lists say, is copied
// where the copied tables are not listed without it, and comes where the lists have it.
func TestFilter_Signals(t *testing.T) {
	signals := schema.ID{Database: "ops", Name: "signals"}
	for _, changes := range [][]string{
		nil,
		{"table.include.list", "shop.orders"},
		{"table.exclude.list", "ops.signals"},
		{"database.include.list", "shop"},
		{"database.exclude.list", "ops"},
	} {
		filter := parsed(t, append(changes, "signal.data.collection", "OPS.signals")...).Filter
		if !filter.Table(signals) || !filter.Signals(signals) {
			t.Errorf("%q: the table of signals is not captured", changes)
		}
		if filter.Signals(schema.ID{Database: "ops", Name: "signals2"}) || filter.Signals(schema.ID{}) {
			t.Errorf("%q: others are tables of signals", changes)
		}
	}
	if filter := parsed(t, "database.include.list", "shop", "signal.data.collection", "ops.signals").Filter; filter.Table(schema.ID{Database: "ops", Name: "x"}) {
		t.Error("its database is captured")
	}
	if parsed(t).Filter.Signals(schema.ID{}) {
		t.Error("there is a table of signals where none is configured")
	}
	order := func(list, want string) {
		t.Helper()
		include, err := property.ParseMatcher(list)
		if err != nil {
			t.Fatal(err)
		}
		tables := []schema.ID{signals, {Database: "shop", Name: "a"}, {Database: "shop", Name: "b"}}
		SnapshotConfig{}.Arrange(&Filter{tables: lists{include: include}, signals: signals}, tables, nil)
		if got := fmt.Sprint(tables); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
	order("", "[ops.signals shop.a shop.b]")
	order("shop.b,shop.a", "[shop.b shop.a ops.signals]")
	order("shop.b,.*", "[shop.b ops.signals shop.a]")
}
