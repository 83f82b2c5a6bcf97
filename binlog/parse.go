package binlog

import (
	"fmt"
	"regexp"
	"strconv"

	"cdcd/event"
)

// filePlace is file:offset; binlog files end in a number.
var filePlace = regexp.MustCompile(`^([\w.@%+-]+\.\d+):(\d+)$`)

// ParsePosition reads a place as a person writes it: a GTID set of the flavor, or
// file:offset. Whose place it is, and whether it exists, only the server knows.
// The error is an [ErrBadGTID] that says what is wrong.
func ParsePosition(flavor event.Flavor, text string) (event.Position, error) {
	if m := filePlace.FindStringSubmatch(text); m != nil {
		offset, err := strconv.ParseUint(m[2], 10, 64)
		if err != nil {
			return event.Position{}, fmt.Errorf("offset %s: %w", m[2], err)
		}
		return event.Position{Flavor: flavor, File: m[1], Offset: offset}, nil
	}
	set, err := parseGTIDSet(flavor, text)
	if err == nil && set.String() == "" {
		err = badGTID(text, "is empty")
	}
	if err != nil {
		return event.Position{}, wrongFlavor(flavor, text, err)
	}
	return event.Position{Flavor: flavor, GTIDs: event.GTIDText(set.String())}, nil
}

// wrongFlavor says so where text is a set of the other server family.
func wrongFlavor(flavor event.Flavor, text string, err error) error {
	other := event.MariaDB
	if flavor == event.MariaDB {
		other = event.MySQL
	}
	if _, wrong := parseGTIDSet(other, text); wrong == nil {
		return fmt.Errorf("%w: it is a set of %s, and the connector is made for %s", err, other, flavor)
	}
	return err
}
