// Package cluster keeps the cluster's state, package offsets, behind a raft
// log, and decides which node runs what. It is the only importer of
// hashicorp/raft.
//
// A [Node] is one member; a cluster of one needs no peers. A [Runner] is what it
// has run its connectors. A [Store] is what one connector sees of the cluster. A
// [Client] is what a command line sees. docs/cluster.md is the page for whoever
// operates all this, and says why two owners cannot both write.
//
// # Layers
//
// From the bottom up, file by file:
//
//	the port      wire.go           one TCP port: who connects, to whom, for what
//	              wire_preamble.go  the first words of a connection, and the answer
//	              wire_tls.go       certificates: which node one is for; read again
//	              wire_conn.go      a connection, wire_listener.go those of one purpose
//	calls         calls.go          nodes ask each other: JSON over HTTP over the port
//	              problem.go        errors on their way to another node
//	the disk      datadir.go        whose data folder it is
//	              guard.go          a write that fails or hangs is the last
//	the state     fsm.go            the log applied to offsets.State; snapshots
//	              pack.go           table definitions, compressed
//	raft          config.go         what a node is told, and the timings
//	              open.go           everything put together
//	              bootstrap.go      the first membership
//	              contact.go        an empty folder: new, or forgetful?
//	              ballot.go         no vote before the log is there again
//	              node.go           waiting for raft, failing, closing
//	              leadership.go     when a leader is ready to lead
//	              hclog.go          raft's own messages
//	questions     ask.go            have the leader answer, through elections
//	who lives     heart.go          every node: heartbeats, grants
//	              liveness.go       the leader: silence
//	what runs     plan.go           where connectors go: a pure function
//	where         ordeal.go         which connectors do not get on where they are
//	              placer.go         the leader: plan, and write it to the log
//	              assign.go         every node: what the log and the grant say to run
//	for others    account.go        a connector's sessions and offset, wherever it is asked for
//	              store.go          the same on its node, and its tables
//	              mirror.go         the offsets of all, in one command a second
//	              member.go         join, return, remove, transfer, drain
//	              client.go         the same from a command line
//	              recover.go        another membership, when the majority is lost
//	              status.go         what there is to see; metrics.go to count
//	              errors.go, signal.go
//
// Who runs what depends on time in three places: heart.go counts a grant from when
// a heartbeat was sent, liveness.go a silence from when it came, and assign.go how
// long a connector that was handed over goes on. All of it is monotonic. Who may
// write does not depend on it: [Node.Confirm] asks a majority, and Kafka refuses
// whoever was followed.
//
// # What is on disk
//
// The data folder holds node.json (the format version, the node's id and the
// cluster's name, checked at every start, and who was left out by a recovery),
// raft.db (log and votes) and snapshots.
//
//	killed                              what the next start finds
//	before node.json is renamed         an empty folder: it starts over
//	between node.json and bootstrapping an empty log: alone it bootstraps, else it looks for its cluster
//	while bootstrapping                 term 1 and no log: alone it completes the log, else as above
//	while a command is appended         the command, or not; whoever sent it was not told
//	after Apply returned                the command
//	while a snapshot is written         the snapshot before, and the log since
//	while it is taken back (contact.go) an empty log: it asks again. A part of it: it waits for the
//	                                    rest, and votes for nobody before (ballot.go)
//
// # When the disk fails
//
// A write that fails, or takes longer than 5 s, is final: nothing is written
// after it, and OnFatal is told, so that the process ends and peers take over. A
// node that cannot write but still sends heartbeats would keep the cluster from
// electing another leader. The same holds for a command in the log that this
// program does not know: it is not skipped, since newer nodes have applied it.
package cluster
