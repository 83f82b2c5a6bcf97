package format

import (
	"strings"

	"cdcd/event"
	"cdcd/schema"
)

// enum maps ENUM to its label. The labels of a streamed value are those of
// Debezium's parser, in which a comma is escaped; a snapshot brings the label
// as the server has it. Index 0 is the empty label of an invalid value.
// Source: io.debezium.data.Enum, BinlogValueConverters.convertEnumToString,
// MySqlAntlrDdlParser.escapeOption.
func (j *JSON) enum(c *schema.Column) column {
	escaped := escapeOptions(c.Members)
	col := j.text()
	col.schema = logical("string", "io.debezium.data.Enum", param{"allowed", strings.Join(escaped, ",")})
	col.accept = kindsOf(event.Enum, event.String)
	col.encode = labelEncoder(escaped, appendString)
	col.read = labelEncoder(c.Members, appendString)
	col.exact = func(d schema.Default) (event.Value, bool) {
		i := memberIndex(c.Members, d.Text)
		return event.Value{Kind: event.Enum, Num: uint64(i + 1)}, i >= 0
	}
	col.header = labelEncoder(escaped, headerString)
	col.absent = nil
	return col
}

func labelEncoder(members []string, quote func(dst, s []byte) []byte) encoder {
	labels := [][]byte{quote(nil, nil)}
	for _, m := range members {
		labels = append(labels, quote(nil, []byte(m)))
	}
	return func(dst []byte, v *event.Value) []byte {
		switch {
		case v.Kind == event.String:
			return quote(dst, v.Bytes)
		case v.Num < uint64(len(labels)):
			return append(dst, labels[v.Num]...)
		default:
			return nil
		}
	}
}

// set maps SET to its chosen labels, joined by commas.
// Source: io.debezium.data.EnumSet, BinlogValueConverters.convertSetToString.
func (j *JSON) set(c *schema.Column) column {
	escaped := escapeOptions(c.Members)
	col := j.text()
	col.schema = logical("string", "io.debezium.data.EnumSet", param{"allowed", strings.Join(escaped, ",")})
	col.accept = kindsOf(event.Set, event.String)
	col.encode = setEncoder(escaped, appendString)
	col.read = setEncoder(c.Members, appendString)
	col.exact = func(d schema.Default) (event.Value, bool) {
		bits, ok := memberBits(c.Members, d.Text)
		return event.Value{Kind: event.Set, Num: bits}, ok
	}
	col.header = setEncoder(escaped, headerString)
	col.absent = nil
	return col
}

func setEncoder(members []string, quote func(dst, s []byte) []byte) encoder {
	labels := make([][]byte, len(members))
	for i, m := range members {
		q := quote(nil, []byte(m))
		labels[i] = q[1 : len(q)-1]
	}
	return func(dst []byte, v *event.Value) []byte {
		if v.Kind == event.String {
			return quote(dst, v.Bytes)
		}
		dst = append(dst, '"')
		start := len(dst)
		for i, label := range labels {
			if v.Num>>i&1 == 0 {
				continue
			}
			if len(dst) > start {
				dst = append(dst, ',')
			}
			dst = append(dst, label...)
		}
		return append(dst, '"')
	}
}

// memberIndex finds a label of a default, -1 when there is none. The server
// compares without case and without spaces at the end in most collations; two
// labels do not differ in these alone.
func memberIndex(members []string, label string) int {
	label = strings.TrimRight(label, " ")
	for i, m := range members {
		if strings.EqualFold(strings.TrimRight(m, " "), label) {
			return i
		}
	}
	return -1
}

// memberBits reads the labels of a SET's default.
func memberBits(members []string, labels string) (bits uint64, ok bool) {
	if labels == "" {
		return 0, true
	}
	for label := range strings.SplitSeq(labels, ",") {
		i := memberIndex(members, label)
		if i < 0 {
			return 0, false
		}
		bits |= 1 << i
	}
	return bits, true
}

func escapeOptions(members []string) []string {
	escaped := make([]string, len(members))
	for i, m := range members {
		escaped[i] = strings.ReplaceAll(m, ",", `\,`)
	}
	return escaped
}

func headerString(dst, s []byte) []byte {
	return appendHeaderText(dst, &event.Value{Bytes: s})
}
