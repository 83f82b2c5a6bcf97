package format

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"cdcd/schema"
)

// maxTopicLength is Kafka's limit on a topic name.
const maxTopicLength = 249

// topicName is the data topic of a table, sanitised: a UTF-16 unit outside of
// [A-Za-z0-9._-] becomes '_', and what is longer than Kafka allows is cut.
// Source: DefaultTopicNamingStrategy, TopicNameSanitizer.
func topicName(prefix, delimiter string, id schema.ID) string {
	var parts []string
	for _, p := range []string{prefix, id.Database, id.Name} {
		if strings.TrimSpace(p) != "" {
			parts = append(parts, p)
		}
	}
	name := adjustUnits(strings.Join(parts, delimiter), isTopicUnit, underscore)
	switch {
	case name == "." || name == "..":
		return strings.Repeat("_", len(name))
	case len(name) > maxTopicLength:
		return name[:maxTopicLength]
	}
	return name
}

// schemaName adjusts the name of a struct schema.
// Source: SchemaNameAdjuster.
func schemaName(mode NameMode, name string) string {
	switch mode {
	case NamesAvro:
		return leadingLetter(adjustUnits(name, isFullNameUnit, underscore))
	case NamesAvroUnicode:
		return escapedDigit(adjustUnits(name, isUnicodeFullNameUnit, unicodeEscape))
	case NamesAsTheyAre:
	}
	return name
}

// fieldName adjusts the name of a field.
// Source: FieldNameSelector, FieldNameSanitizer.
func fieldName(mode NameMode, name string) string {
	switch mode {
	case NamesAvro:
		return leadingLetter(adjustUnits(name, isFieldUnit, underscore))
	case NamesAvroUnicode:
		return escapedDigit(adjustUnits(name, isAlphanumeric, unicodeEscape))
	case NamesAsTheyAre:
	}
	return name
}

// adjustUnits replaces the UTF-16 units of s that are not valid.
func adjustUnits(s string, valid func(uint16) bool, replace func(uint16) string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if valid(u) {
			b.WriteByte(byte(u))
		} else {
			b.WriteString(replace(u))
		}
	}
	return b.String()
}

// leadingLetter puts '_' in front of a name that begins with a digit.
func leadingLetter(s string) string {
	if startsWithDigit(s) {
		return "_" + s
	}
	return s
}

// escapedDigit escapes the digit that a name begins with.
func escapedDigit(s string) string {
	if startsWithDigit(s) {
		return unicodeEscape(uint16(s[0])) + s[1:]
	}
	return s
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func underscore(uint16) string      { return "_" }
func unicodeEscape(u uint16) string { return fmt.Sprintf("_u%04x", u) }

func isAlphanumeric(u uint16) bool {
	return 'a' <= u && u <= 'z' || 'A' <= u && u <= 'Z' || '0' <= u && u <= '9'
}
func isFieldUnit(u uint16) bool           { return isAlphanumeric(u) || u == '_' }
func isFullNameUnit(u uint16) bool        { return isFieldUnit(u) || u == '.' }
func isTopicUnit(u uint16) bool           { return isFullNameUnit(u) || u == '-' }
func isUnicodeFullNameUnit(u uint16) bool { return isAlphanumeric(u) || u == '.' }
