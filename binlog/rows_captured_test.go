package binlog

import (
	"bytes"
	"slices"
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"

	"cdcd/event"
	"cdcd/schema"
)

// newOracle returns go-mysql's decoding of events, asked for in order.
func newOracle(t testing.TB, r recorded) func(recordedEvent) replication.Event {
	t.Helper()
	p := replication.NewBinlogParser()
	p.SetVerifyChecksum(true)
	at := 0
	return func(until recordedEvent) replication.Event {
		for ; at < len(r.events); at++ {
			ev, err := p.Parse(r.events[at].raw)
			if err != nil {
				t.Fatal(err)
			}
			if r.events[at].start == until.start {
				at++
				return ev.Event
			}
		}
		t.Fatalf("no event at %d", until.start)
		return nil
	}
}

// TestTableMap_Captured compares the table maps of all recorded files with
// go-mysql's reading of them.
func TestTableMap_Captured(t *testing.T) {
	for _, r := range recordedFiles(t) {
		oracle := newOracle(t, r)
		for _, e := range r.events {
			if e.header.Type != typeTableMap {
				continue
			}
			m, err := parseTableMap(e.flavor, e.body, e.post)
			if err != nil {
				t.Fatalf("%s at %d: %v", r.name, e.start, err)
			}
			compareTableMap(t, oracle(e).(*replication.TableMapEvent), m)
		}
	}
}

func compareTableMap(t *testing.T, want *replication.TableMapEvent, got *schema.TableMap) {
	t.Helper()
	if got.ID.Database != string(want.Schema) || got.ID.Name != string(want.Table) || got.TableNumber != want.TableID {
		t.Errorf("table %v, number %d", got.ID, got.TableNumber)
	}
	if len(got.Columns) != int(want.ColumnCount) {
		t.Fatalf("%v: %d columns, want %d", got.ID, len(got.Columns), want.ColumnCount)
	}
	unsigned, names := want.UnsignedMap(), want.ColumnNameString()
	for i, c := range got.Columns {
		if _, null := want.Nullable(i); c.Nullable != null {
			t.Errorf("%v column %d: nullable %v", got.ID, i, c.Nullable)
		}
		if unsigned != nil && got.Meta.Unsigned[i] != unsigned[i] {
			t.Errorf("%v column %d: unsigned %v", got.ID, i, got.Meta.Unsigned[i])
		}
		if len(names) > 0 && got.Meta.Names[i] != names[i] {
			t.Errorf("%v column %d: name %q, want %q", got.ID, i, got.Meta.Names[i], names[i])
		}
	}
}

// TestRows_Captured decodes the rows events of all recorded files with made-up
// definitions, and compares with go-mysql what both decode alike.
func TestRows_Captured(t *testing.T) {
	rows := 0
	for _, r := range recordedFiles(t) {
		oracle := newOracle(t, r)
		r.rowsOf(t, func(m *schema.TableMap, e recordedEvent) {
			p, err := compileRows(m, tableLike(m))
			if err != nil {
				t.Fatalf("%s at %d: %v", r.name, e.start, err)
			}
			rows += compareRows(t, oracle(e).(*replication.RowsEvent), e.reader(t, p), len(m.Columns))
		})
	}
	if rows < 1000 {
		t.Errorf("only %d row images were compared", rows)
	}
}

func compareRows(t *testing.T, want *replication.RowsEvent, rd event.RowReader, columns int) int {
	t.Helper()
	before, after := make([]event.Value, columns), make([]event.Value, columns)
	images := 0
	next := func(row []event.Value) {
		if images >= len(want.Rows) {
			t.Fatalf("more than %d images", len(want.Rows))
		}
		for i := range row {
			if slices.Contains(want.SkippedColumns[images], i) {
				continue // it is the DEFAULT, or what stood there before
			}
			compareValue(t, want.Rows[images][i], &row[i])
		}
		images++
	}
	for {
		for i := range before {
			before[i], after[i] = event.Value{Kind: 255}, event.Value{Kind: 255}
		}
		ok, err := rd.Next(before, after)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		for _, row := range [][]event.Value{before, after} {
			if row[0].Kind != 255 {
				next(row)
			}
		}
	}
	if images != len(want.Rows) {
		t.Errorf("%d images, want %d", images, len(want.Rows))
	}
	return images
}

func compareValue(t *testing.T, want any, got *event.Value) {
	t.Helper()
	switch w := want.(type) {
	case nil:
		if got.Kind != event.Null {
			t.Errorf("kind %d for NULL", got.Kind)
		}
	case int8:
		compareInt(t, int64(w), 8, got)
	case int16:
		compareInt(t, int64(w), 16, got)
	case int32:
		compareInt(t, int64(w), 32, got)
	case []byte:
		if got.Kind == event.Binary && !bytes.Equal(got.Bytes, w) {
			t.Error("bytes differ")
		}
	}
}

// compareInt compares the low bits: go-mysql does not know signedness here.
func compareInt(t *testing.T, want int64, bits uint, got *event.Value) {
	t.Helper()
	if mask := uint64(1)<<bits - 1; got.Kind <= event.Uint && got.Num&mask != uint64(want)&mask {
		t.Errorf("number %d, want %d", got.Num, want)
	}
}
