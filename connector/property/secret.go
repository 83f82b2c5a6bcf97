package property

import (
	"fmt"
	"io"
)

// redacted is what a secret prints as, whatever it is printed with.
const redacted = "[redacted]"

// Secret is a value that must not be seen. It prints, marshals and formats as
// a fixed text; only Reveal gives the value.
type Secret struct{ text string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the value, for the one place that sends it to a server.
func (s Secret) Reveal() string { return s.text }

// IsZero tells whether there is no value.
func (s Secret) IsZero() bool { return s.text == "" }

// String returns a fixed text.
func (Secret) String() string { return redacted }

// Format prints the fixed text for every verb and flag.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns the fixed text.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns the fixed text as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
