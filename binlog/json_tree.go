package binlog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// jsonNode is a value of a document that changes. It stays as it came until
// something below it changes.
type jsonNode struct {
	t       byte
	raw     []byte // begins with the value; may be longer
	open    bool   // members holds what is in it, and raw does not count
	members []jsonMember
}

// jsonMember is an element of an array, or a value of an object under its key.
type jsonMember struct {
	key   []byte
	value jsonNode
}

// newJSONNode reads a whole value: its type and its bytes.
func newJSONNode(b []byte) (jsonNode, error) {
	if len(b) == 0 {
		return jsonNode{}, errJSON
	}
	return jsonNode{t: b[0], raw: b[1:]}, nil
}

func (n *jsonNode) isObject() bool { return n.t == jsonSmallObject || n.t == jsonLargeObject }
func (n *jsonNode) isArray() bool  { return n.t == jsonSmallArray || n.t == jsonLargeArray }

// expand takes a container apart, one level deep, and claims what it used.
func (n *jsonNode) expand(j *jsonText) error {
	if n.open {
		return nil
	}
	c, err := openJSON(n.t, n.raw)
	if err != nil {
		return err
	}
	if err := j.claim(c.values + c.n*(1+c.width)); err != nil {
		return err
	}
	n.members = make([]jsonMember, c.n)
	for i := range n.members {
		m := &n.members[i]
		if c.object {
			if m.key, err = j.keyOf(&c, i); err != nil {
				return err
			}
		}
		if m.value.t, m.value.raw, err = c.valueAt(i); err != nil {
			return err
		}
	}
	n.open, n.raw = true, nil
	return nil
}

// find returns where key is in an object, or belongs. Objects are sorted by the
// length of the keys, then by their bytes.
// Source: MySQL sql-common/json_dom.h, Json_key_comparator.
func (n *jsonNode) find(key []byte) (int, bool) {
	return slices.BinarySearchFunc(n.members, key, func(m jsonMember, key []byte) int {
		if c := cmp.Compare(len(m.key), len(key)); c != 0 {
			return c
		}
		return bytes.Compare(m.key, key)
	})
}

// keyOf claims key i: an entry of an offset and a length of two bytes.
func (j *jsonText) keyOf(c *jsonContainer, i int) ([]byte, error) {
	entry := 2*c.width + i*(c.width+2)
	start, n := c.offset(entry), int(binary.LittleEndian.Uint16(c.b[entry+c.width:]))
	if start+n > len(c.b) {
		return nil, errJSON
	}
	return c.b[start : start+n], j.claim(n)
}

// valueAt returns the type of value i and the bytes that begin with it: it
// stands in its entry if it fits there.
func (c *jsonContainer) valueAt(i int) (byte, []byte, error) {
	entry := c.values + i*(1+c.width)
	t := c.b[entry]
	if inlined(t, c.width) {
		return t, c.b[entry+1 : entry+1+c.width], nil
	}
	start := c.offset(entry + 1)
	if start >= len(c.b) {
		return 0, nil, errJSON
	}
	return t, c.b[start:], nil
}

// node prints a value, changed or not.
func (j *jsonText) node(n *jsonNode) error {
	if !n.open {
		return j.value(n.t, n.raw)
	}
	if j.depth++; j.depth > maxJSONDepth {
		return errJSON
	}
	open, shut := brackets(n.isObject())
	j.dst = append(j.dst, open)
	for i := range n.members {
		m := &n.members[i]
		if i > 0 {
			j.dst = append(j.dst, ',')
		}
		if n.isObject() {
			j.quote(m.key)
			j.dst = append(j.dst, ':')
		}
		if err := j.node(&m.value); err != nil {
			return err
		}
	}
	j.dst = append(j.dst, shut)
	j.depth--
	return nil
}
