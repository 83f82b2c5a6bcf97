package binlog

import (
	"cmp"
	"fmt"

	"cdcd/event"
	"cdcd/schema"
)

// compileBytes prepares the types that travel as a length and bytes.
func (c *column) compileBytes(def *schema.Column, w schema.WireColumn) error {
	if c.size = lengthSize(w); c.size < 1 || c.size > 4 {
		return fmt.Errorf("%w: a length of %d bytes", errColumnType, c.size)
	}
	c.decode = decodeBytes
	switch {
	case w.Type == schema.WireJSON:
		c.decode = decodeJSON
	case w.Type == schema.WireGeometry:
		c.kind = event.Geometry
	case def.Type == schema.TypeVector:
		c.kind = event.Vector
	case def.Type == schema.TypeInet4:
		c.decode = decodeInet4
	case def.Type == schema.TypeInet6:
		c.decode = decodeInet6
	case isBinary(def) || def.Type == schema.TypeUUID:
		c.kind = event.Binary
	default:
		return c.compileText(def, w)
	}
	if isCompressed(w) {
		c.decode = decodeCompressed
	}
	return nil
}

// lengthSize returns how many bytes hold the length of a value.
func lengthSize(w schema.WireColumn) int {
	switch w.Type {
	case schema.WireString, schema.WireVarString, schema.WireVarchar, schema.WireVarcharCompressed:
		if w.Meta > 255 {
			return 2
		}
		return 1
	default:
		return int(w.Meta)
	}
}

// isText reports whether a type holds text or bytes, as its charset says.
func isText(t schema.Type) bool {
	return t >= schema.TypeChar && t <= schema.TypeLongBlob
}

// isBinary reports whether a text type holds bytes.
func isBinary(def *schema.Column) bool {
	return def.Charset == "binary" || def.Type >= schema.TypeBinary && def.Type <= schema.TypeLongBlob
}

// compileText prepares text of def's charset. MariaDB's JSON is text, in utf8mb4
// unless it was converted.
func (c *column) compileText(def *schema.Column, w schema.WireColumn) error {
	name := def.Charset
	c.kind = event.String
	if def.Type == schema.TypeJSON {
		c.kind, name = event.JSON, cmp.Or(name, "utf8mb4")
	}
	var err error
	if c.charset, err = charsetNamed(name); err != nil {
		return err
	}
	switch {
	case isCompressed(w):
		c.decode = decodeCompressed
	case c.charset.transcode != nil:
		c.decode = decodeText
	}
	return nil
}

// prefixed reads a length of c.size bytes and as many bytes.
func (c *column) prefixed(r *cursor) ([]byte, bool) {
	n, ok := r.little(c.size)
	if !ok {
		return nil, false
	}
	return r.take(int(n))
}

func decodeBytes(c *column, r *cursor, v *event.Value) error {
	b, ok := c.prefixed(r)
	if !ok {
		return errRowShort
	}
	*v = event.Value{Kind: c.kind, Bytes: b}
	return nil
}

func decodeText(c *column, r *cursor, v *event.Value) error {
	b, ok := c.prefixed(r)
	if !ok {
		return errRowShort
	}
	*v = event.Value{Kind: c.kind, Bytes: c.charset.utf8(r, b)}
	return nil
}

// decodeJSON reads a binary JSON value and makes text of it.
func decodeJSON(c *column, r *cursor, v *event.Value) error {
	b, ok := c.prefixed(r)
	if !ok {
		return errRowShort
	}
	return r.document(b, v)
}

// document appends the text of binary JSON to the scratch space. A value of no
// bytes, which old servers write for a missing one, stays empty.
func (c *cursor) document(b []byte, v *event.Value) error {
	*v = event.Value{Kind: event.JSON}
	if len(b) == 0 {
		return nil
	}
	start := len(c.scratch)
	var err error
	c.scratch, err = appendJSON(c.scratch, b)
	v.Bytes = c.kept(start)
	return err
}
