package checker

import (
	"fmt"
	"strconv"
	"strings"
)

// txnID is the id of a source transaction without its text: a GTID of either
// flavor, or file:pos.
type txnID struct {
	source int32 // what stands before the number, "uuid:", "0-1-" or "binlog.000001:"
	number uint64
}

// names numbers texts. The zero value is ready.
type names struct {
	list  []string
	index map[string]int32
}

func (n *names) number(text string) int32 {
	i, ok := n.index[text]
	if !ok {
		if n.index == nil {
			n.index = map[string]int32{}
		}
		i = int32(len(n.list))
		n.list, n.index[text] = append(n.list, text), i
	}
	return i
}

// parseID splits an id in two, so that millions of them take little memory.
func (n *names) parseID(id string) (txnID, error) {
	i := strings.LastIndexAny(id, ":-") + 1
	number, err := strconv.ParseUint(id[i:], 10, 64)
	if err != nil || i == 0 {
		return txnID{}, fmt.Errorf("%q is not the id of a transaction", id)
	}
	return txnID{source: n.number(strings.ToLower(id[:i])), number: number}, nil
}

func (n *names) id(id txnID) string { return n.list[id.source] + strconv.FormatUint(id.number, 10) }

// place is a place in a binlog.
type place struct {
	file   string
	offset int64
}

// compare orders places: a longer name of a file is of a higher number.
func (p place) compare(q place) int {
	switch {
	case len(p.file) != len(q.file):
		return len(p.file) - len(q.file)
	case p.file != q.file:
		return strings.Compare(p.file, q.file)
	case p.offset != q.offset:
		return int(p.offset - q.offset)
	}
	return 0
}
