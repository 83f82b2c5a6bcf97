package property

func streaming() []Definition {
	return []Definition{
		supported("gtid.source.includes", Patterns, "").not("gtid.source.excludes").note("server uuids, as in GTIDs; with MariaDB `<domain>-<server>`. What other sources did need not be on a server that takes the place of another one. Tables that they change are followed all the same"),
		supported("gtid.source.excludes", Patterns, "").note("the same, of sources that are left out"),
		supported("gtid.source.filter.dml.events", Bool, "true").note("rows of sources that are left out are not published; `false` publishes them, and what a new server has deleted of them unread stops the connector"),
		ignored("gtid.ignore.on.recovery", Bool, "false", "on the same server cdcd goes on by file and position anyway"),
		ignored("binlog.buffer.size", Int, "0", "cdcd needs no look-ahead"),
		supported("max.queue.size.in.bytes", Long, "0").checked(atLeast(0)).note("bound of the events read ahead; 0 for cdcd's own"),
		ignored("max.queue.size", Int, "8192", "queues are bounded in bytes"),
		ignored("max.batch.size", Int, "2048", "batches are bounded in bytes"),
		ignored("poll.interval.ms", Millis, "500", "nothing is polled"),
		ignored("poll.dispatch.interval.ms", Millis, "0", "nothing is polled"),
		supported("streaming.delay.ms", Millis, "0").checked(atLeast(0)).note("after a snapshot with rows"),
		ignored("resolve.create.table.like.schema", Bool, "false", "all tables are tracked, captured or not"),
		ignored("ddl.parser.type", Choice, "default", "cdcd has one parser").of("default", "legacy"),
		supported("custom.metric.tags", List, "").note("`<name>=<value>,…`: labels of the connector's metrics beside its name. What a label's name may not hold becomes `_`; `connector`, `class` and `reason` are cdcd's own"),
	}
}

func heartbeats() []Definition {
	return []Definition{
		supported("heartbeat.interval.ms", Millis, "0").checked(atLeast(0)).note("a record at the first boundary between transactions behind each interval, also while the server is idle"),
		supported("heartbeat.action.query", Text, "").note("run by the connector's owner only, with each heartbeat; the account needs the rights for it"),
		supported("topic.heartbeat.prefix", Text, "__debezium-heartbeat"),
		supported("topic.heartbeat.name", Text, ""),
		ignored("heartbeat.topics.prefix", Text, "__debezium-heartbeat", "Debezium does not read it either: use `topic.heartbeat.prefix`"),
	}
}

func failures() []Definition {
	return []Definition{
		supported("event.processing.failure.handling.mode", Choice, "fail").of("fail", "warn", "skip", "ignore").note("of row events that cannot be decoded; what is left out is logged and counted"),
		warned("event.deserialization.failure.handling.mode", Choice, "fail", "Debezium 3.6 does not read it either: set event.processing.failure.handling.mode").of("fail", "warn", "skip", "ignore"),
		supported("inconsistent.schema.handling.mode", Choice, "fail").of("fail", "warn", "skip", "ignore").note("of tables that are not known; what is left out is logged and counted. Rows that do not fit a table that is known stop the connector, as in Debezium"),
		warned("errors.tolerance", Choice, "none", stops).of("none", "all"),
		warned("errors.max.retries", Int, "-1", "what time can mend is tried again without end"),
		ignored("retriable.restart.connector.wait.ms", Millis, "10000", "cdcd waits by its own rule"),
		ignored("errors.retry.timeout", Millis, "0", "conversion does not fail for a while"),
		ignored("errors.retry.delay.max.ms", Millis, "60000", "conversion does not fail for a while"),
		ignored("errors.log.enable", Bool, "false", "an error that stops a connector is always logged"),
		ignored("errors.log.include.messages", Bool, "false", "no row value is ever logged"),
		ignored("errors.deadletterqueue.*", Text, "", "Kafka Connect reads it for sinks only"),
		ignored("internal.custom.retriable.exception", Text, "", "cdcd knows which errors time can mend"),
	}
}

func process() []Definition {
	return []Definition{
		ignored("executor.shutdown.timeout.ms", Millis, "4000", javaOnly),
		ignored("queue.provider.type", Text, "memory", javaOnly),
		ignored("statistics.metrics.enabled", Bool, "true", javaOnly),
		ignored("custom.sanitize.pattern", Text, "", "no value of a configuration is logged"),
		ignored("memory.management.schemas.class", Class, "io.debezium.relational.ConcurrentMapTableMappingStorage", javaOnly),
		ignored("memory.management.tables.class", Class, "io.debezium.relational.ConcurrentMapTableMappingStorage", javaOnly),
		ignored("memory.management.cache.size", Int, "1000", javaOnly),
		ignored("memory.management.tables.rocksdb.<option>", Text, "", javaOnly),
		ignored("memory.management.schemas.rocksdb.<option>", Text, "", javaOnly),
		warned("openlineage.integration.enabled", Bool, "false", "lineage events are not sent"),
		ignored("openlineage.integration.config.file.path", Text, "./openlineage.yml", "lineage events are not sent"),
		ignored("openlineage.integration.job.<option>", Text, "", "lineage events are not sent"),
		ignored("openlineage.integration.dataset.kafka.bootstrap.servers", Text, "", "lineage events are not sent"),
		ignored("internal.log.position.check.enable", Bool, "true", "the position is always checked"),
		ignored("internal.advanced.metrics.enable", Bool, "false", javaOnly),
		ignored("internal.snapshot.scan.all.columns.force", Bool, "false", "cdcd reads the definitions of all tables"),
		ignored("internal.offset.activity.monitor.interval.ms", Millis, "600000", "the lag is a metric"),
		ignored("test.disable.global.locking", Text, "", "concerns Debezium's own tests only"),
		ignored("skip.messages.with.unknown.ddl", Text, "", "Debezium never had it"),
	}
}

func oldNames() []Definition {
	return []Definition{
		renamed("database.server.name", "topic.prefix"),
		renamed("database.whitelist", "database.include.list"),
		renamed("database.blacklist", "database.exclude.list"),
		renamed("table.whitelist", "table.include.list"),
		renamed("table.blacklist", "table.exclude.list"),
		renamed("column.whitelist", "column.include.list"),
		renamed("column.blacklist", "column.exclude.list"),
		renamed("sanitize.field.names", "field.name.adjustment.mode"),
		renamed("database.history", "schema.history.internal"),
		ignored("database.history.*", Text, "", ownHistory),
		warned("snapshot.new.tables", Text, "", "Debezium has taken it out"),
		warned("gtid.new.channel.position", Text, "", "Debezium has taken it out"),
	}
}
