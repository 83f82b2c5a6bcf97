package snapshot

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// uniformCases are keys that lie evenly between the smallest and the largest.
func uniformCases() []keyCase {
	printed := func(format string, f func(r *rand.Rand) any) value {
		return func(r *rand.Rand) string { return fmt.Sprintf(format, f(r)) }
	}
	number := func(n int64) func(*rand.Rand) any { return func(r *rand.Rand) any { return r.Int64N(n) } }
	word := func(alphabet string, n int) value {
		return func(r *rand.Rand) string {
			var b strings.Builder
			for range n {
				b.WriteByte(alphabet[r.IntN(len(alphabet))])
			}
			return "'" + b.String() + "'"
		}
	}
	const digits, letters = "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz"
	cases := []keyCase{
		one("INT", printed("%d", number(1<<31))), one("INT UNSIGNED", printed("%d", number(1<<32))), one("BIGINT", printed("%d-4611686018427387904", number(1<<62))),
		one("BIT(40)", printed("%d", number(1<<40))), one("DECIMAL(20,4)", printed("%d.1234", number(1<<40))),
		one("DOUBLE", printed("%de-3", number(1<<50))), one("FLOAT", printed("%d", number(1<<24))),
		one("DATE", printed("'1000-01-01' + INTERVAL %d DAY", number(3_000_000))), one("DATETIME(6)", printed("'2000-01-01' + INTERVAL %d MICROSECOND", number(1<<52))),
		one("TIMESTAMP(6)", printed("'2000-01-01' + INTERVAL %d MICROSECOND", number(1<<49))), one("TIME(6)", printed("SEC_TO_TIME(%d/1000)", number(3_000_000_000))),
		one("CHAR(32) CHARACTER SET ascii", word(digits, 32)), one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", word(letters, 12)),
		one("VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci", word(digits+letters[6:], 8)),
		one("VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", func(r *rand.Rand) string { return "CONCAT('customer-'," + word(digits, 9)(r) + ")" }),
		one("VARBINARY(16)", printed("x'%016x'", func(r *rand.Rand) any { return r.Uint64() })), one("BINARY(16)", sixteenBytes),
		{name: "composite", columns: "a INT NOT NULL, b BIGINT NOT NULL, PRIMARY KEY (a, b)", row: []value{printed("%d", number(10)), printed("%d", number(1<<40))}},
		{name: "long rows", columns: "k INT NOT NULL, pad CHAR(250) NOT NULL, PRIMARY KEY (k)", row: []value{printed("%d", number(1<<31)), word(letters, 20)}},
		{name: "YEAR and more", columns: "a YEAR NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)", row: []value{printed("1950+%d", number(100)), printed("%d", number(1<<30))}},
		{
			name: "ENUM, SET and more", columns: "a ENUM('x','a','b','c') NOT NULL, b SET('p','q','r') NOT NULL, c INT NOT NULL, PRIMARY KEY (a, b, c)",
			row: []value{printed("1+%d", number(4)), printed("%d", number(8)), printed("%d", number(1<<30))},
		},
	}
	mysql := []keyCase{
		one("VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci", word(letters, 10)),
		one("CHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs", word(digits, 10)),
	}
	maria := []keyCase{
		one("UUID", printed("'%s-4000-8000-000000000000'", func(r *rand.Rand) any { return fmt.Sprintf("%08x-%04x", r.Uint32(), r.IntN(1<<16)) })),
		named("UUID of times", "UUID", printed("'00000000-0000-1000-8000-%s'", func(r *rand.Rand) any { return fmt.Sprintf("%012x", r.Uint64()>>16) })),
		one("INET4", printed("INET_NTOA(%d)", number(1<<32))),
	}
	return append(append(cases, only(mysqltest.MySQL, mysql)...), only(mysqltest.MariaDB, maria)...)
}

// unbalanced is how many times its share the largest part of uniform keys may have.
const unbalanced = 2

// TestSplit_Balances: parts of keys that lie evenly have about the same size.
func TestSplit_Balances(t *testing.T) {
	rows := 1500
	if daemontest.Everything() {
		rows = 20_000
	}
	worst := 0.0
	eachOf(t, uniformCases(), rows, func(t *testing.T, kt *keyTable, _ keyCase) {
		t.Helper()
		kt.query(t, "ANALYZE TABLE t")
		for _, n := range []int{2, 4, 8} {
			bounds, err := split(t.Context(), kt, kt.keys, nil, nil, n)
			if err != nil || len(bounds) != n-1 {
				t.Errorf("%d bounds for %d parts: %v", len(bounds), n, err)
			}
			sizes, at := make([]int, len(bounds)+1), 0
			parts, err := place(t.Context(), kt.session, kt.keys, bounds, kt.ordered)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range parts {
				if p < at {
					t.Fatal("the parts are not in the order of the keys")
				}
				at = p
				sizes[p]++
			}
			for _, size := range sizes {
				share := float64(size*n) / float64(len(kt.ordered))
				if worst = max(worst, share); share > unbalanced {
					t.Errorf("%d parts: %v", n, sizes)
					break
				}
			}
		}
	})
	t.Logf("the largest part has %.2f times its share", worst)
}
