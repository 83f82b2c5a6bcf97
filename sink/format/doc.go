// Package format turns row changes into the key and value bytes of records.
//
// A [Plan] is compiled once per table version and configuration; running it
// costs no allocation per row. What it prints goes into a [Batch], whose
// records refer to the batch's memory until it is reset.
//
// [JSON] writes what Debezium's MySQL and MariaDB connectors hand to Kafka
// Connect's JsonConverter, byte for byte. Each family of column types has a
// file of its own (integer.go, decimal.go, …) that holds its Connect schema,
// its defaults and its encoders; column.go puts a column together from them,
// envelope.go and source.go what surrounds the columns, and plan.go runs the
// result.
//
// Rows of a snapshot ([event.Read]) print as Debezium prints what JDBC brings
// it, which is not always what it prints for the same value in the binlog:
// year 0, the fraction of a TIMESTAMP, labels with a comma, DATETIME before the
// Gregorian reform. A column has two encoders where that matters.
//
// The envelope's time is read once per event and not once per row.
//
// Nothing is skipped: a value of a kind that its column cannot have is an error
// that names table and column and no value. omitted.go says what a column prints
// that the row images leave out, and where that is an error too.
package format
