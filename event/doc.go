// Package event is the vocabulary shared by sources, plans and sinks.
//
// A source yields [Item] values in binlog order: [Begin], then [Rows] and
// [DDL], then [Commit] or [Rollback]. A transaction is streamed, never
// assembled, so that a transaction of any size runs in bounded memory.
package event
