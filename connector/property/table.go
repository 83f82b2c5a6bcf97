package property

import "regexp"

// Table returns every property that Debezium 3.6 and Kafka Connect know for a
// MySQL or MariaDB connector, in the order of the documentation. Where a name
// and a pattern both fit, the name counts; of patterns, the one that names more.
func Table() []Section {
	return []Section{
		{"Identity", identity()},
		{"Connection", connection()},
		{"TLS towards the server", security()},
		{"What to capture", capture()},
		{"Values", values()},
		{"Changes to columns", columns()},
		{"Names and topics", naming()},
		{"Converters", converters()},
		{"Topic creation", topicCreation()},
		{"Producer", producer()},
		{"Kafka Connect", connect()},
		{"Delivery", delivery()},
		{"Streaming", streaming()},
		{"Heartbeats", heartbeats()},
		{"Errors", failures()},
		{"Snapshots", snapshots()},
		{"Schema history", history()},
		{"Signals and notifications", signals()},
		{"Of the Java process", process()},
		{"Old names", oldNames()},
	}
}

const (
	ownReconnect = "cdcd reconnects by itself"
	noJDBC       = "there is no JDBC driver here"
	stops        = "cdcd stops at what it cannot handle, with position and table"
	noClasses    = "cdcd runs no Java classes"
	ownHistory   = "cdcd keeps the table definitions in its own storage, together with the position"
	javaOnly     = "concerns the Java process only"

	oneThread = "a table that is worth it is copied by several threads"
)

var (
	prefixSyntax = regexp.MustCompile(`^[a-zA-Z0-9_.\-]+$`)
	hostSyntax   = regexp.MustCompile(`^[a-zA-Z0-9\-_.:\[\]]+$`)
)

func identity() []Definition {
	return []Definition{
		supported("name", Text, ""),
		supported("connector.class", Class, "").required().
			checked(oneOfClasses).note("`io.debezium.connector.mysql.MySqlConnector` (`MySqlConnector`, `MySql`) or `io.debezium.connector.mariadb.MariaDbConnector` (`MariaDbConnector`, `MariaDb`)"),
		supported("tasks.max", Int, "1").checked(between(1, 1)).note("only 1, as in Debezium"),
		supported("topic.prefix", Text, "").required().checked(matching(prefixSyntax, "letters, digits, '_', '.' and '-' are allowed")),
	}
}

func connection() []Definition {
	return []Definition{
		supported("database.hostname", Text, "").required().checked(matching(hostSyntax, "want a host name or an address")),
		supported("database.port", Int, "3306").checked(between(1, 65535)),
		supported("database.user", Text, "").required(),
		supported("database.password", Password, ""),
		supported("database.server.id", Long, "").required().checked(between(1, 1<<32-1)).note("must differ from that of every other replica"),
		ignored("database.server.id.offset", Long, "10000", "cdcd takes no further ids"),
		supported("connect.timeout.ms", Millis, "30000").checked(between(1, 3600_000)),
		supported("database.query.timeout.ms", Millis, "600000").checked(between(0, 1<<40)).note("0 for none"),
		supported("database.initial.statements", Text, "").note("separated by semicolons, `;;` for one within a statement; run on each connection for statements, before it reads anything, and not on the one that follows the binlog"),
		supported("driver.allowPublicKeyRetrieval", Bool, "false").note("lets a password be sent without TLS, encrypted with a key that the network could have replaced; without it such a login is refused beyond the loopback address"),
		supported("database.allowPublicKeyRetrieval", Bool, "false").note("the same, in the older spelling"),
		ignored("database.jdbc.driver", Class, "com.mysql.cj.jdbc.Driver", noJDBC),
		ignored("database.protocol", Text, "jdbc:mysql", noJDBC),
		ignored("driver.connectionTimeZone", Text, "", "TIMESTAMPs are read in UTC"),
		ignored("database.connectionTimeZone", Text, "", "the same, in the older spelling"),
		ignored("database.serverTimezone", Text, "", "the same, in the spelling of older drivers"),
		ignored("connect.keep.alive", Bool, "true", ownReconnect),
		ignored("connect.keep.alive.interval.ms", Millis, "60000", ownReconnect),
		ignored("connect.keep.alive.max.reconnect.attempts", Int, "0", ownReconnect),
		ignored("use.nongraceful.disconnect", Bool, "false", javaOnly),
		ignored("binlog.net.write.timeout", Int, "0", "cdcd asks the server for ten minutes"),
		ignored("binlog.net.read.timeout", Int, "0", "cdcd sends nothing that the server waits for"),
		ignored("connection.validation.timeout.ms", Millis, "60000", "connect.timeout.ms bounds it"),
		warned("driver.*", Text, "", noJDBC),
	}
}

func security() []Definition {
	return []Definition{
		supported("database.ssl.mode", Choice, "").
			of("disabled", "preferred", "required", "verify_ca", "verify_identity", "disable", "trust", "verify-ca", "verify-full").
			note("MySQL: `disabled`, `preferred` (default), `required`, `verify_ca`, `verify_identity`; MariaDB: `disable` (default), `trust`, `verify-ca`, `verify-full`"),
		supported("database.ssl.truststore", Text, "").note("a PEM file with the certificates to trust; without it the system's. Java key stores must be converted"),
		supported("database.ssl.truststore.password", Password, "").note("PEM files need none"),
		supported("database.ssl.keystore", Text, "").note("a PEM file with the client's certificate and its key. Java key stores must be converted"),
		supported("database.ssl.keystore.password", Password, "").note("PEM files need none"),
		warned("database.*", Text, "", noJDBC),
	}
}

func oneOfClasses(class string) error {
	return oneOf(class,
		"io.debezium.connector.mysql.MySqlConnector", "MySqlConnector", "MySql",
		"io.debezium.connector.mariadb.MariaDbConnector", "MariaDbConnector", "MariaDb")
}
