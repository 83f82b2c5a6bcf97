package checker

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// position is where a state record or a server says that reading stands. It is
// read here and not by the product's own code.
type position struct {
	gtids   map[string][]span // MySQL: closed spans by uuid and tag, in order
	domains map[string]uint64 // MariaDB: the last number of each domain
	place   place             // compared only where there are no GTIDs
}

// span is a closed range of transaction numbers.
type span struct{ first, last uint64 }

// parsePosition reads a MySQL or MariaDB GTID set, or file:pos.
func parsePosition(s string) (position, error) {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == ' ' {
			return -1
		}
		return r
	}, s)
	parts := strings.Split(s, ",")
	switch {
	case s == "":
		return position{gtids: map[string][]span{}}, nil
	case isUUID(parts[0]):
		return mysqlSet(parts)
	case strings.Count(parts[0], "-") == 2 && !strings.Contains(parts[0], ":"):
		return mariadbSet(parts)
	}
	i := strings.LastIndexByte(s, ':')
	offset, err := strconv.ParseInt(s[i+1:], 10, 64)
	if err != nil || i < 0 {
		return position{}, fmt.Errorf("%q is not a position", s)
	}
	return position{place: place{s[:i], offset}}, nil
}

func isUUID(s string) bool { return len(s) > 36 && s[36] == ':' && strings.Count(s[:36], "-") == 4 }

// mysqlSet reads uuid:1-5:7:tag:1-3, several of them.
func mysqlSet(parts []string) (position, error) {
	p := position{gtids: map[string][]span{}}
	for _, part := range parts {
		if !isUUID(part) {
			return p, fmt.Errorf("%q is not part of a GTID set", part)
		}
		uuid := strings.ToLower(part[:37])
		source := uuid
		for item := range strings.SplitSeq(part[37:], ":") {
			if s, ok := parseSpan(item); ok {
				p.gtids[source] = append(p.gtids[source], s)
			} else {
				source = uuid + strings.ToLower(item) + ":"
			}
		}
	}
	for source := range p.gtids {
		p.gtids[source] = merge(p.gtids[source])
	}
	return p, nil
}

func parseSpan(s string) (span, bool) {
	first, last, two := strings.Cut(s, "-")
	if !two {
		last = first
	}
	a, err1 := strconv.ParseUint(first, 10, 64)
	b, err2 := strconv.ParseUint(last, 10, 64)
	return span{a, b}, err1 == nil && err2 == nil && a <= b
}

// merge sorts spans and joins those that touch.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int {
		if a.first < b.first {
			return -1
		}
		return 1
	})
	out := spans[:1]
	for _, s := range spans[1:] {
		if end := &out[len(out)-1]; s.first <= end.last+1 {
			end.last = max(end.last, s.last)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func mariadbSet(parts []string) (position, error) {
	p := position{domains: map[string]uint64{}}
	for _, part := range parts {
		domain, rest, _ := strings.Cut(part, "-")
		_, number, _ := strings.Cut(rest, "-")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return p, fmt.Errorf("%q is not part of a GTID set", part)
		}
		p.domains[domain] = max(p.domains[domain], n)
	}
	return p, nil
}

// holds reports whether the transaction that ends at end, of that id, is behind
// the position.
func (p position) holds(source string, number uint64, end place) bool {
	switch {
	case p.gtids != nil:
		return slices.ContainsFunc(p.gtids[source], func(s span) bool { return s.first <= number && number <= s.last })
	case p.domains != nil:
		domain, _, _ := strings.Cut(source, "-")
		return number <= p.domains[domain]
	}
	return end.compare(p.place) <= 0
}

// falls says what of q is before p, or nothing when q is p or later.
func (p position) falls(q position) string {
	switch {
	case (p.gtids == nil) != (q.gtids == nil) || (p.domains == nil) != (q.domains == nil):
		return "the kind of the position changed"
	case p.gtids != nil:
		for _, source := range slices.Sorted(maps.Keys(p.gtids)) {
			if !within(p.gtids[source], q.gtids[source]) {
				return source + " has transactions that are missing later"
			}
		}
	case p.domains != nil:
		for _, domain := range slices.Sorted(maps.Keys(p.domains)) {
			if q.domains[domain] < p.domains[domain] {
				return fmt.Sprintf("domain %s goes from %d back to %d", domain, p.domains[domain], q.domains[domain])
			}
		}
	case p.place.compare(q.place) > 0:
		return fmt.Sprintf("%s:%d goes back to %s:%d", p.place.file, p.place.offset, q.place.file, q.place.offset)
	}
	return ""
}

// within reports whether every span of a is inside one of b, both merged.
func within(a, b []span) bool {
	for _, s := range a {
		if !slices.ContainsFunc(b, func(t span) bool { return t.first <= s.first && s.last <= t.last }) {
			return false
		}
	}
	return true
}
