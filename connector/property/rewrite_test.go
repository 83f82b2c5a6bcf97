package property

import (
	"strings"
	"testing"
)

// TestRewrite has what a java.util.regex.Matcher does.
func TestRewrite(t *testing.T) {
	f := func(regex, replacement, text, want string) {
		t.Helper()
		r, err := ParseRewrite(regex, replacement)
		if err != nil {
			t.Errorf("%s, %s: %v", regex, replacement, err)
		} else if got := r.Apply(text); got != want {
			t.Errorf("%s, %s on %s: got %s, want %s", regex, replacement, text, got, want)
		}
	}
	f(`(.*)shard_\d+\.(.*)`, "$1all.$2", "p.shard_12.orders", "p.all.orders")
	f(`(.*)shard_\d+\.(.*)`, "$1all.$2", "p.other.orders", "p.other.orders")
	f(`shard`, "x", "p.shard.orders", "p.shard.orders") // not the whole
	f(`P\..*`, "x", "p.shard", "p.shard")               // case counts
	f(`(?i)P\..*`, "x", "p.shard", "x")
	f(`(?<db>[^.]*)\.(?<table>.*)`, "${table}-${db}", "a.b", "b-a")
	f(`a|ab`, "x", "ab", "xb") // the whole matches, and the first match is shorter
	f(`(a)(b)?`, `[$2$1$0]`, "a", "[aa]")
	f(`(a)`, `$10\$1\\`, "a", `a0$1\`)
	f(`(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)`, "$10$11", "abcdefghij", "ja1")
	f(`.*`, "", "a", "")
	g := func(regex, replacement, want string) {
		t.Helper()
		if _, err := ParseRewrite(regex, replacement); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s, %s: %v, want %s", regex, replacement, err, want)
		}
	}
	g("(", "x", `regular expression "(": `)
	g("a(?=b)", "x", "lookahead")
	g("a", "$1", "the expression has no group 1")
	g("a", "${b}", "the expression has no group b")
	g("a", "$", "must follow $")
	g("a", "${1}", "must follow $")
	g("a", `b\`, "unfinished escape")
}
