// Package model checks the protocol of cdcd's takeovers and commits in every
// state that it can get into, not in those that a test happens to meet. It holds
// no product code.
//
//	go test ./internal/model -v                              # a few seconds
//	CDCD_TEST_ALL=1 go test ./internal/model -v -run Larger  # half a minute
//
// # The model
//
// Two processes run one connector. Each can crash, stop, or be paused anywhere,
// which is that the other one takes the next steps; after a crash it knows what
// raft and Kafka know. The raft leader places the connector anew whenever it
// likes. Kafka is the coordinator of one transactional id, a partition of records
// and one of states. A takeover is Confirm, InitProducerID, read the last state,
// Session; a commit is the records of whole source transactions, a state record,
// EndTxn. An owner whose request was refused takes over again, and so does one
// whose EndTxn was not answered.
//
// A request is answered; or its reply is lost; or it is lost itself; or its client
// gives it up and it arrives later, in any order with others, once. So a late
// EndTxn(commit) of the first protocol level (TV1) meets the next transaction of
// the same epoch (KAFKA-17754), and that of the second level (TV2) a new epoch.
// The broker may abort any transaction by its timeout. EndTxn is answered before
// its markers are written, and InitProducerID succeeds after that only.
//
// In every state: committed records are the first of the source in order, each
// once; a committed Kafka transaction is whole source transactions and one state
// record; the last state's position is the end of what is committed; N grows by
// one; sessions, and the generations of their owners, never decrease along the
// committed states. And from every state the end of the source can be reached
// (TestProtocol_NeverStuck, without requests that were given up).
//
// # Bounds and size
//
// The bounds are the source, and how many requests that were given up are under
// way at one time, not counting those that can have no effect any more. Crashes,
// pauses, moves, timeouts and takeovers are not bounded: states that differ in
// names and numbers only are one (see canonical), and what a run can still depend
// on is finite. Two tests hold that reduction against runs with real numbers.
//
//	source         given up   TV1 states   TV2 states
//	{1,2}                 1       78,550       57,170   always
//	{1,2}                 3      508,360      301,047   CDCD_TEST_ALL=1
//	{2,1,1}               2      538,237      324,009   "
//	{1,2,1,2}             1      514,909      340,378   "
//
// All of them hold, at 1 to 4 seconds each.
//
// # What Confirm and Session are for
//
// Neither is what exactly once rests on. What does is that the state is read
// behind InitProducerID: by then whatever an earlier epoch sent is decided, and
// nobody can commit without fencing who reads. Without Session, without Confirm
// and without both no record is lost, doubled or torn (TestVariants_Hold), and
// neither does it matter whether Session comes before or after the read. A state
// read before InitProducerID is not safe even with both: the commit in doubt may
// become visible after it was read.
//
// Without Session the order of owners is lost: one that was confirmed, then
// paused, takes over from its successor and commits behind it, for a generation
// that is over. That is what tables and mirrors in raft are protected from. And
// an owner that keeps its batch in memory and writes it again, once it is refused
// and has re-initialised, doubles it. cdcd's owners keep nothing. If one ever
// does, the Session saves it only if raft refuses a session as soon as the
// connector is placed anew (Strict). Package offsets refuses it once a later
// generation has opened one, which lets an owner of before in between:
//
//	A  Confirm(1): yes;  raft places the connector on B, 2;  B  Confirm(2): yes
//	B  InitProducerID;   A  InitProducerID, Session(1): done, because B has none yet
//	B  Session(2): done; A  commits;   B  is refused, and would write the same again
//
// Confirm keeps a zombie from aborting its successor's transaction in most cases.
// It cannot in all, since the pause may follow it.
//
// The number of a session is chosen behind the read, above the one of the last
// state, for the sake of a raft cluster that lost its disks: one that counts from
// 1 again would let sessions decrease (ReadLast with RaftLost).
//
// # Comparing raft and Kafka
//
// An owner halts the connector when raft's mirror is ahead of the state that it
// read, or the state's session ahead of raft's. Neither may happen while nothing
// was lost, and whether it does depends on when raft is asked:
//
//   - the mirror must be that of before InitProducerID (ComparedEarly). One asked
//     for behind the read may have gone on (ComparedLate): an owner that pauses in
//     between finds what its successor committed. To ask for confirmation before
//     halting helps with a Strict raft only (ComparedConfirmed): otherwise the one
//     that wrote may be a predecessor, and the rightful owner halts;
//   - the newest session must be asked for behind the read. One of before may be
//     older than that of the state (ComparedTooEarly).
//
// # What is left out, and why that is sound
//
//   - Confirm, and the read of the last state, are one step each: what comes before
//     or after the instant at which they are answered is a pause.
//   - A broker checks a Produce and appends it in one step, and knows the epoch of
//     the coordinator: brokers since 3.6 verify every first batch with it (KIP-890),
//     older ones the sink refuses.
//   - One record is one batch, records and their state are written one after the
//     other, and the partitions of the records are one. Nothing reads them before
//     all are acknowledged, and what they may not do, the coordinator decides for
//     all of them. A first batch of an epoch may have any sequence, which is more
//     than a broker that knows the producer allows.
//   - Markers of all partitions are written at once: who reads waits for all.
//   - Consensus: raft is one copy, and its commands are applied in one order.
//     A stale follower that confirms nothing is an owner that pauses.
//   - Epochs that run out, expiry of producer ids and of the transactional id,
//     compaction, and loss of what Kafka acknowledged.
//   - Time: there are no clocks, so that nothing can rest on one.
package model
