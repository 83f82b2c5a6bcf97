package offsets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"cdcd/event"
)

// Offset is how far a connector has got.
type Offset = event.State

// The numbers that commands carry.
type (
	// Generation counts the placements of a connector.
	Generation uint64
	// SessionID numbers the sessions of a connector; 0 is none.
	SessionID uint64
	// TableVersion is the schema version of a connector's table.
	TableVersion uint64
)

// Hash is the SHA-256 of a table definition's content.
type Hash [sha256.Size]byte

// HashOf returns the hash of a definition.
func HashOf(content []byte) Hash { return sha256.Sum256(content) }

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText is String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("%w: a hash has %d digits", ErrCorrupt, hex.EncodedLen(len(h)))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// MaxEntry bounds what one command carries, in bytes of a connector's
// configuration or the sum of the sizes of its tables: a raft entry must not keep
// heartbeats waiting.
const MaxEntry = 512 << 10

// tableSize is what a Table has beside its definition, in bytes at most.
const tableSize = 160

// maxName bounds names, in bytes.
const maxName = 1024

// Command is one change of the state. The set of implementations is closed:
// PutConnector, DeleteConnector, SetTarget, Place, SetLive, Drain, RemoveNode,
// Session, Mirror, Reset, PutTables, Truncate.
type Command interface {
	kind() kind
	// check tells whether the command may be written to a log.
	check() error
}

// PutConnector creates a connector or replaces its configuration.
type PutConnector struct {
	Connector string `json:"connector"`
	Config    []byte `json:"config"`
}

// DeleteConnector forgets a connector's configuration. As in Kafka Connect the
// offset stays, and with it the history that it needs.
type DeleteConnector struct {
	Connector string `json:"connector"`
}

// Target is what an operator wants of a connector.
type Target string

// The targets. The leader places a connector nowhere that is paused or stopped.
const (
	Running Target = "" // of every connector that nobody wanted anything else of
	Paused  Target = "paused"
	Stopped Target = "stopped"
)

// String returns the target's name.
func (t Target) String() string {
	if t == Running {
		return "running"
	}
	return string(t)
}

// SetTarget says what an operator wants of a connector.
type SetTarget struct {
	Connector string `json:"connector"`
	Target    Target `json:"target"`
}

// Place says where connectors are to run, each for itself: see [PartialError].
// It comes from the leader.
type Place struct {
	Moves []Move `json:"moves"` // at most one of a connector
}

// Move is one connector of a [Place]. A connector without a configuration can
// only be moved to no node.
type Move struct {
	Connector string `json:"connector"`
	// Generation is the next one: 1 more than that of the placement, or of the
	// session where there was no placement.
	Generation Generation `json:"generation"`
	Node       string     `json:"node"` // "" for none
	// HandOver says that the node before may go on until this one has opened a
	// session.
	HandOver bool `json:"handOver,omitempty"`
}

// SetLive notes that nodes are heard, or not any more. It comes from the leader.
type SetLive struct {
	Nodes map[string]bool `json:"nodes"`
}

// Drain says whether an operator wants a node to have no connectors.
type Drain struct {
	Node    string `json:"node"`
	Drained bool   `json:"drained"`
}

// RemoveNode forgets a node.
type RemoveNode struct {
	Node string `json:"node"`
}

// Producer is the Kafka producer of a session: its numbers are for diagnosis,
// whether there is one tells the mode of delivery.
type Producer struct {
	ID    int64 `json:"id"`
	Epoch int16 `json:"epoch"`
}

// NoProducer is the producer of a session without Kafka transactions.
var NoProducer = Producer{ID: -1, Epoch: -1}

// IsZero tells whether there is no producer.
func (p Producer) IsZero() bool { return p == NoProducer }

// Session makes its sender the owner of a connector that is placed on it, in the
// generation of the placement. While it is placed nowhere any node may, as an
// operator's does. See [State.Owns].
type Session struct {
	Connector  string     `json:"connector"`
	ID         SessionID  `json:"id"`
	Generation Generation `json:"generation"`
	Node       string     `json:"node"`
	Producer   Producer   `json:"producer"`
}

// Mirror stores how far connectors have got, each for itself: one that is
// refused does not keep the others from being stored. See [PartialError].
type Mirror struct {
	Entries []Entry `json:"entries"` // at most one of a connector
}

// Entry is one connector of a [Mirror].
type Entry struct {
	Connector string    `json:"connector"`
	Session   SessionID `json:"session"`
	Offset    Offset    `json:"offset"`
}

// Reset stores an offset in place of the known one, later or not. The zero Offset
// forgets how far the connector has got.
type Reset struct {
	Connector string    `json:"connector"`
	Session   SessionID `json:"session"`
	Offset    Offset    `json:"offset"`
}

// PutTables adds to a connector's table history. All are added or none.
type PutTables struct {
	Connector string    `json:"connector"`
	Session   SessionID `json:"session"`
	Tables    []Table   `json:"tables"`
}

// Table is one version of one table. Two tables may share a version, when one
// statement changed both.
type Table struct {
	Version TableVersion `json:"version"`
	// Hash names the content; definitions of the same hash are stored once.
	Hash Hash `json:"hash"`
	// Definition is opaque here. It must not be changed. A command need not carry
	// one that is stored already; see [ErrUnknownDefinition].
	Definition []byte `json:"definition,omitempty"`
}

// Size is what the table counts for in a command, in bytes.
func (t Table) Size() int { return tableSize + len(t.Definition) }

// Truncate forgets a connector's table versions after Version.
type Truncate struct {
	Connector string       `json:"connector"`
	Session   SessionID    `json:"session"`
	Version   TableVersion `json:"version"`
}

func (c PutConnector) check() error {
	if n := len(c.Config); n == 0 || n > MaxEntry {
		return fmt.Errorf("%w: the configuration of connector %s has %d bytes, not 1 to %d", ErrInvalid, c.Connector, n, MaxEntry)
	}
	return checkName("connector", c.Connector)
}

func (c DeleteConnector) check() error { return checkName("connector", c.Connector) }

func (c SetTarget) check() error {
	switch c.Target {
	case Running, Paused, Stopped:
		return checkName("connector", c.Connector)
	}
	return fmt.Errorf("%w: target %.40q of connector %s", ErrInvalid, c.Target, c.Connector)
}

func (c Place) check() error {
	seen := map[string]bool{}
	for _, m := range c.Moves {
		if err := checkOnce(seen, m.Connector); err != nil {
			return err
		}
		if m.Generation == 0 {
			return fmt.Errorf("%w: generation 0 of connector %s", ErrInvalid, m.Connector)
		}
		if m.Node == "" {
			continue
		}
		if err := checkName("node", m.Node); err != nil {
			return err
		}
	}
	return nil
}

func (c SetLive) check() error {
	for _, name := range slices.Sorted(maps.Keys(c.Nodes)) {
		if err := checkName("node", name); err != nil {
			return err
		}
	}
	return nil
}

func (c Drain) check() error { return checkName("node", c.Node) }

func (c RemoveNode) check() error { return checkName("node", c.Node) }

func (c Session) check() error {
	if c.ID == 0 {
		return fmt.Errorf("%w: session 0 of connector %s", ErrInvalid, c.Connector)
	}
	if err := checkName("connector", c.Connector); err != nil {
		return err
	}
	return checkName("node", c.Node)
}

func (c Mirror) check() error {
	seen := map[string]bool{}
	for _, e := range c.Entries {
		if err := checkOnce(seen, e.Connector); err != nil {
			return err
		}
	}
	return nil
}

func (c Reset) check() error { return checkName("connector", c.Connector) }

func (c PutTables) check() error {
	size := 0
	for _, t := range c.Tables {
		if t.Hash == (Hash{}) {
			return fmt.Errorf("%w: table version %d of connector %s has no hash", ErrInvalid, t.Version, c.Connector)
		}
		size += t.Size()
	}
	if size > MaxEntry {
		return fmt.Errorf("%w: %d bytes of tables of connector %s, more than %d", ErrInvalid, size, c.Connector, MaxEntry)
	}
	return checkName("connector", c.Connector)
}

func (c Truncate) check() error { return checkName("connector", c.Connector) }

// checkOnce checks the name of a connector that must not come twice: what is
// right for the first time could be wrong for the next, so that the command could
// not be repeated.
func checkOnce(seen map[string]bool, name string) error {
	if seen[name] {
		return fmt.Errorf("%w: connector %s comes twice", ErrInvalid, name)
	}
	seen[name] = true
	return checkName("connector", name)
}

func checkName(what, name string) error {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) {
		return fmt.Errorf("%w: the name of a %s is 1 to %d bytes of UTF-8, not %.40q", ErrInvalid, what, maxName, name)
	}
	return nil
}
