package snapshot

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/client"

	"cdcd/binlog"
	"cdcd/event"
	"cdcd/internal/mysqltest"
	"cdcd/schema"
)

// corpus is rows over some column types: the statements that define the tables,
// and those that fill them.
type corpus struct {
	name         string
	define, fill []string
}

// TestText_SameAsBinlog writes rows and reads them twice, from the binlog and with
// a SELECT: the values are the same, apart from what allowed says.
func TestText_SameAsBinlog(t *testing.T) {
	for _, v := range mysqltest.Versions() {
		t.Run(string(v), func(t *testing.T) {
			s := &textServer{Server: mysqltest.Shared(t, v)}
			s.db = s.DB(t)
			for _, c := range corpora(t, v) {
				t.Run(c.name, func(t *testing.T) { s.compare(t, c) })
			}
		})
	}
}

// corpora are those that a server understands.
func corpora(t *testing.T, v mysqltest.Version) []corpus {
	t.Helper()
	all := []corpus{fileCorpus(t, "testdata/all.sql"), randomCorpus(), charsetCorpus(v == mysqltest.MySQL97)}
	switch v {
	case mysqltest.MySQL97:
		all = append(all, goldenCorpus(t, "types"), fileCorpus(t, "testdata/mysql.sql"))
	case mysqltest.MariaDB1011, mysqltest.MariaDB114:
		all = append(all, goldenCorpus(t, "maria_types"), fileCorpus(t, "testdata/mariadb.sql"))
	case mysqltest.MySQL56: // has fewer types
	}
	return all
}

// goldenCorpus is a golden case without the changes of rows.
func goldenCorpus(t *testing.T, name string) corpus {
	t.Helper()
	file := func(kind string) (lines []string) {
		text, err := os.ReadFile("../testdata/golden/" + name + "/" + kind + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(strings.ReplaceAll(string(text), "USE "+name+";", "")) {
			if line = strings.TrimSpace(line); line != "" && !leftOut.MatchString(line) {
				lines = append(lines, line)
			}
		}
		return lines
	}
	return corpus{name: name, define: file("setup"), fill: file("run")}
}

var leftOut = regexp.MustCompile("^(UPDATE|DELETE|DROP DATABASE) ")

// fileCorpus reads a file in which the tables come first.
func fileCorpus(t *testing.T, path string) corpus {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(string(text), "\nCREATE TABLE ") + 1
	at += bytes.IndexByte(text[at:], '\n')
	return corpus{name: path, define: []string{string(text[:at])}, fill: []string{string(text[at:])}}
}

// randomCorpus has decimals of all sorts of shapes, and times.
func randomCorpus() corpus {
	r := rand.New(rand.NewPCG(1, 2))
	columns, rows := []string{"id int PRIMARY KEY", "t time(6)", "t0 time", "dt datetime(6)", "ts timestamp(6)", "bi bigint", "db double"}, make([][]string, 50)
	for i := range rows {
		rows[i] = []string{
			strconv.Itoa(i), fmt.Sprintf("'%s%d:%02d:%02d.%06d'", []string{"", "-"}[r.IntN(2)], r.IntN(838), r.IntN(60), r.IntN(60), r.IntN(1e6)),
			fmt.Sprintf("'%d:%02d:%02d'", r.IntN(838), r.IntN(60), r.IntN(60)),
			fmt.Sprintf("'%04d-%02d-%02d %02d:%02d:%02d.%06d'", r.IntN(9000)+1000, r.IntN(12)+1, r.IntN(28)+1, r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6)),
			fmt.Sprintf("'%04d-%02d-%02d %02d:%02d:%02d.%06d'", r.IntN(60)+1971, r.IntN(12)+1, r.IntN(28)+1, r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6)),
			strconv.FormatInt(int64(r.Uint64()), 10), strconv.FormatFloat(math.Ldexp(r.NormFloat64(), r.IntN(1500)-750), 'g', -1, 64),
		}
	}
	for precision := 1; precision <= 65; precision += 2 {
		for _, scale := range []int{0, min(precision, 30) / 2, min(precision, 30)} {
			columns = append(columns, fmt.Sprintf("d%d decimal(%d,%d)", len(columns), precision, scale))
			for i := range rows {
				rows[i] = append(rows[i], randomDecimal(r, precision, scale))
			}
		}
	}
	c := corpus{name: "random", define: []string{"CREATE TABLE random (" + strings.Join(columns, ", ") + ")"}, fill: []string{"SET time_zone='+00:00'"}}
	for _, row := range rows {
		c.fill = append(c.fill, "INSERT INTO random VALUES ("+strings.Join(row, ", ")+")")
	}
	return c
}

func randomDecimal(r *rand.Rand, precision, scale int) string {
	text := []byte{'-'}[:r.IntN(2)]
	zeros := r.IntN(precision + 1) // leading
	for i := range precision {
		if i == precision-scale {
			text = append(text, '.')
		}
		digit := byte('0')
		if i >= zeros {
			digit += byte(r.IntN(10))
		}
		text = append(text, digit)
	}
	return "'" + string(text) + "'"
}

// textServer is a server with connections to it.
type textServer struct {
	*mysqltest.Server
	db *sql.DB
}

// images are the rows of a table, by the values of its key.
type images map[string][]event.Value

func (s *textServer) compare(t *testing.T, c corpus) {
	t.Helper()
	name := s.Database(t)
	tracker := s.define(t, name, c.define...)
	source := s.tail(t, name, tracker)
	s.Exec(t, append([]string{"USE " + name}, c.fill...)...)
	streamed := s.streamed(t, source)
	for _, table := range tracker.Tables() {
		sameImages(t, table, streamed[table.ID], s.selected(t, table))
		delete(streamed, table.ID)
	}
	for id := range streamed {
		t.Errorf("rows of %s, which is not known", id)
	}
}

// define makes tables in a database.
func (s *textServer) define(t *testing.T, database string, statements ...string) *schema.Tracker {
	t.Helper()
	s.Exec(t, append([]string{"ALTER DATABASE " + database + " CHARACTER SET utf8mb4", "USE " + database, "SET SESSION sql_mode=''"}, statements...)...)
	tracker := schema.New(schema.WithFilter(func(id schema.ID) bool { return id.Database == database }), schema.WithFlavor(event.Flavor(s.Flavor).Dialect()))
	if err := schema.Load(t.Context(), s, tracker); err != nil {
		t.Fatal(err)
	}
	return tracker
}

// Ask makes textServer a schema.Querier.
func (s *textServer) Ask(ctx context.Context, statements ...string) ([][]sql.NullString, error) {
	return mysqltest.Ask(ctx, s.db, statements...)
}

// ask returns the first row of an answer.
func (s *textServer) ask(t *testing.T, query string) []sql.NullString {
	t.Helper()
	rows, err := s.Ask(t.Context(), query)
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", query, len(rows), err)
	}
	return rows[0]
}

// position is where the server's binlog ends.
func (s *textServer) position(t *testing.T) event.Position {
	t.Helper()
	id, status, gtids := "SELECT @@global.server_uuid", "SHOW MASTER STATUS", "SELECT @@global.gtid_executed"
	switch {
	case s.Flavor == mysqltest.MariaDB:
		id, gtids = "SELECT @@global.server_id", "SELECT @@global.gtid_binlog_pos"
	case strings.HasPrefix(s.Version, "9."):
		status = "SHOW BINARY LOG STATUS"
	}
	end := s.ask(t, status)
	offset, err := strconv.ParseUint(end[1].String, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return event.Position{
		Flavor: event.Flavor(s.Flavor), Server: s.ask(t, id)[0].String, File: end[0].String, Offset: offset,
		GTIDs: event.GTIDText(strings.ReplaceAll(s.ask(t, gtids)[0].String, "\n", "")),
	}
}

// serverIDs are given out so that no two replicas of a server share one.
var serverIDs atomic.Uint32

// tail opens the server's binlog at its end.
func (s *textServer) tail(t *testing.T, database string, tracker *schema.Tracker) *binlog.Tailer {
	t.Helper()
	start := s.position(t)
	source, err := binlog.Open(t.Context(), binlog.Config{
		Flavor: event.Flavor(s.Flavor), Host: s.Host, Port: uint16(s.Port), User: s.User, Password: s.Password,
		ServerID: 7000 + serverIDs.Add(1), Server: start.Server, Start: start, Tables: tracker,
		Capture: func(id schema.ID) bool { return id.Database == database }, Heartbeat: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Close() })
	return source
}

// streamed reads to the present end of the binlog.
func (s *textServer) streamed(t *testing.T, source *binlog.Tailer) map[schema.ID]images {
	t.Helper()
	out, end := map[schema.ID]images{}, s.position(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		item, err := source.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var at event.Position
		switch i := item.(type) {
		case *event.Rows:
			if out[i.Table.ID] == nil {
				out[i.Table.ID] = images{}
			}
			out[i.Table.ID].take(t, i)
		case event.Commit:
			at = i.Position
		case event.Heartbeat:
			at = i.Position
		default:
		}
		if at.File == end.File && at.Offset >= end.Offset {
			return out
		}
	}
}

// selected reads the rows of a table as a snapshot does.
func (s *textServer) selected(t *testing.T, table *schema.Table) images {
	t.Helper()
	d, packets := s.snapshot(t, table)
	out := images{}
	out.take(t, &event.Rows{Table: table, Op: event.Read, Reader: newRows(d, packets)})
	return out
}

// snapshot returns the packets of all rows of a table, and their decoder.
func (s *textServer) snapshot(t *testing.T, table *schema.Table) (d *decoder, packets []byte) {
	t.Helper()
	d, err := newDecoder(table, table.Key)
	if err != nil {
		t.Fatal(err)
	}
	return d, s.packets(t, "SELECT "+d.selectList()+" FROM "+schema.Backquoted(table.ID))
}

// TestText_KeyInUTF8 has keys of which the text comes back from UTF-8 as another
// one: their rows are refused, and no others.
func TestText_KeyInUTF8(t *testing.T) {
	for _, v := range mysqltest.Versions() {
		t.Run(string(v), func(t *testing.T) {
			s := &textServer{Server: mysqltest.Shared(t, v)}
			s.db = s.DB(t)
			for set, keys := range map[string]struct{ fine, refused string }{
				"cp932":  {"_cp932 0x81ca", "_cp932 0xfa54"}, // one character in two places
				"cp1256": {"_cp1256 0xc7", "_cp1256 0x8a"},   // not in the server's table
				"latin1": {"_latin1 0x81", ""},
				"gbk":    {"_gbk 0xd6d0", ""},
			} {
				name := s.Database(t)
				table := s.define(t, name, "CREATE TABLE t (k varchar(10) CHARACTER SET "+set+" PRIMARY KEY)").Table(schema.ID{Database: name, Name: "t"})
				s.Exec(t, "INSERT INTO "+schema.Backquoted(table.ID)+" VALUES ('plain'), ("+keys.fine+")")
				if rows := s.selected(t, table); len(rows) != 2 {
					t.Errorf("%s: %d rows", set, len(rows))
				}
				if keys.refused == "" {
					continue
				}
				s.Exec(t, "INSERT INTO "+schema.Backquoted(table.ID)+" VALUES ("+keys.refused+")")
				if err := drain(newRows(s.snapshot(t, table)), make([]event.Value, 1)); !errors.Is(err, errKeyText) {
					t.Errorf("%s: %v", set, err)
				}
			}
		})
	}
}

// packets runs a query over the text protocol.
func (s *textServer) packets(t *testing.T, query string) []byte {
	t.Helper()
	conn, err := client.Connect(s.Addr(), s.User, s.Password, "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{"SET NAMES utf8mb4", "SET sql_mode='', time_zone='+00:00'"} {
		if _, err := conn.Execute(statement); err != nil {
			t.Fatal(err)
		}
	}
	r, err := conn.Execute(query)
	if err != nil {
		t.Fatal(err)
	}
	var buffer []byte
	for _, packet := range r.RowDatas {
		buffer = appendPacket(buffer, packet)
	}
	return buffer
}

// take applies the changes of r.
func (m images) take(t *testing.T, r *event.Rows) {
	t.Helper()
	key := func(row []event.Value) string {
		var k []event.Value
		for _, i := range r.Table.Key {
			k = append(k, row[i])
		}
		return fmt.Sprint(k)
	}
	before, after := make([]event.Value, len(r.Table.Columns)), make([]event.Value, len(r.Table.Columns))
	for {
		more, err := r.Next(before, after)
		if err != nil {
			t.Fatalf("%s: %v", r.Table.ID, err)
		}
		if !more {
			return
		}
		if r.Op == event.Update || r.Op == event.Delete {
			delete(m, key(before))
		}
		if r.Op != event.Delete {
			row := slices.Clone(after)
			for i := range row {
				row[i].Bytes = bytes.Clone(row[i].Bytes)
			}
			m[key(row)] = row
		}
	}
}

func sameImages(t *testing.T, table *schema.Table, streamed, selected images) {
	t.Helper()
	if len(streamed) == 0 {
		t.Errorf("%s: no rows", table.ID)
	}
	for key, want := range streamed {
		got, ok := selected[key]
		if !ok {
			t.Errorf("%s: the SELECT has no row %s", table.ID, key)
			continue
		}
		for i := range want {
			if c := &table.Columns[i]; !reflect.DeepEqual(got[i], want[i]) && !allowed(c, got[i], want[i]) {
				t.Errorf("%s row %s, column %s %s: selected %s, streamed %s", table.ID.Name, key, c.Name, c.TypeText, show(got[i]), show(want[i]))
			}
		}
		delete(selected, key)
	}
	for key := range selected {
		t.Errorf("%s: the binlog has no row %s", table.ID, key)
	}
}

func show(v event.Value) string {
	return fmt.Sprintf("{%d %d %q}", v.Kind, v.Num, v.Bytes)
}

// allowed are the differences between what is selected and what is streamed.
func allowed(c *schema.Column, selected, streamed event.Value) bool {
	switch {
	case selected.Kind != streamed.Kind:
		return false
	case bytes.Equal(selected.Bytes, streamed.Bytes) && selected.Num == streamed.Num: // nil or empty
		return true
	case c.Type == schema.TypeUUID: // the binlog leaves out zeros
		return bytes.Equal(unpadded(selected.Bytes), streamed.Bytes)
	case c.Type == schema.TypeFloat: // the server prints six digits
		f, err := strconv.ParseFloat(strconv.FormatFloat(streamed.Float(), 'g', 6, 64), 32)
		return err == nil && selected.Float() == f
	case c.Type == schema.TypeJSON: // the server's spaces and numbers
		return sameDocument(selected.Bytes, streamed.Bytes)
	case c.Type == schema.TypeText: // the server's tables of characters
		return sameCharacters(c.Charset, string(selected.Bytes), string(streamed.Bytes))
	}
	return false
}

// sameDocument compares JSON as Go reads it.
func sameDocument(selected, streamed []byte) bool {
	var a, b any
	return json.Unmarshal(selected, &a) == nil && json.Unmarshal(streamed, &b) == nil && sameNode(a, b)
}

func sameNode(selected, streamed any) bool {
	switch a := selected.(type) {
	case map[string]any:
		b, _ := streamed.(map[string]any)
		for name := range a {
			if in, ok := b[name]; !ok || !sameNode(a[name], in) {
				return false
			}
		}
		return len(a) == len(b)
	case []any:
		b, _ := streamed.([]any)
		return slices.EqualFunc(a, b, sameNode)
	case string:
		b, ok := streamed.(string)
		return ok && sameText(a, b)
	}
	return selected == streamed
}

// sameText compares texts, and values that JSON does not have.
func sameText(selected, streamed string) bool {
	switch streamed {
	case selected, strings.TrimSuffix(selected, ".000000"), strings.TrimPrefix(selected, "base64:type15:"):
		return true
	case "13:0-35:0-57.00000-789": // what Debezium streams of a negative TIME
		return selected == "-12:34:56.789000"
	}
	return false
}
