package property

import (
	"encoding/json"
	"maps"
	"testing"
)

func TestMap(t *testing.T) {
	f := func(text string, want Map) {
		t.Helper()
		var m Map
		if err := json.Unmarshal([]byte(text), &m); (err != nil) != (want == nil) || !maps.Equal(m, want) && want != nil {
			t.Errorf("%s: got %v, %v", text, m, err)
		}
	}
	f(`{}`, Map{})
	f(`{"a": "b", "n": 3306, "t": true, "x": null, "e": ""}`, Map{"a": "b", "n": "3306", "t": "true", "e": ""})
	f(`{"a": "\u00e9"}`, Map{"a": "é"})
	f(`{"a": {"b": 1}}`, nil)
	f(`{"a": [1]}`, nil)
	f(`[]`, nil)
}
