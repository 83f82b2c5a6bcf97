package model

import "cmp"

// state is everything that the rest of a run can depend on. All of it are small
// numbers, so that it can be compared and hashed as it is.
type state struct {
	place   placement // raft: who is to run the connector
	session opened    // raft: the newest Session
	mirror  uint8     // raft: the last N that it was told of
	txn     txn       // Kafka: the coordinator, and the open transaction
	done    committed // Kafka: what a reader of committed records sees
	owners  [2]owner
	old     [maxOld]request // under way, given up by their client
	broken  Rule
}

// placement is where the leader wants the connector.
type placement struct{ owner, gen uint8 }

// opened is a Session.
type opened struct{ gen, id uint8 }

// record is a state record. gen is not part of the real one: it is there to
// check that sessions follow each other as raft's generations do.
type record struct{ n, id, gen, pos uint8 }

// txn is the coordinator's view of the transactional id, and the records that
// are neither committed nor aborted.
type txn struct {
	epoch     uint8
	status    status
	dataNext  uint8 // sequence after the last one of this epoch, 0 before the first
	stateNext uint8

	count  uint8 // records that continue what is committed
	stray  uint8 // 1 + the first record that does not
	states uint8 // state records, the last of which is
	state  record
}

// status is the state of the transaction. Complete-abort is not told apart from
// empty: every request has the same effect in both.
type status uint8

const (
	empty status = iota
	ongoing
	prepareCommit // decided, markers not yet written
	prepareAbort
	completeCommit
)

// committed is the log, in short: as long as no rule is broken, the records are
// the first count of the source, and the states 1 to last.n.
type committed struct {
	count uint8
	last  record
}

// point is where an owner is. At initialise, session and from join on it waits
// for the answer to a request.
type point uint8

const (
	idle point = iota
	confirm
	initialise
	read
	compare
	session
	join
	data
	stateRecord
	end
)

// owner is a process that may run the connector: what it has in memory.
type owner struct {
	at        point
	gen       uint8
	epoch     uint8
	id        uint8 // of its session
	n         uint8 // of the last committed state that it knows of
	base      uint8 // position of that state; kept with KeepBatch only
	pos       uint8 // next record to be written
	dataSeq   uint8
	stateSeq  uint8
	mirror    uint8 // raft's, at Confirm
	heard     uint8 // the newest session, at Confirm
	keepBatch uint8 // 1 while it takes over with its batch in hand
}

// request is a message to Kafka or raft.
type request struct {
	kind  kind
	epoch uint8
	seq   uint8
	state record // of a record of the source: pos; of a Session: gen and id
}

type kind uint8

const (
	none kind = iota
	initProducer
	openSession
	addPartitions
	produce
	produceState
	commit
	abort
)

// reply is the answer to a request.
type reply uint8

const (
	ok         reply = iota
	refused          // a stale epoch or generation, a transaction in another state
	concurrent       // CONCURRENT_TRANSACTIONS: nothing was done, ask again
)

// Rule is what must hold in every state.
type Rule uint8

// The rules.
const (
	None         Rule = iota
	ExactlyOnce       // committed records are the first of the source: in order, none missing, none twice
	Whole             // a committed Kafka transaction holds whole source transactions
	OneState          // and one state record, unless it is empty
	Position          // the last committed state's position is the end of what is committed
	Chain             // N grows by one
	SessionOrder      // sessions never decrease along the committed states
	RaftOrder         // nor do the generations of their owners
	NoAlarm           // no owner finds raft ahead of Kafka, or Kafka of raft, while neither has lost anything
)

var ruleNames = [...]string{
	"nothing", "committed records are the first of the source: in order, none missing, none twice",
	"a committed Kafka transaction holds whole source transactions", "a committed Kafka transaction holds one state record",
	"the last state's position is the end of what is committed", "N grows by one",
	"sessions never decrease along the committed states", "an owner commits nothing after a later generation's did",
	"no owner finds raft and Kafka at odds, since neither has lost anything",
}

func (r Rule) String() string { return ruleNames[r] }

// firstEpoch leaves room below it for two that are older.
const firstEpoch = 2

// start is the state before anything happened.
func start() state {
	return state{place: placement{gen: 1}, txn: txn{epoch: firstEpoch}}
}

func (o *owner) compare(p *owner) int {
	return cmp.Or(
		cmp.Compare(o.at, p.at), cmp.Compare(o.gen, p.gen), cmp.Compare(o.epoch, p.epoch), cmp.Compare(o.id, p.id),
		cmp.Compare(o.n, p.n), cmp.Compare(o.base, p.base), cmp.Compare(o.pos, p.pos),
		cmp.Compare(o.dataSeq, p.dataSeq), cmp.Compare(o.stateSeq, p.stateSeq), cmp.Compare(o.keepBatch, p.keepBatch), cmp.Compare(o.mirror, p.mirror), cmp.Compare(o.heard, p.heard),
	)
}

func (q request) compare(r request) int {
	return cmp.Or(
		cmp.Compare(q.kind, r.kind), cmp.Compare(q.epoch, r.epoch), cmp.Compare(q.seq, r.seq),
		cmp.Compare(q.state.n, r.state.n), cmp.Compare(q.state.id, r.state.id),
		cmp.Compare(q.state.gen, r.state.gen), cmp.Compare(q.state.pos, r.state.pos),
	)
}
