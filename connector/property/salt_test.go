package property

import (
	"fmt"
	"strings"
	"testing"
)

// TestSalt_Sealed: a salt is sealed in the name of its property, for this
// connector, and opens to the name that was given.
func TestSalt_Sealed(t *testing.T) {
	k := newKey(t, clusterSecret)
	const v1, v2 = "column.mask.hash.SHA-256.with.salt.", "column.mask.hash.v2.SHA-256.with.salt."
	m := Map{
		v1 + hidden: "a.b.c", v1 + hidden + "2": "a.b.d", v2 + hidden + ".with.salt.token": "a.b.e", v2 + "${env:SALT}": "a.b.f",
		"column.mask.hash." + hidden: "misspelt", "column.mask.with.5.chars": "a.b.g",
	}
	sealed, err := k.Seal("shop", m)
	if text := fmt.Sprint(sealed, HasLiteralSecrets(m), Mask(m), Mask(sealed)); err != nil || len(sealed) != len(m) || strings.Contains(text, hidden) {
		t.Fatalf("%s, %v", text, err)
	}
	if left := HasLiteralSecrets(sealed); len(left) > 0 || len(HasLiteralSecrets(m)) != 4 {
		t.Errorf("left in clear: %q of %q", left, HasLiteralSecrets(m))
	}
	if sealed[v2+"${env:SALT}"] != "a.b.f" || sealed["column.mask.with.5.chars"] != "a.b.g" {
		t.Errorf("sealed what is no secret: %v", sealed)
	}
	if opened, err := k.Open("shop", sealed); err != nil || !Equal(opened, m) {
		t.Errorf("opened %v, %v", opened, err)
	}
	if again, err := k.Seal("shop", sealed); err != nil || !Equal(again, sealed) {
		t.Errorf("sealed twice: %v, %v", again, err)
	}
	for _, other := range []func() (Map, error){
		func() (Map, error) { return k.Open("another", sealed) },
		func() (Map, error) { return newKey(t, clusterSecret+"x").Open("shop", sealed) },
		func() (Map, error) { return Key{}.Open("shop", sealed) },
		func() (Map, error) { return Key{}.Seal("shop", m) },
	} {
		if m, err := other(); err == nil || m != nil || strings.Contains(err.Error(), hidden) || !strings.Contains(err.Error(), v1+mask+": ") {
			t.Errorf("%v, %v", m, err)
		}
	}
}

// TestSalt_Masked: every property is shown, though two salts look alike.
func TestSalt_Masked(t *testing.T) {
	const name = "column.mask.hash.MD5.with.salt."
	m := Mask(Map{name + "a": "x.y", name + "b": "x.z", name + "${env:SALT}": "x.w"})
	if want := (Map{name + mask: "x.y", name + mask + "*": "x.z", name + "${env:SALT}": "x.w"}); !Equal(m, want) || !Equal(Mask(m), m) {
		t.Errorf("got %v", m)
	}
}

// TestSalt_Resolved: a salt may be kept elsewhere.
func TestSalt_Resolved(t *testing.T) {
	const name = "column.mask.hash.MD5.with.salt."
	t.Setenv("CDCD_SALT", hidden)
	v, warnings, err := Parse(minimal(name+"${env:CDCD_SALT}", "x.y"))
	if err != nil || len(warnings) > 0 || !v.Matcher(name+hidden).Match("x.y") {
		t.Errorf("%v, %v", warnings, err)
	}
	_, _, err = Parse(minimal(name+"${env:CDCD_NO_SALT}", "x.y"))
	if want := name + "${env:CDCD_NO_SALT}: ${env:CDCD_NO_SALT}: the environment has no variable CDCD_NO_SALT"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
