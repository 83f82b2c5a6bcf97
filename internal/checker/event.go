package checker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// envelope is what is read of a Debezium event, as it is written.
type envelope struct{ before, after, op []byte }

// identity is what the headers of a record say.
type identity struct {
	gtid  string // "" when there is none
	seq   int32
	split bool // a later part of a transaction that was divided
}

func readIdentity(headers []rawHeader) (identity, error) {
	id := identity{seq: -1}
	for _, h := range headers {
		switch h.name {
		case "cdcd.gtid":
			id.gtid = string(h.value)
		case "cdcd.seq":
			n, err := strconv.ParseInt(string(h.value), 10, 32)
			if err != nil {
				return id, fmt.Errorf("header cdcd.seq: %w", err)
			}
			id.seq = int32(n)
		case "cdcd.split":
			id.split = true
		}
	}
	return id, nil
}

// parseEvent reads a value; one of null is a tombstone.
func parseEvent(value []byte) (envelope, operation, error) {
	var e envelope
	if value == nil {
		return e, tombstone, nil
	}
	err := members(value, func(name, member []byte) error {
		switch string(name) {
		case `"before"`:
			e.before = member
		case `"after"`:
			e.after = member
		case `"op"`:
			e.op = member
		}
		return nil
	})
	if err != nil {
		return e, 0, fmt.Errorf("event: %w", err)
	}
	if len(e.op) != 3 || bytes.IndexByte([]byte("cudr"), e.op[1]) < 0 {
		return e, 0, fmt.Errorf("event: op is %q", e.op)
	}
	return e, operation(e.op[1]), nil
}

// sumRow identifies a row as the binlog's would be with that layout; 0 for null.
func (m *image) sumRow(row []byte, l layout) (uint64, error) {
	if len(row) == 0 || row[0] != '{' {
		return 0, nil
	}
	m.reset()
	err := members(row, func(_, value []byte) error {
		return m.value(l.kind(m.columns), value)
	})
	return m.sum(), err
}

// value adds one JSON value.
func (m *image) value(k kind, raw []byte) error {
	switch raw[0] {
	case '"':
		s, err := unquoteJSON(raw)
		m.text(k, s)
		return err
	case 'n':
		m.null(k)
	default:
		m.number(k, raw)
	}
	return nil
}

func unquoteJSON(raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') < 0 && len(raw) >= 2 {
		return raw[1 : len(raw)-1], nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return []byte(s), err
}

var errJSON = errors.New("not a JSON object")

// members calls f with the name and the value of each member of an object, in
// its order, both as they are written.
func members(object []byte, f func(name, value []byte) error) error {
	if len(object) == 0 || object[0] != '{' {
		return errJSON
	}
	b := bytes.TrimLeft(object[1:], " \t\r\n")
	for len(b) > 0 && b[0] != '}' {
		name, rest, err := cutJSON(b)
		if err != nil {
			return err
		}
		b = bytes.TrimLeft(rest, " \t\r\n:")
		value, rest, err := cutJSON(b)
		if err != nil {
			return err
		}
		if err := f(name, value); err != nil {
			return err
		}
		b = bytes.TrimLeft(rest, " \t\r\n,")
	}
	if len(b) == 0 {
		return errJSON
	}
	return nil
}

// cutJSON takes one value off b.
func cutJSON(b []byte) (value, rest []byte, err error) {
	depth, i := 0, 0
	for i < len(b) {
		switch b[i] {
		case '"':
			n := stringLength(b[i:])
			if n == 0 {
				return nil, nil, errJSON
			}
			i += n - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if depth < 0 {
			break
		}
		i++
		if depth == 0 && (i == len(b) || bytes.IndexByte([]byte(",:}] \t\r\n"), b[i]) >= 0) {
			break
		}
	}
	if i == 0 || depth > 0 {
		return nil, nil, errJSON
	}
	return b[:i], b[i:], nil
}

// stringLength is the length of the string that b begins with, with its quotes;
// 0 when it does not end.
func stringLength(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
