package binlog

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// jsonLeg is one step of a path: to the member of an object, or to the cell of
// an array.
type jsonLeg struct {
	cell    bool
	key     []byte
	index   int
	fromEnd bool // index counts from the last cell
}

var errJSONPath = errors.New("the path of a JSON difference cannot be read")

// parseJSONPath reads a path as the server writes it into a difference: "$",
// then legs as .name, ."quoted name", [3], [last] or [last-3]. It names one
// value: wildcards and ranges are refused.
// Source: MySQL sql-common/json_path.cc, Json_path::to_string and parse_path.
func parseJSONPath(s string) ([]jsonLeg, error) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(s, jsonBlanks), "$")
	var legs []jsonLeg
	for ok {
		rest = strings.TrimLeft(rest, jsonBlanks)
		if rest == "" {
			return legs, nil
		}
		var leg jsonLeg
		leg, rest, ok = parseJSONLeg(rest)
		if legs = append(legs, leg); len(legs) > maxJSONDepth {
			break
		}
	}
	return nil, errJSONPath
}

// jsonBlanks are what may stand between the parts of a path.
const jsonBlanks = " \t\n\r"

func parseJSONLeg(s string) (leg jsonLeg, rest string, ok bool) {
	switch s[0] {
	case '.':
		return parseJSONMember(strings.TrimLeft(s[1:], jsonBlanks))
	case '[':
		return parseJSONCell(s[1:])
	default:
		return jsonLeg{}, "", false
	}
}

// parseJSONMember reads a name: an ECMAScript identifier, or a JSON string.
func parseJSONMember(s string) (leg jsonLeg, rest string, ok bool) {
	end := strings.IndexAny(s, jsonBlanks+".[*")
	quoted := strings.HasPrefix(s, `"`)
	if quoted {
		end = closingQuote(s)
	}
	if end < 0 && !quoted {
		end = len(s)
	}
	if end <= 0 {
		return jsonLeg{}, "", false
	}
	name := s[:end]
	switch {
	case quoted:
		if !utf8.ValidString(name) || json.Unmarshal([]byte(name), &name) != nil {
			return jsonLeg{}, "", false
		}
	case !isIdentifier(name):
		return jsonLeg{}, "", false
	}
	return jsonLeg{key: []byte(name)}, s[end:], true
}

// closingQuote returns the offset behind the string that s begins with, -1 when
// it does not close.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// isIdentifier reports whether a name needs no quotes.
func isIdentifier(s string) bool {
	for i, c := range s {
		switch {
		case unicode.IsLetter(c), unicode.Is(unicode.Nl, c), c == '$', c == '_':
		case i > 0 && (unicode.IsDigit(c) || unicode.IsMark(c) || unicode.Is(unicode.Pc, c) || c == '\u200c' || c == '\u200d'):
		default:
			return false
		}
	}
	return utf8.ValidString(s)
}

// parseJSONCell reads what is behind an opening bracket.
func parseJSONCell(s string) (leg jsonLeg, rest string, ok bool) {
	inner, rest, ok := strings.Cut(s, "]")
	if !ok {
		return jsonLeg{}, "", false
	}
	leg.cell = true
	inner = strings.Trim(inner, jsonBlanks)
	if after, last := strings.CutPrefix(inner, "last"); last {
		leg.fromEnd = true
		if inner = strings.TrimLeft(after, jsonBlanks); inner == "" {
			return leg, rest, true
		}
		if inner, ok = strings.CutPrefix(inner, "-"); !ok {
			return jsonLeg{}, "", false
		}
		inner = strings.TrimLeft(inner, jsonBlanks)
	}
	n, err := strconv.ParseUint(inner, 10, 32)
	leg.index = int(min(n, math.MaxInt32))
	return leg, rest, err == nil
}

// in returns the cell of an array of n that the leg means, and whether it
// exists.
func (l *jsonLeg) in(n int) (int, bool) {
	if !l.fromEnd {
		return l.index, l.index < n
	}
	return n - 1 - l.index, l.index < n
}
