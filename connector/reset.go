package connector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"cdcd/event"
)

var (
	// ErrReset says that a server has forgotten what was already read from it.
	ErrReset = errors.New("the server does not have transactions that were already read from it: its binlog was reset, or it was restored to an earlier state. " +
		"What it has written since cannot be told from what was read: start the connector under a new name, with snapshot.mode=initial, which copies the tables anew")

	// errLags says that another server than before has not got as far yet.
	errLags = errors.New("this server does not have transactions yet that were read from the one before")
)

// checkKnown makes sure that a server has what was read up to pos. A file name
// and an offset say nothing about it: after a reset they are there again, with
// other transactions behind them.
func checkKnown(ctx context.Context, s asker, info ServerInfo, pos event.Position) error {
	if pos.GTIDs == nil || pos.GTIDs.String() == "" {
		return nil
	}
	missing, err := unknown(ctx, s, info, pos.GTIDs.String())
	switch {
	case err != nil || missing == "":
		return err
	case pos.Server == info.ServerID:
		return fmt.Errorf("%w (position %s, missing %s)", ErrReset, pos, missing)
	default:
		return fmt.Errorf("%w (position %s, missing %s)", errLags, pos, missing)
	}
}

// unknown returns the part of a GTID set that the server does not have.
func unknown(ctx context.Context, s asker, info ServerInfo, read string) (string, error) {
	switch {
	case info.Flavor == event.MariaDB && info.Position.GTIDs != nil:
		return later(read, info.Position.GTIDs.String()), nil
	case info.GTIDMode != "ON":
		return "", nil
	}
	subtract := fmt.Sprintf("SELECT GTID_SUBTRACT('%s', @@GLOBAL.gtid_executed)", read)
	missing, err := askGTIDs(ctx, s, subtract)
	if err != nil || missing == "" {
		return "", err
	}
	// A transaction is in the binlog a moment before it is in gtid_executed.
	if _, err := s.Query(ctx, fmt.Sprintf("SELECT WAIT_FOR_EXECUTED_GTID_SET('%s', 3)", missing)); err != nil {
		return "", err
	}
	missing, err = askGTIDs(ctx, s, subtract)
	return string(missing), err
}

// later returns the GTIDs of read whose domain is unknown at end, or has not got
// as far there. Both are MariaDB's, domain-server-sequence. Without its strict
// mode only the sequence numbers of one server are in order.
func later(read, end string) string {
	reached := map[string]mariaGTID{}
	for text := range strings.SplitSeq(end, ",") {
		g := splitMaria(text)
		reached[g.domain] = g
	}
	var missing []string
	for text := range strings.SplitSeq(read, ",") {
		g := splitMaria(text)
		r, ok := reached[g.domain]
		if !ok || r.server == g.server && r.sequence < g.sequence {
			missing = append(missing, text)
		}
	}
	return strings.Join(missing, ",")
}

type mariaGTID struct {
	domain, server string
	sequence       uint64
}

func splitMaria(text string) mariaGTID {
	domain, rest, _ := strings.Cut(strings.TrimSpace(text), "-")
	server, sequence, _ := strings.Cut(rest, "-")
	n, _ := strconv.ParseUint(sequence, 10, 64) // the server's own
	return mariaGTID{domain, server, n}
}
