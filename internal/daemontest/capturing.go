package daemontest

import (
	"fmt"
	"time"

	"cdcd/internal/mysqltest"
)

// TransactionTimeout is how long a Kafka transaction of Capturing may be open.
const TransactionTimeout = 20 * time.Second

// Capturing are the properties of a connector that captures a database exactly
// once, as package checker wants it, and calls its topics after the database.
// Where the server is, and the connector's server id, are left to the caller.
func Capturing(server *mysqltest.Server, database string, replicas int) map[string]string {
	class := "io.debezium.connector.mysql.MySqlConnector"
	if server.Flavor == mysqltest.MariaDB {
		class = "io.debezium.connector.mariadb.MariaDbConnector"
	}
	return map[string]string{
		"connector.class":                            class,
		"database.user":                              server.User,
		"database.password":                          server.Password,
		"topic.prefix":                               database,
		"database.include.list":                      database,
		"snapshot.mode":                              "no_data",
		"include.schema.changes":                     "false",
		"key.converter":                              "org.apache.kafka.connect.json.JsonConverter",
		"value.converter":                            "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":               "false",
		"value.converter.schemas.enable":             "false",
		"topic.creation.default.partitions":          "3",
		"topic.creation.default.replication.factor":  fmt.Sprint(replicas),
		"topic.creation.default.min.insync.replicas": fmt.Sprint(max(1, replicas-1)),
		"cdcd.event.headers":                         "true",
		"producer.override.request.timeout.ms":       "5000",
		"producer.override.transaction.timeout.ms":   fmt.Sprint(TransactionTimeout.Milliseconds()),
	}
}
