package binlog

import (
	"encoding/hex"
	"fmt"
	"strings"

	"cdcd/event"
)

// onXA handles the XA statements. A branch is two groups: XA START, rows, XA
// END, XA PREPARE; later, perhaps in another file, XA COMMIT or XA ROLLBACK.
// Source: MySQL WL#6860, manual "Restrictions on XA Transactions".
func (r *reader) onXA(start uint64, q queryEvent, stmt string) error {
	words := strings.Fields(stmt)
	if len(words) < 3 {
		return fmt.Errorf("XA statement has no xid")
	}
	xid := words[2]
	switch verb := strings.ToUpper(words[1]); verb {
	case "START", "BEGIN":
		r.onBegin(start, q.thread)
		return nil
	case "END":
		return nil
	case "PREPARE":
		return r.endPrepare(xid, false)
	case "COMMIT", "ROLLBACK":
		if r.txn == nil {
			r.txn = &event.Txn{File: r.file, Pos: start}
		}
		return r.end(func(p event.Position) event.Item {
			return event.XAEnd{XID: xid, Commit: verb == "COMMIT", Position: p}
		})
	default:
		return fmt.Errorf("XA statement %q is not known", verb)
	}
}

// onXAPrepare decodes XA_PREPARE_LOG_EVENT, which closes the prepared group.
// Source: MySQL control_events.h, XA_prepare_event.
func (r *reader) onXAPrepare(body []byte) error {
	f := fields{b: body}
	onePhase := f.u8() != 0
	formatID := f.u32()
	gtridLen, bqualLen := int(f.u32()), int(f.u32())
	gtrid, bqual := f.bytes(gtridLen), f.bytes(bqualLen)
	if f.err != nil {
		return fmt.Errorf("XA prepare event: %w", f.err)
	}
	xid := fmt.Sprintf("X'%s',X'%s',%d", hex.EncodeToString(gtrid), hex.EncodeToString(bqual), formatID)
	return r.endPrepare(xid, onePhase)
}

// endPrepare closes the group of XA PREPARE; with one phase it has committed.
func (r *reader) endPrepare(xid string, onePhase bool) error {
	if onePhase {
		return r.commit()
	}
	return r.end(func(p event.Position) event.Item { return event.XAPrepare{XID: xid, Position: p} })
}
