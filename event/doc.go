// Package event is the vocabulary shared by sources, plans and sinks.
//
// A source yields [Item] values in binlog order: [Begin], then [Rows] and
// [DDL], then [Commit] or [Rollback]; [Heartbeat] and [Notification] in between. A
// snapshot yields [Rows] that were read, and [Commit] where its [Progress] may become
// durable. A [State] is what becomes so: where to go on, how far snapshots are, and what
// [Signals] have asked for.
//
// A transaction is streamed, never assembled, so that a transaction of any size runs
// in bounded memory. Rows of which it is not known yet whether they happen, those of a
// prepared XA branch, are not yielded before it is.
package event
