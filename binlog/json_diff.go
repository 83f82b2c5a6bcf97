package binlog

import (
	"errors"
	"slices"
)

// Operations of a JSON difference. Source: MySQL sql-common/json_diff.h,
// enum_json_diff_operation.
const (
	jsonDiffReplace = 0 // a value that is there
	jsonDiffInsert  = 1 // a member that is not there, or a cell before another one
	jsonDiffRemove  = 2
)

var (
	errJSONDiff = errors.New("the JSON difference is malformed")
	// errJSONDiffTarget: the server takes differences that do not fit for an
	// error as well.
	errJSONDiffTarget = errors.New("the JSON difference does not fit the document before it")
)

// appendPatchedJSON appends the text of a document after the differences that
// an update logged, one behind the other in diffs. It prints what the whole
// document would print; see [appendJSON].
// Source: MySQL sql-common/json_diff.cc, Json_diff_vector::read_binary and
// apply_json_diffs.
func appendPatchedJSON(dst, doc, diffs []byte) ([]byte, error) {
	root, err := newJSONNode(doc)
	if err != nil {
		return dst, err
	}
	j := jsonText{dst: dst, unclaimed: len(doc) + len(diffs)}
	for f := (&fields{b: diffs}); len(f.b) > 0; {
		d, err := readJSONDiff(f)
		if err != nil {
			return dst, err
		}
		if err := d.apply(&j, &root); err != nil {
			return dst, err
		}
	}
	err = j.node(&root)
	return j.dst, err
}

// jsonDiff is one difference.
type jsonDiff struct {
	op    byte
	path  []jsonLeg
	value jsonNode // not of jsonDiffRemove
}

// readJSONDiff reads an operation, a path and a value, the latter two with
// their lengths before them.
func readJSONDiff(f *fields) (d jsonDiff, err error) {
	d.op = f.u8()
	path := string(f.bytes(packedLen(f)))
	if f.err != nil || d.op > jsonDiffRemove {
		return d, errJSONDiff
	}
	if d.path, err = parseJSONPath(path); err != nil || d.op == jsonDiffRemove {
		return d, err
	}
	value := f.bytes(packedLen(f))
	if f.err != nil {
		return d, errJSONDiff
	}
	d.value, err = newJSONNode(value)
	return d, err
}

// apply changes the document.
func (d *jsonDiff) apply(j *jsonText, root *jsonNode) error {
	if len(d.path) == 0 {
		if d.op != jsonDiffReplace {
			return errJSONDiffTarget
		}
		*root = d.value
		return nil
	}
	parent := root
	for i := range d.path[:len(d.path)-1] {
		at, found, err := parent.step(j, &d.path[i])
		if err != nil {
			return err
		}
		if !found {
			return errJSONDiffTarget
		}
		parent = &parent.members[at].value
	}
	return d.change(j, parent, &d.path[len(d.path)-1])
}

// step opens a container and finds where a leg leads in it.
func (n *jsonNode) step(j *jsonText, leg *jsonLeg) (at int, found bool, err error) {
	if leg.cell && !n.isArray() || !leg.cell && !n.isObject() {
		return 0, false, errJSONDiffTarget
	}
	if err := n.expand(j); err != nil {
		return 0, false, err
	}
	if leg.cell {
		at, found = leg.in(len(n.members))
		return at, found, nil
	}
	at, found = n.find(leg.key)
	return at, found, nil
}

// change makes the difference in the container that the last leg is of.
func (d *jsonDiff) change(j *jsonText, parent *jsonNode, leg *jsonLeg) error {
	at, found, err := parent.step(j, leg)
	switch {
	case err != nil:
		return err
	case d.op == jsonDiffInsert && (leg.cell || !found):
		at = min(max(at, 0), len(parent.members)) // behind the last cell is the end
		parent.members = slices.Insert(parent.members, at, jsonMember{key: leg.key, value: d.value})
	case d.op == jsonDiffReplace && found:
		parent.members[at].value = d.value
	case d.op == jsonDiffRemove && found:
		parent.members = slices.Delete(parent.members, at, at+1)
	default:
		return errJSONDiffTarget
	}
	return nil
}
