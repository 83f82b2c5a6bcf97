package snapshot

import (
	"encoding/hex"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// Where keys are between two: only guesses, for which the server is asked then.

// quarter is where the guess of a try lies between two values, in quarters.
func quarter(try int) int64 { return [splitTries]int64{2, 1, 3}[try] }

// betweenNumbers guesses between decimal numbers of one scale.
func betweenNumbers(low, high string, try int) string {
	_, fraction, _ := strings.Cut(low, ".")
	var a, b big.Int
	a.SetString(strings.Replace(low, ".", "", 1), 10)
	b.SetString(strings.Replace(high, ".", "", 1), 10)
	middle := between(&a, &b, try)
	return pointed(strings.TrimPrefix(middle.String(), "-"), middle.Sign() < 0, len(fraction))
}

func between(a, b *big.Int, try int) *big.Int {
	d := new(big.Int).Sub(b, a)
	d.Mul(d, big.NewInt(quarter(try)))
	d.Rsh(d, 2) // rounds down
	return d.Add(d, a)
}

// betweenFloats halves the order of magnitude, as the bits of a double do.
func betweenFloats(low, high string, try int) string {
	ordered := func(text string) *big.Int {
		f, _ := strconv.ParseFloat(text, 64)
		n := int64(math.Float64bits(f))
		if n < 0 {
			n = math.MinInt64 - n
		}
		return big.NewInt(n)
	}
	n := between(ordered(low), ordered(high), try).Int64()
	if n < 0 {
		n = math.MinInt64 - n
	}
	return formatFloat(math.Float64frombits(uint64(n)))
}

// betweenBytes guesses between bytes in hex.
func betweenBytes(low, high string, try int) string {
	a, b := unhexed(low), unhexed(high)
	size := max(len(a), len(b)) + 1
	return "x'" + hex.EncodeToString(middleBytes(padded(a, size), padded(b, size), try)) + "'"
}

// unhexed returns the bytes of a literal that ends in x'...'.
func unhexed(literal string) []byte {
	_, digits, _ := strings.Cut(strings.TrimSuffix(literal, "'"), "x'")
	b, _ := hex.DecodeString(digits)
	return b
}

func padded(b []byte, size int) []byte { return append(b, make([]byte, max(size-len(b), 0))...) }

// middleBytes guesses between numbers of the same size, big-endian.
func middleBytes(a, b []byte, try int) []byte {
	return between(new(big.Int).SetBytes(a), new(big.Int).SetBytes(b), try).FillBytes(make([]byte, len(a)))
}

// betweenAddresses guesses between MariaDB's addresses.
func betweenAddresses(low, high string, try int) string {
	a, errA := netip.ParseAddr(strings.Trim(low, "'"))
	b, errB := netip.ParseAddr(strings.Trim(high, "'"))
	if errA != nil || errB != nil || a.BitLen() != b.BitLen() || b.Less(a) {
		return low
	}
	middle, _ := netip.AddrFromSlice(middleBytes(a.AsSlice(), b.AsSlice(), try))
	return "'" + middle.String() + "'"
}

// uuidOrder is how MariaDB orders the bytes of most UUIDs: the node, which stands
// last, comes first.
var uuidOrder = [16]int{10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3}

// betweenUUIDs guesses in that order, and in the order of the bytes when that led
// nowhere.
func betweenUUIDs(low, high string, try int) string {
	a, b := orderedUUID(low, try), orderedUUID(high, try)
	if string(a) > string(b) {
		return low
	}
	middle := middleBytes(a, b, 0)
	out := middle
	if try == 0 {
		out = make([]byte, len(middle))
		for i, at := range uuidOrder {
			out[at] = middle[i]
		}
	}
	return "'" + formatUUID(out) + "'"
}

func orderedUUID(literal string, try int) []byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(strings.Trim(literal, "'"), "-", ""))
	b = padded(b, len(uuidOrder))
	if try > 0 {
		return b
	}
	out := make([]byte, len(uuidOrder))
	for i, at := range uuidOrder {
		out[i] = b[at]
	}
	return out
}

// betweenTimes guesses between dates and times, whose months have 28 days here: so
// each guess is a date.
func betweenTimes(low, high string, try int) string {
	form := timeFormOf(low)
	return form.print(between(form.number(low), form.number(high), try).Int64())
}

// betweenTexts guesses between texts by the characters behind what they have in
// common: that most collations order digits before letters, and these by the
// alphabet, is all that it knows of them. It counts characters up to most.
func betweenTexts(low, high string, try int, most int64) string {
	a, b := []rune(string(unhexed(low))), []rune(string(unhexed(high)))
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	alphabet := alphabetOf(a[same:], b[same:], most)
	x, y := alphabet.number(a[same:]), alphabet.number(b[same:])
	if x.Cmp(y) > 0 {
		x, y = y, x
	}
	text := string(a[:same]) + alphabet.text(between(x, y, try))
	return "_utf8mb4 x'" + hex.EncodeToString([]byte(text)) + "'"
}

// alphabet numbers characters.
type alphabet struct {
	size  int64 // how many numbers there are
	upper bool  // letters are capitals
}

// letters are 0 for what comes before digits, then digits and letters.
const letters = 1 + 10 + 26

// digitsOfText is how many characters of a text are guessed.
const digitsOfText = 6

func alphabetOf(a, b []rune, most int64) alphabet {
	s := alphabet{size: letters}
	for _, r := range append(append([]rune(nil), a...), b...) {
		s.upper = s.upper || unicode.IsUpper(r)
		if s.rank(r) >= s.size {
			s.size = most
		}
	}
	return s
}

func (s alphabet) rank(r rune) int64 {
	switch lower := unicode.ToLower(r); {
	case r >= '0' && r <= '9':
		return int64(r-'0') + 1
	case lower >= 'a' && lower <= 'z':
		return int64(lower-'a') + 11
	case r < 0x80:
		return 0
	default:
		return int64(r) + letters - 0x80
	}
}

func (s alphabet) rune(rank int64) rune {
	switch {
	case rank == 0:
		return ' '
	case rank <= 10:
		return '0' + rune(rank-1)
	case rank < letters && s.upper:
		return 'A' + rune(rank-11)
	case rank < letters:
		return 'a' + rune(rank-11)
	}
	r := rune(rank - letters + 0x80)
	if r >= 0xd800 && r < 0xe000 { // no characters
		return 0xd7ff
	}
	return r
}

func (s alphabet) number(text []rune) *big.Int {
	n := new(big.Int)
	for i := range digitsOfText {
		n.Mul(n, big.NewInt(s.size))
		if i < len(text) {
			n.Add(n, big.NewInt(min(s.rank(text[i]), s.size-1)))
		}
	}
	return n
}

func (s alphabet) text(n *big.Int) string {
	var runes [digitsOfText]rune
	size, rank := big.NewInt(s.size), new(big.Int)
	n = new(big.Int).Set(n)
	for i := len(runes) - 1; i >= 0; i-- {
		n.QuoRem(n, size, rank)
		runes[i] = s.rune(rank.Int64())
	}
	return strings.TrimRight(string(runes[:]), " ")
}
