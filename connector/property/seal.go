package property

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

const (
	sealedProvider = "sealed"
	// minKeyText is how long the text must be that a Key is made from. Nothing
	// slows down who guesses at it, so it must be a random one.
	minKeyText = 16
	// keyPurpose keeps the key apart from others made from the same text. What
	// changes the form of sealed values changes it, too.
	keyPurpose = "cdcd connector/property seal 1"
)

// sealedText is the form of what is sealed, without the padding that would be
// ambiguous: no two texts stand for the same bytes.
var sealedText = base64.RawURLEncoding.Strict()

// What is wrong with a value that is to be sealed or opened.
var (
	errNoKey       = errors.New("there is no cluster.secret to seal the value with: set it, or keep the value elsewhere and refer to it as ${env:NAME} or ${file:/path}")
	errNoKeyToOpen = errors.New("the value is sealed, and there is no cluster.secret to open it with")
	errDoesNotOpen = errors.New("the sealed value does not open: cluster.secret differs from the one it was sealed with, or the value was sealed for another connector or property, or has been changed")
	errInside      = errors.New("${sealed:…} cannot be a part of a value")
)

// Key seals the literal secrets of configurations, so that a configuration can
// be stored where others read it. It prints, marshals and formats as a fixed
// text. The zero Key seals and opens nothing: a value that asks for it is an
// error. A Key may be used concurrently.
type Key struct {
	// aead is a function, which fmt prints as an address: in an unexported field
	// of another struct it cannot call Format, and would print the key schedule.
	aead func() cipher.AEAD
}

// NewKey makes the key from a text that all nodes of a cluster share, the
// cluster.secret. A text of less than 16 bytes is an error; a longer one is as
// good as it is random. Equal texts make equal keys.
func NewKey(secret Secret) (Key, error) {
	if len(secret.Reveal()) < minKeyText {
		return Key{}, fmt.Errorf("cluster.secret is too short: want %d bytes or more, of random text", minKeyText)
	}
	key, err := hkdf.Key(sha256.New, []byte(secret.Reveal()), nil, keyPurpose, 32)
	if err != nil {
		return Key{}, fmt.Errorf("derive a key from cluster.secret: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Key{}, fmt.Errorf("seal with AES: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return Key{}, fmt.Errorf("seal with AES-GCM: %w", err)
	}
	return Key{func() cipher.AEAD { return aead }}, nil
}

// IsZero tells whether this is no key: nothing was configured.
func (k Key) IsZero() bool { return k.aead == nil }

// String returns a fixed text.
func (Key) String() string { return redacted }

// Format prints the fixed text for every verb and flag.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns the fixed text.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns the fixed text as a JSON string.
func (Key) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Seal returns a copy of m in which each literal secret, and each literal salt in
// a property's name, is replaced by ${sealed:…}, which opens under the same
// connector and property only. A secret that mixes references and other text is sealed whole; references alone stay,
// and so does what is sealed already. Two calls never give the same text for a
// secret: compare opened configurations. The length of a secret can be told from
// the sealed one.
//
// The error is a join of [Error], in the order of the names, without a value. It
// names a sealed value that does not open, and a secret where the Key is zero.
func (k Key) Seal(connector string, m Map) (Map, error) {
	x := tableIndex()
	return each(connector, m, func(name, value string) (string, string, error) {
		opened, err := k.openName(connector, name)
		if err != nil {
			return name, value, err
		}
		if name, err = k.sealName(connector, name); err != nil {
			return name, value, err
		}
		value, err = k.sealValue(connector, opened, value, x.secret(opened))
		return name, value, err
	})
}

func (k Key) sealValue(connector, name, value string, secret bool) (string, error) {
	switch {
	case holdsSealed(value):
		_, err := k.open(connector, name, value)
		return value, err
	case secret && literal(value):
		return k.seal(connector, name, value)
	}
	return value, nil
}

// Open returns a copy of m in which each sealed value is replaced by the text
// that Seal was given, with the references in it; [Parse] resolves them. Other
// values stay.
//
// The error is a join of [Error], in the order of the names, without a value. It
// names a sealed value that was sealed with another Key, or for another connector
// or property, or was changed.
func (k Key) Open(connector string, m Map) (Map, error) {
	return each(connector, m, func(name, value string) (string, string, error) {
		name, err := k.openName(connector, name)
		if err != nil || !holdsSealed(value) {
			return name, value, err
		}
		value, err = k.open(connector, name, value)
		return name, value, err
	})
}

func (k Key) seal(connector, name, value string) (string, error) {
	if k.IsZero() {
		return "", errNoKey
	}
	b := k.aead().Seal(nil, nil, []byte(value), place(connector, name)) //nolint:gosec // this AEAD draws the nonce itself and takes none
	return "${" + sealedProvider + ":" + sealedText.EncodeToString(b) + "}", nil
}

func (k Key) open(connector, name, value string) (string, error) {
	text, ok := cutSealed(value)
	if !ok {
		return "", errInside
	}
	if k.IsZero() {
		return "", errNoKeyToOpen
	}
	b, err := sealedText.DecodeString(text)
	if err != nil {
		return "", errDoesNotOpen // err would tell which letter is wrong
	}
	b, err = k.aead().Open(nil, nil, b, place(connector, name))
	if err != nil {
		return "", errDoesNotOpen
	}
	return string(b), nil
}

// place binds a sealed value to where it stands. There is no NUL in connector.
func place(connector, name string) []byte { return []byte(connector + "\x00" + name) }

// HasLiteralSecrets returns the names, sorted, of the properties that hold a
// secret which is neither sealed nor kept elsewhere: what to refuse where there is
// no Key.
func HasLiteralSecrets(m Map) []string {
	x := tableIndex()
	var names []string
	for name, value := range m {
		_, sealed := cutSealed(value)
		if saltLiteral(name) || !sealed && x.secret(name) && literal(value) {
			names = append(names, PublicName(name))
		}
	}
	slices.Sort(names)
	return names
}

// mask is shown instead of a secret, whatever its length.
const mask = "********"

// Mask returns a copy of m to show to people: secrets, sealed or not, and salts in
// names are replaced by a fixed text, references stay.
func Mask(m Map) Map {
	x := tableIndex()
	masked := make(Map, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		value := m[name]
		if holdsSealed(value) || x.secret(name) && literal(value) {
			value = mask
		}
		masked[maskName(masked, name)] = value
	}
	return masked
}

// Equal tells whether two configurations have the same properties with the same
// values. A secret that was sealed twice is not the same: open both before.
func Equal(a, b Map) bool { return maps.Equal(a, b) }

// each returns what change makes of the properties of a connector, or what is
// wrong with any of them.
func each(connector string, m Map, change func(name, value string) (string, string, error)) (Map, error) {
	if strings.Contains(connector, "\x00") {
		return nil, errors.New("the connector's name has a NUL in it")
	}
	changed := make(Map, len(m))
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(m)) {
		changedName, value, err := change(name, m[name])
		if err != nil {
			errs = append(errs, Error{PublicName(name), err.Error()})
		}
		changed[changedName] = value
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return changed, nil
}

// holdsSealed tells whether a sealed value is all of a value or a part of it.
func holdsSealed(value string) bool {
	return slices.ContainsFunc(reference.FindAllStringSubmatch(value, -1), func(m []string) bool { return m[1] == sealedProvider })
}

// cutSealed returns what stands in ${sealed:…} if that is all of the value.
func cutSealed(value string) (text string, ok bool) {
	text, begins := strings.CutPrefix(value, "${"+sealedProvider+":")
	text, ends := strings.CutSuffix(text, "}")
	return text, begins && ends && !strings.Contains(text, "}")
}

// literal tells whether there is more in a value than references to what is kept
// elsewhere. One whose provider is not known is no such reference: it may be a
// password that looks like one.
func literal(value string) bool {
	return value != "" && reference.ReplaceAllStringFunc(value, func(ref string) string {
		provider := reference.FindStringSubmatch(ref)[1]
		if _, known := providers[provider]; known && provider != sealedProvider {
			return ""
		}
		return ref
	}) != ""
}

// secretEnds are how names of secrets end, without the signs between words: in
// Kafka, the drivers, the schema registries and the clouds' libraries.
var secretEnds = []string{
	"password", "passwd", "passphrase", "secret", "token", "jaasconfig", "credentials",
	"userinfo", "keystorekey", "privatekey", "secretkey", "accesskey", "apikey",
}

// secret tells whether the values of a property are secrets: the table says so,
// or its name does. The name counts for every row, because the patterns of the
// table take in names that nobody has thought of.
func (x index) secret(name string) bool {
	if d, ok := x.find(name); ok && d.Type == Password {
		return true
	}
	words := strings.Map(onlyLetters, strings.ToLower(name))
	return slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(words, end) })
}

func onlyLetters(r rune) rune {
	if r < 'a' || r > 'z' {
		return -1
	}
	return r
}
