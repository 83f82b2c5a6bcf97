package property

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitPatterns(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if got, err := splitPatterns(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v", text, got, err)
		}
	}
	f("")
	f(" , ,")
	f("a", "a")
	f(" a , b ", "a", "b")
	f(`a\,b,c`, "a,b", "c")
	f(`a{1\,3}`, "a{1,3}")
	f(`a\.b,c\d`, `a\.b`, `c\d`)
	f(`a\\,b`, `a\\`, "b")
	if _, err := splitPatterns(`a\`); err == nil {
		t.Error("an unfinished escape is accepted")
	}
}

func TestMatcher(t *testing.T) {
	f := func(list, name string, want bool) {
		t.Helper()
		m, err := ParseMatcher(list)
		if err != nil {
			t.Errorf("%s: %v", list, err)
		} else if m.Match(name) != want {
			t.Errorf("%s on %s: got %v", list, name, !want)
		}
	}
	f("", "a", false)
	f("shop", "shop", true)
	f("shop", "shop2", false)
	f("shop", "my.shop", false)
	f("SHOP", "shop", true)
	f("shop.orders,crm.*", "crm2.x", true)
	f(`shop\.(a|b)`, "shop.b", true)
	f(`a|b`, "ab", false) // the whole alternative, not its ends
	f(`a|bc`, "bc", true)
	f(`t\d{2\,3}`, "t123", true)
	f(`\p{Lower}+`, "abc", true)
	f(`[\p{Alpha}_]+`, "a_b", true)
	f(`\P{Digit}+`, "12", false)
	f(`\u0061`, "a", true)
	f(`\Qa.b\E.`, "a.bc", true)
	f(`\Qa.b`, "axb", false)
	f(`a\Z`, "a", true)
	f(`^a$`, "a", true)
	f(`[]a]`, "]", true)
	f(`\é`, "é", true)
	f(`(?i:A)b`, "ab", true)
	f(`(?<x>a)b`, "ab", true)
	f(`a.*?b`, "axb", true)
	f(`(?!tmp_).*`, "tmp_x", false)
	f(`(?!tmp_).*`, "a.tmp_x", true)
	f(`^(?!.*(audit|log)).*$`, "shop.audit2", false)
	f(`^(?!.*(audit|log)).*$`, "shop.orders", true)
	f(`shop\.(?!tmp_|old$).*`, "shop.TMP_1", false)
	f(`shop\.(?!tmp_|old$).*`, "shop.old", false)
	f(`shop\.(?!tmp_|old$).*`, "shop.older", true)
	f(`shop\.(?!tmp_|old$).*`, "crm.x", false)
	f(`shop.(?=a)(?!ab)[a-z()|]+`, "shop.ac", true)
	f(`shop.(?=a)(?!ab)[a-z()|]+`, "shop.abc", false)
	f(`shop.(?=a)(?!ab)[a-z()|]+`, "shop", false)
	f(`(?!x)(a|b)`, "b", true)
	f(`(?!x)`, "", true)
}

func TestMatcher_RefusesWhatGoReadsDifferently(t *testing.T) {
	f := func(list, want string) {
		t.Helper()
		if _, err := ParseMatcher(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", list, err, want)
		}
	}
	f(`a*(?!b)c`, "only at the beginning")
	f(`.*\.(?!b)c`, "only at the beginning")
	f(`(a(?!b))c`, "only at the beginning")
	f(`(?!a)b(?!c)d`, "negative lookahead")
	f(`(?!a)b|c`, "not beside alternatives")
	f(`a|b(?!c)d`, "only at the beginning")
	f(`(?!a`, "missing )")
	f(`(?!(?<!x))`, "negative lookbehind")
	f(`(?<!b)`, "negative lookbehind")
	f(`(?<=b)`, "lookbehind")
	f(`(?>a)`, "atomic group")
	f(`(a)\1`, "back-reference")
	f(`\k<x>`, `\k`)
	f(`\v`, `\v`)
	f(`\012`, `\0`)
	f(`[a[bc]]`, "within another")
	f(`[a-z&&[^b]]`, "intersection")
	f(`(?U)a`, "flags")
	f(`(?x: a)`, "flags")
	f(`a*+`, "invalid nested repetition")
	f(`[a`, "not closed")
	f(`a)`, "unexpected )")
	f(`\u12`, "four hexadecimal")
	f(`\p{javaLowerCase}`, "invalid character class")
	f(`a\`, "unfinished escape")
	f(`x,(,y`, `"("`)
}

// FuzzMatcher: no list may end the process, and what is accepted splits and
// matches the same every time.
func FuzzMatcher(f *testing.F) {
	for _, seed := range []string{
		`shop\.(a|b),c\,d`, `[\w&&[^x]]`, `\p{Lower}`, `\Qa\E`, `(?i)a{1\,2}`, `\u0041`, `a\`, `[]`, `[^]a]`, `\p`, `\p{`, `\P{Alpha}`, `\é,`, `a\.(?!b|c$).*`, `(?=[)])\)x|`,
	} {
		f.Add(seed, "shop.a")
	}
	f.Fuzz(func(t *testing.T, list, name string) {
		m, err := ParseMatcher(list)
		if err != nil {
			return
		}
		items, _ := splitPatterns(list)
		some := false
		for _, item := range items {
			one, err := ParseMatcher(strings.ReplaceAll(item, ",", `\,`))
			if err != nil {
				return // a comma that was escaped in another way
			}
			some = some || one.Match(name)
		}
		if m.Match(name) != some {
			t.Errorf("%q on %q: the list says %v, its items %v", list, name, !some, some)
		}
	})
}

func TestSuggest(t *testing.T) {
	x := newIndex()
	f := func(name, want string) {
		t.Helper()
		if got := x.suggest(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	f("database.hostname", "database.hostname")
	f("databse.hostname", "database.hostname")
	f("snapshotmode", "snapshot.mode")
	f("tombstone.on.delete", "tombstones.on.delete")
	f("table.include", "")
	f("completely.different", "")
}

func TestMatcher_Idle(t *testing.T) {
	m, err := ParseMatcher(`shop\.orders,shop\.(?!tmp_).*, shop\.tmp_x ,crm\..*`)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Idle([]string{"shop.orders", "hr.people"}); !slices.Equal(got, []string{`shop\.tmp_x`, `crm\..*`}) {
		t.Errorf("got %q", got)
	}
	if m = nil; m.Idle(nil) != nil {
		t.Error("a list that was not given has idle expressions")
	}
}
