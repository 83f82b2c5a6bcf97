package model

import (
	"fmt"
	"slices"
)

// Level is one of Kafka's two transaction protocols, by transaction.version.
type Level uint8

// The levels.
const (
	TV1 Level = 1 // EndTxn checks the epoch, which changes with the owner only
	TV2 Level = 2 // every EndTxn makes the epoch a new one
)

// String returns the name that Kafka's documents use.
func (l Level) String() string { return fmt.Sprintf("TV%d", uint8(l)) }

// Order is the order of the steps of a takeover.
type Order uint8

// The orders.
const (
	SessionLast Order = iota // Confirm, InitProducerID, read the state, Session
	ReadLast                 // Confirm, InitProducerID, Session, read the state
	ReadFirst                // Confirm, read the state, InitProducerID, Session: unsafe
)

// Comparison is how an owner finds out that Kafka lost what raft knows of, or that
// somebody raft does not know wrote to it: raft's mirror must not be ahead of the
// state, nor the state's session ahead of raft's. Where one is, the connector halts.
type Comparison uint8

// The comparisons.
const (
	NotCompared       Comparison = iota
	ComparedLate                 // with what raft knows at some time after the state was read
	ComparedConfirmed            // so, and an owner that is not confirmed any more stops instead
	ComparedEarly                // the mirror with that of Confirm, the session with the newest
	ComparedTooEarly             // both with those of Confirm
)

// Change is a set of departures from the protocol.
type Change uint16

// The changes.
const (
	NoConfirm    Change = 1 << iota // InitProducerID is sent without asking raft
	NoSession                       // records are written without a Session in raft
	KeepBatch                       // an owner whose write was refused takes over and writes the same again, without reading the state
	RetryEnd                        // an EndTxn without an answer is sent again, and believed
	CutAnywhere                     // Kafka transactions end within source transactions, too
	Ahead                           // the state names the position one source transaction ahead
	StateOutside                    // the state record is written without the transaction
	RaftLost                        // not the protocol's doing: the raft cluster loses its disks and is built anew
)

// maxRecords bounds the source, maxOld the requests that their client gave up.
const (
	maxRecords = 8
	maxOld     = 3
)

// Config is what is checked, and its bounds. How often owners crash, pause and
// take over, how often the leader moves the connector, and how often Kafka times
// a transaction out has no bound.
type Config struct {
	Level   Level
	Order   Order
	Changes Change
	Source  []int // records of each source transaction
	Old     int   // requests at one time that are still under way though their client gave up
	Compare Comparison
	Strict  bool // raft refuses a Session as soon as its generation is not the placement's
	Waive   Rule // a rule that may be broken
}

// Model is the protocol under one configuration.
type Model struct {
	Config
	total uint8                // records of the source
	whole [maxRecords + 1]bool // counts of records that are whole source transactions
	steps []point              // of a takeover
}

// New prepares a model. It panics if the configuration is out of bounds.
func New(c Config) *Model {
	m := &Model{Config: c, steps: c.takeover()}
	total := 0
	m.whole[0] = true
	for _, n := range c.Source {
		total += n
		m.whole[total] = true
	}
	if c.Old > maxOld {
		panic(fmt.Sprintf("model: %d old requests, at most %d have room", c.Old, maxOld))
	}
	m.total = uint8(total)
	return m
}

func (c Config) has(x Change) bool { return c.Changes&x != 0 }

// takeover returns the steps between idle and the first record.
func (c Config) takeover() []point {
	steps := map[Order][]point{
		SessionLast: {confirm, initialise, read, session},
		ReadLast:    {confirm, initialise, session, read},
		ReadFirst:   {confirm, read, initialise, session},
	}[c.Order]
	if c.Compare == ComparedLate || c.Compare == ComparedConfirmed {
		steps = slices.Insert(steps, slices.Index(steps, read)+1, compare)
	}
	return slices.DeleteFunc(steps, func(p point) bool {
		return p == confirm && c.has(NoConfirm) || p == session && c.has(NoSession)
	})
}
