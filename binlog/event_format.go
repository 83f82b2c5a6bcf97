package binlog

import "fmt"

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

// cstring returns b up to its first zero byte.
func cstring(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
