package checker

import (
	"fmt"
)

// nullKey is what image.hash makes of a key that is null.
const nullKey = 1

// finalTable is what a table holds, by the sums of the rows' images; nil when it
// was not read.
type finalTable map[uint64]finalRow

// finalRow is how often there is a row, and its key as text.
type finalRow struct {
	count int
	key   string
}

// held is the row of a key, as the topics leave it.
type held struct {
	row  uint64
	part *partition
	rec  *record
}

// checkFinal proves I5: whoever applies the records of a topic, in the order of
// each partition, has the rows of the table. Records without a key are applied
// by their rows. A table whose columns changed during the run is not checked,
// since rows of both forms are in the topic.
func checkFinal(h *history) ([]Violation, []string) {
	var out []Violation
	var unchecked []string
	for i := range h.tables {
		if h.tables[i] == nil {
			continue
		}
		if why := h.altered(int16(i)); why != "" {
			unchecked = append(unchecked, fmt.Sprintf("I5 of table %s: %s", h.source.tables[i].Name, why))
			continue
		}
		out = append(out, h.compareFinal(int16(i))...)
	}
	return out, unchecked
}

// altered says why the rows in the topic cannot be compared with the table.
func (h *history) altered(table int16) string {
	want := h.source.tables[table].layout
	for _, c := range h.source.changes {
		if c.table == table && h.source.layouts[c.layout] != want {
			return "its columns changed on the way"
		}
	}
	return ""
}

func (h *history) compareFinal(table int16) []Violation {
	var out []Violation
	left := map[uint64]int{}
	for row, r := range h.tables[table] {
		left[row] = r.count
	}
	keyed, unkeyed := h.replay(table)
	for _, k := range keyed {
		if left[k.row] > 0 {
			left[k.row]--
			continue
		}
		out = append(out, h.at(Final, k.part, k.rec, "this is the last record of its key, and the table has no such row"))
	}
	for row, n := range unkeyed {
		left[row] -= n
	}
	for row, n := range left {
		if n != 0 {
			out = append(out, missing(Final, "", fmt.Sprintf("table %s: the row of key (%s) is %d times more often in the table than in the topic",
				h.source.tables[table].Name, h.tables[table][row].key, n)))
		}
	}
	return out
}

// replay applies a table's records: rows by key, and how often there is each row
// without one.
func (h *history) replay(table int16) (keyed map[uint64]held, unkeyed map[uint64]int) {
	keyed, unkeyed = map[uint64]held{}, map[uint64]int{}
	h.data(func(p *partition, r *record) {
		switch {
		case p.table != table:
		case r.key == nullKey:
			count(unkeyed, r.before, -1)
			count(unkeyed, r.after, 1)
		case r.after == 0:
			delete(keyed, r.key)
		default:
			keyed[r.key] = held{r.after, p, r}
		}
	})
	return keyed, unkeyed
}

func count(rows map[uint64]int, row uint64, n int) {
	if row != 0 {
		rows[row] += n
	}
}
