package format

import (
	"cmp"
	"slices"
	"unicode/utf16"
)

// HashSetCopy is the order of a java.util.HashSet that was made of another one, to
// which the names were added.
func HashSetCopy(names []string) []string {
	first := slices.Clone(names)
	sortByHash(first, grown(len(first)), itself)
	return HashSetOf(first)
}

// HashSetOf is the order of a java.util.HashSet that was made of a list of names.
func HashSetOf(names []string) []string {
	out := slices.Clone(names)
	sortByHash(out, max(16, roomy(len(out))), itself)
	return out
}

// ConcurrentOrder is the order of a java.util.concurrent.ConcurrentHashMap to which
// the names were added. It grows when three quarters are full, and turns entries of one
// bucket around then.
func ConcurrentOrder(names []string) (out []string) {
	buckets := make([][]string, 16)
	for i, name := range names {
		at := bucket(name, uint32(len(buckets)))
		buckets[at] = append(buckets[at], name)
		if (i+1)*4 >= len(buckets)*3 {
			buckets = transferred(buckets)
		}
	}
	return slices.Concat(buckets...)
}

// transferred are the buckets of a ConcurrentHashMap with twice the capacity. The
// entries at the end of a bucket that go on together stay as they are, those before
// them are put in front, one by one.
// Source: java.util.concurrent.ConcurrentHashMap.transfer on OpenJDK 17.
func transferred(old [][]string) [][]string {
	capacity := uint32(2 * len(old))
	next := make([][]string, capacity)
	for _, names := range old {
		if len(names) == 0 {
			continue
		}
		run, goes := len(names)-1, bucket(names[len(names)-1], capacity)
		for run > 0 && bucket(names[run-1], capacity) == goes {
			run--
		}
		next[goes] = names[run:]
		for _, name := range names[:run] {
			at := bucket(name, capacity)
			next[at] = append([]string{name}, next[at]...)
		}
	}
	return next
}

func itself(name string) string { return name }

// roomy is the capacity of a java.util.HashMap that was made for n entries, n > 0.
func roomy(n int) uint32 {
	capacity := uint32(1)
	for capacity < uint32(n*4/3+1) {
		capacity *= 2
	}
	return capacity
}

// grown is the capacity of a java.util.HashMap to which n entries were added.
func grown(n int) uint32 {
	capacity := uint32(16)
	for uint32(n)*4 > capacity*3 {
		capacity *= 2
	}
	return capacity
}

// sortByHash orders entries by their bucket; within one the first stays first.
func sortByHash[T any](entries []T, capacity uint32, name func(T) string) {
	slices.SortStableFunc(entries, func(a, b T) int { return cmp.Compare(bucket(name(a), capacity), bucket(name(b), capacity)) })
}

// bucket is where a java.util.HashMap of that capacity has a String.
func bucket(name string, capacity uint32) uint32 {
	h := uint32(0)
	for _, u := range utf16.Encode([]rune(name)) {
		h = 31*h + uint32(u)
	}
	return (h ^ h>>16) & (capacity - 1)
}
