package schema

import "strings"

// engines are the storage engines whose part in a ROLLBACK is known, by
// lower-case name.
var engines = map[string]struct {
	name          string // as the server prints it, "" for InnoDB
	transactional bool
}{
	"innodb":     {"", true},
	"innobase":   {"", true}, // InnoDB's old name
	"rocksdb":    {"ROCKSDB", true},
	"tokudb":     {"TokuDB", true},
	"ndbcluster": {"ndbcluster", true},
	"ndb":        {"ndbcluster", true},
	"myisam":     {"MyISAM", false},
	"mrg_myisam": {"MRG_MyISAM", false},
	"merge":      {"MRG_MyISAM", false},
	"aria":       {"Aria", false},
	"maria":      {"Aria", false},
	"memory":     {"MEMORY", false},
	"heap":       {"MEMORY", false},
	"csv":        {"CSV", false},
	"archive":    {"ARCHIVE", false},
}

// engineName returns the form that [Table.Engine] has for a name as written.
func engineName(written string) string {
	if e, ok := engines[strings.ToLower(written)]; ok {
		return e.name
	}
	return written
}

// Transactional reports whether a ROLLBACK takes changes of the table back;
// known is false for an engine of which that is not known.
func (t *Table) Transactional() (transactional, known bool) {
	if t.Engine == "" {
		return true, true
	}
	e, known := engines[strings.ToLower(t.Engine)]
	return e.transactional, known
}
