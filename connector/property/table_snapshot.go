package property

import (
	"errors"
	"strings"
)

func snapshots() []Definition {
	return append(append(snapshotModes(), snapshotCopy()...), incremental()...)
}

func snapshotModes() []Definition {
	return []Definition{
		supported("snapshot.mode", Choice, "initial").
			of("always", "initial", "initial_only", "no_data", "recovery", "when_needed", "configuration_based", "custom", "schema_only", "schema_only_recovery", "never").
			checked(notCustom("choose another, or configuration_based with what the class does")).
			note("`schema_only` and `never` are old names of `no_data`, `schema_only_recovery` of `recovery`; `custom` is refused"),
		ignored("snapshot.mode.custom.name", Text, "", noClasses),
		supported("snapshot.mode.configuration.based.snapshot.data", Bool, "false").note("at every start, as in Debezium"),
		ignored("snapshot.mode.configuration.based.snapshot.schema", Bool, "false", ownHistory),
		supported("snapshot.mode.configuration.based.start.stream", Bool, "false"),
		ignored("snapshot.mode.configuration.based.snapshot.on.schema.error", Bool, "false", ownHistory),
		supported("snapshot.mode.configuration.based.snapshot.on.data.error", Bool, "false").note("starts over where the server no longer has the stored position"),
	}
}

func snapshotCopy() []Definition {
	return []Definition{
		supported("snapshot.locking.mode", Choice, "").of("minimal", "minimal_percona", "minimal_percona_no_table_locks", "extended", "none", "custom").
			checked(notCustom("choose another")).
			note("unless set, `none` where the server has GTIDs on, which is as exact here, and `minimal` elsewhere; the Percona ones are of the MySQL connector; `custom` is refused"),
		ignored("snapshot.locking.mode.custom.name", Text, "", noClasses),
		supported("snapshot.lock.timeout.ms", Millis, "10000").checked(atLeast(0)).note("in whole seconds"),
		supported("snapshot.query.mode", Choice, "select_all").of("select_all", "custom").
			checked(notCustom("use snapshot.select.statement.overrides")).note("`custom` is refused"),
		ignored("snapshot.query.mode.custom.name", Text, "", noClasses),
		supported("snapshot.include.collection.list", Patterns, "").note("of the captured tables; unless set, all"),
		supported("snapshot.select.statement.overrides", List, "").note("a table without its statement is refused; Debezium copies all of it then"),
		supported("snapshot.select.statement.overrides.<db.table>", Text, ""),
		supported("snapshot.delay.ms", Millis, "0").checked(atLeast(0)),
		supported("snapshot.fetch.size", Int, "").checked(atLeast(0)).note("rows that one query of the copy reads at most; 0 or unset leaves it to cdcd"),
		ignored("min.row.count.to.stream.results", Int, "1000", "rows are always streamed").checked(atLeast(0)),
		supported("snapshot.max.threads", Int, "1").checked(atLeast(1)),
		supported("snapshot.max.threads.multiplier", Int, "1").checked(atLeast(1)).note("a table that is big enough is copied in this many parts for each thread"),
		supported("snapshot.max.threads.multiplier.<db.table>", Int, "").checked(atLeast(1)),
		ignored("legacy.snapshot.max.threads", Bool, "false", oneThread),
		ignored("internal.legacy.snapshot.max.threads", Bool, "false", oneThread),
		supported("snapshot.tables.order.by.row.count", Choice, "disabled").of("ascending", "descending", "disabled").note("unless set, in the order of table.include.list"),
		supported("cdcd.snapshot.keyless", Choice, "exactly-once").of("exactly-once", "at-least-once").note("of cdcd: how a table without a key is copied: in one Kafka transaction, refused where that is too long for one, or in several, which begin again from the table's first row after a restart"),
		ignored("query.fetch.size", Int, "0", noJDBC),
	}
}

func incremental() []Definition {
	return []Definition{
		supported("incremental.snapshot.chunk.size", Int, "1024").checked(atLeast(1)).note("rows"),
		ignored("incremental.snapshot.allow.schema.changes", Bool, "false", "a table that changes is always read on as it is then"),
		supported("incremental.snapshot.watermarking.strategy", Choice, "insert_insert").of("insert_insert", "insert_delete"),
		supported("read.only", Bool, "").note("`false` has incremental snapshots write watermarks to the signal table; unless set, they do so only where the server has no GTIDs"),
	}
}

func history() []Definition {
	return []Definition{
		ignored("schema.history.internal", Class, "io.debezium.storage.kafka.history.KafkaSchemaHistory", ownHistory),
		warned("schema.history.internal.skip.unparseable.ddl", Bool, "false", "DDL that is not understood is passed, and the tables that it names are read from the server where that is safe; otherwise their rows stop the connector"),
		supported("schema.history.internal.store.only.captured.tables.ddl", Bool, "false").note("what the schema change topic gets; cdcd follows all tables all the same"),
		supported("schema.history.internal.store.only.captured.databases.ddl", Bool, "false").note("what the schema change topic gets; cdcd follows all tables all the same"),
		ignored("schema.history.internal.*", Text, "", ownHistory),
		ignored("internal.schema.history.internal.ddl.filter", Text, "", "cdcd has its own list of what concerns no table"),
	}
}

func signals() []Definition {
	return []Definition{
		supported("signal.data.collection", Text, "").checked(signalTable).note("`<database>.<table>`; it is captured, whatever the lists of tables say"),
		supported("signal.enabled.channels", List, "source").checked(signalChannels).note("`source`, `kafka`, `file`; a warning for `jmx` and `in-process`: signals can always be sent over HTTP, with `POST /connectors/<name>/signals`"),
		supported("signal.poll.interval.ms", Millis, "5000").checked(between(1, 24*3600_000)),
		supported("signal.kafka.topic", Text, "").note("unless set, `<topic.prefix>-signal`"),
		supported("signal.kafka.bootstrap.servers", List, "").note("unless set, the daemon's own"),
		ignored("signal.kafka.groupId", Text, "kafka-signal", "cdcd keeps the offset in its own state, together with what the signals changed"),
		supported("signal.kafka.poll.timeout.ms", Millis, "0").checked(between(0, 3600_000)),
		supported("signal.consumer.security.protocol", Choice, "").of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL").note("unless set, as the daemon connects to its own Kafka"),
		supported("signal.consumer.sasl.mechanism", Text, "").note("`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`"),
		supported("signal.consumer.sasl.jaas.config", Password, "").note("`… required username=\"…\" password=\"…\";`"),
		supported("signal.consumer.ssl.truststore.location", Text, "").note("a PEM file with the certificates to trust"),
		supported("signal.consumer.ssl.keystore.location", Text, "").note("a PEM file with the client's certificate and its key"),
		supported("signal.consumer.ssl.endpoint.identification.algorithm", Text, "https"),
		warned("signal.consumer.*", Text, "", "what reads signals has no such setting"),
		supported("signal.file", Text, "file-signals.txt").note("on the node that runs the connector"),
		ignored("signal.emit.failure.max.retries", Int, "0", "cdcd tries again by its own rule"),
		ignored("signal.emit.failure.backoff.ms", Millis, "10000", "cdcd tries again by its own rule"),
		supported("notification.enabled.channels", List, "").note("`sink`, `log` and `jmx`. There is no JMX: `GET /connectors/<name>/notifications` has the last ones instead"),
		supported("notification.sink.topic.name", Text, "").note("required with the channel `sink`"),
	}
}

// signalTable is a check for the name of one table.
func signalTable(value string) error {
	database, table, ok := strings.Cut(value, ".")
	if !ok || strings.TrimSpace(database) == "" || strings.TrimSpace(table) == "" {
		return errors.New("want <database>.<table>")
	}
	return nil
}

// signalChannels is a check for lists of them.
func signalChannels(value string) error {
	for _, channel := range splitList(value) {
		if err := oneOf(channel, "source", "kafka", "file", "jmx", "in-process"); err != nil {
			return err
		}
	}
	return nil
}
