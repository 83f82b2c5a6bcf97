package offsets

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Why a command is refused. The state is then as it was before.
var (
	// ErrStaleSession says that a newer session was opened: the sender no
	// longer owns the connector and must stop.
	ErrStaleSession = errors.New("a newer session owns the connector")
	// ErrStaleGeneration says that the connector was placed again since.
	ErrStaleGeneration = errors.New("the connector was placed again")
	// ErrNotPlaced says that the connector is not placed on the sender.
	ErrNotPlaced = errors.New("the connector is not placed on this node")
	// ErrPlacedBefore says that the next generation is another one.
	ErrPlacedBefore = errors.New("the connector was placed in between")
	// ErrUnknownConnector says that there is no configuration, or for a [Move] to
	// no node that nothing is known of the connector.
	ErrUnknownConnector = errors.New("there is no such connector")
	// ErrNoSession says that the session of the command was never opened.
	ErrNoSession = errors.New("the session was not opened")
	// ErrStaleOffset says that a later commit is known already.
	ErrStaleOffset = errors.New("a later commit is known")
	// ErrTableOrder says that a table version is older than the newest one and
	// not among those that are known: the history must be truncated first.
	ErrTableOrder = errors.New("the table version is older than the history")
	// ErrUnknownDefinition says that a table came without its definition, and that
	// none is stored: it must be sent along.
	ErrUnknownDefinition = errors.New("the table's definition is not stored")
)

// Why bytes are no command or snapshot.
var (
	// ErrInvalid says that a command cannot be encoded: a name is empty, something
	// is larger than allowed, or a connector comes twice.
	ErrInvalid = errors.New("invalid command")
	// ErrCorrupt says that the checksum or the form is wrong.
	ErrCorrupt = errors.New("corrupt")
	// ErrUnknownVersion says that a newer program wrote it.
	ErrUnknownVersion = errors.New("written by a newer version of cdcd")
	// ErrUnknownCommand says that a newer program wrote it.
	ErrUnknownCommand = errors.New("unknown command, written by a newer version of cdcd")
)

// PartialError names the connectors for which a [Mirror] or a [Place] was
// refused. It was carried out for the others.
type PartialError struct{ Refused map[string]error }

// partial returns nil when nothing was refused.
func partial(refused map[string]error) error {
	if len(refused) == 0 {
		return nil
	}
	return &PartialError{Refused: refused}
}

// Error lists the connectors in order.
func (e *PartialError) Error() string {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(e.Refused)) {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "connector %s: %v", name, e.Refused[name])
	}
	return b.String()
}

// Unwrap gives all reasons to errors.Is, in the order of the names.
func (e *PartialError) Unwrap() []error {
	var reasons []error
	for _, name := range slices.Sorted(maps.Keys(e.Refused)) {
		reasons = append(reasons, e.Refused[name])
	}
	return reasons
}
