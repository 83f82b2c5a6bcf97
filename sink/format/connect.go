package format

import "strconv"

// node is a Kafka Connect schema.
type node struct {
	kind     string // Connect's type: int32, string, struct, …
	fields   []node // of a struct
	items    *node  // of an array
	keys     *node  // of a map
	values   *node  // of a map
	optional bool
	name     string
	version  int
	doc      *string
	params   []param
	def      []byte // the default as JsonConverter prints it, nil for none
	field    string // name within the enclosing struct
}

type param struct{ key, value string }

// logical is a schema of the given Connect type with a semantic name; version 1.
func logical(kind, name string, params ...param) node {
	return node{kind: kind, name: name, version: 1, params: params}
}

// as returns the schema as a member of a struct.
func (n node) as(field string) node { n.field = field; return n }

// maybe returns the schema as optional.
func (n node) maybe() node { n.optional = true; return n }

// appendJSON renders the schema.
// Source: JsonConverter.asJsonSchema.
func (n node) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":"`...)
	dst = append(dst, n.kind...)
	dst = append(dst, '"')
	dst = n.appendMembers(dst)
	dst = append(dst, `,"optional":`...)
	dst = strconv.AppendBool(dst, n.optional)
	if n.name != "" {
		dst = appendStringMember(dst, "name", n.name)
	}
	if n.version != 0 {
		dst = append(dst, `,"version":`...)
		dst = strconv.AppendInt(dst, int64(n.version), 10)
	}
	if n.doc != nil {
		dst = appendStringMember(dst, "doc", *n.doc)
	}
	dst = n.appendParams(dst)
	if n.def != nil {
		dst = append(dst, `,"default":`...)
		dst = append(dst, n.def...)
	}
	if n.field != "" {
		dst = appendStringMember(dst, "field", n.field)
	}
	return append(dst, '}')
}

func (n node) appendMembers(dst []byte) []byte {
	if n.items != nil {
		dst = append(dst, `,"items":`...)
		return n.items.appendJSON(dst)
	}
	if n.kind == "map" {
		dst = n.keys.appendJSON(append(dst, `,"keys":`...))
		return n.values.appendJSON(append(dst, `,"values":`...))
	}
	if n.kind != "struct" {
		return dst
	}
	dst = append(dst, `,"fields":[`...)
	for i := range n.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = n.fields[i].appendJSON(dst)
	}
	return append(dst, ']')
}

func (n node) appendParams(dst []byte) []byte {
	if len(n.params) == 0 {
		return dst
	}
	dst = append(dst, `,"parameters":`...)
	for i, p := range n.params {
		dst = append(dst, "{,"[min(i, 1)])
		dst = appendString(dst, []byte(p.key))
		dst = append(dst, ':')
		dst = appendString(dst, []byte(p.value))
	}
	return append(dst, '}')
}

func appendStringMember(dst []byte, name, value string) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return appendString(dst, []byte(value))
}
