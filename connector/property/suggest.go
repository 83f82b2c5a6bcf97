package property

// suggest returns the known name that a person most likely meant, "" when none
// is near.
func (x index) suggest(name string) string {
	best, nearest := "", 1+min(4, max(2, len(name)/6))
	for known, d := range x.exact {
		if d.Support == Renamed || abs(len(known)-len(name)) >= nearest+1 {
			continue
		}
		n := distance(known, name)
		if n < nearest || n == nearest && best != "" && known < best {
			best, nearest = known, n
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// distance is the number of single letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
