package binlog

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// jsonArray builds a small array of values outside of their entries.
func jsonArray(values ...[]byte) []byte {
	at := 4 + 3*len(values)
	head := binary.LittleEndian.AppendUint16(nil, uint16(len(values)))
	var entries, body []byte
	for _, v := range values {
		entries = append(entries, v[0])
		entries = binary.LittleEndian.AppendUint16(entries, uint16(at+len(body)))
		body = append(body, v[1:]...)
	}
	head = binary.LittleEndian.AppendUint16(head, uint16(at+len(body)))
	return append(append(append([]byte{jsonSmallArray}, head...), entries...), body...)
}

func jsonDoubleValue(f float64) []byte {
	return binary.LittleEndian.AppendUint64([]byte{jsonDouble}, math.Float64bits(f))
}

func TestJSON_Text(t *testing.T) {
	f := func(doc []byte, want string) {
		t.Helper()
		got, err := appendJSON(nil, doc)
		if err != nil || string(got) != want {
			t.Errorf("%x: %s, want %s (%v)", doc, got, want, err)
		}
	}
	f([]byte{jsonLiteral, 0}, "null")
	f([]byte{jsonInt16, 0xff, 0xff}, "-1")
	f([]byte{jsonUint16, 0xff, 0xff}, "65535")
	f([]byte{jsonUint32, 0xff, 0xff, 0xff, 0xff}, "4294967295")
	f([]byte{jsonString, 4, 'a', '"', 0x1f, '/'}, `"a\"\u001F/"`)
	f([]byte{jsonSmallArray, 0, 0, 4, 0}, "[]")
	f([]byte{jsonSmallObject, 0, 0, 4, 0}, "{}")
	f([]byte{jsonSmallArray, 2, 0, 10, 0, jsonLiteral, 1, 0, jsonInt16, 7, 0}, "[true,7]")
	f([]byte{jsonSmallObject, 1, 0, 12, 0, 11, 0, 1, 0, jsonLiteral, 2, 0, 'k'}, `{"k":false}`)
	f([]byte{jsonLargeArray, 1, 0, 0, 0, 13, 0, 0, 0, jsonInt32, 0xff, 0xff, 0xff, 0xff}, "[-1]")
	f(jsonArray([]byte{jsonString, 1, 'x'}, jsonArray(), []byte{jsonOpaque, schema.WireBit, 1, 5}), `["x",[],"BQ=="]`)
}

// TestJSON_Doubles prints what Java prints: Double.toString, and where that
// has an exponent all digits of BigDecimal.
func TestJSON_Doubles(t *testing.T) {
	f := func(n float64, want string) {
		t.Helper()
		got, err := appendJSON(nil, jsonDoubleValue(n))
		if err != nil || string(got) != want {
			t.Errorf("%g: %s, want %s (%v)", n, got, want, err)
		}
	}
	f(0, "0.0")
	f(math.Copysign(0, -1), "-0.0")
	f(100, "100.0")
	f(9999999, "9999999.0")
	f(1e7, "10000000")
	f(12345678.5, "12345678.5")
	f(12345678.9, "12345678.90000000037252902984619140625")
	f(0.001, "0.001")
	f(0.0001, "0.000100000000000000004792173602385929598312941379845142364501953125")
	f(1e21, "1000000000000000000000")
	f(-1e-7, "-0.0000000999999999999999954748111825886258685613938723690807819366455078125")
	got, err := appendJSON(nil, jsonDoubleValue(math.SmallestNonzeroFloat64))
	if err != nil || len(got) != 1076 || !strings.HasSuffix(string(got), "625") {
		t.Errorf("smallest double: %d characters (%v)", len(got), err)
	}
	if _, err := appendJSON(nil, jsonDoubleValue(math.NaN())); err == nil {
		t.Error("NaN was printed")
	}
}

// TestJSON_Malformed: nothing that refers to itself, to bytes that are not
// there, or to the same bytes twice is printed.
func TestJSON_Malformed(t *testing.T) {
	f := func(what string, doc []byte) {
		t.Helper()
		if out, err := appendJSON(nil, doc); !errors.Is(err, errJSON) {
			t.Errorf("%s: printed %d bytes, error %v", what, len(out), err)
		}
	}
	f("empty", nil)
	f("unknown type", []byte{0x0d})
	f("cycle", []byte{jsonSmallArray, 1, 0, 7, 0, jsonSmallArray, 0, 0})
	f("offset past the end", []byte{jsonSmallArray, 1, 0, 7, 0, jsonString, 7, 0})
	f("size past the end", []byte{jsonSmallArray, 0, 0, 5, 0})
	f("count past the end", []byte{jsonLargeArray, 0xff, 0xff, 0xff, 0x7f, 8, 0, 0, 0})
	f("shared string", []byte{jsonSmallArray, 2, 0, 14, 0, jsonString, 10, 0, jsonString, 10, 0, 3, 'a', 'b', 'c'})
	f("endless length", []byte{jsonString, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	deep := jsonArray()
	for range maxJSONDepth {
		deep = jsonArray(deep)
	}
	f("too deep", deep)
	if _, err := appendJSON(nil, deep[7:]); err == nil {
		t.Error("a cut document was printed")
	}
}

func TestJSON_DeepestAllowed(t *testing.T) {
	deep := jsonArray()
	for range maxJSONDepth - 1 {
		deep = jsonArray(deep)
	}
	if out, err := appendJSON(nil, deep); err != nil || len(out) != 2*maxJSONDepth {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// recordedJSON returns the binary documents of the recorded files.
func recordedJSON(t testing.TB) [][]byte {
	t.Helper()
	var docs [][]byte
	recordedCase(t, "types").rowsOf(t, func(m *schema.TableMap, e recordedEvent) {
		if m.ID.Name != "t_json" {
			return
		}
		p, err := compileRows(m, tableLike(m))
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.columns[1:] {
			p.columns[1+i].decode, p.columns[1+i].kind = decodeBytes, event.Binary
		}
		row := make([]event.Value, len(m.Columns))
		for rd := e.reader(t, p); ; {
			ok, err := rd.Next(row, row)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			docs = append(docs, row[1].Bytes, row[2].Bytes)
		}
	})
	return docs
}

func TestJSON_NoAllocations(t *testing.T) {
	docs := recordedJSON(t)
	dst := make([]byte, 0, 1<<20)
	if n := testing.AllocsPerRun(10, func() {
		for _, d := range docs {
			dst, _ = appendJSON(dst[:0], d)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzJSON(f *testing.F) {
	for _, d := range recordedJSON(f) {
		if len(d) < 1000 {
			f.Add(d)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		out, err := appendJSON(nil, doc)
		if len(out) > 1100*(len(doc)+1) {
			t.Errorf("%d bytes of text for %d", len(out), len(doc))
		}
		if err == nil && !json.Valid(out) && !strings.Contains(string(out), `"`) {
			t.Errorf("not JSON: %q", out)
		}
	})
}
