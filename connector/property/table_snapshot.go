package property

func snapshots() []Definition {
	return []Definition{
		refused("snapshot.mode", Choice, "initial", noSnapshots+": set snapshot.mode=no_data, which starts from now on, and copy what is there by other means").
			of("always", "initial", "initial_only", "no_data", "recovery", "when_needed", "configuration_based", "custom", "schema_only", "schema_only_recovery", "never").
			works("no_data", "schema_only"),
		ignored("snapshot.mode.custom.name", Text, "", noSnapshots),
		ignored("snapshot.mode.configuration.based.snapshot.data", Bool, "false", noSnapshots),
		ignored("snapshot.mode.configuration.based.snapshot.schema", Bool, "false", noSnapshots),
		ignored("snapshot.mode.configuration.based.start.stream", Bool, "false", noSnapshots),
		ignored("snapshot.mode.configuration.based.snapshot.on.schema.error", Bool, "false", noSnapshots),
		ignored("snapshot.mode.configuration.based.snapshot.on.data.error", Bool, "false", noSnapshots),
		ignored("snapshot.locking.mode", Choice, "minimal", noSnapshots).of("minimal", "minimal_percona", "minimal_percona_no_table_locks", "extended", "none", "custom"),
		ignored("snapshot.locking.mode.custom.name", Text, "", noSnapshots),
		ignored("snapshot.lock.timeout.ms", Millis, "10000", noSnapshots),
		ignored("snapshot.query.mode", Choice, "select_all", noSnapshots).of("select_all", "custom"),
		ignored("snapshot.query.mode.custom.name", Text, "", noSnapshots),
		ignored("snapshot.include.collection.list", Patterns, "", noSnapshots),
		ignored("snapshot.select.statement.overrides", List, "", noSnapshots),
		ignored("snapshot.select.statement.overrides.<db.table>", Text, "", noSnapshots),
		ignored("snapshot.delay.ms", Millis, "0", noSnapshots),
		ignored("snapshot.fetch.size", Int, "", noSnapshots),
		ignored("min.row.count.to.stream.results", Int, "1000", noSnapshots),
		ignored("snapshot.max.threads", Int, "1", noSnapshots),
		ignored("snapshot.max.threads.multiplier", Int, "1", noSnapshots),
		ignored("snapshot.max.threads.multiplier.<db.table>", Int, "", noSnapshots),
		ignored("legacy.snapshot.max.threads", Bool, "false", noSnapshots),
		ignored("internal.legacy.snapshot.max.threads", Bool, "false", noSnapshots),
		ignored("snapshot.tables.order.by.row.count", Choice, "disabled", noSnapshots).of("ascending", "descending", "disabled"),
		ignored("query.fetch.size", Int, "0", noJDBC),
		ignored("incremental.snapshot.chunk.size", Int, "1024", noSnapshots),
		ignored("incremental.snapshot.allow.schema.changes", Bool, "false", noSnapshots),
		ignored("incremental.snapshot.watermarking.strategy", Choice, "insert_insert", noSnapshots).of("insert_insert", "insert_delete"),
		ignored("read.only", Bool, "false", "cdcd never writes to the server"),
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
		warned("signal.data.collection", Text, "", noSignals),
		warned("signal.enabled.channels", List, "source", noSignals),
		ignored("signal.poll.interval.ms", Millis, "5000", noSignals),
		ignored("signal.kafka.topic", Text, "", noSignals),
		ignored("signal.kafka.bootstrap.servers", Text, "", noSignals),
		ignored("signal.kafka.groupId", Text, "kafka-signal", noSignals),
		ignored("signal.kafka.poll.timeout.ms", Millis, "0", noSignals),
		ignored("signal.consumer.*", Text, "", noSignals),
		ignored("signal.file", Text, "file-signals.txt", noSignals),
		ignored("signal.emit.failure.max.retries", Int, "0", noSignals),
		ignored("signal.emit.failure.backoff.ms", Millis, "10000", noSignals),
		warned("notification.enabled.channels", List, "", "notifications are not sent"),
		ignored("notification.sink.topic.name", Text, "", "notifications are not sent"),
	}
}
