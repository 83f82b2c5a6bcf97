// Package ddlfuzz holds no product code: its test runs random sequences of DDL
// with changes of rows in between on real servers, reads what their binlogs
// hold of it, and compares.
//
//	generator ──▶ server ──▶ binlog ──▶ binlog.Tailer, schema.Tracker
//	    ▲           │                        │
//	    └─ state ◀──┤ information_schema ──▶ = the folded tables
//	                └ SELECT ──────────────▶ = the decoded rows
//
// After each statement the tracker's tables must be what information_schema and
// SHOW CREATE TABLE say. After the changes of rows, the content that the row
// events make of the content before them must be what SELECT shows, in a text
// form that is made without the code under test (render_test.go).
//
// What the generator writes depends on a seed and on what information_schema
// said before, so that most statements are accepted; those that are not leave
// nothing in the binlog, and are counted. A failure prints its seed, which
// CDCD_SEED sets: the failed sequence is then the first one. It is made shorter
// by leaving out statements for as long as it fails.
//
// make test runs a few sequences, make test-all 2,000 on each server.
package ddlfuzz
