package binlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// formatDescription is what the reader keeps of a FORMAT_DESCRIPTION event:
// the shape of all events that follow.
type formatDescription struct {
	serverVersion string
	checksum      int // bytes of checksum behind every event, 0 or 4
	postHeader    []byte
}

// parseFormat decodes a FORMAT_DESCRIPTION body. The event itself always ends
// in the algorithm byte and four bytes of checksum, whatever the algorithm, in
// servers that know checksums (MySQL 5.6.1, MariaDB 5.3).
func parseFormat(body []byte) (*formatDescription, error) {
	f := fields{b: body}
	if v := f.u16(); f.err == nil && v != 4 {
		return nil, fmt.Errorf("binlog format version %d is not supported, only 4 (MySQL 5.0 and later)", v)
	}
	version := f.bytes(50)
	f.skip(4)
	if n := f.u8(); f.err == nil && n != headerSize {
		return nil, fmt.Errorf("binlog header length %d is not supported, only %d", n, headerSize)
	}
	rest := f.rest()
	if f.err != nil || len(rest) < 5+int(typeTableMap) {
		return nil, fmt.Errorf("format description: %w", errTruncated)
	}
	d := &formatDescription{serverVersion: cstring(version), postHeader: rest[:len(rest)-5]}
	switch alg := rest[len(rest)-5]; alg {
	case 0, 255:
	case 1:
		d.checksum = 4
	default:
		return nil, fmt.Errorf("binlog checksum algorithm %d is not known", alg)
	}
	return d, nil
}

// postHeaderLen returns the length of the post-header of events of type t.
func (d *formatDescription) postHeaderLen(t eventType) int {
	if i := int(t) - 1; i >= 0 && i < len(d.postHeader) {
		return int(d.postHeader[i])
	}
	return 0
}

// strip returns the body of a raw event without its checksum, which it
// verifies. Before the format is known there is but the rotate event that says
// what file follows, and it has none. d may be nil.
func (d *formatDescription) strip(h header, raw []byte) ([]byte, error) {
	body := raw[headerSize:]
	switch {
	case d == nil && h.Type == typeRotate:
		return body, nil
	case d == nil:
		return nil, errNoFormat
	case d.checksum == 0:
		return body, nil
	case len(body) < d.checksum:
		return nil, errTruncated
	}
	end := len(raw) - d.checksum
	if !h.artificial() && crc32.ChecksumIEEE(raw[:end]) != binary.LittleEndian.Uint32(raw[end:]) {
		return nil, errChecksum
	}
	return raw[headerSize:end], nil
}

var (
	errNoFormat = errors.New("the stream does not begin with a format description")
	errChecksum = errors.New("event is damaged: its checksum does not match")
)

// cstring returns b up to its first zero byte.
func cstring(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
