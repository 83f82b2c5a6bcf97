package property

import "strings"

// Names of properties hold nothing secret, but for those that hash columns: there
// the salt is a part of the name.

// cutSalt divides the name of a property that hashes columns into what anybody may
// see and the salt. All of a name that is misspelt behind its beginning counts as
// the salt.
func cutSalt(name string) (public, salt string, ok bool) {
	const begins, salted = "column.mask.hash.", ".with.salt."
	if !strings.HasPrefix(name, begins) {
		return name, "", false
	}
	if i := strings.Index(name, salted); i >= 0 {
		return name[:i+len(salted)], name[i+len(salted):], true
	}
	return begins, name[len(begins):], true
}

// PublicName is the name of a property for people: a literal salt is replaced by a
// fixed text.
func PublicName(name string) string {
	if public, salt, ok := cutSalt(name); ok && (literal(salt) || holdsSealed(salt)) {
		return public + mask
	}
	return name
}

// resolveName replaces the references in a salt.
func resolveName(name string) (string, error) {
	public, salt, ok := cutSalt(name)
	if !ok {
		return name, nil
	}
	resolved, err := Resolve(salt)
	if err != nil {
		return name, err
	}
	return public + resolved, nil
}

// saltLiteral tells whether the name of a property holds a salt that is neither
// sealed nor kept elsewhere.
func saltLiteral(name string) bool {
	_, salt, ok := cutSalt(name)
	return ok && literal(salt) && !holdsSealed(salt)
}

// sealName seals a literal salt. One that is sealed already stays.
func (k Key) sealName(connector, name string) (string, error) {
	if !saltLiteral(name) {
		return name, nil
	}
	public, salt, _ := cutSalt(name)
	sealed, err := k.seal(connector, public, salt)
	return public + sealed, err
}

// openName is the inverse of sealName.
func (k Key) openName(connector, name string) (string, error) {
	public, salt, ok := cutSalt(name)
	if !ok || !holdsSealed(salt) {
		return name, nil
	}
	opened, err := k.open(connector, public, salt)
	return public + opened, err
}

// maskName adds to the masked name of a property what makes it another than those
// in m: salts differ, and are not shown.
func maskName(m Map, name string) string {
	name = PublicName(name)
	for _, taken := m[name]; taken; _, taken = m[name] {
		name += mask[:1]
	}
	return name
}
