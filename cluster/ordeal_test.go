package cluster

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOrdeals_OnceOnEachNode follows a connector through what its nodes say: a
// word is a second, the node and whether the connector gets on there.
func TestOrdeals_OnceOnEachNode(t *testing.T) {
	for _, c := range []struct{ what, said, avoid string }{
		{"it gets on", "a+ a+ a+ a+", ""},
		{"a moment", "a- a- a+ a-", ""},
		{"for long", "a- a- a- a-", "a"},
		{"for long, and not yet on the next", "a- a- a- a- b- b-", "a"},
		{"for long on two", "a- a- a- a- b- b- b- b-", "a b"},
		{"on the next it does", "a- a- a- a- b+ b+", "a"},
		{"on the next it does for long", "a- a- a- a- b+ b+ b+ b+", ""},
		{"it does now and then", "a- a- a- a- b+ b+ b- b+ b+ b-", "a"},
	} {
		o, now, avoid := ordeals{}, time.Now(), map[string]bool(nil)
		for word := range strings.FieldsSeq(c.said) {
			avoid = o.hear("c", word[:1], word[1] == '+', now, 3*time.Second)
			now = now.Add(time.Second)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(avoid)), " "); got != c.avoid {
			t.Errorf("%s, %s: avoids %q, want %q", c.what, c.said, got, c.avoid)
		}
	}
}

func TestReport_GetsOn(t *testing.T) {
	for r, want := range map[Report]bool{
		{Phase: "running"}:                       true,
		{Phase: "starting"}:                      true,
		{Phase: "running", Error: "no route"}:    false,
		{Phase: "starting", Error: "no route"}:   false,
		{Phase: phaseFailed, Error: "a bad DDL"}: true,
	} {
		if r.getsOn() != want {
			t.Errorf("%+v: %v", r, !want)
		}
	}
}
