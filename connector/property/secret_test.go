package property

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestSecret_NeverPrints(t *testing.T) {
	const hidden = "s3cret"
	type config struct {
		User     string
		Password Secret
		Pointer  *Secret
	}
	s := NewSecret(hidden)
	c := config{"u", s, &s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, value := range []any{s, &s, c, &c, []Secret{s}, map[string]Secret{"a": s}} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, hidden) || strings.Contains(text, fmt.Sprintf("%x", hidden)) {
				t.Errorf("%s of %T: %s", verb, value, text)
			}
		}
	}
	text, err := json.Marshal(map[Secret]config{s: c})
	if err != nil || strings.Contains(string(text), hidden) {
		t.Errorf("JSON: %s, %v", text, err)
	}
	if s.Reveal() != hidden || s.String() != redacted || s.IsZero() || !NewSecret("").IsZero() {
		t.Error("the value itself is wrong")
	}
}
