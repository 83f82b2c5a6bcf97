package sink

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// field is a member of a JSON object; members keep their order, which is that
// of the columns.
type field struct {
	name  string
	value json.RawMessage
}

// opNames are Debezium's operations as people say them.
var opNames = map[string]string{
	`"c"`: "INSERT", `"u"`: "UPDATE", `"d"`: "DELETE", `"r"`: "READ", `"t"`: "TRUNCATE", `"m"`: "MESSAGE",
}

// appendPretty prints a change as a line of what happened to which row, and a
// line for each column that says something: for an update, what changed.
func appendPretty(dst []byte, topic string, key, value []byte) []byte {
	envelope := payload(value)
	op := opNames[string(member(envelope, "op"))]
	if op == "" {
		return appendPlain(dst, topic, key, value)
	}
	dst = append(dst, op...)
	dst = append(dst, ' ')
	dst = append(dst, tableOf(envelope, topic)...)
	if key != nil {
		dst = append(dst, ' ')
		dst = append(dst, bare(key)...)
	}
	dst = append(dst, '\n')
	before, _ := members(member(envelope, "before"))
	after, _ := members(member(envelope, "after"))
	return appendColumns(dst, before, after)
}

// appendPlain prints what is not a change: a tombstone, a heartbeat, a format
// that is not JSON.
func appendPlain(dst []byte, topic string, key, value []byte) []byte {
	if value == nil {
		dst = append(dst, "TOMBSTONE "...)
	}
	dst = append(dst, topic...)
	dst = append(dst, ' ')
	dst = appendJSON(dst, bare(key))
	if value != nil {
		dst = append(dst, ' ')
		dst = appendJSON(dst, bare(value))
	}
	return append(dst, '\n')
}

func appendColumns(dst []byte, before, after []field) []byte {
	rows := diff(before, after)
	width := 0
	for _, f := range rows {
		width = max(width, len(f.name))
	}
	for _, f := range rows {
		dst = append(dst, "    "...)
		dst = append(dst, f.name...)
		dst = append(dst, strings.Repeat(" ", width-len(f.name)+2)...)
		dst = append(dst, f.value...)
		dst = append(dst, '\n')
	}
	return dst
}

// diff is the columns of the only image there is, or those that differ between
// two, as "old -> new".
func diff(before, after []field) []field {
	if before == nil {
		return after
	}
	if after == nil {
		return before
	}
	var rows []field
	for _, f := range after {
		i := slices.IndexFunc(before, func(g field) bool { return g.name == f.name })
		switch {
		case i < 0:
			rows = append(rows, f)
		case !bytes.Equal(before[i].value, f.value):
			rows = append(rows, field{f.name, slices.Concat(before[i].value, []byte(" -> "), f.value)})
		}
	}
	return rows
}

// tableOf is the table as database.table, or the topic when the source block
// does not say.
func tableOf(envelope []field, topic string) string {
	source, err := members(member(envelope, "source"))
	if err != nil {
		return topic
	}
	var db, table string
	_ = json.Unmarshal(member(source, "db"), &db)
	_ = json.Unmarshal(member(source, "table"), &table)
	if db == "" || table == "" {
		return topic
	}
	return db + "." + table
}

// payload returns the members of a change, out of its schema wrapper if there
// is one.
func payload(value []byte) []field {
	fields, _ := members(bare(value))
	return fields
}

// bare is the JSON without the wrapper of schema and payload.
func bare(b []byte) []byte {
	fields, err := members(b)
	if err == nil && len(fields) == 2 && member(fields, "schema") != nil {
		if p := member(fields, "payload"); p != nil {
			return p
		}
	}
	return b
}

func member(fields []field, name string) json.RawMessage {
	for _, f := range fields {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// members reads a JSON object; nil for null.
func members(b []byte) ([]field, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, err
	}
	var fields []field
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var f field
		f.name, _ = name.(string)
		if err := d.Decode(&f.value); err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}
