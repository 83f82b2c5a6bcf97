package binlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cdcd/schema"
)

// jsonDiffBytes builds one difference; a nil value is left out.
func jsonDiffBytes(op byte, path string, value []byte) []byte {
	b := append([]byte{op, byte(len(path))}, path...)
	if value != nil {
		b = append(append(b, byte(len(value))), value...)
	}
	return b
}

// jsonObject builds {"a":1,"b":[10,20],"ab":"x"}, whose keys are sorted as the
// server sorts them.
func jsonObject() []byte {
	list := []byte{2, 0, 10, 0, jsonInt16, 10, 0, jsonInt16, 20, 0}
	keys := 4 + 3*4 + 3*3
	b := []byte{jsonSmallObject, 3, 0, byte(keys + 4 + len(list) + 2), 0}
	for i, n := range []byte{1, 1, 2} {
		b = append(b, byte(keys+i), 0, n, 0)
	}
	b = append(b, jsonInt16, 1, 0, jsonSmallArray, byte(keys+4), 0, jsonString, byte(keys+4+len(list)), 0)
	return append(append(append(b, "abab"...), list...), 1, 'x')
}

func TestJSONDiff_Applies(t *testing.T) {
	f := func(want string, diffs ...[]byte) {
		t.Helper()
		doc := jsonObject()
		got, err := appendPatchedJSON([]byte("kept"), doc, join(diffs...))
		if err != nil || string(got) != "kept"+want {
			t.Errorf("%q: %s, want %s (%v)", diffs, got, want, err)
		}
	}
	two, str := []byte{jsonInt16, 2, 0}, []byte{jsonString, 1, 'y'}
	f(`{"a":1,"b":[10,20],"ab":"x"}`)
	f(`2`, jsonDiffBytes(jsonDiffReplace, "$", two))
	f(`{"a":2,"b":[10,20],"ab":"x"}`, jsonDiffBytes(jsonDiffReplace, "$.a", two))
	f(`{"a":1,"b":[10,2],"ab":"x"}`, jsonDiffBytes(jsonDiffReplace, "$.b[1]", two))
	f(`{"a":1,"b":[2,20],"ab":"x"}`, jsonDiffBytes(jsonDiffReplace, "$.b[last-1]", two))
	f(`{"a":1,"b":[10,2,20],"ab":"x"}`, jsonDiffBytes(jsonDiffInsert, "$.b[1]", two))
	f(`{"a":1,"b":[10,20,2],"ab":"x"}`, jsonDiffBytes(jsonDiffInsert, "$.b[99]", two))
	f(`{"a":1,"b":[2,10,20],"ab":"x"}`, jsonDiffBytes(jsonDiffInsert, "$.b[last-9]", two))
	f(`{"a":1,"b":[20],"ab":"x"}`, jsonDiffBytes(jsonDiffRemove, "$.b[0]", nil))
	f(`{"b":[10,20],"ab":"x"}`, jsonDiffBytes(jsonDiffRemove, "$.a", nil))
	f(`{"":2,"a":1,"b":[10,20],"aa":"y","ab":"x"}`,
		jsonDiffBytes(jsonDiffInsert, "$.aa", str), jsonDiffBytes(jsonDiffInsert, `$.""`, two))
	f(`{"a":1,"b":[10,20],"ab":"x","c d":{"a":1,"b":[2,20],"ab":"x"}}`,
		jsonDiffBytes(jsonDiffInsert, `$."c d"`, jsonObject()), jsonDiffBytes(jsonDiffReplace, `$."c d".b[0]`, two))
	f(`{"a":1,"b":[],"ab":"x"}`, jsonDiffBytes(jsonDiffRemove, "$.b[0]", nil), jsonDiffBytes(jsonDiffRemove, "$.b[0]", nil))
}

func TestJSONDiff_Refused(t *testing.T) {
	f := func(want error, diffs ...[]byte) {
		t.Helper()
		if _, err := appendPatchedJSON(nil, jsonObject(), join(diffs...)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", diffs, err, want)
		}
	}
	two := []byte{jsonInt16, 2, 0}
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffReplace, "$.c", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffReplace, "$.b[2]", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffReplace, "$.b[last-2]", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffReplace, "$.a[0]", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffReplace, "$.b.a", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffReplace, "$.c.a", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffInsert, "$.a", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffInsert, "$", two))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffRemove, "$.c", nil))
	f(errJSONDiffTarget, jsonDiffBytes(jsonDiffRemove, "$", nil))
	f(errJSONDiff, jsonDiffBytes(3, "$.a", two))
	f(errJSONDiff, []byte{jsonDiffReplace, 9, '$'})
	f(errJSONDiff, jsonDiffBytes(jsonDiffReplace, "$.a", nil))
	f(errJSON, jsonDiffBytes(jsonDiffReplace, "$.a", []byte{}))
	f(errJSON, jsonDiffBytes(jsonDiffReplace, "$.a", []byte{jsonInt16, 1}))
	f(errJSONPath, jsonDiffBytes(jsonDiffRemove, "a", nil))
	if _, err := appendPatchedJSON(nil, nil, nil); !errors.Is(err, errJSON) {
		t.Errorf("no document: %v", err)
	}
}

func TestJSONPath(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		legs, err := parseJSONPath(path)
		if got := showPath(legs); err != nil || got != want {
			t.Errorf("%q: %s, want %s (%v)", path, got, want, err)
		}
	}
	f("$", "$")
	f("  $ . a [ 3 ] ", `$."a"[3]`)
	f("$.a.b[0][last][last - 2]", `$."a"."b"[0][last-0][last-2]`)
	f(`$."a.b"."[1]"."q\"\\\u00e9"."".$x_1.é`, `$."a.b"."[1]"."q\"\\é".""."$x_1"."é"`)
	for _, bad := range []string{
		"", "a", "$.", "$.*", "$[*]", "$**.a", "$.1a", "$.a-b", `$."a`, `$."a\x"`, "$[", "$[]", "$[-1]", "$[1 to 2]", "$[last+1]", "$[lastt]",
		"$x", "$[4294967296]", "$.\xff", "$.\"\xff\"", "$" + strings.Repeat("[0]", maxJSONDepth+1),
	} {
		if legs, err := parseJSONPath(bad); !errors.Is(err, errJSONPath) {
			t.Errorf("%q is %s", bad, showPath(legs))
		}
	}
}

// showPath writes a path in one way.
func showPath(legs []jsonLeg) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, l := range legs {
		switch {
		case !l.cell:
			name, _ := json.Marshal(string(l.key))
			fmt.Fprintf(&b, ".%s", name)
		case l.fromEnd:
			fmt.Fprintf(&b, "[last-%d]", l.index)
		default:
			fmt.Fprintf(&b, "[%d]", l.index)
		}
	}
	return b.String()
}

// A partial update of a table with two JSON columns, of which the images hold
// one or none: there is a bit for both.
func TestRows_PartialJSON(t *testing.T) {
	m := &schema.TableMap{Columns: []schema.WireColumn{
		{Type: schema.WireJSON, Meta: 4, Nullable: true}, {Type: schema.WireLong}, {Type: schema.WireJSON, Meta: 4, Nullable: true},
	}}
	p, err := compileRows(m, tableLike(m))
	if err != nil {
		t.Fatal(err)
	}
	sized := func(b []byte) []byte { return join(le(4, uint64(len(b))), b) }
	diff := sized(jsonDiffBytes(jsonDiffReplace, "$.a", []byte{jsonInt16, 2, 0}))
	doc, id := sized(jsonObject()), le(4, 7)
	event := func(before, after byte, parts ...[]byte) []byte {
		return rowsEventV2(3, append([]byte{before, after}, join(parts...)...)...)
	}
	f := func(body []byte, want string) {
		t.Helper()
		got, err := readAll(t, p, typePartialUpdateRows, body)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q, want %q (%v)", got, want, err)
		}
	}
	full, patched := `{"a":1,"b":[10,20],"ab":"x"}`, `{"a":2,"b":[10,20],"ab":"x"}`
	f(event(6, 4, []byte{0}, id, doc, []byte{1, 2, 0}, diff), "absent 7 "+full+" ->absent 7 "+patched+" ")
	f(event(6, 4, []byte{0}, id, doc, []byte{0, 0}, doc), "absent 7 "+full+" ->absent 7 "+full+" ")
	f(event(6, 4, []byte{2}, id, []byte{1, 0, 1}), "absent 7 null ->absent 7 null ")
	f(event(2, 4, []byte{0}, id, []byte{1, 2, 0}, diff), "absent 7 absent ->absent 7 absent ")
	f(event(7, 5, []byte{0}, doc, id, doc, []byte{1, 2, 0}, doc, diff), full+" 7 "+full+" ->"+full+" 7 "+patched+" ")

	g := func(body []byte, want error) {
		t.Helper()
		if _, err := readAll(t, p, typePartialUpdateRows, body); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	g(event(6, 4, []byte{2}, id, []byte{1, 2, 0}, diff), errJSON) // of NULL
	g(event(6, 4, []byte{0}, id, doc, []byte{2, 2, 0}, diff), errValueOptions)
	g(event(6, 4, []byte{0}, id, doc), errRowShort)
}

// FuzzJSONDiff applies damaged differences to damaged documents.
func FuzzJSONDiff(f *testing.F) {
	two := []byte{jsonInt16, 2, 0}
	f.Add(jsonObject(), jsonDiffBytes(jsonDiffReplace, "$.b[last-1]", two))
	f.Add(jsonObject(), join(jsonDiffBytes(jsonDiffInsert, `$."c d"`, jsonObject()), jsonDiffBytes(jsonDiffRemove, `$."c d".b[0]`, nil)))
	f.Add(jsonArray(jsonArray(), jsonArray([]byte{jsonString, 1, 'x'})), jsonDiffBytes(jsonDiffInsert, "$[1][0]", jsonDoubleValue(1e21)))
	f.Fuzz(func(t *testing.T, doc, diffs []byte) {
		got, err := appendPatchedJSON(nil, doc, diffs)
		if limit := 6*(len(doc)+len(diffs)) + 2048*(1+(len(doc)+len(diffs))/8); len(got) > limit {
			t.Errorf("%d bytes of text from %d and %d", len(got), len(doc), len(diffs))
		}
		if err != nil || len(diffs) > 0 {
			return
		}
		if whole, err := appendJSON(nil, doc); err != nil || !bytes.Equal(whole, got) {
			t.Errorf("%s without a difference, %s (%v)", got, whole, err)
		}
	})
}
