package binlog

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"

	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/schema"
)

// benchCase is one rows event of a recorded file, its images repeated until it
// has the size of what a server writes under load.
type benchCase struct {
	name   string
	tm     recordedEvent
	format recordedEvent
	rows   recordedEvent
	images int
	plan   *rowsPlan
	width  int
}

// benchCases takes the first INSERT into some tables of the types case.
func benchCases(b *testing.B) []benchCase {
	b.Helper()
	r := recordedCase(b, "types")
	var out []benchCase
	for _, table := range []string{"t_int", "t_dec", "t_char", "t_time", "t_json", "t_bin"} {
		out = append(out, newBenchCase(b, r, table))
	}
	return append(out, tenColumns(b, r))
}

func newBenchCase(b *testing.B, r recorded, table string) benchCase {
	b.Helper()
	c := benchCase{name: table}
	var m *schema.TableMap
	for _, e := range r.events {
		switch {
		case e.header.Type == typeFormatDescription:
			c.format = e
		case e.header.Type == typeTableMap:
			if parsed, err := parseTableMap(e.flavor, e.body, e.post); err == nil {
				m, c.tm = parsed, e
			}
		case e.header.Type == typeWriteRows && m.ID.Name == table:
			return c.repeated(b, m, e)
		}
	}
	b.Fatalf("no rows of %s", table)
	return c
}

// repeated compiles the plan and grows e to about 8 kB, the default of
// binlog_row_event_max_size.
func (c *benchCase) repeated(b *testing.B, m *schema.TableMap, e recordedEvent) benchCase {
	b.Helper()
	plan, err := compileRows(m, c.table(b, m))
	if err != nil {
		b.Fatal(err)
	}
	h, err := parseRowsHeader(uint8(e.header.Type), e.body, e.post)
	if err != nil {
		b.Fatal(err)
	}
	head := e.body[:len(e.body)-len(h.images)]
	times := max(1, 8192/len(h.images))
	body := append([]byte{}, head...)
	body[6] &^= 1 // not the end of a statement, where go-mysql forgets the table map
	for range times {
		body = append(body, h.images...)
	}
	c.plan, c.width = plan, len(m.Columns)
	c.rows = e.withBody(body)
	if c.images, err = drain(c.rows.reader(b, plan), nil, make([]event.Value, c.width)); err != nil {
		b.Fatal(err)
	}
	return *c
}

// table is the recorded definition, with the column's charsets, where there is
// one.
func (c *benchCase) table(b *testing.B, m *schema.TableMap) *schema.Table {
	b.Helper()
	g, err := golden.Load("types")
	if err != nil {
		b.Fatal(err)
	}
	if t := goldenTables(b, g)[m.ID.String()]; t != nil {
		return t
	}
	return tableLike(m)
}

// withBody returns e with another body and no checksum that would fit.
func (e recordedEvent) withBody(body []byte) recordedEvent {
	end := headerSize + len(body)
	e.raw = slices.Concat(e.raw[:headerSize], body, make([]byte, 4))
	binary.LittleEndian.PutUint32(e.raw[9:], uint32(len(e.raw)))
	e.body = e.raw[headerSize:end:end]
	return e
}

// tenColumns is a row as applications have it: numbers, short strings, a
// decimal, times, two NULLs.
func tenColumns(b *testing.B, r recorded) benchCase {
	b.Helper()
	c := newBenchCase(b, r, "t_int")
	c.name = "ten"
	m := []byte{
		1, 0, 0, 0, 0, 0, 1, 0, 1, 'd', 0, 1, 't', 0, 10,
		schema.WireLongLong, schema.WireLong, schema.WireVarchar, schema.WireVarchar, schema.WireString,
		schema.WireNewDecimal, schema.WireDatetime2, schema.WireTimestamp2, schema.WireTiny, schema.WireVarchar,
		12, 0xfc, 3, 200, 0, schema.WireString, 40, 10, 2, 6, 0, 0xfc, 3,
		0xff, 3,
	}
	c.tm = c.tm.withBody(m)
	tm, err := parseTableMap(event.MySQL, m, 8)
	if err != nil {
		b.Fatal(err)
	}
	images := []byte{0x10, 0x02, 42, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 30, 0}
	images = append(images, "thirty bytes of a customer nam\x06active"...)
	images = append(images,
		0x80, 0, 0x30, 0x39, 50, // 12345.50
		0x99, 0xb1, 0xc2, 0xc9, 0x38, 1, 2, 3,
		0x5f, 0x5e, 0x10, 0, 1)
	return c.repeated(b, tm, c.rows.withBody(rowsEventV2(10, append([]byte{0xff, 3}, images...)...)))
}

// BenchmarkRows decodes row images, on one core, here and in go-mysql.
func BenchmarkRows(b *testing.B) {
	for _, c := range benchCases(b) {
		b.Run("table="+c.name+"/decoder=cdcd", c.own)
		b.Run("table="+c.name+"/decoder=go-mysql", c.goMySQL)
	}
}

func (c *benchCase) own(b *testing.B) {
	before, after := make([]event.Value, c.width), make([]event.Value, c.width)
	b.ReportAllocs()
	b.SetBytes(int64(len(c.rows.body)))
	for b.Loop() {
		h, err := parseRowsHeader(uint8(c.rows.header.Type), c.rows.body, c.rows.post)
		if err != nil {
			b.Fatal(err)
		}
		rd, err := c.plan.newReader(h)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := drain(rd, before, after); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.images)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

func (c *benchCase) goMySQL(b *testing.B) {
	p := replication.NewBinlogParser()
	for _, e := range []recordedEvent{c.format, c.tm} {
		if _, err := p.Parse(e.raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(c.rows.body)))
	for b.Loop() {
		if _, err := p.Parse(c.rows.raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.images)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}
