package checker

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"testing"

	"github.com/klauspost/compress/s2"
)

// uuid is of the script's source.
const uuid = "00000000-0000-0000-0000-000000000001"

// script builds a history in a few words: what the source committed, and which
// Kafka transactions there were.
//
//	s.txn(1, ins("a", 1, 100), ins("b", 1, 5))
//	s.commit(all(1), at(1, 1, 1))
//
// Each Kafka transaction has an epoch of its own, unless the protocol is the
// first one.
type script struct {
	t       *testing.T
	image   *image
	source  *source
	log     *log
	rows    map[int][]rowSpec // by transaction
	uuid    string
	before  int // transactions of uuid before the script's
	epoch   int16
	first   bool  // protocol
	skip    int32 // added to each batch's sequence number
	decided []decision
}

// rowSpec is a change of a row of (id, v).
type rowSpec struct {
	table         int
	op            operation
	before, after *[2]int
}

func ins(table string, id, v int) rowSpec {
	return rowSpec{table: tableNumber(table), op: insert, after: &[2]int{id, v}}
}

func del(table string, id, v int) rowSpec {
	return rowSpec{table: tableNumber(table), op: remove, before: &[2]int{id, v}}
}

func upd(table string, id, from, to int) rowSpec {
	return rowSpec{table: tableNumber(table), op: update, before: &[2]int{id, from}, after: &[2]int{id, to}}
}

// rekey is an update of the key.
func rekey(table string, from, to, v int) rowSpec {
	return rowSpec{table: tableNumber(table), op: update, before: &[2]int{from, v}, after: &[2]int{to, v}}
}

func tableNumber(name string) int { return int(name[0] - 'a') }

// scriptLayout is that of (id BIGINT, v INT).
const scriptLayout = layout("\x08\x04")

// statePartition is the state topic's number among the partitions; tables a and b
// have two each before it.
const statePartition = 4

func newScript(t *testing.T) *script {
	t.Helper()
	tables := Tables("it", "d", "a", "b")
	for i := range tables {
		tables[i].layout = scriptLayout
	}
	m := newImage()
	s := &script{t: t, image: m, source: newSource(tables), rows: map[int][]rowSpec{}, uuid: uuid}
	s.log = &log{source: s.source, image: m, bank: map[string]string{"it.d.b": "v"}}
	for i, table := range tables {
		for n := range int32(2) {
			s.log.partition(extent{topic: table.Topic, number: n, stable: math.MaxInt64}, int16(i))
		}
	}
	s.log.partition(extent{topic: "__cdcd-state-it", stable: math.MaxInt64}, -1)
	return s
}

// txn has the source commit a transaction.
func (s *script) txn(n int, rows ...rowSpec) {
	s.rows[n] = rows
	var changes []change
	for _, r := range rows {
		changes = append(changes, change{
			table: int16(r.table), op: r.op, before: s.sum(r.before), after: s.sum(r.after), layout: s.source.layoutOf(scriptLayout),
		})
	}
	id := s.id(n)
	s.source.commit(id, id, place{"binlog.000001", int64(n)}, changes)
}

func (s *script) id(n int) txnID {
	id, err := s.source.ids.parseID(s.gtid(n))
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// gtid is the id of transaction n of a script without a server.
func gtid(n int) string { return fmt.Sprintf("%s:%d", uuid, n) }

func (s *script) gtid(n int) string { return fmt.Sprintf("%s:%d", s.uuid, s.before+n) }

func (s *script) sum(row *[2]int) uint64 {
	sum, err := s.image.sumRow(rowJSON(row), scriptLayout)
	if err != nil {
		s.t.Fatal(err)
	}
	return sum
}

func rowJSON(row *[2]int) json.RawMessage {
	if row == nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(fmt.Sprintf(`{"id":%d,"v":%d}`, row[0], row[1]))
}

// entry is a record to be written.
type entry struct {
	part int32
	raw  rawRecord
}

// piece is something to be written: entries, once the source is known.
type piece func(s *script) []entry

// all are the records of transaction n.
func all(n int) piece {
	return func(s *script) (out []entry) {
		for seq := range s.rows[n] {
			out = append(out, s.entries(n, seq)...)
		}
		return out
	}
}

// only are the records of some changes of transaction n.
func only(n int, seqs ...int) piece {
	return func(s *script) (out []entry) {
		for _, seq := range seqs {
			out = append(out, s.entries(n, seq)...)
		}
		return out
	}
}

// split is only, of a later part.
func split(n int, seqs ...int) piece {
	return func(s *script) []entry {
		out := only(n, seqs...)(s)
		for i := range out {
			out[i].raw.headers = append(out[i].raw.headers, rawHeader{"cdcd.split", []byte("2")})
		}
		return out
	}
}

// changed are the entries of p after f.
func changed(p piece, f func([]entry) []entry) piece {
	return func(s *script) []entry { return f(p(s)) }
}

// at is a state record: N, session, and the last transaction behind it.
func at(n, session, upto int) piece {
	return func(s *script) []entry {
		data := fmt.Sprintf(`{"v":1,"state":{"n":%d,"pos":{"flavor":"mysql","gtids":"%s:1-%d"}},"session":%d}`, n, s.uuid, s.before+upto, session)
		value := fmt.Appendf(nil, `{"crc":"%08x","data":%s}`, crc32.Checksum([]byte(data), crcTable), data)
		if n%3 == 0 { // as a large one is
			value = s2.Encode(nil, value)
		}
		return []entry{{statePartition, rawRecord{key: []byte("state"), value: value}}}
	}
}

func (s *script) entries(n, seq int) []entry {
	r := s.rows[n][seq]
	switch {
	case r.op == update && r.before[0] != r.after[0]:
		return append(s.deleted(n, seq, r.table, r.before), s.entry(n, seq, r.table, insert, nil, r.after))
	case r.op == remove:
		return s.deleted(n, seq, r.table, r.before)
	}
	return []entry{s.entry(n, seq, r.table, r.op, r.before, r.after)}
}

func (s *script) deleted(n, seq, table int, row *[2]int) []entry {
	first := s.entry(n, seq, table, remove, row, nil)
	second := first
	second.raw.value = nil
	return []entry{first, second}
}

func (s *script) entry(n, seq, table int, op operation, before, after *[2]int) entry {
	row := after
	if row == nil {
		row = before
	}
	return entry{int32(table*2 + row[0]%2), rawRecord{
		key:     fmt.Appendf(nil, `{"id":%d}`, row[0]),
		value:   fmt.Appendf(nil, `{"before":%s,"after":%s,"op":"%c"}`, rowJSON(before), rowJSON(after), op),
		headers: []rawHeader{{"cdcd.gtid", []byte(s.gtid(n))}, {"cdcd.seq", fmt.Append(nil, seq)}},
	}}
}

func (s *script) commit(pieces ...piece) { s.kafka(true, pieces) }
func (s *script) abort(pieces ...piece)  { s.kafka(false, pieces) }

// kafka writes a Kafka transaction and its markers.
func (s *script) kafka(commit bool, pieces []piece) {
	if !s.first {
		s.epoch++
	}
	d := decision{producer: 7, commit: commit}
	for _, p := range pieces {
		for _, e := range p(s) {
			s.write(e, true)
			d.parts = append(d.parts, e.part)
		}
	}
	d.parts = distinct(d.parts)
	s.decided = append(s.decided, d)
	for _, part := range d.parts {
		s.mark(part, commit)
	}
}

func distinct(parts []int32) (out []int32) {
	for _, p := range parts {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// write appends one batch of one record.
func (s *script) write(e entry, transactional bool) {
	p := s.log.parts[e.part]
	e.raw.offset = p.next
	b := batch{base: p.next, last: p.next, producer: 7, epoch: s.epoch, transactional: transactional, records: []rawRecord{e.raw}}
	if o := p.open[7]; o != nil {
		b.sequence = o.next + s.skip
	}
	s.log.add(e.part, b)
}

func (s *script) mark(part int32, commit bool) {
	p := s.log.parts[part]
	if o := p.open[7]; o != nil && !commit {
		p.aborted[abortedTxn{7, o.first}] = true
	}
	epoch, kind := s.epoch, byte(0)
	if !s.first {
		epoch++
	}
	if commit {
		kind = 1
	}
	s.log.add(part, batch{
		base: p.next, last: p.next, producer: 7, epoch: epoch, transactional: true, control: true,
		records: []rawRecord{{offset: p.next, key: []byte{0, 0, 0, kind}, value: []byte{0, 0, 0, 0, 0, 9}}},
	})
}

// check decides; the tables hold what the source made of them.
func (s *script) check() *Report {
	s.log.finish()
	h := &history{source: s.source, log: s.log, tombstones: true, tables: make([]finalTable, 2)}
	for i := range h.tables {
		rows := map[uint64]int{}
		for _, c := range s.source.changes {
			if int(c.table) == i {
				count(rows, c.before, -1)
				count(rows, c.after, 1)
			}
		}
		h.tables[i] = finalTable{}
		for row, n := range rows {
			h.tables[i][row] = finalRow{count: n}
		}
	}
	return h.check(s.decided, true)
}
