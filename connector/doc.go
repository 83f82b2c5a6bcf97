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
// The package never imports cluster: the store it needs is declared here.
package connector
