package binlog

import (
	"encoding/binary"
	"errors"
	"strconv"
)

// Value types of MySQL's binary JSON. Source: MySQL sql-common/json_binary.cc.
const (
	jsonSmallObject = 0x00
	jsonLargeObject = 0x01
	jsonSmallArray  = 0x02
	jsonLargeArray  = 0x03
	jsonLiteral     = 0x04
	jsonInt16       = 0x05
	jsonUint16      = 0x06
	jsonInt32       = 0x07
	jsonUint32      = 0x08
	jsonInt64       = 0x09
	jsonUint64      = 0x0a
	jsonDouble      = 0x0b
	jsonString      = 0x0c
	jsonOpaque      = 0x0f
)

// maxJSONDepth is how deep arrays and objects nest in a JSON column.
// Source: MySQL sql-common/json_syntax_check.h, JSON_DOCUMENT_MAX_DEPTH.
const maxJSONDepth = 100

var errJSON = errors.New("the binary JSON is malformed")

// appendJSON appends the text of a binary JSON document as Debezium prints it
// in the stream: no white space, keys as stored, numbers in plain notation.
// Time and output are linear in the size of b, whatever it holds.
func appendJSON(dst, b []byte) ([]byte, error) {
	if len(b) == 0 {
		return dst, errJSON
	}
	j := jsonText{dst: dst, unclaimed: len(b)}
	err := j.value(b[0], b[1:])
	return j.dst, err
}

// jsonText prints one document.
type jsonText struct {
	dst   []byte
	depth int
	// unclaimed is the bytes of the document that no value has used yet. Since
	// values do not overlap, a document that goes below zero refers to some
	// twice, and could unfold into any size.
	unclaimed int
}

func (j *jsonText) claim(n int) error {
	if j.unclaimed -= n; j.unclaimed < 0 {
		return errJSON
	}
	return nil
}

// value prints the value of type t at the start of b.
func (j *jsonText) value(t byte, b []byte) error {
	switch t {
	case jsonSmallObject, jsonLargeObject, jsonSmallArray, jsonLargeArray:
		return j.container(t, b)
	case jsonLiteral:
		return j.literal(b)
	case jsonInt16, jsonUint16, jsonInt32, jsonUint32, jsonInt64, jsonUint64, jsonDouble:
		return j.number(t, b)
	case jsonString:
		return j.text(b)
	case jsonOpaque:
		return j.opaque(b)
	default:
		return errJSON
	}
}

// jsonContainer is an object or array: its number of members and its size,
// then for objects where each key is, then the type of each value and where it
// is, then keys and values. Numbers and offsets have width bytes; offsets count
// from the start of b, which is all of the container.
type jsonContainer struct {
	b      []byte
	width  int
	n      int
	values int // where the value entries start
	object bool
}

func (j *jsonText) container(t byte, b []byte) error {
	c, err := openJSON(t, b)
	if err != nil {
		return err
	}
	if j.depth++; j.depth > maxJSONDepth {
		return errJSON
	}
	if err := j.claim(c.values + c.n*(1+c.width)); err != nil {
		return err
	}
	if err := j.members(&c); err != nil {
		return err
	}
	j.depth--
	return nil
}

// openJSON reads the header of a container and checks that it has room for
// its entries.
func openJSON(t byte, b []byte) (jsonContainer, error) {
	c := jsonContainer{width: 2, object: t == jsonSmallObject || t == jsonLargeObject}
	if t == jsonLargeObject || t == jsonLargeArray {
		c.width = 4
	}
	if len(b) < 2*c.width {
		return c, errJSON
	}
	c.b = b
	size := c.offset(c.width)
	if size > len(b) {
		return c, errJSON
	}
	c.b, c.n, c.values = b[:size], c.offset(0), 2*c.width
	if c.object {
		c.values += c.n * (c.width + 2)
	}
	if c.values+c.n*(1+c.width) > size {
		return c, errJSON
	}
	return c, nil
}

// offset reads the number of c.width bytes at i.
func (c *jsonContainer) offset(i int) int {
	if c.width == 2 {
		return int(binary.LittleEndian.Uint16(c.b[i:]))
	}
	return int(binary.LittleEndian.Uint32(c.b[i:]))
}

func (j *jsonText) members(c *jsonContainer) error {
	open, shut := brackets(c.object)
	j.dst = append(j.dst, open)
	for i := range c.n {
		if i > 0 {
			j.dst = append(j.dst, ',')
		}
		if c.object {
			if err := j.key(c, i); err != nil {
				return err
			}
		}
		if err := j.member(c, i); err != nil {
			return err
		}
	}
	j.dst = append(j.dst, shut)
	return nil
}

// brackets are what a container stands in.
func brackets(object bool) (open, shut byte) {
	if object {
		return '{', '}'
	}
	return '[', ']'
}

// key prints key i.
func (j *jsonText) key(c *jsonContainer, i int) error {
	key, err := j.keyOf(c, i)
	if err != nil {
		return err
	}
	j.quote(key)
	j.dst = append(j.dst, ':')
	return nil
}

// member prints value i.
func (j *jsonText) member(c *jsonContainer, i int) error {
	t, b, err := c.valueAt(i)
	if err != nil {
		return err
	}
	return j.value(t, b)
}

func inlined(t byte, width int) bool {
	switch t {
	case jsonLiteral, jsonInt16, jsonUint16:
		return true
	case jsonInt32, jsonUint32:
		return width == 4
	default:
		return false
	}
}

func (j *jsonText) literal(b []byte) error {
	if len(b) == 0 || b[0] > 2 {
		return errJSON
	}
	j.dst = append(j.dst, [3]string{"null", "true", "false"}[b[0]]...)
	return nil
}

// varint reads a length of at most five bytes, seven bits each, lowest first.
func varint(b []byte) (n int, rest []byte, err error) {
	for i := 0; i < len(b) && i < 5; i++ {
		n |= int(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return n, b[i+1:], nil
		}
	}
	return 0, nil, errJSON
}

// payload takes the bytes of a string or opaque value.
func (j *jsonText) payload(b []byte) ([]byte, error) {
	n, rest, err := varint(b)
	if err != nil || n > len(rest) {
		return nil, errJSON
	}
	return rest[:n], j.claim(n)
}

func (j *jsonText) text(b []byte) error {
	s, err := j.payload(b)
	if err == nil {
		j.quote(s)
	}
	return err
}

// quote prints s as a string. Only what must be escaped is.
func (j *jsonText) quote(s []byte) {
	j.dst = append(j.dst, '"')
	start := 0
	for i, c := range s {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		j.dst = append(j.dst, s[start:i]...)
		j.dst = appendEscape(j.dst, c)
		start = i + 1
	}
	j.dst = append(j.dst, s[start:]...)
	j.dst = append(j.dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	default:
		const digits = "0123456789ABCDEF"
		return append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
	}
}

// itoa prints a number.
func (j *jsonText) itoa(n int64) { j.dst = strconv.AppendInt(j.dst, n, 10) }
