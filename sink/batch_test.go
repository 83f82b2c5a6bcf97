package sink

import (
	"bytes"
	"encoding/hex"
	"hash/crc32"
	"testing"
	"time"

	"cdcd/sink/format"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// goldenBatch is two records, (key, value, header h=x) and (null, null), by
// producer 7 epoch 1 from sequence 5 at 2026-01-02T03:04:05Z, laid out by hand
// after Kafka's protocol guide.
const goldenBatch = "0000000000000000" + // base offset
	"00000046" + // length
	"ffffffff" + "02" + // leader epoch, magic
	"308d8317" + // crc
	"0000" + "00000001" + // attributes, last offset delta
	"0000019b7ca98c88" + "0000019b7ca98c88" + // base and max timestamp
	"0000000000000007" + "0001" + "00000005" + // producer id, epoch, sequence
	"00000002" + // records
	"1a" + "00" + "00" + "00" + "02" + "6b" + "04" + "7631" + "02" + "02" + "68" + "02" + "78" +
	"0c" + "00" + "00" + "02" + "01" + "01" + "00"

func TestBatchGolden(t *testing.T) {
	b := &batch{buf: make([]byte, headerSize, 4096), owner: producer{id: 7, epoch: 1}, sequence: 5}
	in := batchOf(&format.Topic{Name: "t"}, "k", "v1", "-", "-")
	in.Records[0].Headers = header("h", "x")
	for i := range in.Records {
		b.add(recordBody(b.records, &in.Records[i]), in.Data, &in.Records[i])
	}
	b.frame(nil, 0, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), &buffers{})
	b.stamp()
	if got := hex.EncodeToString(b.buf); got != goldenBatch {
		t.Errorf("got  %s\nwant %s", got, goldenBatch)
	}
}

// FuzzBatch compares the encoder with kmsg's decoder, which others wrote.
func FuzzBatch(f *testing.F) {
	f.Add([]byte("key"), []byte("value"), []byte("header"), uint8(3))
	f.Add([]byte{}, bytes.Repeat([]byte{7}, 9000), []byte{}, uint8(200))
	f.Fuzz(func(t *testing.T, key, value, head []byte, n uint8) {
		in := &format.Batch{}
		for i := range int(n) + 1 {
			addRecord(in, nil, pick(i%3 == 0, key), pick(i%4 == 1, value))
			if i%2 == 0 {
				in.Records[i].Headers = header("name", string(head))
			}
		}
		checkBatch(t, in)
	})
}

func pick(null bool, b []byte) string {
	if null || string(b) == "-" {
		return "-"
	}
	return string(b)
}

func TestBatchDecodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := &format.Batch{}
		for i := range rapid.IntRange(1, 300).Draw(t, "records") {
			addRecord(in, nil, rapid.String().Draw(t, "key"), rapid.String().Draw(t, "value"))
			if rapid.Bool().Draw(t, "header") {
				in.Records[i].Headers = header(rapid.String().Draw(t, "name"), rapid.String().Draw(t, "text"))
			}
		}
		checkBatch(t, in)
	})
}

func checkBatch(t rapid.TB, in *format.Batch) {
	t.Helper()
	var bufs buffers
	b := &batch{buf: make([]byte, headerSize)}
	for i := range in.Records {
		r, before := &in.Records[i], len(b.buf)
		body := recordBody(b.records, r)
		b.add(body, in.Data, r)
		if got := len(b.buf) - before; got != body+varintLen(int32(body)) {
			t.Fatalf("record %d takes %d bytes, want %d and its length", i, got, body)
		}
	}
	b.frame(nil, 0, time.UnixMilli(1), &bufs)
	b.stamp()
	var out kmsg.RecordBatch
	if err := out.ReadFrom(b.buf); err != nil {
		t.Fatal(err)
	}
	if out.CRC != int32(crc32.Checksum(b.buf[offAttributes:], castagnoli)) || out.NumRecords != int32(len(in.Records)) || int(out.Length) != len(b.buf)-12 {
		t.Fatalf("header %+v of %d records", out, len(in.Records))
	}
	checkRecords(t, in, out.Records)
}

func checkRecords(t rapid.TB, in *format.Batch, raw []byte) {
	t.Helper()
	for i := range in.Records {
		var r kmsg.Record
		if err := r.ReadFrom(raw); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		raw = raw[int(r.Length)+varintLen(r.Length):]
		if int(r.OffsetDelta) != i || !bytes.Equal(r.Key, in.Key(i)) || !bytes.Equal(r.Value, in.Value(i)) {
			t.Fatalf("record %d is %+v", i, r)
		}
		if (len(r.Headers) == 1) != (in.Records[i].Headers != nil) {
			t.Fatalf("record %d has %d headers", i, len(r.Headers))
		}
	}
	if len(raw) != 0 {
		t.Fatalf("%d bytes behind the last record", len(raw))
	}
}

// same tells null from empty.
func same(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

func TestNextSequence(t *testing.T) {
	f := func(seq, n, want int32) {
		t.Helper()
		if got := nextSequence(seq, n); got != want {
			t.Errorf("nextSequence(%d, %d) = %d, want %d", seq, n, got, want)
		}
	}
	f(0, 5, 5)
	f(1<<31-1, 1, 0)
	f(1<<31-3, 5, 2)
}

func TestBuffers(t *testing.T) {
	var s buffers
	for _, n := range []int{0, 1, smallest, smallest + 1, 1 << 20, 1<<20 + 1} {
		b := s.get(n)
		if len(b) != 0 || cap(b) != roundUp(n) || cap(b) < n {
			t.Errorf("get(%d) has %d of %d, want %d", n, len(b), cap(b), roundUp(n))
		}
		s.put(b)
	}
}
