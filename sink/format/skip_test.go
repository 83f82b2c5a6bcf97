package format_test

import (
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// TestSkip: what is skipped gives no record and counts all the same. An update of
// the key is an update, though its records say otherwise.
func TestSkip(t *testing.T) {
	row := func(id uint64) []event.Value { return []event.Value{{Kind: event.Int, Num: id}, {Kind: event.Int}} }
	f := func(op event.Op, want int, skip ...event.Op) {
		t.Helper()
		config := plainConfig()
		config.Skip = skip
		b, err := encode(t, config, one(schema.Column{Type: schema.TypeInt}), op, row(1), row(2))
		if err != nil || len(b.Records) != want {
			t.Errorf("%c, skipping %q: %d records, want %d; %v", op, skip, len(b.Records), want, err)
		}
	}
	f(event.Create, 0, event.Create)
	f(event.Create, 1, event.Update, event.Delete)
	f(event.Update, 0, event.Update)
	f(event.Update, 3, event.Create, event.Delete)
	f(event.Delete, 0, event.Delete)
	f(event.Delete, 2, event.Create)
	f(event.Read, 1, event.Create)
	f(event.Truncate, 0, event.Truncate)
	f(event.Truncate, 1)
}

// TestTruncate has neither key nor tombstone, and stays in the partition of a
// table without a key.
func TestTruncate(t *testing.T) {
	table := one(schema.Column{Type: schema.TypeInt})
	b, err := encode(t, plainConfig(), table, event.Truncate, nil, nil)
	if err != nil || len(b.Records) != 1 {
		t.Fatalf("%d records, %v", len(b.Records), err)
	}
	if value := string(b.Value(0)); b.Key(0) != nil || !strings.HasPrefix(value, `{"before":null,"after":null,"source":`) || !strings.Contains(value, `"op":"t"`) {
		t.Errorf("key %s, value %s", b.Key(0), value)
	}
	table.Key = nil
	row := []event.Value{{Kind: event.Int}, {Kind: event.Int}}
	keyless, err := encode(t, plainConfig(), table, event.Create, nil, row)
	if err != nil || keyless.Records[0].Hash != b.Records[0].Hash {
		t.Errorf("%v, another partition", err)
	}
}
