// Package sink writes encoded records to where they are wanted: Kafka, or a
// terminal.
//
// [Kafka] is at least once and in order per partition. Records are framed as
// they arrive into the open batch of their partition; one goroutine per broker
// sends, one request at a time with at most one batch of each partition. A batch
// that was framed is final: after any doubt the same bytes are sent again, and
// the broker recognises them by producer id and sequence (KIP-98). So whatever
// fails on the way, within the life of a sink nothing is lost, doubled or
// overtaken; a new sink resumes from the last boundary that OnCommit was told,
// and writes again what came after it.
//
//	Append ──▶ partition: [batch][batch][open] ──▶ sender of the leader ──▶ broker
//	Commit ──▶ ledger  ◀── acknowledgements ──────────┘
//	              └──▶ notify ──▶ OnCommit
//
// Connections, TLS and SASL are kafka-go's Transport; requests are encoded with
// kmsg at fixed versions that Kafka 2.4 and everything since understands, and
// exchanged as protocol.RawExchanger. Leaders are in our own table, asked for at
// once after an error.
//
// What happens when:
//
//	Kafka is down                       batches wait up to Config.BufferBytes, then Append blocks; resumes by itself
//	reply lost, connection broken       same bytes again; the broker answers DUPLICATE or appends
//	leader moved                        metadata, then the same bytes to the new leader
//	broker forgot the producer id       a new id, if the batch cannot be in the log; otherwise the sink ends
//	broker silent                       the exchange ends after Config.RequestTimeout, then as a lost reply
//	topic deleted                       made again, where that is allowed; with fewer partitions the sink ends
//	record above max.message.bytes      Append returns a *TooLargeError, before anything is sent of it
//	process dies                        records after the last told boundary are there in part; they are written again
package sink
