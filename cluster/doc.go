// Package cluster keeps the cluster's state, package offsets, behind a raft
// log. It is the only importer of hashicorp/raft.
//
// A [Node] is one member; a cluster of one needs no peers. A [Store] is what one
// connector sees of it.
//
// # What is on disk
//
// The data folder holds node.json (the format version, the node's id and the
// cluster's name, checked at every start), raft.db (log and votes) and snapshots.
//
//	killed                              what the next start finds
//	before node.json is renamed         an empty folder: it starts over
//	between node.json and bootstrapping an empty log: it bootstraps
//	while bootstrapping                 term 1 and no log: it completes the log
//	while a command is appended         the command, or not; whoever sent it was not told
//	after Apply returned                the command
//	while a snapshot is written         the snapshot before, and the log since
//
// # When the disk fails
//
// A write that fails, or takes longer than 5 s, is final: nothing is written
// after it, and OnFatal is told, so that the process ends and peers take over. A
// node that cannot write but still sends heartbeats would keep the cluster from
// electing another leader. The same holds for a command in the log that this
// program does not know: it is not skipped, since newer nodes have applied it.
package cluster
