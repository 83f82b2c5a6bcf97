package format

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

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

func underscore(uint16) string { return "_" }

// unicodeEscape prints as many digits as there are, and two zeros in front of two
// or one.
// Source: UnicodeReplacementFunction.
func unicodeEscape(u uint16) string {
	digits := strconv.FormatUint(uint64(u), 16)
	if len(digits) <= 2 {
		digits = "00" + digits
	}
	return "_u" + digits
}

func isAlphanumeric(u uint16) bool {
	return 'a' <= u && u <= 'z' || 'A' <= u && u <= 'Z' || '0' <= u && u <= '9'
}
func isFieldUnit(u uint16) bool           { return isAlphanumeric(u) || u == '_' }
func isFullNameUnit(u uint16) bool        { return isFieldUnit(u) || u == '.' }
func isTopicUnit(u uint16) bool           { return isFullNameUnit(u) || u == '-' }
func isUnicodeTopicUnit(u uint16) bool    { return isUnicodeFullNameUnit(u) || u == '-' }
func isUnicodeFullNameUnit(u uint16) bool { return isAlphanumeric(u) || u == '.' }
