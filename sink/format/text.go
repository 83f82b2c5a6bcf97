package format

import (
	"bytes"

	"cdcd/event"
	"cdcd/schema"
)

// text maps the character types; the source has decoded their charset.
// Source: JdbcValueConverters.convertString.
func (j *JSON) text() column {
	return column{
		schema:  node{kind: "string"},
		accept:  kindsOf(event.String, event.Binary),
		encode:  appendText,
		header:  appendHeaderText,
		literal: textLiteral,
		zero:    []byte(`""`),
		absent:  appendString(nil, []byte(j.cfg.Placeholder)),
	}
}

// document maps JSON. An empty document, which old servers wrote, has no
// meaning; it is "{}" where NULL is not allowed.
// Source: io.debezium.data.Json, BinlogValueConverters.convertJson.
func (j *JSON) document() column {
	col := j.text()
	col.schema = logical("string", "io.debezium.data.Json")
	col.accept = kindsOf(event.JSON, event.String)
	col.zero = []byte(`"{}"`)
	col.encode = func(dst []byte, v *event.Value) []byte {
		if len(v.Bytes) == 0 {
			return nil
		}
		return appendDocument(dst, v.Bytes)
	}
	return col
}

func appendText(dst []byte, v *event.Value) []byte { return appendString(dst, v.Bytes) }

// appendHeaderText quotes text the way Connect's Values does, which escapes
// quotes and backslashes only.
func appendHeaderText(dst []byte, v *event.Value) []byte {
	dst = append(dst, '"')
	for rest := v.Bytes; len(rest) > 0; {
		i := bytes.IndexAny(rest, `"\`)
		if i < 0 {
			dst = append(dst, rest...)
			break
		}
		dst = append(dst, rest[:i]...)
		dst = append(dst, '\\', rest[i])
		rest = rest[i+1:]
	}
	return append(dst, '"')
}

// textLiteral keeps what stands between the quotes as it was written.
func textLiteral(d schema.Default) (event.Value, bool) {
	return event.Value{Kind: event.String, Bytes: []byte(d.Text)}, true
}
