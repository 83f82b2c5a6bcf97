package property

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
		ignored("incremental.snapshot.chunk.size", Int, "1024", noIncremental).checked(atLeast(0)),
		ignored("incremental.snapshot.allow.schema.changes", Bool, "false", noIncremental),
		ignored("incremental.snapshot.watermarking.strategy", Choice, "insert_insert", noIncremental).of("insert_insert", "insert_delete"),
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
