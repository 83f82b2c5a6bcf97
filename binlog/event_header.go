package binlog

import (
	"encoding/binary"
	"fmt"
)

// eventType is the type code of a binlog event.
type eventType uint8

// Type codes. Source: MySQL libs/mysql/binlog/event/binlog_event.h; MariaDB
// sql/log_event.h for 160 and above.
const (
	typeQuery              eventType = 2
	typeStop               eventType = 3
	typeRotate             eventType = 4
	typeIntvar             eventType = 5
	typeAppendBlock        eventType = 9
	typeDeleteFile         eventType = 11
	typeRand               eventType = 13
	typeUserVar            eventType = 14
	typeFormatDescription  eventType = 15
	typeXID                eventType = 16
	typeBeginLoadQuery     eventType = 17
	typeExecuteLoadQuery   eventType = 18
	typeTableMap           eventType = 19
	typeWriteRowsV1        eventType = 23
	typeUpdateRowsV1       eventType = 24
	typeDeleteRowsV1       eventType = 25
	typeIncident           eventType = 26
	typeHeartbeat          eventType = 27
	typeIgnorable          eventType = 28
	typeRowsQuery          eventType = 29
	typeWriteRows          eventType = 30
	typeUpdateRows         eventType = 31
	typeDeleteRows         eventType = 32
	typeGTID               eventType = 33
	typeAnonymousGTID      eventType = 34
	typePreviousGTIDs      eventType = 35
	typeTransactionContext eventType = 36
	typeViewChange         eventType = 37
	typeXAPrepare          eventType = 38
	typePartialUpdateRows  eventType = 39
	typeTransactionPayload eventType = 40
	typeHeartbeatV2        eventType = 41
	typeGTIDTagged         eventType = 42

	typeMariaAnnotateRows    eventType = 160
	typeMariaCheckpoint      eventType = 161
	typeMariaGTID            eventType = 162
	typeMariaGTIDList        eventType = 163
	typeMariaStartEncryption eventType = 164
	typeMariaQueryCompressed eventType = 165
	typeMariaWriteRowsZ1     eventType = 166
	typeMariaUpdateRowsZ1    eventType = 167
	typeMariaDeleteRowsZ1    eventType = 168
	typeMariaWriteRowsZ2     eventType = 169
	typeMariaUpdateRowsZ2    eventType = 170
	typeMariaDeleteRowsZ2    eventType = 171
)

// Header flags. Source: MySQL log_event.h.
const (
	flagArtificial = 0x20
	flagIgnorable  = 0x80
)

const headerSize = 19

// header is the common header of every event.
type header struct {
	Timestamp uint32 // seconds since the epoch
	Type      eventType
	ServerID  uint32
	Size      uint32 // whole event, header and checksum included
	LogPos    uint32 // low 32 bits of the end position; 0 when not known
	Flags     uint16
}

func (h header) artificial() bool { return h.Flags&flagArtificial != 0 }

// parseHeader reads the header of raw, a whole event.
func parseHeader(raw []byte) (header, error) {
	if len(raw) < headerSize {
		return header{}, fmt.Errorf("event of %d bytes is shorter than its header", len(raw))
	}
	h := header{
		Timestamp: binary.LittleEndian.Uint32(raw),
		Type:      eventType(raw[4]),
		ServerID:  binary.LittleEndian.Uint32(raw[5:]),
		Size:      binary.LittleEndian.Uint32(raw[9:]),
		LogPos:    binary.LittleEndian.Uint32(raw[13:]),
		Flags:     binary.LittleEndian.Uint16(raw[17:]),
	}
	if int64(h.Size) != int64(len(raw)) {
		return h, fmt.Errorf("event of type %d says it has %d bytes but came with %d", h.Type, h.Size, len(raw))
	}
	return h, nil
}
