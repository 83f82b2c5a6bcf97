package connector

import (
	"slices"
	"strings"
	"time"

	"cdcd/connector/property"
	"cdcd/schema"
	"cdcd/sink"
)

// SignalConfig says how signals reach a connector, and how incremental snapshots, which
// they ask for, read.
type SignalConfig struct {
	// Table holds signals in its rows, and what incremental snapshots write where they
	// write; zero for none. It is captured, see [Filter.Signals].
	Table  schema.ID
	Source bool // rows of Table are signals
	Kafka  SignalTopic
	File   string        // "" for no file
	Poll   time.Duration // how often Kafka and the file are looked at

	Chunk      int // rows that an incremental snapshot reads at a time, at least 1
	Watermarks Watermarks
	ReadOnly   ReadOnly
}

// SignalTopic is the topic of signals. The zero value is none.
type SignalTopic struct {
	Name    string        // "" for no topic
	Key     string        // of the records that are for this connector: the topic prefix
	Brokers []string      // nil for those of the sink
	Wait    time.Duration // for a record, when it is looked at; 0 for not at all
	// Secure is how to connect where that is not as the sink does, nil where it is. It
	// is a function, since fmt prints one as an address.
	Secure func() sink.Config
}

// Apply returns the sink's settings as the reader of the topic needs them.
func (t SignalTopic) Apply(c sink.Config) sink.Config {
	if t.Brokers != nil {
		c.Brokers = t.Brokers
	}
	if t.Secure != nil {
		own := t.Secure()
		c.TLS, c.SASL = own.TLS, own.SASL
	}
	return c
}

// Watermarks says how the end of a window is marked in the table of signals.
type Watermarks string

// The values of incremental.snapshot.watermarking.strategy.
const (
	InsertInsert Watermarks = "insert_insert" // by another row
	InsertDelete Watermarks = "insert_delete" // by deleting the row of the beginning
)

// ReadOnly says whether incremental snapshots do without writing to the server.
type ReadOnly string

// The values of read.only.
const (
	ReadOnlyUnset ReadOnly = ""
	ReadOnlyTrue  ReadOnly = "true"
	ReadOnlyFalse ReadOnly = "false"
)

// readOnly tells whether incremental snapshots of a server do without writing to it:
// unless configured, where GTIDs, or MariaDB, say what a query saw.
func (s SignalConfig) readOnly(info ServerInfo) bool {
	if s.ReadOnly != ReadOnlyUnset {
		return s.ReadOnly == ReadOnlyTrue
	}
	return info.tellsViews()
}

// signals reads the properties of signals and incremental snapshots.
func (p *configParser) signals() SignalConfig {
	v := p.v
	s := SignalConfig{
		Table:      signalTable(v),
		Poll:       v.Duration("signal.poll.interval.ms"),
		Chunk:      int(v.Int("incremental.snapshot.chunk.size")),
		Watermarks: Watermarks(v.Choice("incremental.snapshot.watermarking.strategy")),
	}
	if v.Set("read.only") {
		s.ReadOnly = ReadOnlyFalse
		if v.Bool("read.only") {
			s.ReadOnly = ReadOnlyTrue
		}
	}
	if builtin(s.Table.Database) {
		p.fail("signal.data.collection", "the server's own schemas are never captured")
	}
	channels := p.signalChannels()
	s.Source = slices.Contains(channels, "source") && s.Table != schema.ID{}
	if slices.Contains(channels, "kafka") {
		s.Kafka = p.signalTopic()
	}
	if slices.Contains(channels, "file") {
		if s.File = strings.TrimSpace(v.Text("signal.file")); s.File == "" {
			p.fail("signal.file", "is empty")
		}
	}
	return s
}

// signalChannels are the names of the channels, in lower case. Those of a Java process
// are not there.
func (p *configParser) signalChannels() []string {
	var names []string
	for _, name := range p.v.List("signal.enabled.channels") {
		name = strings.ToLower(name)
		if name == "jmx" || name == "in-process" {
			p.warn("signal.enabled.channels", name+" has no effect: send signals over HTTP, with POST /connectors/<name>/signals, which is always on")
		}
		names = append(names, name)
	}
	return names
}

func (p *configParser) signalTopic() SignalTopic {
	prefix := p.v.Text("topic.prefix")
	t := SignalTopic{
		Name:    strings.TrimSpace(p.v.Text("signal.kafka.topic")),
		Key:     prefix,
		Brokers: p.v.List("signal.kafka.bootstrap.servers"),
		Wait:    p.v.Duration("signal.kafka.poll.timeout.ms"),
	}
	if t.Name == "" {
		t.Name = prefix + "-signal"
	}
	t.Secure = p.signalSecurity()
	return t
}

// signalSecurity is how to connect to the topic's brokers, nil where it is as the sink
// does.
func (p *configParser) signalSecurity() func() sink.Config {
	const prefix, protocol = "signal.consumer.", "signal.consumer.security.protocol"
	props := map[string]string{}
	for _, name := range []string{
		"security.protocol", "sasl.mechanism", "sasl.jaas.config",
		"ssl.truststore.location", "ssl.keystore.location", "ssl.endpoint.identification.algorithm",
	} {
		if p.v.Set(prefix + name) {
			props[name] = strings.TrimSpace(p.v.Text(prefix + name))
		}
	}
	if len(props) > 0 && !p.v.Set(protocol) {
		p.fail(protocol, "is to be set, too")
	}
	if len(props) == 0 {
		return nil
	}
	c, err := sink.ParseProperties(prefix, props)
	p.errs = append(p.errs, err)
	return func() sink.Config { return c }
}

// signalTable is the table of signals, zero for none.
func signalTable(v property.Values) schema.ID {
	id := tableNamed(strings.TrimSpace(v.Text("signal.data.collection")))
	return schema.ID{Database: strings.TrimSpace(id.Database), Name: strings.TrimSpace(id.Name)}
}
