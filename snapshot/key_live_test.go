package snapshot

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cdcd/event"
	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// testSession is a Session that a test holds.
type testSession struct{ conn *sql.Conn }

func (s testSession) Query(ctx context.Context, statement string) ([][]sql.NullString, error) {
	return mysqltest.Query(ctx, s.conn, statement)
}

func (s testSession) Stream(context.Context, string, func([]byte) error) error { panic("not used") }

func (s testSession) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	return mysqltest.Ask(ctx, s.conn, statements...)
}

// openSession opens a session in a database of the test.
func openSession(t *testing.T, s *mysqltest.Server) (testSession, string) {
	t.Helper()
	conn, err := s.DB(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := testSession{conn}
	database := s.Database(t)
	t.Cleanup(func() { _ = conn.Close() })
	q.run(t, append(Settings(), "USE "+database)...)
	return q, database
}

func (s testSession) run(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := s.conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%.200s: %v", statement, err)
		}
	}
}

func (s testSession) query(t *testing.T, statement string) [][]sql.NullString {
	t.Helper()
	rows, err := s.Query(t.Context(), statement)
	if err != nil {
		t.Fatalf("%.1000s: %v", statement, err)
	}
	return rows
}

// define reads the definition of a table.
func (s testSession) define(t *testing.T, id schema.ID) *schema.Table {
	t.Helper()
	tracker := schema.New()
	if err := schema.Load(t.Context(), s, tracker); err != nil {
		t.Fatal(err)
	}
	return tracker.Table(id)
}

// keyTable is a table of a case with the keys of its rows, in order.
type keyTable struct {
	testSession
	keys
	random  *rand.Rand
	ordered []Key
}

func newKeyTable(t *testing.T, q testSession, database string, c keyCase, r *rand.Rand, rows int) *keyTable {
	t.Helper()
	q.run(t, "DROP TABLE IF EXISTS t", "CREATE TABLE t ("+c.columns+")")
	var inserted []string
	for range rows {
		var values []string
		for _, v := range c.row {
			values = append(values, v(r))
		}
		inserted = append(inserted, "("+strings.Join(values, ",")+")")
	}
	q.run(t, "INSERT IGNORE INTO t VALUES "+strings.Join(inserted, ","))
	k, ok := newKeys(q.define(t, schema.ID{Database: database, Name: "t"}))
	if !ok {
		t.Fatal("no key")
	}
	kt := &keyTable{testSession: q, keys: k, random: r}
	kt.ordered = kt.read(t, nil, nil, "")
	if count := q.query(t, "SELECT COUNT(*) FROM t")[0][0].String; count != strconv.Itoa(len(kt.ordered)) {
		t.Fatalf("%d of %s rows read", len(kt.ordered), count)
	}
	return kt
}

// read returns the keys of a range.
func (kt *keyTable) read(t *testing.T, after, to Key, limit string) []Key {
	t.Helper()
	rows := kt.query(t, kt.selectKeys(after, to)+" "+kt.orderBy()+limit)
	out := make([]Key, len(rows))
	for i, row := range rows {
		out[i] = kt.quote(row)
	}
	return out
}

// walk reads a range in chunks, as a copy does.
func (kt *keyTable) walk(t *testing.T, after, to Key) (out []Key) {
	t.Helper()
	limit := kt.random.IntN(60) + 1
	for {
		chunk := kt.read(t, after, to, fmt.Sprint(" LIMIT ", limit))
		if out = append(out, chunk...); len(chunk) < limit {
			return out
		}
		after = chunk[limit-1]
	}
}

func equalKeys(a, b []Key) bool {
	return slices.EqualFunc(a, b, slices.Equal)
}

// session is the table's, to be asked for.
func (kt *keyTable) session(context.Context) (Session, error) { return kt, nil }

func eachOf(t *testing.T, cases []keyCase, rows int, test func(t *testing.T, kt *keyTable, c keyCase)) {
	t.Helper()
	seed := daemontest.Seed(t)
	for _, version := range mysqltest.Versions() {
		t.Run(string(version), func(t *testing.T) {
			s := mysqltest.Shared(t, version)
			q, database := openSession(t, s)
			for _, c := range cases {
				if c.only != "" && c.only != s.Flavor {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					r := rand.New(rand.NewPCG(seed, uint64(len(c.name))))
					test(t, newKeyTable(t, q, database, c, r, rows), c)
				})
			}
		})
	}
}

// checkKeysChunksCoverEveryRowOnce reads ranges of tables with all kinds of keys.
func checkKeysChunksCoverEveryRowOnce(t *testing.T, kt *keyTable, c keyCase) {
	t.Helper()
	all := kt.ordered
	for round := range 4 {
		i, j := 0, len(all) // the range is all[i:j]
		var after, to Key
		if round&1 != 0 {
			i = kt.random.IntN(len(all))
			after = all[i]
			i++
		}
		if round&2 != 0 && i < len(all) {
			j = i + 1 + kt.random.IntN(len(all)-i)
			to = all[j-1]
		}
		before := kt.handlerReads(t)
		if got := kt.walk(t, after, to); !equalKeys(got, all[i:j]) {
			t.Fatalf("rows %d to %d of %d: %d came", i, j, len(all), len(got))
		}
		// Of a small table the server may take another way.
		if reads := kt.handlerReads(t) - before; daemontest.Everything() && !c.slow && reads > 4*(j-i)+50 {
			t.Errorf("%d rows were read for %d: not by the index\n%v", reads, j-i, kt.query(t, "EXPLAIN "+kt.selectKeys(after, to)+" "+kt.orderBy()+" LIMIT 9"))
		}
	}
}

// handlerReads is how many rows the session has read so far.
func (s testSession) handlerReads(t *testing.T) (sum int) {
	t.Helper()
	for _, row := range s.query(t, "SHOW SESSION STATUS LIKE 'Handler_read%'") {
		n, err := strconv.Atoi(row[1].String)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// checkKeysCompareAgreesWithServer compares pairs of rows.
func checkKeysCompareAgreesWithServer(t *testing.T, kt *keyTable, _ keyCase) {
	t.Helper()
	for i, a := range kt.ordered {
		for j, b := range kt.ordered {
			if got, ok := kt.compare(a, b); ok && got != cmp.Compare(i, j) {
				t.Fatalf("compare of row %d and %d: %d", i, j, got)
			}
		}
	}
}

// checkKeysRowsAndServerSayTheSame takes keys from rows, as a copy does, and
// compares them with what the server writes of the key.
func checkKeysRowsAndServerSayTheSame(t *testing.T, kt *keyTable, _ keyCase) {
	t.Helper()
	d, err := newDecoder(kt.table, kt.table.Key)
	if err != nil {
		t.Fatal(err)
	}
	after, scratch := make([]event.Value, len(kt.table.Columns)), new([]byte)
	for i, texts := range kt.query(t, "SELECT "+d.selectList()+" FROM "+kt.from()+" "+kt.orderBy()) {
		for j := range texts { // the driver has made a number of it
			if kt.table.Columns[j].Type == schema.TypeYear {
				texts[j].String = fmt.Sprintf("%04s", texts[j].String)
			}
		}
		if err := d.row(textPacket(texts), scratch, after); err != nil {
			t.Fatal(err)
		}
		if key, err := kt.of(after); err != nil || !slices.Equal(key, kt.ordered[i]) {
			t.Fatalf("row %d: %q, %v; the server writes %q", i, key, err, kt.ordered[i])
		}
	}
}

// textPacket is a row as the text protocol has it.
func textPacket(texts []sql.NullString) (b []byte) {
	for _, text := range texts {
		if text.Valid {
			b = append(b, 0xfd, byte(len(text.String)), byte(len(text.String)>>8), byte(len(text.String)>>16))
			b = append(b, text.String...)
		} else {
			b = append(b, fieldNull)
		}
	}
	return b
}

// checkSplitPartsCoverEveryRowOnce divides ranges of tables with all kinds of keys.
func checkSplitPartsCoverEveryRowOnce(t *testing.T, kt *keyTable, _ keyCase) {
	t.Helper()
	for _, n := range []int{1, 2, 4, 13} {
		i, after := 0, Key(nil)
		if n == 13 {
			i = kt.random.IntN(len(kt.ordered)-1) + 1
			after = kt.ordered[i-1]
		}
		bounds, err := split(t.Context(), kt, kt.keys, after, nil, n)
		if err != nil || len(bounds) > n-1 {
			t.Fatal(len(bounds), err)
		}
		var got []Key
		var sizes []int
		for _, to := range append(bounds, nil) {
			part := kt.read(t, after, to, "")
			got, after = append(got, part...), to
			sizes = append(sizes, len(part))
		}
		if !equalKeys(got, kt.ordered[i:]) {
			t.Fatalf("%d rows in parts of %v, want %d", len(got), sizes, len(kt.ordered)-i)
		}
		t.Logf("n=%d: %v", n, sizes)
	}
}

// checkPlaceSameAsQueries places keys of rows, of which some are gone by then.
func checkPlaceSameAsQueries(t *testing.T, kt *keyTable, _ keyCase) {
	t.Helper()
	all := kt.ordered
	for range 2 {
		var bounds, placed []Key
		var want []int
		for i, key := range all {
			if kt.random.IntN(2) == 0 {
				placed, want = append(placed, key), append(want, len(bounds))
			}
			if kt.random.IntN(8) == 0 {
				bounds = append(bounds, all[i])
			}
		}
		got, err := place(t.Context(), kt.session, kt.keys, bounds, placed)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v\ngot  %v\nwant %v", err, got, want)
		}
		kt.run(t, "DELETE FROM t LIMIT 50")
	}
}

// TestKeys_OnServers runs each check on each kind of key; the last one deletes rows.
func TestKeys_OnServers(t *testing.T) {
	rows := 200
	if daemontest.Everything() {
		rows = 900
	}
	eachOf(t, keyCases(), rows, func(t *testing.T, kt *keyTable, c keyCase) {
		t.Helper()
		checkKeysChunksCoverEveryRowOnce(t, kt, c)
		checkKeysCompareAgreesWithServer(t, kt, c)
		checkKeysRowsAndServerSayTheSame(t, kt, c)
		checkSplitPartsCoverEveryRowOnce(t, kt, c)
		checkPlaceSameAsQueries(t, kt, c)
	})
}
