package schema

import (
	"crypto/sha256"
	"encoding/json"
)

// Hash identifies what a version says.
type Hash [sha256.Size]byte

// Hash returns the hash of all that the version says but its number. It is the
// same in every process, as long as Table's JSON form is.
func (t *Table) Hash() (Hash, error) {
	b, err := json.Marshal(t)
	return sha256.Sum256(b), err
}
