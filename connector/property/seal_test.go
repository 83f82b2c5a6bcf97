package property

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	clusterSecret = "of-the-cluster-0"
	hidden        = "s3cret"
)

func newKey(t testing.TB, text string) Key {
	t.Helper()
	k, err := NewKey(NewSecret(text))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sealedSecret returns database.password of the connector shop, sealed.
func sealedSecret(t testing.TB, k Key) string {
	t.Helper()
	m, err := k.Seal("shop", Map{"database.password": hidden})
	if err != nil || !strings.HasPrefix(m["database.password"], "${sealed:") {
		t.Fatalf("%v, %v", m, err)
	}
	return m["database.password"]
}

func TestNewKey(t *testing.T) {
	for n := range 20 {
		text := strings.Repeat("q", n)
		_, err := NewKey(NewSecret(text))
		if (err != nil) != (n < 16) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "too short: want 16 bytes or more") || strings.Contains(err.Error(), "qq")) {
			t.Error(err)
		}
	}
}

func TestKey_NeverPrints(t *testing.T) {
	k := newKey(t, clusterSecret)
	type config struct {
		Key     Key
		Pointer *Key
		private Key
	}
	c := config{k, &k, k}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t", "%p"} {
		for _, value := range []any{k, &k, []Key{k}, map[string]Key{"a": k}} {
			if text := fmt.Sprintf(verb, value); !strings.Contains(text, redacted) && !strings.Contains(text, "0x") {
				t.Errorf("%s of %T: %s", verb, value, text)
			}
		}
		// Where fmt cannot call Format, it must not find numbers either: the
		// key schedule prints as many of them.
		if text := fmt.Sprintf(verb, c); len(text) > 250 {
			t.Errorf("%s of %T: %s", verb, c, text)
		}
	}
	text, err := json.Marshal(c)
	if want := `{"Key":"[redacted]","Pointer":"[redacted]"}`; string(text) != want || err != nil {
		t.Errorf("JSON: %s, %v", text, err)
	}
	if text, err := k.MarshalText(); string(text) != redacted || err != nil {
		t.Errorf("text: %s, %v", text, err)
	}
	if k.String() != redacted || k.IsZero() || !(Key{}).IsZero() {
		t.Error("the key itself is wrong")
	}
}

// TestSeal_Selects tells what is sealed: literal secrets, and only those.
func TestSeal_Selects(t *testing.T) {
	k := newKey(t, clusterSecret)
	f := func(name, value string, sealed bool) {
		t.Helper()
		m := Map{name: value}
		got, err := k.Seal("shop", m)
		if err != nil || (got[name] != value) != sealed {
			t.Errorf("%s=%s: sealed as %s, %v", name, value, got[name], err)
		}
		if names := HasLiteralSecrets(m); slices.Contains(names, name) != sealed {
			t.Errorf("%s=%s: literal secrets %v", name, value, names)
		}
		if shown := Mask(m)[name]; sealed && shown != mask || !sealed && shown != value {
			t.Errorf("%s=%s: masked as %s", name, value, shown)
		}
	}
	for _, name := range []string{
		"database.password", "database.ssl.keystore.password", "database.ssl.truststore.password",
		"producer.override.sasl.jaas.config", "producer.override.sasl.anything", "producer.override.ssl.keystore.key",
		// rows that stand for many names, and old ones
		"schema.history.internal.producer.sasl.jaas.config", "database.history.consumer.ssl.key.password",
		"driver.trustCertificateKeyStorePassword", "admin.override.ssl.key.password", "signal.consumer.sasl.oauthbearer.client.credentials.client.secret",
		"value.converter.basic.auth.user.info", "value.converter.aws.secret.access.key",
		// names that nothing knows
		"my.password", "PASSWORD", "a.secret", "x.jaas.config", "a.token", "ssh.passphrase", "some.api_key", "database.password ",
	} {
		f(name, hidden, true)
		f(name, " ", true)
		f(name, "pre${env:X}", true)
		f(name, "${env:X} ", true)
		f(name, "${env:X}${file:/a:b}-", true)
		f(name, "${vault:a:b}", true) // no provider of ours: perhaps it is the password
		f(name, "${sealed:", true)
		f(name, "${env:X", true)
		f(name, "", false)
		f(name, "${env:X}", false)
		f(name, "${file:/a:b}", false)
		f(name, "${directory:/a:b}${dir:/a:c}", false)
	}
	for _, name := range []string{
		"database.user", "database.hostname", "table.include.list", "message.key.columns", "key.converter", "topic.key.field.name",
		"value.converter.basic.auth.credentials.source", "tokens.max", "un.known", "driver.allowPublicKeyRetrieval",
	} {
		f(name, "text", false)
		f(name, "pre${env:X}", false)
		f(name, "${vault:a}", false)
		f(name, "${sealed:", false)
	}
}

// TestSecretNames_LeaveTheTableAlone: where the table has a row for exactly this
// name, its type says whether the value is a secret.
func TestSecretNames_LeaveTheTableAlone(t *testing.T) {
	x := newIndex()
	for name, d := range x.exact {
		if x.secret(name) != (d.Type == Password) {
			t.Errorf("%s of type %s: secret is %v", name, d.Type, x.secret(name))
		}
	}
}

// configurations draws names of all kinds with values in which references,
// pieces of them and other text are mixed.
func configurations() *rapid.Generator[Map] {
	name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"database.password", "database.user", "my.token", "my.token\x00", "producer.override.ssl.x", "table.include.list", "",
	}))
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"${env:X}", "${file:/a:b}", "${vault:a}", "${", "}", ":", "${sealed:", "\x00", "\xff"}))
	value := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces"), "") }).
		Filter(func(s string) bool { return !holdsSealed(s) })
	return rapid.Custom(func(t *rapid.T) Map { return rapid.MapOf(name, value).Draw(t, "map") })
}

func TestSeal_RoundTrip(t *testing.T) {
	k := newKey(t, clusterSecret)
	rapid.Check(t, func(t *rapid.T) {
		m := configurations().Draw(t, "configuration")
		connector := rapid.StringMatching(`[^\x00]*`).Draw(t, "connector")
		before := maps.Clone(m)
		sealed, err := k.Seal(connector, m)
		if err != nil {
			t.Fatal(err)
		}
		literals := HasLiteralSecrets(m)
		if left := HasLiteralSecrets(sealed); !Equal(m, before) || len(left) > 0 {
			t.Fatalf("left in clear: %q of %q", left, literals)
		}
		for name, value := range m {
			if (sealed[name] != value) != slices.Contains(literals, name) {
				t.Fatalf("%q became %q", value, sealed[name])
			}
		}
		again, err := k.Seal(connector, sealed)
		if err != nil || !Equal(again, sealed) {
			t.Fatalf("sealed twice: %v, %v", again, err)
		}
		opened, err := k.Open(connector, sealed)
		if err != nil || !Equal(opened, m) {
			t.Fatalf("opened %q, %v", opened, err)
		}
		if masked := Mask(sealed); !Equal(masked, Mask(m)) || !Equal(Mask(masked), masked) {
			t.Fatalf("masked %q", masked)
		}
		if other, _ := k.Seal(connector, m); Equal(other, sealed) != (len(literals) == 0) {
			t.Fatal("a nonce was used twice")
		}
	})
}

func TestSeal_NothingGiven(t *testing.T) {
	for _, k := range []Key{newKey(t, clusterSecret), {}} {
		for _, m := range []Map{nil, {}} {
			sealed, err := k.Seal("", m)
			opened, err2 := k.Open("", m)
			if err != nil || err2 != nil || !Equal(sealed, Map{}) || !Equal(opened, Map{}) || sealed == nil || opened == nil {
				t.Errorf("%v, %v; %v, %v", sealed, err, opened, err2)
			}
			if Mask(m) == nil || len(HasLiteralSecrets(m)) > 0 {
				t.Error("something comes of nothing")
			}
		}
	}
}

// TestSeal_SameKeyOnEveryNode: a key depends on the text alone, also in the next
// release, and what was sealed once opens.
func TestSeal_SameKeyOnEveryNode(t *testing.T) {
	const stored = "${sealed:hNX5ZaYLZNhFIHu0dfxK9-JGzJsnwwHBRrklggoyXHhs5g}"
	for range 2 {
		m, err := newKey(t, clusterSecret).Open("shop", Map{"database.password": stored})
		if err != nil || m["database.password"] != hidden {
			t.Errorf("got %v, want what %s stands for: a fresh one is %s", err, stored, sealedSecret(t, newKey(t, clusterSecret)))
		}
	}
}

// TestOpen_Refuses: what was not sealed with this key for this place is an error
// that names the property, of Open and of Seal, and shows nothing.
func TestOpen_Refuses(t *testing.T) {
	k := newKey(t, clusterSecret)
	sealed := sealedSecret(t, k)
	f := func(k Key, connector, name, value string, want error) {
		t.Helper()
		for _, do := range []func(string, Map) (Map, error){k.Open, k.Seal} {
			m, err := do(connector, Map{name: value, "database.user": "u"})
			if err == nil || err.Error() != name+": "+want.Error() || m != nil {
				t.Errorf("got %v, %v, want %s: %v", m, err, name, want)
			}
		}
	}
	if !strings.Contains(errDoesNotOpen.Error(), "cluster.secret differs from the one it was sealed with") {
		t.Error(errDoesNotOpen)
	}
	f(newKey(t, clusterSecret+"x"), "shop", "database.password", sealed, errDoesNotOpen)
	f(k, "shops", "database.password", sealed, errDoesNotOpen)
	f(k, "", "database.password", sealed, errDoesNotOpen)
	f(k, "shop", "database.ssl.keystore.password", sealed, errDoesNotOpen)
	f(k, "shop", "database.hostname", sealed, errDoesNotOpen)
	f(k, "shop", "database.password", "${sealed:}", errDoesNotOpen)
	f(k, "shop", "database.password", "${sealed:"+hidden+"}", errDoesNotOpen)
	f(k, "shop", "table.include.list", "${sealed:"+hidden+"}", errDoesNotOpen)
	f(k, "shop", "database.password", "x"+sealed, errInside)
	f(k, "shop", "database.password", sealed+"\n", errInside)
	f(k, "shop", "database.password", sealed+sealed, errInside)
	f(k, "shop", "database.password", "${env:X}"+sealed, errInside)
	f(Key{}, "shop", "database.password", sealed, errNoKeyToOpen)
}

// TestOpen_PlacesAreDistinct: no two pairs of a connector and a property are one
// place, not even where names hold what keeps them apart.
func TestOpen_PlacesAreDistinct(t *testing.T) {
	k := newKey(t, clusterSecret)
	sealed, err := k.Seal("a", Map{"b\x00password": hidden})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open("a\x00b", Map{"password": sealed["b\x00password"]}); err == nil || strings.Contains(err.Error(), hidden) {
		t.Error(err)
	}
	if _, err := k.Seal("a\x00b", Map{}); err == nil {
		t.Error("a name with a NUL was taken")
	}
}

func TestSeal_NamesEveryProblem(t *testing.T) {
	m := Map{"b.token": "${sealed:x}", "a.token": "1${sealed:x}", "c.token": hidden, "d": hidden, "e.token": "${env:X}"}
	_, err := Key{}.Seal("shop", m)
	want := "a.token: " + errInside.Error() + "\nb.token: " + errNoKeyToOpen.Error() + "\nc.token: " + errNoKey.Error()
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if names := HasLiteralSecrets(m); !slices.Equal(names, []string{"a.token", "c.token"}) {
		t.Error(names)
	}
}

// TestOpen_EveryFlippedBit: no change of a sealed value opens as anything.
func TestOpen_EveryFlippedBit(t *testing.T) {
	k := newKey(t, clusterSecret)
	sealed := sealedSecret(t, k)
	for i := range 8 * len(sealed) {
		b := []byte(sealed)
		b[i/8] ^= 1 << (i % 8)
		m, err := k.Open("shop", Map{"database.password": string(b)})
		if err == nil && (holdsSealed(string(b)) || m["database.password"] != string(b)) {
			t.Errorf("bit %d: %q opened", i, b)
		}
	}
	text, _ := cutSealed(sealed)
	raw, err := sealedText.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 * len(raw) {
		b := slices.Clone(raw)
		b[i/8] ^= 1 << (i % 8)
		if _, err := k.Open("shop", Map{"database.password": "${sealed:" + sealedText.EncodeToString(b) + "}"}); err == nil {
			t.Errorf("bit %d of the bytes: opened", i)
		}
	}
	for n := range raw {
		if _, err := k.Open("shop", Map{"database.password": "${sealed:" + sealedText.EncodeToString(raw[:n]) + "}"}); err == nil {
			t.Errorf("the first %d bytes opened", n)
		}
	}
}

// TestParse_RefusesSealed: a configuration that was not opened is not run, and
// what is sealed is not shown.
func TestParse_RefusesSealed(t *testing.T) {
	k := newKey(t, clusterSecret)
	sealed := sealedSecret(t, k)
	text, _ := cutSealed(sealed)
	const want = ": ${sealed:…}: the value is sealed with the cluster.secret of a cluster, and was not opened"
	for _, name := range []string{"database.password", "database.hostname", "un.known", "driver.x"} {
		for _, value := range []string{sealed, "x" + sealed} {
			v, warnings, err := Parse(minimal(name, value))
			if err == nil || !strings.Contains(err.Error(), name+want) {
				t.Errorf("%s: %v", name, err)
			}
			if all := fmt.Sprint(warnings, err, v); strings.Contains(all, text) || v.Secret(name).Reveal() == value {
				t.Errorf("%s: shows or passes on %s", name, all)
			}
		}
	}
}

// TestOpen_LeavesReferencesToParse: a secret with a reference in it comes back as
// it was written, and is resolved on the node that runs the connector.
func TestOpen_LeavesReferencesToParse(t *testing.T) {
	k := newKey(t, clusterSecret)
	sealed, err := k.Seal("shop", minimal("database.password", "pre${env:CDCD_SEAL}", "database.user", "${env:CDCD_SEAL}"))
	if err != nil || strings.Contains(sealed["database.password"], "CDCD_SEAL") {
		t.Fatal(sealed, err)
	}
	t.Setenv("CDCD_SEAL", "x")
	opened, err := k.Open("shop", sealed)
	if err != nil || opened["database.password"] != "pre${env:CDCD_SEAL}" {
		t.Fatal(opened, err)
	}
	v, _, err := Parse(opened)
	if err != nil || v.Secret("database.password").Reveal() != "prex" || v.Text("database.user") != "x" {
		t.Error(err)
	}
}

func TestMask(t *testing.T) {
	f := func(name, value, want string) {
		t.Helper()
		if got := Mask(Map{name: value}); !Equal(got, Map{name: want}) {
			t.Errorf("%s=%s: %v", name, value, got)
		}
	}
	f("database.password", hidden, mask)
	f("database.password", "a much longer "+hidden, mask)
	f("database.password", "${env:X}", "${env:X}")
	f("database.password", "pre${env:X}", mask)
	f("database.password", "${sealed:AAAA}", mask)
	f("database.password", "", "")
	f("table.include.list", "${sealed:AAAA}", mask) // sealed when the name was a secret's
	f("table.include.list", "x${sealed:AAAA}", mask)
	f("database.user", "u", "u")
	f("database.user", "${file:/a}", "${file:/a}")
}

func TestEqual(t *testing.T) {
	f := func(a, b Map, want bool) {
		t.Helper()
		if Equal(a, b) != want || Equal(b, a) != want {
			t.Errorf("%v and %v: want %v", a, b, want)
		}
	}
	f(nil, Map{}, true)
	f(Map{"a": "1"}, Map{"a": "1"}, true)
	f(Map{"a": "1"}, Map{"a": "2"}, false)
	f(Map{"a": "1"}, Map{"b": "1"}, false)
	f(Map{"a": ""}, Map{}, false)
}

// FuzzOpen: nobody without the key makes a value that opens, and an error has a
// fixed text.
func FuzzOpen(f *testing.F) {
	k := newKey(f, clusterSecret)
	sealed := sealedSecret(f, k)
	for _, value := range []string{"", "x", "${env:X}", "${sealed:}", "${sealed:AAAA}", sealed, sealed[:len(sealed)-1], sealed + sealed, "x" + sealed, "${sealed:${sealed:}}"} {
		f.Add("shop", value)
	}
	f.Add("sho", sealed)
	f.Add("a\x00b", sealed)
	texts := []string{
		"the connector's name has a NUL in it",
		"database.password: " + errDoesNotOpen.Error(),
		"database.password: " + errInside.Error(),
	}
	f.Fuzz(func(t *testing.T, connector, value string) {
		m, err := k.Open(connector, Map{"database.password": value})
		if err != nil {
			if m != nil || !slices.Contains(texts, err.Error()) {
				t.Fatalf("%v, %v", m, err)
			}
			return
		}
		got := m["database.password"]
		if holdsSealed(value) && (got != hidden || connector != "shop") || !holdsSealed(value) && got != value {
			t.Fatalf("%q of %q opened as %q", value, connector, got)
		}
	})
}
