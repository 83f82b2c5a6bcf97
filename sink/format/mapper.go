package format

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"

	"cdcd/event"
	"cdcd/schema"
)

// Mapper changes the values or the schema of columns. Keys keep theirs.
type Mapper struct {
	Property string // where it comes from, for errors: without a secret
	// Matches is asked with the column's name and its type, as "BIGINT UNSIGNED".
	Matches func(id schema.ID, column, typeName string) bool
	Action  Action
}

// Action is what a [Mapper] does. It may hold a salt, and prints without it.
type Action struct {
	masks bool // what a value was cannot be read any more
	apply func(j *JSON, c *schema.Column, col *column)
}

// mapped is how a column of a value is printed: as the first mapper that matches
// it says, as in Debezium. Where that leaves a column readable that another one
// would mask, or that has a type which Debezium does not mask, it is an error.
// Source: ColumnMappers.mapperFor, MaskStrings.create.
func (j *JSON) mapped(id schema.ID, c *schema.Column, col column) (column, error) {
	var first *Mapper
	for i := range j.cfg.Mappers {
		m := &j.cfg.Mappers[i]
		if !m.Matches(id, c.Name, typeName(c)) {
			continue
		}
		if first == nil {
			first = m
		}
		if m.Action.masks && !first.Action.masks {
			return col, fmt.Errorf("column %s: %s would not mask it, because %s comes first: leave the column out of one of them", c.Name, m.Property, first.Property)
		}
	}
	switch {
	case first == nil:
		return col, nil
	case first.Action.masks && !isText(c.Type):
		return col, fmt.Errorf("column %s: %s would not mask it, because it is of type %s: only CHAR, VARCHAR, TEXT, ENUM and SET are masked; leave it out, or exclude the column", c.Name, first.Property, c.TypeText)
	}
	col.schema.params = slices.Clip(col.schema.params)
	first.Action.apply(j, c, &col)
	return col, nil
}

// isText tells the types that are characters to Debezium's DDL parser.
func isText(t schema.Type) bool {
	switch t {
	case schema.TypeChar, schema.TypeVarchar, schema.TypeTinyText, schema.TypeText, schema.TypeMediumText, schema.TypeLongText,
		schema.TypeEnum, schema.TypeSet:
		return true
	}
	return false
}

// Truncate cuts text to n UTF-16 units and binary values to n bytes, whatever the
// type of the column is. A column that is not longer than that stays as it is.
// Source: TruncateColumn.
func Truncate(n int) Action {
	return Action{apply: func(_ *JSON, c *schema.Column, col *column) {
		if length := typeLength(c); length >= 0 && length <= n {
			return
		}
		col.schema.params = append(col.schema.params, param{"truncateLength", strconv.Itoa(n)})
		switch {
		case col.schema.kind == "string":
			col.rewrite(c, cutString(n))
		case col.schema.kind == "bytes" && col.schema.name == "": // others are no ByteBuffer in Java
			col.rewrite(c, cutBytes(n))
		}
	}}
}

// Mask prints n asterisks for every value and for NULL.
// Source: MaskStrings.MaskingValueConverter.
func Mask(n int) Action {
	text := appendString(nil, bytes.Repeat([]byte{'*'}, n))
	stars := func(dst []byte, _ *event.Value) []byte { return append(dst, text...) }
	return Action{masks: true, apply: func(_ *JSON, _ *schema.Column, col *column) {
		col.schema.params = append(col.schema.params, param{"masked", "true"})
		col.encode, col.read = stars, stars
		col.null, col.absent, col.standIn = text, text, false
	}}
}

// rewriter changes the value that was printed from start on.
type rewriter func(dst []byte, start int) []byte

// rewrite has every value of the column changed. NULL stays NULL, and so does the
// default that a converter may print for it; in a column without NULL its stand-in
// is a value.
func (col *column) rewrite(c *schema.Column, change rewriter) {
	col.encode, col.read = rewritten(col.encode, change), rewritten(col.read, change)
	if !c.Nullable {
		col.null = change(bytes.Clone(col.null), 0)
	}
	if col.absent != nil {
		col.absent = change(bytes.Clone(col.absent), 0)
	}
}

func rewritten(encode encoder, change rewriter) encoder {
	return func(dst []byte, v *event.Value) []byte {
		out := encode(dst, v)
		if out == nil {
			return nil
		}
		return change(out, len(dst))
	}
}

// cutString keeps the first n UTF-16 units of a string: each is one character or
// one escape there.
func cutString(n int) rewriter {
	return func(dst []byte, start int) []byte {
		end := start + 1
		for range n {
			if dst[end] == '"' {
				return dst
			}
			end += unitSize(dst[end:])
		}
		return append(dst[:end], '"')
	}
}

// unitSize is the number of bytes that one UTF-16 unit takes in printed text.
func unitSize(s []byte) int {
	switch {
	case s[0] == '\\' && s[1] == 'u':
		return 6
	case s[0] == '\\':
		return 2
	case s[0] < 0x80:
		return 1
	case s[0] < 0xE0:
		return 2
	}
	return 3 // four bytes are printed as two escapes
}

// cutBytes keeps the first n bytes of a value in base64.
func cutBytes(n int) rewriter {
	whole := n / 3 * 4 // letters of the groups that stay
	return func(dst []byte, start int) []byte {
		text := dst[start+1 : len(dst)-1]
		if len(text)/4*3-bytes.Count(text, []byte{'='}) <= n {
			return dst
		}
		var group [3]byte
		_, _ = base64.StdEncoding.Decode(group[:], text[whole:whole+4])
		dst = base64.StdEncoding.AppendEncode(dst[:start+1+whole], group[:n%3])
		return append(dst, '"')
	}
}
