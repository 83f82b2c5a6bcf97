package snapshot

import (
	"errors"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// TestKeys_WithoutOneThatServersRange lists keys of which a range would miss rows.
func TestKeys_WithoutOneThatServersRange(t *testing.T) {
	for name, c := range map[string]schema.Column{
		"SET that a double does not hold": {Type: schema.TypeSet, Members: make([]string, 54)},
		"CHAR without padding, MariaDB":   {Type: schema.TypeChar, Charset: "utf8mb4", Collation: "utf8mb4_unicode_nopad_ci"},
		"JSON":                            {Type: schema.TypeJSON},
		"FLOAT with digits":               {Type: schema.TypeFloat, Length: 10, Scale: 3},
		"prefix of TEXT":                  {Type: schema.TypeText, Charset: "utf8mb4"},
	} {
		if _, ok := newKeys(&schema.Table{Columns: []schema.Column{c}, Key: []int{0}}); ok {
			t.Errorf("%s: a key", name)
		}
	}
	if _, ok := newKeys(&schema.Table{}); ok {
		t.Error("no key: a key")
	}
}

// TestKeys_ValueMissing takes the key of rows that do not hold it.
func TestKeys_ValueMissing(t *testing.T) {
	k, _ := newKeys(&schema.Table{Columns: []schema.Column{{Name: "a", Type: schema.TypeInt}}, Key: []int{0}})
	for _, kind := range []event.Kind{event.Absent, event.Null, event.Default, event.String} {
		if _, err := k.of([]event.Value{{Kind: kind}}); !errors.Is(err, event.ErrDamaged) {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}
