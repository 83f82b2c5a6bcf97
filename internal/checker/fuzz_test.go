package checker

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// storedBatch is a batch of two records with headers, as a broker stores it.
func storedBatch(attributes int16) []byte {
	var payload []byte
	for i := range int32(2) {
		r := kmsg.Record{OffsetDelta: i, Key: []byte("k"), Value: []byte(`{"op":"c"}`), Headers: []kmsg.Header{{Key: "cdcd.seq", Value: []byte("1")}}}
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		payload = r.AppendTo(payload)
	}
	b := kmsg.RecordBatch{
		FirstOffset: 41, Magic: 2, Attributes: attributes, LastOffsetDelta: 1, ProducerID: 7, ProducerEpoch: 3,
		FirstSequence: 5, NumRecords: 2, Records: payload, Length: int32(49 + len(payload)),
	}
	out := b.AppendTo(nil)
	binary.BigEndian.PutUint32(out[17:], crc32.Checksum(out[21:], crcTable))
	return out
}

func TestParseBatch(t *testing.T) {
	whole, rest, ok := cutBatch(append(storedBatch(attrTransactional), 1, 2, 3))
	if !ok || len(rest) != 3 {
		t.Fatalf("cut: %v, %d bytes are left", ok, len(rest))
	}
	b, err := parseBatch(whole, kgo.DefaultDecompressor())
	if err != nil {
		t.Fatal(err)
	}
	r := b.records[1]
	if b.base != 41 || b.last != 42 || b.producer != 7 || b.epoch != 3 || b.sequence != 5 || !b.transactional || b.control ||
		r.offset != 42 || string(r.key) != "k" || string(r.value) != `{"op":"c"}` || len(r.headers) != 1 || r.headers[0].name != "cdcd.seq" {
		t.Errorf("read %+v", b)
	}
	whole[len(whole)-1]++
	if _, err := parseBatch(whole, kgo.DefaultDecompressor()); err == nil {
		t.Error("a batch of a wrong checksum was read")
	}
}

func FuzzParseBatch(f *testing.F) {
	f.Add(storedBatch(0))
	f.Add(storedBatch(attrTransactional | attrControl))
	f.Fuzz(func(_ *testing.T, b []byte) {
		for {
			whole, rest, ok := cutBatch(b)
			if !ok {
				return
			}
			b = rest
			binary.BigEndian.PutUint16(whole[21:], binary.BigEndian.Uint16(whole[21:])&^attrCodec)
			binary.BigEndian.PutUint32(whole[17:], crc32.Checksum(whole[21:], crcTable))
			if parsed, err := parseBatch(whole, kgo.DefaultDecompressor()); err == nil {
				parseMarker(parsed)
				for i := range parsed.records {
					_, _ = readIdentity(parsed.records[i].headers)
					_, _ = parseState(parsed.records[i].value)
					_, _, _ = parseDecision(&parsed.records[i], nil)
				}
			}
		}
	})
}

const mysqlText = `# at 839
#261125  2:11:25 server id 1  end_log_pos 918 CRC32 0x623fbcee 	GTID	last_committed=3	sequence_number=4	rbr_only=yes
SET @@SESSION.GTID_NEXT= '83c863e4-e875-11f1-9d7b-02fc00000001:4'/*!*/;
# at 918
#261125  2:11:25 server id 1  end_log_pos 998 CRC32 0x42bd8f75 	Query	thread_id=9	exec_time=0	error_code=0
SET TIMESTAMP=1795572685/*!*/;
BEGIN
/*!*/;
# at 1176
#261125  2:11:25 server id 1  end_log_pos 1261 CRC32 0x1a5e99f1 	Update_rows: table id 106 flags: STMT_END_F
### UPDATE ` + "`d`.`t`" + `
### WHERE
###   @1=-1 (4294967295) /* INT meta=0 nullable=0 is_null=0 */
###   @2='it\'s \\ \x00' /* VARSTRING(240) meta=240 nullable=1 is_null=0 */
### SET
###   @1=1 /* INT meta=0 nullable=0 is_null=0 */
###   @2=NULL /* VARSTRING(240) meta=240 nullable=1 is_null=1 */
# at 1261
#261125  2:11:25 server id 1  end_log_pos 1292 CRC32 0x10ce565b 	Xid = 8
COMMIT/*!*/;
`

const mariaText = `# at 4626
#261125  2:11:26 server id 1  end_log_pos 4672 CRC32 0xcbf5db55 	GTID 0-1-15 trans
/*M!100001 SET @@session.gtid_seq_no=15*//*!*/;
XA START X'61',X'62',3/*!*/;
# at 4780
#261125  2:11:26 server id 1  end_log_pos 4818 CRC32 0x909ed64e 	Write_rows: table id 18 flags: STMT_END_F
### INSERT INTO ` + "`d`.`t`" + `
### SET
###   @1=20 /* INT meta=0 nullable=0 is_null=0 */
# Number of rows: 1
# at 3887
#261125  2:11:26 server id 1  end_log_pos 3964 CRC32 0x6f01089d 	Query	thread_id=5	exec_time=0	error_code=0	xid=0
SAVEPOINT ` + "`b`" + `
/*!*/;
ROLLBACK TO ` + "`b`" + `
/*!*/;
XA PREPARE X'61',X'62',3
/*!*/;
# at 4940
#261125  2:11:26 server id 1  end_log_pos 4984 CRC32 0x1b817f6e 	GTID 0-1-16 trans
# at 4984
#261125  2:11:26 server id 1  end_log_pos 5071 CRC32 0x89ad1eff 	Query	thread_id=5	exec_time=0	error_code=0	xid=0
XA COMMIT X'61',X'62',3
/*!*/;
`

// Of a group that ends in ROLLBACK the changes of tables without transactions are
// kept, and so they are of an XA branch that was not even prepared.
func TestParser_RollbackOverTwoEngines(t *testing.T) {
	for _, text := range []string{
		strings.Replace(mysqlText, "COMMIT", "ROLLBACK", 1),
		strings.Replace(mysqlText, "COMMIT", "XA ROLLBACK X'61',X'',1", 1),
	} {
		for _, lasting := range []bool{false, true} {
			p := newParser(Tables("it", "d", "t"), true, newImage())
			p.out.tables[0].lasting = lasting
			if err := p.read("binlog.000001", strings.NewReader(text)); err != nil {
				t.Fatal(err)
			}
			if (len(p.out.groups) == 1) != lasting || (len(p.out.undone) == 0) != lasting {
				t.Errorf("lasting rows %v: %d groups, %d undone", lasting, len(p.out.groups), len(p.out.undone))
			}
		}
	}
}

// parseText reads what must not panic, and what is read must hang together.
func parseText(t *testing.T, text string, mysql bool) (*source, error) {
	t.Helper()
	p := newParser(Tables("it", "d", "t"), mysql, newImage())
	err := p.read("binlog.000001", strings.NewReader(text))
	for i, g := range p.out.groups {
		if g.count == 0 || int(g.first+g.count) > len(p.out.changes) || p.out.find(p.out.name(int32(i))) == unknown {
			t.Errorf("group %+v of %d changes", g, len(p.out.changes))
		}
	}
	return p.out, err
}

func TestParser_Excerpts(t *testing.T) {
	for _, text := range []string{mysqlText, mariaText} {
		s, err := parseText(t, text, text == mysqlText)
		if err != nil || len(s.groups) != 1 || len(s.changes) != 1 {
			t.Errorf("%d groups with %d changes (%v), want one of one", len(s.groups), len(s.changes), err)
		}
	}
	if _, err := parseText(t, strings.Replace(mysqlText, "COMMIT", "DO 1", 1)+mysqlText, true); err == nil {
		t.Error("a group without an end was accepted")
	}
}

func FuzzBinlogText(f *testing.F) {
	f.Add(mysqlText, true)
	f.Add(mariaText, false)
	f.Fuzz(func(t *testing.T, text string, mysql bool) { _, _ = parseText(t, text, mysql) })
}

// Of what is JSON, every member of an object is found, in its order.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[1,"}"]} , "d\"":null,"e":"x\\"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(` {"a" : -1.5e3 }`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var got []string
		err := members(b, func(name, value []byte) error {
			var plain string
			_ = json.Unmarshal(name, &plain)
			got = append(got, plain+"="+string(value))
			return newImage().value(text, value)
		})
		if len(b) == 0 || b[0] != '{' || !json.Valid(b) {
			return
		}
		if want := decodeMembers(b); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: members %q (%v), want %q", b, got, err, want)
		}
	})
}

func decodeMembers(b []byte) (out []string) {
	d := json.NewDecoder(bytes.NewReader(b))
	_, _ = d.Token()
	for d.More() {
		var value json.RawMessage
		name, _ := d.Token()
		_ = d.Decode(&value)
		plain, _ := name.(string)
		out = append(out, plain+"="+string(value))
	}
	return out
}

func FuzzParsePosition(f *testing.F) {
	f.Add(uuid+":1-5:7:blue:1-3,"+uuid+":9", uint64(6))
	f.Add("0-1-7,1-2-9", uint64(7))
	f.Add("binlog.000001:4711", uint64(1))
	f.Fuzz(func(t *testing.T, text string, n uint64) {
		p, err := parsePosition(text)
		if err != nil {
			return
		}
		p.holds(uuid+":", n, place{"binlog.000001", 5})
		if why := p.falls(p); why != "" {
			t.Errorf("%q is before itself: %s", text, why)
		}
	})
}

func TestPosition(t *testing.T) {
	parse := func(text string) position {
		p, err := parsePosition(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct{ before, after string }{
		{"", uuid + ":1"},
		{uuid + ":1-5", uuid + ":1-6:8:blue:1"},
		{uuid + ":1-3:4-5", strings.ToUpper(uuid) + ":1-5"},
		{"0-1-7", "0-2-8,1-1-1"},
		{"binlog.000009:900", "binlog.000010:4"},
		{"binlog.999999:900", "binlog.1000000:4"},
	} {
		before, after := parse(c.before), parse(c.after)
		if why := before.falls(after); why != "" {
			t.Errorf("%s is not before %s: %s", c.before, c.after, why)
		}
		if c.before != uuid+":1-3:4-5" && after.falls(before) == "" {
			t.Errorf("%s is not behind %s", c.after, c.before)
		}
	}
	for _, wrong := range []string{"x", "0-1", uuid + ":1,x", "0-1-x"} {
		if _, err := parsePosition(wrong); err == nil && wrong != "0-1" {
			t.Errorf("%q was read as a position", wrong)
		}
	}
}

func TestUnquote(t *testing.T) {
	for _, c := range []struct {
		in, mysql, maria string
	}{
		{`it\'s`, `it's`, `it\'s`},
		{`a\x0ab\\\n\t`, "a\nb\\\n\t", "a\nb\\\\\\n\\t"},
		{`\x41\q\`, `Aq\`, `\x41\q\`},
	} {
		if got := string(unquote([]byte(c.in), true)); got != c.mysql {
			t.Errorf("%s is %q to MySQL, want %q", c.in, got, c.mysql)
		}
		if got := string(unquote([]byte(c.in), false)); got != c.maria {
			t.Errorf("%s is %q to MariaDB, want %q", c.in, got, c.maria)
		}
	}
}
