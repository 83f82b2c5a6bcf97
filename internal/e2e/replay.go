package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// change is what the tests read of an event's value.
type change struct {
	Op     string `json:"-"`
	Before *row   `json:"before"`
	After  *row   `json:"after"`
}

type row struct {
	ID      int     `json:"id"`
	Version int     `json:"version"`
	Note    *string `json:"note"`
}

// replay applies the records of a table's topic as a consumer would, and
// counts what it met on the way.
type replay struct {
	rows       map[int]row
	seen       map[int]int  // newest version of each key
	reads      map[int]bool // keys whose rows were copied
	changes    int
	duplicates int // changes that were seen before
	gaps       []string
	copied     bool // changes before a key's first one may be missing
}

func newReplay() *replay {
	return &replay{rows: map[int]row{}, seen: map[int]int{}, reads: map[int]bool{}}
}

// apply takes the next record of a key's partition; value nil is a tombstone.
func (r *replay) apply(value []byte) error {
	if value == nil {
		return nil
	}
	c, err := parse(value)
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	r.changes++
	if c.Op == "r" {
		r.read(*c.After)
		return nil
	}
	if c.Op == "d" {
		r.check(c.Before.ID, c.Before.Version, r.seen[c.Before.ID])
		delete(r.rows, c.Before.ID)
		return nil
	}
	r.check(c.After.ID, c.After.Version, r.seen[c.After.ID]+1)
	r.rows[c.After.ID] = *c.After
	return nil
}

// parse reads a value whose rows have nothing but letters in them. What lies between
// the rows and the operation is most of it, and is passed over: there are millions.
func parse(value []byte) (c change, err error) {
	rows, rest, rowsEnd := bytes.Cut(value, []byte(`,"source":`))
	_, rest, hasOp := bytes.Cut(rest, []byte(`,"op":"`))
	op, _, opEnds := bytes.Cut(rest, []byte(`"`))
	if !rowsEnd || !hasOp || !opEnds {
		return c, errors.New("it has no source or no op")
	}
	err = json.Unmarshal(slices.Concat(rows, []byte("}")), &c)
	c.Op = string(op)
	return c, err
}

// read takes a copied row: once for each key, as the stream has brought it so far.
func (r *replay) read(after row) {
	seen, known := r.seen[after.ID]
	switch {
	case r.reads[after.ID], known && after.Version < seen:
		r.duplicates++
	case known && after.Version > seen:
		r.gaps = append(r.gaps, fmt.Sprintf("key %d: version %d was copied behind %d", after.ID, after.Version, seen))
	}
	r.reads[after.ID] = true
	r.seen[after.ID] = max(seen, after.Version)
	r.rows[after.ID] = after
}

// check compares a version with the one that must come next. A lower one was
// sent before; a higher one says that a change is missing, unless the key's rows
// were copied.
func (r *replay) check(key, version, want int) {
	_, known := r.seen[key]
	switch {
	case !known && r.copied:
	case version < want:
		r.duplicates++
	case version > want:
		r.gaps = append(r.gaps, fmt.Sprintf("key %d: version %d after %d", key, version, want-1))
	}
	r.seen[key] = max(r.seen[key], version)
}

// table returns the table that a topic of the workload holds.
func table(topic string) string { return topic[strings.LastIndexByte(topic, '.')+1:] }
