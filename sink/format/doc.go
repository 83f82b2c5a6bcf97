// Package format turns row changes into the key and value bytes of records.
//
// A [Plan] is compiled once per table version and configuration; running it
// costs no allocation per row.
//
// [JSON] writes what Debezium's MySQL and MariaDB connectors hand to Kafka
// Connect's JsonConverter, byte for byte. Each family of column types has a
// file of its own (integer.go, decimal.go, …) that holds its Connect schema,
// its defaults and its encoders; column.go puts a table together from them and
// plan.go runs the result.
package format
