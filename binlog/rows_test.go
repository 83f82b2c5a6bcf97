package binlog

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
	"cdcd/schema"
)

// twoColumns is a table t of an INT and a VARCHAR(5) in latin1.
func twoColumns(t testing.TB) *rowsPlan {
	t.Helper()
	return compiled(t, oneTable([]byte{schema.WireLong, schema.WireVarchar}, []byte{5, 0}), schema.Column{Name: "id", Type: schema.TypeInt},
		schema.Column{Name: "name", Type: schema.TypeVarchar, Charset: "latin1"})
}

func compiled(t testing.TB, tableMap []byte, columns ...schema.Column) *rowsPlan {
	t.Helper()
	m, err := parseTableMap(event.MySQL, tableMap, 8)
	if err != nil {
		t.Fatal(err)
	}
	p, err := compileRows(m, &schema.Table{ID: m.ID, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rowsEventV2 is the body of a rows event of version 2: bitmaps, then images.
func rowsEventV2(columns int, rest ...byte) []byte {
	return append([]byte{1, 0, 0, 0, 0, 0, 1, 0, 2, 0, byte(columns)}, rest...)
}

// readAll decodes an event and prints its rows.
func readAll(t testing.TB, p *rowsPlan, typ eventType, body []byte) ([]string, error) {
	t.Helper()
	h, err := parseRowsHeader(uint8(typ), body, 10)
	if err != nil {
		return nil, err
	}
	rd, err := p.newReader(h)
	if err != nil {
		return nil, err
	}
	var out []string
	for {
		before, after := make([]event.Value, len(p.columns)), make([]event.Value, len(p.columns))
		ok, err := rd.Next(before, after)
		if err != nil || !ok {
			return out, err
		}
		out = append(out, show(before)+"->"+show(after))
	}
}

func show(row []event.Value) string {
	var b strings.Builder
	for _, v := range row {
		switch v.Kind {
		case event.Absent:
			b.WriteString("absent ")
		case event.Default:
			b.WriteString("default ")
		case event.Null:
			b.WriteString("null ")
		case event.Int:
			b.WriteString(string(rune('0'+v.Int64())) + " ")
		default:
			b.WriteString(string(v.Bytes) + " ")
		}
	}
	return b.String()
}

func TestRows_Images(t *testing.T) {
	p := twoColumns(t)
	f := func(what string, typ eventType, body []byte, want ...string) {
		t.Helper()
		got, err := readAll(t, p, typ, body)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", what, err, d)
		}
	}
	f("insert", typeWriteRows, rowsEventV2(2, 3, 0, 1, 0, 0, 0, 2, 'a', 0xe9, 2, 2, 0, 0, 0),
		"absent absent ->1 aé ", "absent absent ->2 null ")
	f("delete", typeDeleteRows, rowsEventV2(2, 3, 0, 1, 0, 0, 0, 0), "1  ->absent absent ")
	f("minimal update", typeUpdateRows, rowsEventV2(2, 1, 2, 0, 1, 0, 0, 0, 0, 1, 'b', 0, 2, 0, 0, 0, 1),
		"1 absent ->1 b ", "2 absent ->2 null ")
	f("minimal insert of defaults", typeWriteRows, rowsEventV2(2, 0), "absent absent ->default default ")
	f("no rows", typeWriteRows, rowsEventV2(2, 3))
}

func TestRows_ExtraData(t *testing.T) {
	body := []byte{1, 0, 0, 0, 0, 0, 1, 0, 5, 0, 0xaa, 0xbb, 0xcc, 2, 3, 0, 7, 0, 0, 0, 0}
	got, err := readAll(t, twoColumns(t), typeWriteRows, body)
	if err != nil || len(got) != 1 || got[0] != "absent absent ->7  " {
		t.Errorf("%q %v", got, err)
	}
}

// TestRows_Malformed: no prefix of an event is taken for a whole one, and no
// error shows what is in a row.
func TestRows_Malformed(t *testing.T) {
	p := twoColumns(t)
	body := rowsEventV2(2, 3, 0, 1, 0, 0, 0, 5, 'S', 'E', 'C', 'R', 'E')
	for i := range body {
		_, err := readAll(t, p, typeWriteRows, body[:i])
		if err == nil && i != 12 { // an event without rows
			t.Errorf("%d of %d bytes were accepted", i, len(body))
		}
		if err != nil && strings.Contains(err.Error(), "S") {
			t.Errorf("the error shows the row: %v", err)
		}
	}
	f := func(what string, body []byte, want error) {
		t.Helper()
		if _, err := readAll(t, p, typeWriteRows, body); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	f("bytes behind", append(body, 0, 1), errRowShort)
	f("another table's columns", rowsEventV2(3, 7, 0), nil)
	f("images of nothing", rowsEventV2(2, 0, 1), errRowLong)
	f("no columns", rowsEventV2(0), nil)
}

func TestRows_Sticky(t *testing.T) {
	h, err := parseRowsHeader(uint8(typeWriteRows), rowsEventV2(2, 3, 0, 1), 10)
	if err != nil {
		t.Fatal(err)
	}
	rd, err := twoColumns(t).newReader(h)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]event.Value, 2)
	_, first := rd.Next(row, row)
	if _, again := rd.Next(row, row); first == nil || !errors.Is(again, errRowShort) {
		t.Errorf("%v, then %v", first, again)
	}
}

// mariaDeflated is MariaDB's header and zlib stream of b.
func mariaDeflated(t testing.TB, head byte, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return append(binary.BigEndian.AppendUint16([]byte{head}, uint16(len(b))), z.Bytes()...)
}

func TestRows_CompressedEvent(t *testing.T) {
	images := mariaDeflated(t, 0x82, []byte{0, 1, 0, 0, 0, 1, 'a'})
	got, err := readAll(t, twoColumns(t), typeMariaWriteRowsZ2, rowsEventV2(2, append([]byte{3}, images...)...))
	if err != nil || len(got) != 1 || got[0] != "absent absent ->1 a " {
		t.Errorf("%q %v", got, err)
	}
}

func TestRows_MariaDBTypes(t *testing.T) {
	types := []byte{schema.WireVarcharCompressed, schema.WireBlobCompressed, schema.WireString, schema.WireString, schema.WireString}
	p := compiled(t, oneTable(types, []byte{0, 4, 2, schema.WireString, 4, schema.WireString, 16, schema.WireString, 16}),
		schema.Column{Name: "vc", Type: schema.TypeVarchar, Charset: "latin1"},
		schema.Column{Name: "b", Type: schema.TypeBlob},
		schema.Column{Name: "i4", Type: schema.TypeInet4},
		schema.Column{Name: "i6", Type: schema.TypeInet6},
		schema.Column{Name: "u", Type: schema.TypeUUID})
	long := strings.Repeat("caf\xe9 ", 50)
	row := []byte{31, 0} // all columns, none NULL
	for _, v := range [][]byte{mariaDeflated(t, 0x82, []byte(long)), append([]byte{0}, "plain"...)} {
		row = append(binary.LittleEndian.AppendUint16(row, uint16(len(v))), v...)
	}
	row = append(row, 3, 10, 0, 1, 4, 0xfe, 0x80, 0, 1, 2, 0x12, 0x3e)
	got, err := readAll(t, p, typeWriteRows, rowsEventV2(5, row...))
	want := strings.Repeat("café ", 50) + " plain 10.0.1.0 fe80:1:: \x12\x3e "
	if err != nil || len(got) != 1 || !strings.HasSuffix(got[0], "->"+want) {
		t.Errorf("%q %v", got, err)
	}
}

// TestRows_Mismatch: a definition that the binlog contradicts is refused, with
// the table and the column named.
func TestRows_Mismatch(t *testing.T) {
	f := func(what string, tableMap []byte, columns ...schema.Column) {
		t.Helper()
		m, err := parseTableMap(event.MySQL, tableMap, 8)
		if err != nil {
			t.Fatal(err)
		}
		_, err = compileRows(m, &schema.Table{ID: m.ID, Columns: columns})
		if err == nil || !strings.Contains(err.Error(), "d.t") {
			t.Errorf("%s: %v", what, err)
		}
	}
	column := func(typ schema.Type) schema.Column {
		return schema.Column{Name: "c", Type: typ, Charset: "utf8mb4", Length: -1, Scale: -1}
	}
	unsigned := column(schema.TypeInt)
	unsigned.Unsigned = true
	charset := column(schema.TypeVarchar)
	charset.Charset = "klingon"
	f("a column less", oneTable([]byte{schema.WireLong}, nil))
	f("another type", oneTable([]byte{schema.WireLong}, nil), column(schema.TypeBigInt))
	f("signedness", oneTable([]byte{schema.WireLong}, nil, metaSignedness, 1, 0), unsigned)
	f("text and bytes", oneTable([]byte{schema.WireBlob}, []byte{2}, metaDefaultCharset, 1, 63), column(schema.TypeText))
	f("charset", oneTable([]byte{schema.WireVarchar}, []byte{5, 0}), charset)
	f("precision", oneTable([]byte{schema.WireNewDecimal}, []byte{10, 2}), column(schema.TypeDecimal))
	f("fraction", oneTable([]byte{schema.WireTime2}, []byte{3}), column(schema.TypeTime))
	f("old decimal", oneTable([]byte{schema.WireDecimal}, nil), column(schema.TypeDecimal))
	f("enum of three bytes", oneTable([]byte{schema.WireString}, []byte{schema.WireEnum, 3}), column(schema.TypeEnum))
	f("bit of 65", oneTable([]byte{schema.WireBit}, []byte{1, 8}), column(schema.TypeBit))
	f("blob length of 9", oneTable([]byte{schema.WireBlob}, []byte{9}), column(schema.TypeBlob))
}

func TestRows_UnknownMember(t *testing.T) {
	p := compiled(t, oneTable([]byte{schema.WireString, schema.WireString}, []byte{schema.WireEnum, 1, schema.WireSet, 1}),
		schema.Column{Name: "e", Type: schema.TypeEnum, Members: []string{"a"}},
		schema.Column{Name: "s", Type: schema.TypeSet, Members: []string{"a", "b"}})
	f := func(e, s byte, ok bool) {
		t.Helper()
		if _, err := readAll(t, p, typeWriteRows, rowsEventV2(2, 3, 0, e, s)); (err == nil) != ok {
			t.Errorf("ENUM %d, SET %d: %v", e, s, err)
		}
	}
	f(0, 0, true)
	f(1, 3, true)
	f(2, 3, false)
	f(1, 4, false)
}

func FuzzRows(f *testing.F) {
	r := recordedCase(f, "types")
	maps := map[uint64]recordedEvent{}
	for _, e := range r.events {
		if e.header.Type == typeTableMap {
			m, _ := parseTableMap(e.flavor, e.body, e.post)
			maps[m.TableNumber] = e
		}
		if e.isRows() && len(e.body) < 2000 {
			h, _ := parseRowsHeader(uint8(e.header.Type), e.body, e.post)
			f.Add(maps[h.table].body, uint8(e.header.Type), e.body)
		}
	}
	f.Fuzz(func(t *testing.T, tableMap []byte, code uint8, body []byte) {
		m, err := parseTableMap(event.MySQL, tableMap, 8)
		if err != nil {
			return
		}
		p, err := compileRows(m, tableLike(m))
		if err != nil {
			return
		}
		rows, err := readAll(t, p, eventType(code), body)
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		if len(rows) > len(body)+1 && code < uint8(typeMariaWriteRowsZ1) {
			t.Errorf("%d rows in %d bytes", len(rows), len(body))
		}
	})
}
