package binlog

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-mysql-org/go-mysql/replication"
)

// gtidEvent is what the reader keeps of a GTID event of either flavor.
type gtidEvent struct {
	gtid         gtid // nil for an anonymous transaction
	commitMicros int64
	standalone   bool // MariaDB: the group is a single statement without COMMIT
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

// parseTaggedGTID decodes GTID_TAGGED_LOG_EVENT (MySQL 8.3), which is written
// with mysql::serialization; go-mysql's decoder of it panics on bad input.
func parseTaggedGTID(body []byte) (e gtidEvent, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("tagged GTID event is malformed")
		}
	}()
	var ev replication.GtidTaggedLogEvent
	if err := ev.Decode(body); err != nil || len(ev.SID) != 16 {
		return e, errors.New("tagged GTID event is malformed")
	}
	g := mysqlGTID{sid: sid{tag: fmt.Sprint(ev.Tag)}, gno: uint64(ev.GNO)}
	copy(g.sid.uuid[:], ev.SID)
	return gtidEvent{gtid: g, commitMicros: int64(ev.OriginalCommitTimestamp)}, nil
}

// parseMariaGTID decodes MariaDB's GTID_EVENT, which also begins the group.
// Source: MariaDB sql/log_event.h, Gtid_log_event.
func parseMariaGTID(body []byte, serverID uint32) (gtidEvent, error) {
	const standaloneFlag = 1
	if len(body) < 13 {
		return gtidEvent{}, fmt.Errorf("MariaDB GTID event: %w", errTruncated)
	}
	g := mariaGTID{
		seq:    binary.LittleEndian.Uint64(body),
		domain: binary.LittleEndian.Uint32(body[8:]),
		server: serverID,
	}
	return gtidEvent{gtid: g, standalone: body[12]&standaloneFlag != 0}, nil
}
