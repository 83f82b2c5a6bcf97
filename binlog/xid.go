package binlog

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// xid names an XA branch as servers print it: X'gtrid',X'bqual',formatID, in
// lower-case hexadecimal digits.
type xid string

var errXID = errors.New("the xid of an XA statement is not understood")

// newXID prints an xid. XA_PREPARE_LOG_EVENT holds the low 32 bits of the
// formatID, which is up to 63 bits long in MySQL's statements.
func newXID(formatID uint64, gtrid, bqual []byte) xid {
	return xid(fmt.Sprintf("X'%x',X'%x',%d", gtrid, bqual, uint32(formatID)))
}

// parseXIDText reads the xid that text begins with, as servers write it into
// their QUERY events whatever form the client used, and returns what follows.
func parseXIDText(text string) (x xid, rest string, err error) {
	gtrid, rest, ok := hexLiteral(text)
	if !ok {
		return "", "", errXID
	}
	bqual, rest, ok := hexLiteral(strings.TrimPrefix(rest, ","))
	if !ok || !strings.HasPrefix(rest, ",") {
		return "", "", errXID
	}
	digits, rest, _ := strings.Cut(strings.TrimLeft(rest[1:], " "), " ")
	formatID, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return "", "", errXID
	}
	return newXID(formatID, gtrid, bqual), rest, nil
}

// hexLiteral reads X'...'.
func hexLiteral(s string) (b []byte, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	if !strings.HasPrefix(s, "X'") && !strings.HasPrefix(s, "x'") {
		return nil, "", false
	}
	digits, rest, ok := strings.Cut(s[2:], "'")
	b, err := hex.DecodeString(digits)
	return b, rest, ok && err == nil
}

// parseXAPrepare decodes XA_PREPARE_LOG_EVENT. Source: MySQL control_events.h,
// XA_prepare_event.
func parseXAPrepare(body []byte) (x xid, onePhase bool, err error) {
	f := fields{b: body}
	onePhase = f.u8() != 0
	formatID := f.u32()
	gtridLen, bqualLen := int(f.u32()), int(f.u32())
	gtrid, bqual := f.bytes(gtridLen), f.bytes(bqualLen)
	if f.err != nil {
		return "", false, fmt.Errorf("XA prepare event: %w", f.err)
	}
	return newXID(uint64(formatID), gtrid, bqual), onePhase, nil
}
