package binlog

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// recorded is the binlog file of one golden case.
type recorded struct {
	name   string
	events []recordedEvent
}

type recordedEvent struct {
	header header
	start  uint64
	raw    []byte // with header and checksum
	body   []byte // without
	post   int    // length of the post-header
	flavor event.Flavor
}

// recordedFiles reads the binlog files of all golden cases.
func recordedFiles(t testing.TB) []recorded {
	t.Helper()
	paths, err := filepath.Glob("../testdata/golden/*/binlog/*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded binlogs: %v", err)
	}
	var out []recorded
	for _, p := range paths {
		out = append(out, recorded{name: filepath.Base(filepath.Dir(filepath.Dir(p))), events: readEvents(t, p)})
	}
	return out
}

func recordedCase(t testing.TB, name string) recorded {
	t.Helper()
	for _, r := range recordedFiles(t) {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("no case %s", name)
	return recorded{}
}

func readEvents(t testing.TB, path string) []recordedEvent {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var events []recordedEvent
	var format *formatDescription
	flavor := event.MySQL
	for at := 4; at+headerSize <= len(b); {
		size := int(uint32(b[at+9]) | uint32(b[at+10])<<8 | uint32(b[at+11])<<16 | uint32(b[at+12])<<24)
		raw := b[at : at+size]
		h, err := parseHeader(raw)
		if err != nil {
			t.Fatal(err)
		}
		if h.Type == typeFormatDescription {
			if format, err = parseFormat(raw[headerSize:]); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(raw, []byte("MariaDB")) { // the server's version
				flavor = event.MariaDB
			}
		}
		events = append(events, recordedEvent{
			flavor: flavor, header: h, start: uint64(at), raw: raw,
			body: raw[headerSize : len(raw)-format.checksum], post: format.postHeaderLen(h.Type),
		})
		at += size
	}
	return events
}

func (e recordedEvent) isRows() bool {
	_, ok := rowsEvents[e.header.Type]
	return ok
}

// rowsOf calls f for each rows event with the table map it belongs to.
func (r recorded) rowsOf(t testing.TB, f func(*schema.TableMap, recordedEvent)) {
	t.Helper()
	maps := map[uint64]*schema.TableMap{}
	for _, e := range r.events {
		switch {
		case e.header.Type == typeTableMap:
			m, err := parseTableMap(e.flavor, e.body, e.post)
			if err != nil {
				t.Fatalf("%s at %d: %v", r.name, e.start, err)
			}
			maps[m.TableNumber] = m
		case e.isRows():
			h, err := parseRowsHeader(uint8(e.header.Type), e.body, e.post)
			if err != nil {
				t.Fatalf("%s at %d: %v", r.name, e.start, err)
			}
			f(maps[h.table], e)
		}
	}
}

// reader opens the rows of e.
func (e recordedEvent) reader(t testing.TB, p *rowsPlan) event.RowReader {
	t.Helper()
	h, err := parseRowsHeader(uint8(e.header.Type), e.body, e.post)
	if err != nil {
		t.Fatal(err)
	}
	rd, err := p.newReader(h)
	if err != nil {
		t.Fatal(err)
	}
	return rd
}

// tableLike makes up a definition that m fits. It reports false where the wire
// leaves open what a decoder needs, as the members of an ENUM.
func tableLike(m *schema.TableMap) *schema.Table {
	t := &schema.Table{ID: m.ID}
	for i, w := range m.Columns {
		c := schema.Column{Name: "c", Type: typeLike(w.Type), Charset: "utf8mb4", Length: -1, Scale: -1}
		if m.Meta != nil && m.Meta.Unsigned != nil {
			c.Unsigned = m.Meta.Unsigned[i]
		}
		if m.Meta != nil && m.Meta.Collations != nil && m.Meta.Collations[i] == binaryCollation {
			c.Charset = "binary"
		}
		switch w.Type {
		case schema.WireNewDecimal:
			c.Length, c.Scale = int(w.Meta>>8), int(w.Meta&0xff)
		case schema.WireTime2, schema.WireDatetime2, schema.WireTimestamp2:
			c.Scale = int(w.Meta)
		case schema.WireEnum:
			c.Members = make([]string, 255)
		case schema.WireSet:
			c.Members = make([]string, 64)
		}
		t.Columns = append(t.Columns, c)
	}
	return t
}

func typeLike(w uint8) schema.Type {
	for t := schema.TypeBool; t <= schema.TypeInet6; t++ {
		if fits(t, w) {
			return t
		}
	}
	return schema.TypeUnknown
}

// drain reads all rows and returns their number.
func drain(rd event.RowReader, before, after []event.Value) (int, error) {
	for n := 0; ; n++ {
		ok, err := rd.Next(before, after)
		if err != nil || !ok {
			return n, err
		}
	}
}
