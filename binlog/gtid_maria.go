package binlog

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mariaGTID is domain-server-sequence.
type mariaGTID struct {
	domain, server uint32
	seq            uint64
}

// String prints the GTID as MariaDB does.
func (g mariaGTID) String() string { return fmt.Sprintf("%d-%d-%d", g.domain, g.server, g.seq) }

func (g mariaGTID) source() string { return fmt.Sprintf("%d-%d", g.domain, g.server) }

// mariaSet is the last GTID of each domain, sorted by domain.
type mariaSet []mariaGTID

var _ gtidSet = mariaSet(nil)

func (s mariaSet) add(g gtid) gtidSet { return s.put(g.(mariaGTID)) }

func (s mariaSet) put(g mariaGTID) mariaSet {
	i, found := slices.BinarySearchFunc(s, g.domain, func(e mariaGTID, d uint32) int { return cmp.Compare(e.domain, d) })
	if found {
		out := slices.Clone(s)
		out[i] = g
		return out
	}
	return slices.Insert(slices.Clone(s), i, g)
}

// String prints the set as gtid_binlog_pos does.
func (s mariaSet) String() string {
	parts := make([]string, len(s))
	for i, g := range s {
		parts[i] = g.String()
	}
	return strings.Join(parts, ",")
}

func parseMariaSet(text string) (mariaSet, error) {
	s := mariaSet{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		g, ok := parseMariaGTIDText(part)
		if !ok {
			return nil, badGTID(part, "is not domain-server-sequence")
		}
		s = s.put(g)
	}
	return s, nil
}

func parseMariaGTIDText(text string) (mariaGTID, bool) {
	f := strings.Split(text, "-")
	if len(f) != 3 {
		return mariaGTID{}, false
	}
	domain, err1 := strconv.ParseUint(f[0], 10, 32)
	server, err2 := strconv.ParseUint(f[1], 10, 32)
	seq, err3 := strconv.ParseUint(f[2], 10, 64)
	return mariaGTID{uint32(domain), uint32(server), seq}, err1 == nil && err2 == nil && err3 == nil
}
