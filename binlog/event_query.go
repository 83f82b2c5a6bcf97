package binlog

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"cdcd/schema"
)

// queryEvent is a decoded QUERY event.
type queryEvent struct {
	thread   uint32
	failed   bool // it was logged with an error
	database string
	text     string
	vars     statusVars
}

// statusVars is what the reader keeps of a query's status variables.
type statusVars struct {
	flags2          uint32
	sqlMode         uint64
	clientCharset   uint16 // collation id of character_set_client, 0 when absent
	serverCollation uint16 // collation id of collation_server, 0 when absent
	timestamps      timestamps
}

// timestamps is explicit_defaults_for_timestamp, as MySQL logs it with the
// statements that it matters to.
type timestamps uint8

const (
	timestampsUnknown timestamps = iota
	timestampsImplicit
	timestampsExplicit
)

// maxQuery bounds what a compressed query may inflate to: the server's own
// limit of a packet.
const maxQuery = 1 << 30

// parseQuery decodes a QUERY event, or MariaDB's QUERY_COMPRESSED_EVENT.
func parseQuery(body []byte, compressed bool) (queryEvent, error) {
	f := fields{b: body}
	q := queryEvent{thread: f.u32()}
	f.skip(4)
	dbLen := int(f.u8())
	q.failed = f.u16() != 0
	varsLen := int(f.u16())
	q.vars = parseStatusVars(f.bytes(varsLen))
	q.database = string(f.bytes(dbLen))
	f.skip(1)
	text := f.rest()
	if f.err != nil {
		return q, fmt.Errorf("query event: %w", f.err)
	}
	if compressed {
		var err error
		if text, err = inflateMaria(text, maxQuery); err != nil {
			return q, fmt.Errorf("compressed query event: %w", err)
		}
	}
	q.text = string(text)
	return q, nil
}

// parseStatusVars reads the variables up to the first one it does not know;
// those it needs come first. Source: MySQL statement_events.h,
// Query_event_status_vars.
func parseStatusVars(b []byte) statusVars {
	var v statusVars
	for f := (fields{b: b}); len(f.b) > 0 && f.err == nil; {
		switch f.u8() {
		case 0:
			v.flags2 = f.u32()
		case 1:
			v.sqlMode = f.u64()
		case 2: // catalog with a trailing zero
			f.skip(int(f.u8()) + 1)
		case 3, 10: // auto_increment, master_data_written
			f.skip(4)
		case 4:
			v.clientCharset = f.u16()
			f.skip(2)
			v.serverCollation = f.u16()
		case 5, 6: // time zone, catalog
			f.skip(int(f.u8()))
		case 7, 8: // lc_time_names, collation_database
			f.skip(2)
		case 9: // table_map_for_update
			f.skip(8)
		case 11: // invoker: user and host
			f.skip(int(f.u8()))
			f.skip(int(f.u8()))
		case 12:
			skipDatabases(&f)
		case 13: // microseconds
			f.skip(3)
		case 16:
			v.timestamps = timestampsImplicit
			if f.u8() != 0 {
				v.timestamps = timestampsExplicit
			}
		default:
			return v
		}
	}
	return v
}

// skipDatabases passes over the names of updated databases, each of which ends
// in a zero; a count of 254 says that they were too many to list.
func skipDatabases(f *fields) {
	count := f.u8()
	if count == 254 {
		return
	}
	for range count {
		end := bytes.IndexByte(f.b, 0)
		f.skip(max(end+1, 1))
	}
}

// inflateMaria inflates MariaDB's compressed event format: one byte of
// algorithm and length size, the length big-endian, then zlib.
// Source: MariaDB sql/log_event.cc, binlog_buf_uncompress.
func inflateMaria(b []byte, limit int) ([]byte, error) {
	if len(b) == 0 || len(b) < 1+int(b[0]&7) || b[0]&0x80 == 0 {
		return nil, errTruncated
	}
	if b[0]>>4&7 != 0 {
		return nil, fmt.Errorf("compression algorithm %d is not known", b[0]>>4&7)
	}
	n, size := int(b[0]&7), 0
	for _, c := range b[1 : 1+n] {
		size = size<<8 | int(c)
	}
	if size > limit {
		return nil, fmt.Errorf("inflates to %d bytes, more than the limit of %d", size, limit)
	}
	z, err := zlib.NewReader(bytes.NewReader(b[1+n:]))
	if err != nil {
		return nil, errors.New("compressed data is malformed")
	}
	var out bytes.Buffer
	if m, err := io.Copy(&out, io.LimitReader(z, int64(size)+1)); err != nil || m != int64(size) {
		return nil, errors.New("compressed data does not have the length it says")
	}
	return out.Bytes(), nil
}

// toUTF8 converts a statement from its session's character_set_client.
func toUTF8(collation uint16, text string) (string, error) {
	if collation == 0 {
		return text, nil
	}
	name, ok := schema.CollationCharset(uint64(collation))
	if !ok {
		return "", fmt.Errorf("statement in a character set that is not known: collation id %d", collation)
	}
	if name == "binary" {
		return text, nil
	}
	cs, err := charsetNamed(name)
	if err != nil || cs.transcode == nil {
		return text, err
	}
	return string(cs.transcode(nil, []byte(text))), nil
}

// verb returns the first word of the statement in upper case, and the
// statement from there; leading comments and space are passed over.
func (q queryEvent) verb() (word, rest string) {
	s := skipSpace(q.text)
	end := strings.IndexFunc(s, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	if end < 0 {
		end = len(s)
	}
	return strings.ToUpper(s[:end]), s
}

// skipSpace passes over white space and comments, but not over executable
// comments (/*! and /*M!).
func skipSpace(s string) string {
	for {
		s = strings.TrimLeft(s, " \t\r\n\v\f;(")
		switch {
		case strings.HasPrefix(s, "/*!"), strings.HasPrefix(s, "/*M!"):
			return s
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s[2:], "*/")
		case strings.HasPrefix(s, "-- "), strings.HasPrefix(s, "#"):
			_, s, _ = strings.Cut(s, "\n")
		default:
			return s
		}
	}
}
