package snapshot

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"cdcd/schema"
)

// placeBatch is how many keys one statement asks for.
const placeBatch = 200

// place returns for each key in which part it lies: i for the part that ends with
// bounds[i], which is in it, and len(bounds) behind the last. The bounds are in
// order. Only what cannot be told here is asked of the server, which compares as it
// does in [keys.where]; the session is asked for then.
func place(ctx context.Context, session func(context.Context) (Session, error), k keys, bounds, keys []Key) ([]int, error) {
	parts := make([]int, len(keys))
	var open []int
	for i, key := range keys {
		var known bool
		if parts[i], known = k.find(bounds, key); !known {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return parts, nil
	}
	q, err := session(ctx)
	if err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(open, placeBatch) {
		if err := k.ask(ctx, q, bounds, keys, batch, parts); err != nil {
			return nil, fmt.Errorf("compare keys of table %s: %w", k.table.ID, untold(err))
		}
	}
	return parts, nil
}

// find is place without the server; false where it is needed.
func (k keys) find(bounds []Key, key Key) (int, bool) {
	known := true
	part := sort.Search(len(bounds), func(i int) bool {
		c, ok := k.compare(key, bounds[i])
		known = known && ok
		return c <= 0
	})
	return part, known
}

// ask asks the server for the parts of some keys.
func (k keys) ask(ctx context.Context, q Session, bounds, keys []Key, some, parts []int) error {
	ranks := k.ranks(bounds, keys, some)
	rows := []string{k.head()}
	for _, i := range some {
		rows = append(rows, "SELECT "+strconv.Itoa(i)+", "+strings.Join(ranks.key(keys[i]), ", "))
	}
	placed := make([]Key, len(bounds))
	for i := range bounds {
		placed[i] = ranks.key(bounds[i])
	}
	answer, err := q.Query(ctx, "SELECT i, "+ranks.search(placed, 0)+
		" FROM ("+strings.Join(rows, " UNION ALL ")+") keys_to_place")
	if err != nil {
		return err
	}
	if len(answer) != len(some) {
		return errAnswer
	}
	for _, row := range answer {
		i, errI := strconv.Atoi(row[0].String)
		part, errPart := strconv.Atoi(row[len(row)-1].String)
		if errI != nil || errPart != nil || !slices.Contains(some, i) {
			return errAnswer
		}
		parts[i] = part
	}
	return nil
}

// head is the first of the selects whose union are keys: of no rows, it gives the
// columns that only the server can compare their types and collations.
func (k keys) head() string {
	columns := []string{"0 AS i"}
	for j := range k.parts {
		value := "0"
		if k.parts[j].compare == nil {
			value = k.parts[j].name
		}
		columns = append(columns, value+" AS "+keyColumn(j))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + schema.Backquoted(k.table.ID) + " WHERE FALSE"
}

func keyColumn(j int) string { return "k" + strconv.Itoa(j) }

// ranks writes keys with numbers for the columns that can be compared here, in the
// same order: so the server needs none of their types.
type ranks struct {
	keys
	values [][]string // of each column, in order; nil where the server compares
}

func (k keys) ranks(bounds, keys []Key, some []int) ranks {
	r := ranks{keys: k, values: make([][]string, len(k.parts))}
	for j := range k.parts {
		compare := k.parts[j].compare
		if compare == nil {
			continue
		}
		for _, key := range bounds {
			r.values[j] = append(r.values[j], key[j])
		}
		for _, i := range some {
			r.values[j] = append(r.values[j], keys[i][j])
		}
		slices.SortFunc(r.values[j], compare)
		r.values[j] = slices.CompactFunc(r.values[j], func(a, b string) bool { return compare(a, b) == 0 })
	}
	return r
}

func (r ranks) key(key Key) Key {
	out := slices.Clone(key)
	for j, values := range r.values {
		if values != nil {
			rank, _ := slices.BinarySearchFunc(values, key[j], r.parts[j].compare)
			out[j] = strconv.Itoa(rank)
		}
	}
	return out
}

// search is the expression that finds the part of a key, of those from first on.
func (r ranks) search(bounds []Key, first int) string {
	if len(bounds) == 0 {
		return strconv.Itoa(first)
	}
	parts := make([]keyPart, len(r.parts))
	for j := range parts {
		parts[j].name = keyColumn(j)
	}
	i := len(bounds) / 2
	return "IF(" + bound(parts, bounds[i], "<", "<=") + ", " +
		r.search(bounds[:i], first) + ", " + r.search(bounds[i+1:], first+i+1) + ")"
}
