package connector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"cdcd/binlog"
	"cdcd/event"
)

// ErrNoPlace says that a server has no such position.
var ErrNoPlace = errors.New("the server cannot be read from there")

// Locate returns the position that an operator names, a GTID set or file:offset,
// once the connector's server has said that it can be read from there. How the
// tables looked there, nobody is asked.
func Locate(ctx context.Context, cfg Config, text string) (event.Position, error) {
	pos, err := binlog.ParsePosition(cfg.Flavor, text)
	if err != nil {
		return pos, err
	}
	srv, err := Dial(ctx, cfg)
	if err != nil {
		return pos, fmt.Errorf("ask the server whether it has %s: %w", pos, err)
	}
	defer func() { _ = srv.Close() }()
	info, err := srv.Inspect(ctx)
	if err != nil {
		return pos, err
	}
	if err := Check(info, cfg); err != nil {
		return pos, err
	}
	pos, err = locate(ctx, srv, info, pos)
	if errors.Is(err, ErrNoPlace) {
		err = fmt.Errorf("%w. %s", err, remains(ctx, srv))
	}
	return pos, err
}

func locate(ctx context.Context, s asker, info ServerInfo, pos event.Position) (event.Position, error) {
	pos.Server = info.ServerID
	if pos.GTIDs != nil {
		return pos, locateSet(ctx, s, info, pos.GTIDs.String())
	}
	if info.GTIDMode == "ON" {
		return pos, fmt.Errorf("%w by file and offset: it has GTIDs, and with the set a position is good on every replica. "+
			"SHOW BINLOG EVENTS IN '%s' lists the Previous_gtids of the file and each GTID in it; give the set up to %s", ErrNoPlace, pos.File, pos)
	}
	return locateFile(ctx, s, info, pos)
}

// locateSet fails where the server lacks a transaction of the set, which it may
// get some day, or has deleted one that is not in it.
func locateSet(ctx context.Context, s asker, info ServerInfo, set string) error {
	switch {
	case info.Flavor == event.MySQL && info.GTIDMode != "ON":
		return fmt.Errorf("%w: gtid_mode is %s there; give file:offset", ErrNoPlace, info.GTIDMode)
	case info.Flavor == event.MariaDB && info.Position.GTIDs != nil:
		if missing := later(set, info.Position.GTIDs.String()); missing != "" {
			return fmt.Errorf("%w: it does not have %s yet; the end of its binlog is %s", ErrNoPlace, missing, info.Position)
		}
		return nil
	}
	missing, err := askGTIDs(ctx, s, fmt.Sprintf("SELECT GTID_SUBTRACT('%s', @@GLOBAL.gtid_executed)", set))
	if err != nil {
		return err
	}
	if missing != "" {
		return fmt.Errorf("%w: it does not have %s yet", ErrNoPlace, missing)
	}
	purged, err := askGTIDs(ctx, s, fmt.Sprintf("SELECT GTID_SUBTRACT(@@GLOBAL.gtid_purged, '%s')", set))
	if err == nil && purged != "" {
		err = fmt.Errorf("%w: it has deleted %s, which is not in the set", ErrNoPlace, purged)
	}
	return err
}

// locateFile fails where there is no such file, or no event at the offset, and
// adds the GTID set of a MariaDB server.
func locateFile(ctx context.Context, s asker, info ServerInfo, pos event.Position) (event.Position, error) {
	logs, err := s.Query(ctx, "SHOW BINARY LOGS")
	if err != nil {
		return pos, err
	}
	size := uint64(0)
	for _, row := range logs {
		if len(row) > 1 && row[0].String == pos.File {
			if size, err = strconv.ParseUint(row[1].String, 10, 64); err != nil {
				return pos, err
			}
		}
	}
	const firstEvent = 4
	switch {
	case size == 0:
		return pos, fmt.Errorf("%w: there is no binlog file %s", ErrNoPlace, pos.File)
	case pos.Offset < firstEvent || pos.Offset > size:
		return pos, fmt.Errorf("%w: offset %d is outside of %s, which has %d bytes and begins at %d", ErrNoPlace, pos.Offset, pos.File, size, firstEvent)
	}
	if _, err := s.Query(ctx, fmt.Sprintf("SHOW BINLOG EVENTS IN '%s' FROM %d LIMIT 1", pos.File, pos.Offset)); err != nil {
		return pos, fmt.Errorf("%w: no event begins at %s (%w)", ErrNoPlace, pos, err)
	}
	if info.Flavor == event.MariaDB {
		set, err := askGTIDs(ctx, s, fmt.Sprintf("SELECT BINLOG_GTID_POS('%s', %d)", pos.File, pos.Offset))
		if err != nil {
			return pos, err
		}
		pos.GTIDs = event.GTIDText(strings.TrimSpace(set.String()))
	}
	return pos, nil
}
