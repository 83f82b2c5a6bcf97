// Package connector runs one connector end to end: it reads items from a
// source, encodes them in parallel, hands them to a sink in order, and moves
// the position only after the sink has everything before it.
//
// The run loop (run.go) opens a session: it inspects the server, opens the sink,
// takes the connector over (takeover.go), restores the tables, opens the source,
// and drives a pipeline until something fails. A failure that time can mend starts
// the next session from the last committed state; any other stops the connector
// with the reason.
//
//	source ─▶ queue ─▶ worker 1..N ─▶ orderer ─▶ sink ─▶ store
//	          bytes     encode         in order           mirror
//
// Where records and state are one Kafka transaction a crash leaves the state before
// or behind it, and nothing else. Where they are not:
//
//	before the records are acknowledged   the state is the previous one; they are read and sent again
//	acknowledged, state not yet stored    the same: duplicates, no loss
//	state stored                          nothing is repeated
//
// What the orderer knows besides: how many rows of the open transaction it has
// handed on, for the ids of records and for a transaction that has to be split
// (numbering.go).
//
// # Snapshots
//
// The rows that are there already are copied by the same pipeline, from a source of
// package snapshot in place of the stream, or beside it. docs/snapshots.md says what
// is promised.
//
//	a view          view.go, lock.go      sessions that see one moment, and what is certain of it
//	                scan.go               what the binlog has between two places
//	initial         copy.go               before the stream
//	                handover.go           the stream behind it, less what the views hold
//	incremental     incremental.go        the stream, with chunks put in
//	                incremental_chunk.go  a chunk from its reading until its rows are yielded
//	                incremental_read.go   the reading, incremental_marks.go its watermarks
//	blocking        blocking.go           while the stream stands
//	                blocking_source.go    a stream that ends at a place, and the rows there
//	signals         channels.go           Kafka (channel_topic.go), a file (channel_file.go), HTTP
//	                inbox.go              on their way to the stream
//	                signal_row.go         as rows; incremental_signal.go acts upon all
//	                moved.go              those that end the stream
//	notifications   notifications.go      and their channels
//
// What signals have asked for, and how far each copy is, is part of the state.
//
// The package never imports cluster: the store it needs is declared here.
package connector
