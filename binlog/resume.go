package binlog

import (
	"errors"
	"fmt"
	"slices"

	"cdcd/event"
)

// ErrBranchLost says that the group which prepared an XA branch is not where it
// must be.
var ErrBranchLost = errors.New("the server does not send the rows of a prepared XA branch again: start the connector under a new name, with snapshot.mode=initial, which copies the tables anew")

// resume is how reading goes on at a position: what to ask the server for, and
// how much of what it then sends is known already.
type resume struct {
	ask   event.Position // by file and offset, or by GTIDs when File is ""
	again *catchUp       // nil when the server sends nothing that was read before
	floor bool           // the stream begins elsewhere than at the position's own file and offset
}

// planResume decides how to go on at start, which may have prepared branches
// whose rows are not held any more: those are read again.
//
// MySQL with GTIDs is asked for all that is not executed, with these groups
// among it, and sends just that. Any other server sends all from the first of
// them on, and what was read before is passed over.
func planResume(start event.Position, h *hold) (resume, error) {
	missing := h.missing(start.Prepared)
	switch {
	case len(missing) == 0:
		return planPlain(start)
	case start.Flavor == event.MariaDB && start.GTIDs != nil:
		return planMaria(start, missing)
	case start.GTIDs != nil && !slices.ContainsFunc(missing, func(b event.Branch) bool { return b.GTID == "" }):
		return planMySQL(start, missing)
	case missing[0].Offset < 1<<32:
		return resume{ask: placeOf(missing[0]), again: newCatchUp(start, missing), floor: true}, nil
	}
	return resume{}, errFar(placeOf(missing[0]))
}

// planPlain asks by file and offset where the position has them: that needs no
// scan of the file, and the executed set is kept by the reader.
func planPlain(start event.Position) (resume, error) {
	switch {
	case start.File != "" && start.Offset < 1<<32:
		return resume{ask: event.Position{File: start.File, Offset: start.Offset}}, nil
	case start.GTIDs == nil:
		return resume{}, errFar(start)
	}
	return resume{ask: event.Position{GTIDs: start.GTIDs}, floor: true}, nil
}

func planMySQL(start event.Position, missing []event.Branch) (resume, error) {
	set, err := parseMySQLSet(start.GTIDs.String())
	if err != nil {
		return resume{}, err
	}
	for _, b := range missing {
		g, err := parseMySQLSet(b.GTID)
		if err != nil {
			return resume{}, err
		}
		set = set.without(g)
	}
	again := &catchUp{missing: missing, reached: true}
	return resume{ask: event.Position{GTIDs: set}, again: again, floor: true}, nil
}

// planMaria asks by place on the same server, elsewhere by the GTID position
// before the first missing group: by our order of reading, so that all others
// come behind it in their domains too.
func planMaria(start event.Position, missing []event.Branch) (resume, error) {
	if start.File != "" && missing[0].Offset < 1<<32 {
		return resume{ask: placeOf(missing[0]), again: newCatchUp(start, missing), floor: true}, nil
	}
	end, err := parseMariaSet(start.GTIDs.String())
	if err != nil {
		return resume{}, err
	}
	before, err := parseMariaSet(missing[0].Before)
	if err != nil {
		return resume{}, err
	}
	again := &catchUp{missing: missing, reached: true, behind: map[uint32]mariaGTID{}}
	for _, g := range end {
		if !slices.Contains(before, g) {
			again.behind[g.domain] = g
		}
	}
	return resume{ask: event.Position{GTIDs: before}, again: again, floor: true}, nil
}

func placeOf(b event.Branch) event.Position { return event.Position{File: b.File, Offset: b.Offset} }

func errFar(p event.Position) error {
	return fmt.Errorf("position %s lies past 4 GiB and the server has no GTIDs: rotate the binlog (FLUSH BINARY LOGS) and set max_binlog_size to 1G", p)
}

// missing returns the branches with rows that are not held.
func (h *hold) missing(prepared []event.Branch) []event.Branch {
	var out []event.Branch
	for _, b := range prepared {
		if hasRows(b) && h.branches[xid(b.XID)] == nil {
			out = append(out, b)
		}
	}
	return out
}

// hasRows tells a branch whose rows must be held from one of which no captured
// row is known.
func hasRows(b event.Branch) bool { return b.File != "" }

// purged is the remedy where the server no longer has what reading needs.
func (r resume) purged() string {
	if r.again == nil {
		return "The changes from there on cannot be read any more: " +
			"start the connector under a new name, with snapshot.mode=initial, which copies the tables anew; " +
			"raise binlog_expire_logs_seconds so that it outlasts the longest pause"
	}
	b := r.again.missing[0]
	return fmt.Sprintf("From there come the rows of XA branch %s, which was prepared at %s:%d (GTID %s) and not decided up to the stored position; "+
		"they cannot be read any more: start the connector under a new name, with snapshot.mode=initial, which copies the tables anew. "+
		"So that it does not happen again, commit or roll back branches that stay prepared (XA RECOVER lists them) "+
		"before binlog_expire_logs_seconds purges them", b.XID, b.File, b.Offset, b.GTID)
}

// passage is what is done with a group.
type passage uint8

const (
	yielded    passage = iota // it is new
	passedOver                // it was read before
	readAgain                 // it was read before, but its rows are not held any more
)

// catchUp tells groups that were read before from new ones, until all of them
// have come.
type catchUp struct {
	missing []event.Branch       // whose groups are still to come
	until   event.Position       // by place: where new groups begin
	reached bool                 // by place: until was reached; always true by GTID
	behind  map[uint32]mariaGTID // by MariaDB's GTIDs: the last group that was read, of domains that have not got there
}

func newCatchUp(start event.Position, missing []event.Branch) *catchUp {
	return &catchUp{missing: missing, until: start}
}

// judge decides on the group that begins at file and pos.
func (c *catchUp) judge(file string, pos uint64, id gtid) (passage, error) {
	c.at(file, pos)
	how := yielded
	if !c.reached {
		how = passedOver
	}
	if g, ok := id.(mariaGTID); ok && c.behind != nil {
		known, err := c.known(g)
		if err != nil {
			return how, err
		}
		if known {
			how = passedOver
		}
	}
	if c.find(file, pos, id) >= 0 {
		return readAgain, nil
	}
	if how == yielded && len(c.missing) > 0 && (c.until.File != "" || c.behind != nil && len(c.behind) == 0) {
		return how, fmt.Errorf("XA branch %s, prepared at %s:%d: %w", c.missing[0].XID, c.missing[0].File, c.missing[0].Offset, ErrBranchLost)
	}
	return how, nil
}

// known reports whether a group of MariaDB was read before.
func (c *catchUp) known(g mariaGTID) (bool, error) {
	last, behind := c.behind[g.domain]
	switch {
	case !behind:
		return false, nil
	case g == last:
		delete(c.behind, g.domain)
	case g.server == last.server && g.seq > last.seq:
		return false, fmt.Errorf("the server does not have GTID %s, which was read before", last)
	}
	return true, nil
}

// at notes where reading stands between two groups.
func (c *catchUp) at(file string, pos uint64) {
	c.reached = c.reached || file == c.until.File && pos >= c.until.Offset
}

// left notes that reading goes on in another file.
func (c *catchUp) left(file string) { c.reached = c.reached || file == c.until.File }

// find returns which of the missing groups this one is, or -1.
func (c *catchUp) find(file string, pos uint64, id gtid) int {
	return slices.IndexFunc(c.missing, func(b event.Branch) bool {
		if b.GTID != "" {
			return id != nil && id.String() == b.GTID
		}
		return b.File == file && b.Offset == pos
	})
}

// found takes a branch off the list of those that are missing.
func (c *catchUp) found(txn *event.Txn, x xid) error {
	i := slices.IndexFunc(c.missing, func(b event.Branch) bool { return b.XID == string(x) })
	if i < 0 {
		return fmt.Errorf("group %s prepares XA branch %s, and was another one before: %w", txn.ID(), x, ErrBranchLost)
	}
	c.missing = slices.Delete(slices.Clone(c.missing), i, i+1)
	return nil
}

// done reports whether all that follows is new.
func (c *catchUp) done() bool { return c.reached && len(c.missing) == 0 && len(c.behind) == 0 }
