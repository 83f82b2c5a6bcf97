// Package parity runs the real Debezium and cdcd side by side, on one server and with
// the same connector JSON, and compares what they write: topic by topic, partition by
// partition, record by record.
//
// A case is a folder of testdata/parity with setup.sql, run before the connectors
// start, connector.json, their properties, and run.sql, run while they stream, or when
// they have copied what is there and do not stream. With a file again.sql both are
// stopped behind that, the file is run, and both are started again. Where to find
// servers is filled in. A file differs.txt says that cdcd writes something
// else on purpose, and why, and has a line "Debezium: " with the issue there: then the
// records must differ.
//
// What Debezium wrote of an equal case can be kept beside it, with the binlog
// (CDCD_PARITY_KEEP): [cdcd/internal/golden] reads it, for tests without Debezium.
package parity
