package binlog

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"cdcd/event"
	"cdcd/schema"
)

// history builds the raw events of a stream, one after the other, with the
// positions that a server would give them. The zero options are those of a
// stream whose checksums are off.
type history struct {
	flavor event.Flavor
	file   string
	pos    uint64 // end of the last event
	raws   [][]byte
	starts []boundary // where each event starts
	torn   boundary   // where a file ends without a rotate event

	checksums bool // events end in their checksum
	stripped  bool // positions count checksums that are not sent
	noPos     bool // end_log_pos is 0, as inside of MariaDB 11.4's groups
}

type boundary struct {
	file string
	pos  uint64
}

const testFile = "binlog.000001"

// mysqlHistory begins as a dump from the start of a file does.
func mysqlHistory(options ...func(*history)) *history {
	return newHistory(event.MySQL, options...)
}

func mariaHistory(options ...func(*history)) *history {
	return newHistory(event.MariaDB, options...)
}

func newHistory(flavor event.Flavor, options ...func(*history)) *history {
	h := &history{flavor: flavor, file: testFile, pos: 4}
	for _, o := range options {
		o(h)
	}
	return h.format()
}

func withChecksums(h *history) { h.checksums = true }
func withStripped(h *history)  { h.stripped = true }

// add appends an event and moves the position past it.
func (h *history) add(t eventType, flags uint16, body []byte) *history {
	h.mark()
	raw := h.seal(t, flags, body)
	h.pos += uint64(len(raw))
	if h.stripped && t != typeFormatDescription {
		h.pos += 4
	}
	if !h.noPos {
		binary.LittleEndian.PutUint32(raw[13:], uint32(h.pos))
	}
	return h.push(raw)
}

// artificial appends an event that the server made up, without a place.
func (h *history) artificial(t eventType, body []byte) *history {
	h.mark()
	return h.push(h.seal(t, flagArtificial, body))
}

func (h *history) mark() { h.starts = append(h.starts, boundary{h.file, h.pos}) }

func (h *history) push(raw []byte) *history {
	if h.checksums && eventType(raw[4]) != typeFormatDescription {
		binary.LittleEndian.PutUint32(raw[len(raw)-4:], crc32.ChecksumIEEE(raw[:len(raw)-4]))
	}
	h.raws = append(h.raws, raw)
	return h
}

func (h *history) seal(t eventType, flags uint16, body []byte) []byte {
	raw := rawEvent(t, flags, body)
	if h.checksums && t != typeFormatDescription {
		raw = append(raw, 0, 0, 0, 0)
		binary.LittleEndian.PutUint32(raw[9:], uint32(len(raw)))
	}
	return raw
}

const testServerID = 7

// rawEvent is header and body; the time is 100 s after the epoch.
func rawEvent(t eventType, flags uint16, body []byte) []byte {
	raw := make([]byte, headerSize, headerSize+len(body))
	raw[0], raw[4], raw[5] = 100, byte(t), testServerID
	binary.LittleEndian.PutUint32(raw[9:], uint32(headerSize+len(body)))
	binary.LittleEndian.PutUint16(raw[17:], flags)
	return append(raw, body...)
}

// le is v in n bytes.
func le(n int, v uint64) []byte { return binary.LittleEndian.AppendUint64(make([]byte, 0, n+8), v)[:n] }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func (h *history) format() *history {
	return h.add(typeFormatDescription, 0, formatBody(h.flavor, h.checksums))
}

// formatBody describes the shapes that all supported servers use: rows events
// of version 1 with 8 bytes of post-header, of version 2 with 10.
func formatBody(flavor event.Flavor, checksums bool) []byte {
	types := 42
	if flavor == event.MariaDB {
		types = 171
	}
	post := make([]byte, types)
	post[typeTableMap-1] = 8
	for t := range post {
		switch t := eventType(t + 1); {
		case t >= typeWriteRowsV1 && t <= typeDeleteRowsV1, t >= typeMariaWriteRowsZ1 && t <= typeMariaDeleteRowsZ1:
			post[t-1] = 8
		case t >= typeWriteRows && t <= typeDeleteRows, t == typePartialUpdateRows,
			t >= typeMariaWriteRowsZ2 && t <= typeMariaDeleteRowsZ2:
			post[t-1] = 10
		}
	}
	version := make([]byte, 50)
	copy(version, "9.7.0-test")
	alg := []byte{0}
	if checksums {
		alg[0] = 1
	}
	return join(le(2, 4), version, le(4, 0), []byte{headerSize}, post, alg, le(4, 0))
}

// rotate ends the file; what follows stands in another one.
func (h *history) rotate(file string) *history {
	h.add(typeRotate, 0, rotateBody(file, 4))
	h.file, h.pos = file, 4
	return h
}

// crash ends the file without a word; the server goes on in another one.
func (h *history) crash(file string) *history {
	h.torn = boundary{h.file, h.pos}
	h.file, h.pos = file, 4
	return h
}

func rotateBody(file string, pos uint64) []byte { return append(le(8, pos), file...) }

// Transactions.

var testUUID = [16]byte{0xaa, 15: 0x01}

const testUUIDText = "aa000000-0000-0000-0000-000000000001"

// commitMicrosAt is the commit time of transaction n.
func commitMicrosAt(n uint64) uint64 { return 200_000_000 + n }

func (h *history) gtid(n uint64) *history { return h.add(typeGTID, 0, gtidBody(testUUID, n)) }

func gtidBody(uuid [16]byte, n uint64) []byte {
	return join([]byte{1}, uuid[:], le(8, n), []byte{2}, le(16, 0), le(7, commitMicrosAt(n)))
}

func (h *history) anonymous() *history {
	return h.add(typeAnonymousGTID, 0, gtidBody([16]byte{}, 0))
}

func (h *history) tagged(n uint64) *history {
	return h.add(typeGTIDTagged, 0, taggedBody("blue", n))
}

// taggedBody writes the fields of GTID_TAGGED_LOG_EVENT: a number, then the
// field's value. Source: MySQL libs/mysql/serialization/readme.md.
func taggedBody(tag string, n uint64) []byte {
	var uuid []byte
	for _, c := range testUUID {
		uuid = append(uuid, serial(uint64(c))...)
	}
	fields := join(serial(0), serial(0),
		serial(1), uuid, serial(2), serial(2*n), // signed
		serial(3), serial(uint64(len(tag))), []byte(tag), serial(4), serial(0), serial(5), serial(2),
		serial(6), serial(commitMicrosAt(n)), serial(8), serial(1000), serial(9), serial(90700))
	return join(serial(1), serial(uint64(len(fields)+3)), serial(9), fields)
}

// serial writes a number in seven bits a byte; the ones at its low end tell how
// many bytes follow.
func serial(v uint64) []byte {
	n := 1
	for v>>(7*n) != 0 {
		n++
	}
	return le(n, v<<n|(1<<(n-1)-1))
}

// query appends a QUERY event of a session whose default database is d.
func (h *history) query(text string, vars ...byte) *history {
	return h.add(typeQuery, 0, queryBody("d", text, vars...))
}

func queryBody(db, text string, vars ...byte) []byte {
	return join(le(4, 11), le(4, 0), []byte{byte(len(db))}, le(2, 0), le(2, uint64(len(vars))), vars,
		[]byte(db), []byte{0}, []byte(text))
}

func (h *history) begin() *history { return h.query("BEGIN") }
func (h *history) xid() *history   { return h.add(typeXID, 0, le(8, 99)) }

// xaPrepare closes the branch g.b.
func (h *history) xaPrepare(onePhase byte) *history {
	const gtrid, bqual = "g", "b"
	return h.add(typeXAPrepare, 0, join([]byte{onePhase}, le(4, 1), le(4, uint64(len(gtrid))), le(4, uint64(len(bqual))),
		[]byte(gtrid), []byte(bqual)))
}

// mariaGTID flags: standalone 1, prepared XA 64, decided XA 128.
func (h *history) mariaGTID(domain, seq uint64, flags byte) *history {
	return h.add(typeMariaGTID, 0, join(le(8, seq), le(4, domain), []byte{flags}, le(6, 0)))
}

func (h *history) queryCompressed(text string) *history {
	plain := queryBody("d", "")
	return h.add(typeMariaQueryCompressed, 0, append(plain, deflated([]byte(text))...))
}

// deflated is MariaDB's form of compressed events.
func deflated(b []byte) []byte {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return append(binary.BigEndian.AppendUint16([]byte{0x82}, uint16(len(b))), z.Bytes()...)
}

// payload wraps the events of inner, which have neither place nor checksum.
func (h *history) payload(algorithm byte, inner *history) *history {
	return h.add(typeTransactionPayload, 0, payloadBody(algorithm, inner.inner()))
}

func (h *history) inner() []byte { return slices.Concat(h.raws...) }

// group is a bare sequence of events, for payload.
func group() *history { return &history{flavor: event.MySQL, noPos: true} }

func payloadBody(algorithm byte, events []byte) []byte {
	data := events
	if algorithm == compressionZstd {
		z, err := zstd.NewWriter(nil)
		if err != nil {
			panic(err)
		}
		data = z.EncodeAll(events, nil)
		_ = z.Close()
	}
	compression := []byte{payloadCompression, 1, algorithm}
	if algorithm > 250 {
		compression = []byte{payloadCompression, 3, 0xfc, algorithm, 0}
	}
	size := func(kind byte, n int) []byte { return join([]byte{kind, 9, 0xfe}, le(8, uint64(n))) }
	return join(compression, size(payloadInflated, len(events)), size(payloadSize, len(data)), []byte{payloadEnd}, data)
}

// Rows of tables that have the columns (id INT NOT NULL, s VARCHAR(20)).

type testRow struct {
	id int
	s  string
}

func (h *history) tableMap(number uint64, table string) *history {
	return h.add(typeTableMap, 0, tableMapBody(number, table))
}

func tableMapBody(number uint64, table string) []byte {
	return join(le(6, number), le(2, 1), []byte{1, 'd', 0, byte(len(table))}, []byte(table),
		[]byte{0, 2, schema.WireLong, schema.WireVarchar, 2, 80, 0, 2})
}

// rows appends a rows event; updates take a before image and an after image
// for each row.
func (h *history) rows(t eventType, number uint64, images ...testRow) *history {
	return h.add(t, 0, rowsBody(t, number, images...))
}

func rowsBody(t eventType, number uint64, images ...testRow) []byte {
	b := join(le(6, number), le(2, 1))
	if t >= typeWriteRows && t < typeMariaAnnotateRows || t >= typeMariaWriteRowsZ2 {
		b = append(b, 2, 0)
	}
	b = append(b, 2, 3)
	switch t {
	case typeUpdateRowsV1, typeUpdateRows, typePartialUpdateRows, typeMariaUpdateRowsZ1, typeMariaUpdateRowsZ2:
		b = append(b, 3)
	}
	var rows []byte
	for _, r := range images {
		rows = binary.LittleEndian.AppendUint32(append(rows, 0), uint32(r.id))
		rows = append(append(rows, byte(len(r.s))), r.s...)
	}
	if t >= typeMariaWriteRowsZ1 {
		rows = deflated(rows)
	}
	return append(b, rows...)
}

// insert is a table map of number 1 and one row.
func (h *history) insert(table string, id int) *history {
	return h.tableMap(1, table).rows(typeWriteRows, 1, testRow{id, secret})
}

// secret is the value of a column that no error may quote.
const secret = "s3cret"

// describe names a place by the number of the event that starts there.
func (h *history) describe(file string, pos uint64) string {
	place := boundary{file, pos}
	ends := append(slices.Clone(h.starts), boundary{h.file, h.pos})
	for i, end := range slices.Backward(ends) { // artificial events stand where the next one does
		if end == place {
			return fmt.Sprintf("@%d", i)
		}
	}
	if place == h.torn {
		return "@torn"
	}
	return fmt.Sprintf("%s:%d", file, pos)
}

func gtidText(n int) string { return fmt.Sprintf("%s:%d", strings.ToLower(testUUIDText), n) }
