package property

const (
	jsonConverter = "org.apache.kafka.connect.json.JsonConverter"
	onlyJSON      = "records are written by " + jsonConverter + " only"
	noRegistry    = "there is no schema registry with JSON"
	daemonKafka   = "the Kafka cluster is set once for all connectors, in cdcd.yaml"
	twoFollow     = "the connector's own records have no other options"
)

func converters() []Definition {
	rows := []Definition{}
	for _, side := range []string{"key", "value"} {
		rows = append(rows, refused(side+".converter", Class, jsonConverter, onlyJSON).works(jsonConverter, "JsonConverter"),
			supported(side+".converter.schemas.enable", Bool, "true").note("counts only with `"+side+".converter` beside it, as in Kafka Connect"),
			supported(side+".converter.decimal.format", Choice, "BASE64").of("BASE64", "NUMERIC").note("must be the same for key and value"),
			supported(side+".converter.replace.null.with.default", Bool, "true").note("must be the same for key and value where both set it"),
			ignored(side+".converter.schemas.cache.size", Int, "1000", "schemas are rendered once a table version"),
			ignored(side+".converter.plugin.version", Text, "", "cdcd has one version of it"),
			ignored(side+".converter.schema.registry.<option>", Text, "", noRegistry),
			ignored(side+".converter.apicurio.registry.<option>", Text, "", noRegistry),
			warned(side+".converter.*", Text, "", onlyJSON))
	}
	return append(rows,
		refused("header.converter", Class, "org.apache.kafka.connect.storage.SimpleHeaderConverter", "headers are written as this one does").
			works("org.apache.kafka.connect.storage.SimpleHeaderConverter", "SimpleHeaderConverter"),
		ignored("header.converter.plugin.version", Text, "", "cdcd has one version of it"),
		warned("header.converter.*", Text, "", twoFollow),
	)
}

func topicCreation() []Definition {
	return []Definition{
		supported("topic.creation.enable", Bool, "true").note("without it topics must exist"),
		supported("topic.creation.default.replication.factor", Int, "").checked(between(-1, 32767)).note("-1 or unset for the broker's default"),
		supported("topic.creation.default.partitions", Int, "").checked(between(-1, 100_000)).note("-1 or unset for the broker's default"),
		ignored("topic.creation.default.include", Patterns, ".*", "Kafka Connect does not read it either"),
		ignored("topic.creation.default.exclude", Patterns, "", "Kafka Connect does not read it either"),
		supported("topic.creation.default.<topic-config>", Text, ""),
		refused("topic.creation.groups", List, "", "all topics are made as topic.creation.default says"),
		refused("topic.creation.<group>.include", Patterns, "", "all topics are made as topic.creation.default says"),
		refused("topic.creation.<group>.exclude", Patterns, "", "all topics are made as topic.creation.default says"),
		refused("topic.creation.<group>.replication.factor", Int, "", "all topics are made as topic.creation.default says"),
		refused("topic.creation.<group>.partitions", Int, "", "all topics are made as topic.creation.default says"),
		refused("topic.creation.<group>.<topic-config>", Text, "", "all topics are made as topic.creation.default says"),
	}
}

func producer() []Definition {
	return []Definition{
		supported("producer.override.compression.type", Choice, "none").of("none", "gzip", "snappy", "lz4", "zstd"),
		supported("producer.override.linger.ms", Millis, "").checked(between(0, 60_000)),
		supported("producer.override.batch.size", Int, "").checked(between(1, 1<<30)).note("cdcd's default is larger than Kafka's"),
		supported("producer.override.max.request.size", Int, "").checked(between(1024, 1<<30)).note("cdcd's default is larger than Kafka's"),
		supported("producer.override.buffer.memory", Long, "").checked(between(1<<20, 1<<40)),
		supported("producer.override.request.timeout.ms", Millis, "").checked(between(1000, 3600_000)),
		supported("producer.override.delivery.timeout.ms", Millis, "2147483647").checked(atLeast(1)).note("2147483647, Kafka Connect's default, is for ever"),
		supported("producer.override.transaction.timeout.ms", Millis, "60000").checked(between(1000, 900_000)).note("how long readers may be held back when cdcd is gone for good; the brokers' transaction.max.timeout.ms bounds it"),
		warned("producer.override.acks", Text, "all", "cdcd always waits for all in-sync replicas").works("all", "-1"),
		warned("producer.override.enable.idempotence", Bool, "true", "cdcd's producer is always idempotent"),
		ignored("producer.override.max.in.flight.requests.per.connection", Int, "1", "cdcd keeps the order of each key with one"),
		ignored("producer.override.retries", Int, "2147483647", "cdcd tries as long as delivery.timeout.ms says"),
		ignored("producer.override.retry.backoff.ms", Millis, "100", "cdcd waits by its own rule"),
		ignored("producer.override.max.block.ms", Millis, "9223372036854775807", "cdcd waits as long as it takes"),
		ignored("producer.override.client.id", Text, "", "cdcd names itself"),
		ignored("producer.override.metadata.max.age.ms", Millis, "300000", "cdcd asks when a leader has moved"),
		refused("producer.override.partitioner.class", Class, "", "the partition is Kafka's default, murmur2 of the key"),
		refused("producer.override.partitioner.ignore.keys", Bool, "false", "the partition is Kafka's default, murmur2 of the key"),
		refused("producer.override.bootstrap.servers", List, "", daemonKafka),
		refused("producer.override.security.<option>", Text, "", daemonKafka),
		refused("producer.override.sasl.<option>", Password, "", daemonKafka),
		refused("producer.override.ssl.<option>", Password, "", daemonKafka),
		warned("producer.override.*", Text, "", "cdcd's producer has no such setting"),
		ignored("admin.override.*", Text, "", daemonKafka),
		ignored("consumer.override.*", Text, "", daemonKafka),
	}
}

func delivery() []Definition {
	return []Definition{
		supported("exactly.once.support", Choice, "required").of("required", "requested", "disabled").note("`requested` falls back to at least once where the brokers are too old; `disabled` is at least once"),
		ignored("transaction.boundary", Choice, "poll", "a Kafka transaction holds whole transactions of the server, many small ones together").of("poll", "interval", "connector"),
		ignored("transaction.boundary.interval.ms", Millis, "", "Kafka transactions are cut when the one before is committed, not by time"),
		supported("cdcd.transaction.oversize", Choice, "fail").of("fail", "split").note("of cdcd: what becomes of a transaction of the server that takes longer than 0.8 of `producer.override.transaction.timeout.ms`; `split` has readers see it in parts, the later ones with a header `cdcd.split`"),
		supported("cdcd.event.headers", Bool, "false").note("of cdcd: headers `cdcd.gtid` (or file:pos) and `cdcd.seq` (index of the row in its transaction) on every record, the same in every replay"),
	}
}

func connect() []Definition {
	return []Definition{
		refused("transforms", List, "", "records are written as they come"),
		ignored("transforms.*", Text, "", "only what transforms names is read"),
		refused("predicates", List, "", "records are written as they come"),
		ignored("predicates.*", Text, "", "only what predicates names is read"),
		ignored("offsets.storage.topic", Text, "", "cdcd keeps positions in its own storage"),
		ignored("config.action.reload", Choice, "restart", "secrets are read at each start").of("restart", "none"),
		ignored("tasks.max.enforce", Bool, "true", "a connector has one task"),
		ignored("connector.plugin.version", Text, "", "cdcd has one version of it"),
	}
}
