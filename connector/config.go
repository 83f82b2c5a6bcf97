package connector

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cdcd/connector/property"
	"cdcd/event"
	"cdcd/sink"
	"cdcd/sink/format"
)

// Config is a connector's configuration after Debezium's names were read. It
// may be printed: secrets print as such.
type Config struct {
	Name   string
	Flavor event.Flavor

	Host           string
	Port           uint16
	User           string
	Password       property.Secret
	ServerID       uint32 // our id as a replica
	TLS            TLS
	KeyInClear     bool // a login may fetch the server's RSA key without TLS
	ConnectTimeout time.Duration
	QueryTimeout   time.Duration // 0 for none
	// InitialStatements run on every connection for statements, and on none that
	// follows the binlog. They may hold values, and are never logged.
	InitialStatements []string

	Snapshot      SnapshotConfig
	Signals       SignalConfig
	Filter        *Filter
	Sources       Sources
	Format        format.Config // without RunID and Clock
	Sink          SinkOverrides
	Topics        sink.TopicDefaults
	Heartbeat     HeartbeatConfig
	Notifications NotificationConfig
	SchemaChanges SchemaChangeConfig
	Delivery      Delivery
	Oversize      Oversize
	EventIDs      bool // headers cdcd.gtid and cdcd.seq
	// TransactionTopic is where BEGIN and END of transactions go, behind the
	// prefix; "" leaves transaction metadata out.
	TransactionTopic string
	// TransactionTimeout bounds a Kafka transaction; 0 for the sink's default.
	TransactionTimeout time.Duration
	QueueBytes         int64 // bound of what is read ahead, 0 for the default

	MetricTags map[string]string // labels of the connector's metrics, by name

	UnknownTables FailureMode // inconsistent.schema.handling.mode
	DamagedRows   FailureMode // event.processing.failure.handling.mode
}

// Delivery says whether records and position are written in Kafka transactions.
type Delivery string

// The modes of delivery: the values of exactly.once.support.
const (
	Required  Delivery = "required"  // exactly once, or not at all
	Requested Delivery = "requested" // exactly once where the brokers can
	Disabled  Delivery = "disabled"  // at least once
)

// Oversize says what becomes of a transaction that takes longer than one of Kafka
// may.
type Oversize string

// The values of cdcd.transaction.oversize.
const (
	FailOversize  Oversize = "fail"
	SplitOversize Oversize = "split" // readers see it in parts
)

// debeziumVersion is what source.version says: the release whose records cdcd
// writes.
const debeziumVersion = "3.6.1.Final"

// ParseConfig reads a connector's properties. The error lists every problem;
// no secret is in it, nor in a warning. References to secrets are read now, so
// that a connector that is started again sees a changed one.
func ParseConfig(name string, props map[string]string) (Config, []property.Warning, error) {
	v, warnings, err := property.Parse(props)
	p := configParser{v: v, warnings: warnings, errs: []error{err}}
	c := Config{
		Name:          name,
		Flavor:        flavor(v.Text("connector.class")),
		Filter:        newFilter(v),
		Sources:       p.sources(),
		Topics:        p.topics(),
		Sink:          p.sink(),
		Heartbeat:     p.heartbeat(),
		Notifications: p.notifications(),
		Signals:       p.signals(),
		SchemaChanges: SchemaChangeConfig{
			Publish:       v.Bool("include.schema.changes"),
			OnlyTables:    v.Bool("schema.history.internal.store.only.captured.tables.ddl"),
			OnlyDatabases: v.Bool("schema.history.internal.store.only.captured.databases.ddl"),
		},
		Delivery:           Delivery(v.Choice("exactly.once.support")),
		Oversize:           Oversize(v.Choice("cdcd.transaction.oversize")),
		EventIDs:           v.Bool("cdcd.event.headers"),
		TransactionTimeout: v.Duration("producer.override.transaction.timeout.ms"),
		QueueBytes:         v.Int("max.queue.size.in.bytes"),
		MetricTags:         p.metricTags(),
		UnknownTables:      failureMode(v.Choice("inconsistent.schema.handling.mode")),
		DamagedRows:        failureMode(v.Choice("event.processing.failure.handling.mode")),
	}
	if v.Bool("provide.transaction.metadata") {
		c.TransactionTopic = v.Text("topic.transaction")
	}
	p.server(&c)
	c.Snapshot = p.snapshot(c.Flavor)
	c.Format = p.format(&c)
	if err := errors.Join(p.errs...); err != nil {
		return Config{}, p.warnings, fmt.Errorf("connector %s:\n%w", name, err)
	}
	return c, p.warnings, nil
}

// flavor tells the connectors apart by the name of their class.
func flavor(class string) event.Flavor {
	if strings.Contains(strings.ToLower(class), "mariadb") {
		return event.MariaDB
	}
	return event.MySQL
}

// configParser gathers what is wrong while values become a Config.
type configParser struct {
	v        property.Values
	warnings []property.Warning
	errs     []error
}

func (p *configParser) fail(name, format string, args ...any) {
	p.errs = append(p.errs, property.Error{Name: property.PublicName(name), Text: fmt.Sprintf(format, args...)})
}

func (p *configParser) warn(name, text string) {
	p.warnings = append(p.warnings, property.Warning{Name: name, Text: text})
}

func (p *configParser) server(c *Config) {
	v := p.v
	c.Host = strings.Trim(v.Text("database.hostname"), "[] ")
	c.Port = uint16(v.Int("database.port"))
	c.User = v.Text("database.user")
	c.Password = v.Secret("database.password")
	c.ServerID = uint32(v.Int("database.server.id"))
	c.KeyInClear = v.Bool("driver.allowPublicKeyRetrieval") || v.Bool("database.allowPublicKeyRetrieval")
	c.ConnectTimeout = v.Duration("connect.timeout.ms")
	c.QueryTimeout = v.Duration("database.query.timeout.ms")
	c.InitialStatements = splitStatements(v.Text("database.initial.statements"))
	c.TLS = TLS{Trust: v.Text("database.ssl.truststore"), Identity: v.Text("database.ssl.keystore")}
	mode, err := parseTLSMode(c.Flavor, v.Choice("database.ssl.mode"))
	if err != nil {
		p.fail("database.ssl.mode", "%v", err)
	}
	c.TLS.Mode = mode
}

func (p *configParser) topics() sink.TopicDefaults {
	t := sink.TopicDefaults{
		AutoCreate:  p.v.Bool("topic.creation.enable"),
		Partitions:  int32(p.v.Int("topic.creation.default.partitions")),
		Replication: int16(p.v.Int("topic.creation.default.replication.factor")),
		Configs:     p.v.Under("topic.creation.default."),
	}
	for _, name := range []string{"partitions", "replication.factor", "include", "exclude"} {
		delete(t.Configs, name)
	}
	for name, n := range map[string]int64{"partitions": int64(t.Partitions), "replication.factor": int64(t.Replication)} {
		if n == 0 && p.v.Set("topic.creation.default."+name) {
			p.fail("topic.creation.default."+name, "want a number from 1, or -1 for the broker's default")
		}
	}
	return t
}
