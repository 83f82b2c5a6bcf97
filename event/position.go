package event

import (
	"encoding/json"
	"fmt"

	"cdcd/schema"
)

// Flavor tells the two server families apart.
type Flavor string

// The server families.
const (
	MySQL   Flavor = "mysql"
	MariaDB Flavor = "mariadb"
)

// Dialect is how statements are written there.
func (f Flavor) Dialect() schema.Flavor {
	if f == MariaDB {
		return schema.FlavorMariaDB
	}
	return schema.FlavorMySQL
}

// GTIDSet is the set of executed transactions; only package binlog reads it.
// Implementations are immutable.
type GTIDSet interface{ String() string }

// GTIDText is a GTID set that has not been parsed, as loaded from storage.
type GTIDText string

// String returns the text.
func (t GTIDText) String() string { return string(t) }

// Position is where to go on reading: just after a committed transaction. It
// is opaque to everyone but the source that made it, and may only be stored,
// printed and handed back.
type Position struct {
	Flavor Flavor
	Server string  // server uuid (MySQL) or server id (MariaDB) that wrote File
	File   string  // binlog file
	Offset uint64  // byte offset in File, counted in 64 bits
	GTIDs  GTIDSet // nil when the server has no GTIDs
	// Prepared are the XA branches that were prepared before this place and
	// are not decided yet, in the order of their preparation. It is never
	// changed, so that positions share it.
	Prepared []Branch
}

// Branch is a prepared XA branch, as far as it must be known to read its rows
// again. File is "" for a branch without captured rows.
type Branch struct {
	XID    string `json:"xid"`
	GTID   string `json:"gtid,omitempty"`   // of the group that prepared it
	File   string `json:"file,omitempty"`   // where that group begins
	Offset uint64 `json:"offset,omitempty"` // in File
	Before string `json:"before,omitempty"` // MariaDB: the GTID position before the group
}

// IsZero reports whether p names no place at all.
func (p Position) IsZero() bool { return p.File == "" && p.GTIDs == nil }

// String prints the position for people: file:offset and the GTID set, as far
// as it has them, and how many XA branches are prepared.
func (p Position) String() string {
	if n := len(p.Prepared); n > 0 {
		return fmt.Sprintf("%s and %d prepared XA", p.place(), n)
	}
	return p.place()
}

func (p Position) place() string {
	switch {
	case p.GTIDs == nil:
		return fmt.Sprintf("%s:%d", p.File, p.Offset)
	case p.File == "":
		return fmt.Sprintf("GTIDs (%s)", p.GTIDs)
	}
	return fmt.Sprintf("%s:%d (%s)", p.File, p.Offset, p.GTIDs)
}

type positionJSON struct {
	Flavor   Flavor   `json:"flavor"`
	Server   string   `json:"server,omitempty"`
	File     string   `json:"file,omitempty"`
	Offset   uint64   `json:"offset,omitempty"`
	GTIDs    *string  `json:"gtids,omitempty"`
	Prepared []Branch `json:"prepared,omitempty"`
}

// MarshalJSON writes the stored form of the position.
func (p Position) MarshalJSON() ([]byte, error) {
	j := positionJSON{Flavor: p.Flavor, Server: p.Server, File: p.File, Offset: p.Offset, Prepared: p.Prepared}
	if p.GTIDs != nil {
		s := p.GTIDs.String()
		j.GTIDs = &s
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads the stored form; GTIDs becomes a [GTIDText].
func (p *Position) UnmarshalJSON(b []byte) error {
	var j positionJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*p = Position{Flavor: j.Flavor, Server: j.Server, File: j.File, Offset: j.Offset, Prepared: j.Prepared}
	if j.GTIDs != nil {
		p.GTIDs = GTIDText(*j.GTIDs)
	}
	return nil
}
