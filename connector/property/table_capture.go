package property

func capture() []Definition {
	return []Definition{
		supported("database.include.list", Patterns, "").not("database.exclude.list"),
		supported("database.exclude.list", Patterns, ""),
		supported("table.include.list", Patterns, "").not("table.exclude.list"),
		supported("table.exclude.list", Patterns, ""),
		supported("column.include.list", Patterns, "").not("column.exclude.list"),
		supported("column.exclude.list", Patterns, ""),
		refused("table.ignore.builtin", Bool, "true", "the server's own schemas are never captured"),
		supported("message.key.columns", Text, "").note("`<table>:<column>,<column>;…`, both regular expressions; without it, and where nothing matches, the key is the primary key, or the first unique key without NULL"),
		supported("skipped.operations", List, "t").checked(operations),
		supported("skip.messages.without.change", Bool, "false").note("what counts are the columns that are published, as they are published"),
		supported("include.schema.changes", Bool, "true"),
		supported("include.schema.comments", Bool, "false"),
		supported("include.query", Bool, "false").note("the server must log it: `binlog_rows_query_log_events=ON`, MariaDB `binlog_annotate_row_events=ON`"),
		supported("tombstones.on.delete", Bool, "true"),
		supported("provide.transaction.metadata", Bool, "false"),
		refused("transaction.metadata.factory", Class, "io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory", "transaction metadata is written as this one does"),
		warned("guardrail.collections.max", Int, "0", "the number of tables is not limited"),
		ignored("guardrail.collections.limit.action", Choice, "warn", "there is no limit").of("warn", "fail"),
	}
}

func values() []Definition {
	return []Definition{
		supported("decimal.handling.mode", Choice, "precise").of("precise", "double", "string"),
		supported("bigint.unsigned.handling.mode", Choice, "long").of("long", "precise"),
		refused("time.precision.mode", Choice, "adaptive_time_microseconds", "the mode came with Debezium 3.7").
			of("adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds", "structured").
			works("adaptive_time_microseconds", "connect", "isostring", "microseconds", "nanoseconds"),
		supported("binary.handling.mode", Choice, "bytes").of("bytes", "base64", "base64-url-safe", "hex"),
		supported("enable.time.adjuster", Bool, "true"),
		supported("unavailable.value.placeholder", Text, "__debezium_unavailable_value"),
		ignored("event.converting.failure.handling.mode", Choice, "warn", "a value that cannot be converted stops the connector; none is left out").of("fail", "warn", "skip"),
		supported("converters", List, "").note("those of `io.debezium.connector.binlog.converters` with all their options: `TinyIntOneToBooleanConverter` and `JdbcSinkDataTypesConverter` (also under `…connector.mysql.converters`), `ZeroDateFallbackConverter`; others are refused"),
		refused("post.processors", List, "", "records are written as they come"),
	}
}

func columns() []Definition {
	return []Definition{
		supported("column.truncate.to.<N>.chars", Patterns, "").note("whatever prints as a string, and bytes; not the key"),
		refused("column.truncate.*", Patterns, "", "values would be published in full, which Debezium does without a word"),
		supported("column.mask.with.<N>.chars", Patterns, "").note("CHAR, VARCHAR, TEXT, ENUM and SET; not the key"),
		supported("column.mask.hash.v2.<algorithm>.with.salt.<salt>", Patterns, "").note("the same. The salt is a secret: it is sealed as passwords are, and may be a reference"),
		supported("column.mask.hash.<algorithm>.with.salt.<salt>", Patterns, "").note("the same"),
		refused("column.mask.*", Patterns, "", "values would be published in clear, which Debezium does without a word"),
		supported("column.propagate.source.type", Patterns, ""),
		supported("datatype.propagate.source.type", Patterns, ""),
	}
}

func naming() []Definition {
	return []Definition{
		supported("schema.name.adjustment.mode", Choice, "none").of("none", "avro", "avro_unicode"),
		supported("field.name.adjustment.mode", Choice, "none").of("none", "avro", "avro_unicode"),
		supported("topic.naming.strategy", Class, "io.debezium.schema.DefaultTopicNamingStrategy").checked(namingClass).note("all of `io.debezium.schema`: `DefaultTopicNamingStrategy`, `DefaultRegexTopicNamingStrategy`, `DefaultUnicodeTopicNamingStrategy`; with `Schema` in place of `Default` the name of the database is left out, and tables of one name share a topic"),
		supported("topic.delimiter", Text, "."),
		ignored("topic.cache.size", Int, "10000", "names are made once a table version"),
		supported("topic.transaction", Text, "transaction"),
		supported("topic.regex", Text, "").note("with a regex strategy, which needs it: must match the whole of `<prefix>.<database>.<table>`, with case"),
		supported("topic.replacement", Text, "").note("with a regex strategy, which needs it: `$1` and `${name}` stand for groups"),
		supported("topic.key.enforce.uniqueness", Bool, "true").note("with a regex strategy"),
		supported("topic.key.field.name", Text, "__dbz__physicalTableIdentifier").note("with a regex strategy"),
		supported("topic.key.field.regex", Text, "").note("with a regex strategy"),
		supported("topic.key.field.replacement", Text, "").note("with a regex strategy"),
		supported("extended.headers.enabled", Bool, "true"),
		warned("sourceinfo.struct.maker", Class, "io.debezium.connector.mysql.MySqlSourceInfoStructMaker", "the source block is Debezium's own").
			works("io.debezium.connector.mysql.MySqlSourceInfoStructMaker", "io.debezium.connector.mariadb.MariaDbSourceInfoStructMaker"),
		ignored("source.struct.version", Text, "", "Debezium does not read it either"),
	}
}

// namingClass is a check for topic.naming.strategy.
func namingClass(class string) error {
	const prefix = "io.debezium.schema."
	return oneOf(class,
		prefix+"DefaultTopicNamingStrategy", prefix+"DefaultRegexTopicNamingStrategy", prefix+"DefaultUnicodeTopicNamingStrategy",
		prefix+"SchemaTopicNamingStrategy", prefix+"SchemaRegexTopicNamingStrategy", prefix+"SchemaUnicodeTopicNamingStrategy")
}
