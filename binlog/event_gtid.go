package binlog

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// gtidEvent is what the reader keeps of a GTID event of either flavor.
type gtidEvent struct {
	gtid         gtid // nil for an anonymous transaction
	commitMicros int64
	standalone   bool // MariaDB: the group is a single statement without COMMIT
	prepares     bool // MariaDB: the group is an XA branch and ends in XA PREPARE
	decides      bool // MariaDB: the group is XA COMMIT or XA ROLLBACK
}

// originalFollows is the bit of the immediate commit timestamp that says that
// the original one follows. Source: MySQL control_events.h, Gtid_event.
const originalFollows = 1 << 55

// parseGTID decodes GTID_LOG_EVENT and ANONYMOUS_GTID_LOG_EVENT. Servers
// before 8.0.1 send no commit timestamps.
func parseGTID(body []byte, anonymous bool) (gtidEvent, error) {
	f := fields{b: body}
	f.skip(1)
	var g mysqlGTID
	copy(g.sid.uuid[:], f.bytes(16))
	g.gno = f.u64()
	if f.err != nil {
		return gtidEvent{}, fmt.Errorf("GTID event: %w", f.err)
	}
	if anonymous {
		return gtidEvent{}, nil
	}
	e := gtidEvent{gtid: g}
	if len(f.b) >= 17+7 {
		f.skip(17) // logical clock
		e.commitMicros = commitMicros(&f)
	}
	return e, f.err
}

func commitMicros(f *fields) int64 {
	immediate := f.uint(7)
	if immediate&originalFollows == 0 {
		return int64(immediate)
	}
	return int64(f.uint(7))
}

// Fields of GTID_TAGGED_LOG_EVENT that are read; those behind them are not.
// Source: MySQL control_events.h, Gtid_event::define_fields.
const (
	taggedFlags = iota
	taggedUUID
	taggedGNO
	taggedTag
	taggedLastCommitted
	taggedSequence
	taggedImmediate
	taggedOriginal
)

// parseTaggedGTID decodes GTID_TAGGED_LOG_EVENT (MySQL 8.3), which is written
// with mysql::serialization: version, size and last required field of the
// message, then each field behind its number.
func parseTaggedGTID(body []byte) (gtidEvent, error) {
	f := fields{b: body}
	f.serial()
	f.serial()
	f.serial()
	var g mysqlGTID
	var e gtidEvent
	for len(f.b) > 0 && f.err == nil {
		id := f.serial()
		if id > taggedOriginal {
			break
		}
		switch id {
		case taggedUUID:
			for i := range g.sid.uuid {
				g.sid.uuid[i] = byte(f.serial())
			}
		case taggedGNO:
			g.gno = f.serial() >> 1 // signed: the low bit is the sign
		case taggedTag:
			g.sid.tag = string(f.bytes(int(min(f.serial(), 1<<20))))
		case taggedImmediate, taggedOriginal:
			e.commitMicros = int64(f.serial())
		default:
			f.serial()
		}
	}
	if f.err != nil || g.gno == 0 {
		return gtidEvent{}, fmt.Errorf("tagged GTID event: %w", errTruncated)
	}
	e.gtid = g
	return e, nil
}

// serial reads a number of mysql::serialization: as many bytes follow the first
// as its low end has ones.
func (f *fields) serial() uint64 {
	if len(f.b) == 0 {
		f.err = errTruncated
		return 0
	}
	more := bits.TrailingZeros8(^f.b[0])
	if more == 8 {
		f.skip(1)
		return f.u64()
	}
	return f.uint(more+1) >> (more + 1)
}

// parseMariaGTID decodes MariaDB's GTID_EVENT, which also begins the group.
// Source: MariaDB sql/log_event.h, Gtid_log_event.
func parseMariaGTID(body []byte, serverID uint32) (gtidEvent, error) {
	const (
		standaloneFlag = 1
		preparedFlag   = 64
		decidedFlag    = 128
	)
	if len(body) < 13 {
		return gtidEvent{}, fmt.Errorf("MariaDB GTID event: %w", errTruncated)
	}
	g := mariaGTID{
		seq:    binary.LittleEndian.Uint64(body),
		domain: binary.LittleEndian.Uint32(body[8:]),
		server: serverID,
	}
	flags := body[12]
	return gtidEvent{
		gtid: g, standalone: flags&standaloneFlag != 0, prepares: flags&preparedFlag != 0, decides: flags&decidedFlag != 0,
	}, nil
}
