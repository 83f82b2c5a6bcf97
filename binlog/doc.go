// Package binlog turns the replication stream of a MySQL or MariaDB server
// into [event.Item] values.
//
// The data flow, and the file that holds each step:
//
//		dump connection ─▶ stream ─▶ reader ─────────────▶ Tailer ─▶ event.Item
//		(go-mysql)         raw      header, transaction,   reconnect
//		                   events   position, tracker
//		                              │
//		                              └─ TABLE_MAP + image ─▶ rowsPlan ─▶ event.Rows
//
//	  - stream_dump.go, stream_file.go: whole raw events from a server or a file.
//	  - reader*.go: the state machine that follows transactions, positions and
//	    schema; the only place that knows all event types. What it does not know
//	    stops the stream.
//	  - event_*.go: one file per decoded event.
//	  - gtid*.go: executed sets of both flavors.
//	  - tablemap.go, rows.go, column*.go: row images to event.Value. A plan is
//	    compiled once per table version and run per row by other goroutines.
//	  - tailer.go: connects, and reconnects between transactions.
//
// Nothing here assembles a transaction: events are yielded as they arrive.
// This is the only package that imports go-mysql's replication package.
package binlog
