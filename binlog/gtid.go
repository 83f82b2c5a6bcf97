package binlog

import (
	"errors"
	"fmt"

	"cdcd/event"
)

// ErrBadGTID says that a stored or configured GTID set cannot be read.
var ErrBadGTID = errors.New("GTID set is malformed")

// gtid is the id of one transaction: mysqlGTID or mariaGTID.
type gtid interface {
	String() string
	// source names who wrote the transaction, as [Config.Sources] is asked.
	source() string
}

// gtidSet is an immutable set of executed transactions.
type gtidSet interface {
	event.GTIDSet
	// add returns the set with g in it; g must be of the set's flavor.
	add(g gtid) gtidSet
}

// parseGTIDSet reads what GTIDSet.String wrote, or what the server's
// gtid_executed or gtid_binlog_pos prints.
func parseGTIDSet(flavor event.Flavor, text string) (gtidSet, error) {
	if flavor == event.MariaDB {
		return parseMariaSet(text)
	}
	return parseMySQLSet(text)
}

func badGTID(text, why string) error { return fmt.Errorf("%w: %q %s", ErrBadGTID, text, why) }
