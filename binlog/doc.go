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
//	  - gtid*.go: executed sets of both flavors. cover.go: which transactions lie
//	    before a position.
//	  - tablemap.go, rows*.go, column*.go: row images to event.Value. A plan is
//	    compiled once per table version and run per row by other goroutines.
//	  - json*.go: binary JSON to text. json_diff.go applies the differences of
//	    partial updates, along paths (json_path.go), to a document that is taken
//	    apart only where it changes (json_tree.go).
//	  - tailer.go: connects, and reconnects between transactions.
//	  - hold.go, hold_spill.go: rows of XA branches that are not decided.
//	  - resume.go: what to ask a server for at a position, and what to pass over.
//
// Nothing here assembles a transaction: events are yielded as they arrive. The
// exception is an XA branch, of which nobody knows yet whether it happens.
// This is the only package that imports go-mysql's replication package.
//
// # Replays
//
// Whatever the place that reading begins at, a group yields the same
// *event.Rows items in the same order, with the same event.Txn.ID: a caller may
// count them, and leave out those that it has written already. This holds for
// XA branches and behind savepoints too. Only Config.Undone changes it.
//
// # XA branches
//
// The group of XA PREPARE yields event.Commit alone. Its rows come where XA
// COMMIT stands, behind the Begin of the group that prepared them, and not at
// all after XA ROLLBACK. Those of one phase come at once. In between a Tailer
// holds them, in memory up to Config.HoldBytes, beyond in a file in
// Config.SpillDir that has no name; event.Position lists every branch that is
// prepared, and where its group begins. Nothing of the hold is durable: the
// list in the stored position is what brings it back.
//
//	break                            what is held then                      what happens
//	connection, between groups       all that the position lists            kept; goes on by file and offset
//	connection, inside of a branch   that, and a part of the new branch     the part is dropped; its group comes again
//	connection, rows being yielded   cannot be: the server is not read meanwhile
//	process, anywhere                nothing; the spill file is gone        the listed groups are read again, the others are not
//	server, branch prepared          all                                    it survives in the server; goes on
//	server, inside of a branch       a part of the new branch               dropped, as the server does
//	disk full                        as before                              ErrSpill, which names the folder; final
//	group purged, process gone       nothing                                ErrPurged, which names branch and remedy; final
//
// The listed groups come again from
//
//   - MySQL with GTIDs, which is asked for all but the executed set, less these
//     groups: it sends just them and then what is new, over any number of files.
//   - MySQL without GTIDs, and MariaDB, from the place of the first of them on
//     the same server;
//   - MariaDB elsewhere, from the GTID position before the first of them.
//
// In the last two cases groups that were read before are passed over: nothing
// of them is decoded, yielded or applied to the schema. Meanwhile there are no
// heartbeats, since there is no place to report.
//
// A prepared branch holds the metadata locks of its tables, also after the
// server restarts (measured with MySQL 9.7 and MariaDB 10.11), so no DDL comes
// between its rows and their decision; they are decoded with the definitions of
// the time when they were read. Rows that were
// prepared before the first position of all are unknown: their XA COMMIT is
// logged as a warning and yields nothing.
//
// # Rollbacks
//
// A group that ends in ROLLBACK has rows that did not happen, and, of tables
// without transactions, rows that did. Where the former were yielded,
// event.Rollback names the group; a Tailer that is opened at the last position
// with this name in Config.Undone leaves them out and ends the group with
// event.Commit. A group that broke off because its server died has no name:
// nothing of it is in the server, which may use its GTID again.
package binlog
