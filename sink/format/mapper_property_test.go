package format_test

import (
	"encoding/json"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cdcd/event"
	"cdcd/schema"
	"cdcd/sink/format"
)

// printText prints a text by a mapper, and reads it as a JSON string.
func printText(t *testing.T, a format.Action) func(s string) (string, error) {
	t.Helper()
	j, err := format.NewJSON(mapping(a))
	if err != nil {
		t.Fatal(err)
	}
	table := one(schema.Column{Type: schema.TypeLongText, Length: -1, Scale: -1})
	plan, err := j.Plan(table)
	if err != nil {
		t.Fatal(err)
	}
	return func(s string) (string, error) {
		var b format.Batch
		row := []event.Value{integer(1), str(s)}
		_, err := plan.Append(&b, &event.Rows{Table: table, Op: event.Create, Meta: benchMeta(), Reader: &sliceReader{changes: []rowChange{{after: row}}}})
		if err != nil {
			return "", err
		}
		var value struct{ After struct{ C string } }
		err = json.Unmarshal(b.Value(0), &value)
		return value.After.C, err
	}
}

// TestTruncate_IsJavas: any text is cut where Java's substring cuts it. A surrogate
// that is left alone reads as U+FFFD on both sides.
func TestTruncate_IsJavas(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7} {
		cut := printText(t, format.Truncate(n))
		rapid.Check(t, func(r *rapid.T) {
			s := rapid.String().Draw(r, "text")
			units := utf16.Encode([]rune(s))
			want := string(utf16.Decode(units[:min(n, len(units))]))
			if got, err := cut(s); err != nil || got != want {
				r.Fatalf("%q to %d: got %q, %v, want %q", s, n, got, err, want)
			}
		})
	}
}

// TestHash_SeesTheText: what is hashed is the text, whatever had to be escaped.
func TestHash_SeesTheText(t *testing.T) {
	hash, err := format.Hash(format.HashPlain, "SHA-256", "salt")
	if err != nil {
		t.Fatal(err)
	}
	hashed := printText(t, hash)
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.String().Filter(utf8.ValidString).Draw(r, "text")
		if got, err := hashed(s); err != nil || got != digest("salt"+s) {
			r.Fatalf("%q: got %s, %v", s, got, err)
		}
	})
}
