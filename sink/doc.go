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
//
// [Transactional] is exactly once: the same engine, and each interval of the
// ledger is a Kafka transaction of the records of whole source transactions and,
// in the connector's state topic, the position behind them. The committer opens
// the gate for one interval at a time.
//
//	Append ──▶ partition: [N][N][N+1] ── gate ──▶ sender of the leader ──▶ broker
//	Commit ──▶ group: cuts N+1 behind a boundary        │
//	              └──▶ committer: join, all of N acknowledged, EndTxn(N) ──▶ OnCommit
//
// There is no timer while N is away: N+1 grows, and is cut at its last boundary
// when N is done and its markers are written. Where a batch has records from both
// sides of the cut it is divided. What does not fit, or is so much that the source
// is ahead of Kafka, is sent into the open transaction as it comes; that is cut at
// a boundary when it is large or old enough, or when nothing is left to be sent.
//
// What happens when:
//
//	process dies before EndTxn is sent  the next Takeover aborts; the state is N-1
//	process dies after it               the state is N or N-1, and says which
//	reply to EndTxn lost                *ResolveError: whoever takes over reads what happened; it is never sent again
//	another owner took over             *ResolveError, from the next Produce, AddPartitionsToTxn or EndTxn
//	transaction timed out at the broker as if fenced
//	leader or coordinator moved         asked for at once; the same bytes again
//	record too large, ACL missing       the sink ends; Close aborts the transaction
//	state topic deleted, or another's   the sink ends, and says so: it is never made anew behind our back
//
// [Reader] is the other direction: the topic of signals.
package sink
