package binlog

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// sid names the origin of MySQL transactions: server uuid and optional tag.
type sid struct {
	uuid [16]byte
	tag  string
}

func (s sid) compare(o sid) int {
	if c := slices.Compare(s.uuid[:], o.uuid[:]); c != 0 {
		return c
	}
	return cmp.Compare(s.tag, o.tag)
}

// mysqlGTID is uuid:gno or uuid:tag:gno.
type mysqlGTID struct {
	sid sid
	gno uint64
}

// String prints the GTID as gtid_next would.
func (g mysqlGTID) String() string {
	b := appendUUID(make([]byte, 0, 64), g.sid.uuid)
	if g.sid.tag != "" {
		b = append(append(b, ':'), g.sid.tag...)
	}
	return string(strconv.AppendUint(append(b, ':'), g.gno, 10))
}

func (g mysqlGTID) source() string { return g.sid.source() }

// source is the server uuid, whatever the tag is.
func (s sid) source() string { return string(appendUUID(nil, s.uuid)) }

func appendUUID(b []byte, u [16]byte) []byte {
	b = append(hex.AppendEncode(b, u[:4]), '-')
	b = append(hex.AppendEncode(b, u[4:6]), '-')
	b = append(hex.AppendEncode(b, u[6:8]), '-')
	b = append(hex.AppendEncode(b, u[8:10]), '-')
	return hex.AppendEncode(b, u[10:])
}

// interval is first to last, both included.
type interval struct{ first, last uint64 }

// sidIntervals is one origin's transactions: sorted, disjoint, not adjacent.
type sidIntervals struct {
	sid       sid
	intervals []interval
}

// mysqlSet is an immutable set of MySQL GTIDs. Transactions of one origin
// mostly arrive in order, so the last interval of one origin is kept apart:
// extending it copies three words, not the set.
type mysqlSet struct {
	sids []sidIntervals // sorted by sid; never changed once shared
	hot  int            // index into sids whose last interval really ends at end
	end  uint64         // 0 when there is no hot interval
}

var _ gtidSet = (*mysqlSet)(nil)

func (s *mysqlSet) add(g gtid) gtidSet {
	m := g.(mysqlGTID)
	if s.end != 0 && s.end+1 == m.gno && s.sids[s.hot].sid == m.sid {
		return &mysqlSet{sids: s.sids, hot: s.hot, end: m.gno}
	}
	return s.rebase(m)
}

// rebase folds the hot interval back, inserts g and makes its interval hot.
func (s *mysqlSet) rebase(g mysqlGTID) *mysqlSet {
	sids := slices.Clone(s.sids)
	if s.end != 0 {
		iv := slices.Clone(sids[s.hot].intervals)
		iv[len(iv)-1].last = s.end
		sids[s.hot].intervals = iv
	}
	i, found := slices.BinarySearchFunc(sids, g.sid, func(e sidIntervals, k sid) int { return e.sid.compare(k) })
	if !found {
		sids = slices.Insert(sids, i, sidIntervals{sid: g.sid})
	}
	iv := insertInterval(sids[i].intervals, interval{g.gno, g.gno})
	sids[i].intervals = iv
	return &mysqlSet{sids: sids, hot: i, end: iv[len(iv)-1].last}
}

// insertInterval returns the union of sorted intervals and n as a new slice.
func insertInterval(in []interval, n interval) []interval {
	out := make([]interval, 0, len(in)+1)
	for i, v := range in {
		switch {
		case v.last+1 < n.first:
			out = append(out, v)
		case n.last+1 < v.first:
			return append(append(out, n), in[i:]...)
		default:
			n = interval{min(v.first, n.first), max(v.last, n.last)}
		}
	}
	return append(out, n)
}

// String prints the set as gtid_executed does: origins sorted, tags behind
// their uuid.
func (s *mysqlSet) String() string {
	var b []byte
	for i, e := range s.sids {
		switch {
		case i > 0 && s.sids[i-1].sid.uuid == e.sid.uuid:
		case i > 0:
			b = appendUUID(append(b, ','), e.sid.uuid)
		default:
			b = appendUUID(b, e.sid.uuid)
		}
		if e.sid.tag != "" {
			b = append(append(b, ':'), e.sid.tag...)
		}
		for j, v := range e.intervals {
			if s.end != 0 && i == s.hot && j == len(e.intervals)-1 {
				v.last = s.end
			}
			b = appendInterval(append(b, ':'), v)
		}
	}
	return string(b)
}

func appendInterval(b []byte, v interval) []byte {
	b = strconv.AppendUint(b, v.first, 10)
	if v.last > v.first {
		b = strconv.AppendUint(append(b, '-'), v.last, 10)
	}
	return b
}

func parseMySQLSet(text string) (*mysqlSet, error) {
	s := &mysqlSet{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if err := s.parseOrigin(part); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// parseOrigin reads uuid[:tag][:interval]... into s, which is not shared yet.
func (s *mysqlSet) parseOrigin(part string) error {
	head, rest, _ := strings.Cut(part, ":")
	key := sid{}
	if !parseUUID(head, &key.uuid) {
		return badGTID(part, "does not begin with a server uuid")
	}
	n := 0
	for field := range strings.SplitSeq(rest, ":") {
		field = strings.ToLower(strings.TrimSpace(field))
		if isTag(field) {
			key.tag = field
			continue
		}
		v, ok := parseInterval(field)
		if !ok {
			return badGTID(part, "holds an interval that is not a number or a range")
		}
		s.insert(key, v)
		n++
	}
	if n == 0 {
		return badGTID(part, "has no interval")
	}
	return nil
}

func (s *mysqlSet) insert(key sid, v interval) {
	i, found := slices.BinarySearchFunc(s.sids, key, func(e sidIntervals, k sid) int { return e.sid.compare(k) })
	if !found {
		s.sids = slices.Insert(s.sids, i, sidIntervals{sid: key})
	}
	s.sids[i].intervals = insertInterval(s.sids[i].intervals, v)
}

// without returns the set less the GTIDs of o.
func (s *mysqlSet) without(o *mysqlSet) *mysqlSet {
	out := &mysqlSet{}
	for i, e := range s.sids {
		left := slices.Clone(e.intervals)
		if s.end != 0 && i == s.hot {
			left[len(left)-1].last = s.end
		}
		for _, f := range o.sids {
			for _, cut := range f.intervals {
				if f.sid == e.sid {
					left = cutInterval(left, cut)
				}
			}
		}
		if len(left) > 0 {
			out.sids = append(out.sids, sidIntervals{e.sid, left})
		}
	}
	return out
}

// cutInterval returns sorted intervals without what lies in n.
func cutInterval(in []interval, n interval) []interval {
	var out []interval
	for _, v := range in {
		if v.last < n.first || v.first > n.last {
			out = append(out, v)
			continue
		}
		if v.first < n.first {
			out = append(out, interval{v.first, n.first - 1})
		}
		if v.last > n.last {
			out = append(out, interval{n.last + 1, v.last})
		}
	}
	return out
}

// isTag reports whether the field is a tag: it begins with a letter or an
// underscore (MySQL manual, "GTID format and storage").
func isTag(s string) bool {
	return s != "" && (s[0] == '_' || s[0] >= 'a' && s[0] <= 'z')
}

func parseInterval(s string) (interval, bool) {
	a, b, ranged := strings.Cut(s, "-")
	first, err := strconv.ParseUint(a, 10, 63)
	if err != nil || first == 0 {
		return interval{}, false
	}
	if !ranged {
		return interval{first, first}, true
	}
	last, err := strconv.ParseUint(b, 10, 63)
	return interval{first, last}, err == nil && last >= first
}

func parseUUID(s string, u *[16]byte) bool {
	s = strings.ReplaceAll(strings.TrimSpace(s), "-", "")
	b, err := hex.DecodeString(s)
	return err == nil && copy(u[:], b) == 16 && len(b) == 16
}
