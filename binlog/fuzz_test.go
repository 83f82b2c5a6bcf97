package binlog

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"testing"

	"cdcd/event"
	"cdcd/schema"
)

// cutEvents splits fuzzed bytes into events by the sizes in their headers, and
// makes their checksums right, so that damage gets past them.
func cutEvents(b []byte) [][]byte {
	var out [][]byte
	for len(b) >= headerSize {
		size := min(max(int(binary.LittleEndian.Uint32(b[9:])), headerSize), len(b))
		raw := slices.Clone(b[:size])
		binary.LittleEndian.PutUint32(raw[9:], uint32(size))
		if size >= headerSize+4 {
			binary.LittleEndian.PutUint32(raw[size-4:], crc32.ChecksumIEEE(raw[:size-4]))
		}
		out, b = append(out, raw), b[size:]
	}
	return out
}

// anyTables knows d.t and d.u, and makes up a definition for all other maps.
type anyTables struct{ *schema.Tracker }

func (a anyTables) Resolve(m *schema.TableMap) (*schema.Table, error) {
	if a.Table(m.ID) != nil {
		return a.Tracker.Resolve(m)
	}
	return tableLike(m), nil
}

// FuzzReader reads damaged streams: whatever comes, the reader ends with an
// error or at the end of the events.
func FuzzReader(f *testing.F) {
	for _, r := range recordedFiles(f) {
		var b []byte
		for i, e := range r.events {
			if i < 40 && len(b)+len(e.raw) < 8<<10 {
				b = append(b, e.raw...)
			}
		}
		f.Add(b, r.name == "maria_types")
	}
	f.Add(slices.Concat(mysqlHistory(withChecksums).gtid(1).begin().query("SAVEPOINT `a`").insert("t", 1).query("ROLLBACK TO `a`").
		xid().tagged(3).query("XA COMMIT X'67',X'62',1").gtid(5).
		payload(compressionNone, group().begin().insert("t", 1).xid()).raws...), false)
	f.Add(slices.Concat(mysqlHistory(withChecksums).gtid(1).query("XA START X'67',X'62',1").insert("t", 1).xaPrepare(0).
		gtid(2).query("XA COMMIT X'67',X'62',1").gtid(3).query("XA START X'67',X'62',1").insert("u", 1).xaPrepare(1).
		gtid(4).begin().insert("t", 1).query("ROLLBACK").raws...), false)
	f.Fuzz(func(t *testing.T, b []byte, maria bool) {
		flavor := event.MySQL
		if maria {
			flavor = event.MariaDB
		}
		r, err := newReader(readerConfig{
			flavor: flavor, tables: anyTables{testTables(t)}, queries: true, capture: func(schema.ID) bool { return true },
		}, &fakeStream{raws: cutEvents(b), err: io.EOF}, event.Position{})
		if err != nil {
			t.Fatal(err)
		}
		for {
			item, err := r.next(t.Context())
			if err != nil {
				return
			}
			if rows, ok := item.(*event.Rows); ok {
				width := len(rows.Table.Columns)
				_, _ = drain(rows.Reader, make([]event.Value, width), make([]event.Value, width))
			}
		}
	})
}

// FuzzQuery decodes damaged QUERY events, and looks for names in their text.
func FuzzQuery(f *testing.F) {
	for _, r := range recordedFiles(f) {
		for i, e := range r.events {
			if e.header.Type == typeQuery && i < 60 {
				f.Add(e.body, false)
			}
		}
	}
	f.Add(append(queryBody("d", ""), deflated([]byte("UPDATE `a``b`.\"c\" SET x=1"))...), true)
	f.Fuzz(func(_ *testing.T, b []byte, compressed bool) {
		q, err := parseQuery(b, compressed)
		if err != nil {
			return
		}
		q.verb()
		_, _ = toUTF8(q.vars.clientCharset, q.text)
		n := 0
		for id := range names(q.text, q.database) {
			if n++; id.Name == "" || n > len(q.text) {
				panic("names that are not in the text")
			}
		}
	})
}

// FuzzPayload reads the events of damaged payloads.
func FuzzPayload(f *testing.F) {
	events := group().begin().insert("t", 1).xid().inner()
	f.Add(payloadBody(compressionZstd, events))
	f.Add(payloadBody(compressionNone, events))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &reader{cfg: readerConfig{flavor: event.MySQL, tables: testTables(t), capture: captured}, tables: map[uint64]*binding{}}
		r.format = &formatDescription{postHeader: formatBody(event.MySQL, false)[57:]}
		if err := r.onPayload(header{}, 4, b); err != nil {
			return
		}
		for total := 0; r.payload != nil; {
			raw, err := r.payload.next()
			if errors.Is(err, io.EOF) || err != nil {
				r.payload.close()
				return
			}
			if total += len(raw); total > 64<<20 {
				return // a bomb, of which only one event is in memory
			}
		}
	})
}

// FuzzTaggedGTID decodes damaged tagged GTIDs.
func FuzzTaggedGTID(f *testing.F) {
	f.Add(taggedBody("blue", 7))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseTaggedGTID(b)
		if (err == nil) != (e.gtid != nil) {
			t.Errorf("%v, %v", e, err)
		}
	})
}

// FuzzXID reads damaged xids, and finds those that are printed again.
func FuzzXID(f *testing.F) {
	f.Add(" X'67',X'62',1 ONE PHASE", []byte{})
	f.Add(" X'',x'00FF',9223372036854775807", mysqlHistory().xaPrepare(1).raws[1][headerSize:])
	f.Fuzz(func(t *testing.T, text string, body []byte) {
		for _, x := range parsedXIDs(text, body) {
			if again, rest, err := parseXIDText(string(x)); again != x || rest != "" || err != nil {
				t.Errorf("%s reads as %s, %q, %v", x, again, rest, err)
			}
		}
	})
}

func parsedXIDs(text string, body []byte) (out []xid) {
	if x, _, err := parseXIDText(text); err == nil {
		out = append(out, x)
	}
	if x, _, err := parseXAPrepare(body); err == nil {
		out = append(out, x)
	}
	return out
}
