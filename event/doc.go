// Package event is the vocabulary shared by sources, plans and sinks.
//
// A source yields [Item] values in binlog order: [Begin], then [Rows] and
// [DDL], then [Commit] or [Rollback]. A transaction is streamed, never
// assembled, so that a transaction of any size runs in bounded memory. Rows of
// which it is not known yet whether they happen, those of a prepared XA branch,
// are not yielded before it is.
package event
