package main

import (
	"fmt"
	"maps"

	"cdcd/internal/mysqltest"
)

// The values of exactly.once.support that are compared.
const (
	exactlyOnce = "required"
	atLeastOnce = "disabled"
)

// connector is what the connectors of the scenarios differ in.
type connector struct {
	name     string
	table    string
	delivery string
}

// topic is where the connector writes.
func (c connector) topic() string { return c.name + "." + c.table }

// properties are the connector's; the rest is by default.
func (c connector) properties(server *mysqltest.Server, codec string) map[string]string {
	p := map[string]string{
		"connector.class":                           "io.debezium.connector.mysql.MySqlConnector",
		"database.hostname":                         server.Host,
		"database.port":                             fmt.Sprint(server.Port),
		"database.user":                             server.User,
		"database.password":                         server.Password,
		"database.server.id":                        "7001",
		"topic.prefix":                              c.name,
		"table.include.list":                        c.table,
		"snapshot.mode":                             "no_data",
		"exactly.once.support":                      c.delivery,
		"topic.creation.default.partitions":         fmt.Sprint(partitions),
		"topic.creation.default.replication.factor": "1",
		"producer.override.compression.type":        codec,
	}
	maps.Copy(p, plainJSON())
	return p
}

// plainJSON is the converters that add no schema to each record.
func plainJSON() map[string]string {
	p := map[string]string{}
	for _, of := range []string{"key", "value"} {
		p[of+".converter"] = "org.apache.kafka.connect.json.JsonConverter"
		p[of+".converter.schemas.enable"] = "false"
	}
	return p
}
