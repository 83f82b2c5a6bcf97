package sink

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cdcd/sink/format"

	"github.com/twmb/franz-go/pkg/kfake"
)

// timingBatch is 100 records with values of 900 bytes that compress as JSON
// does, over 100 keys.
func timingBatch(topic *format.Topic) (*format.Batch, int64) {
	b := &format.Batch{}
	for i := range 100 {
		value := strings.Builder{}
		for j := 0; value.Len() < 880; j++ {
			fmt.Fprintf(&value, `{"column_%d":%d},`, j, i*7919+j*104729)
		}
		addRecord(b, topic, fmt.Sprintf(`{"id":%d}`, i), value.String()[:880])
		b.Records[i].Headers = header("__cdcd", "timing")
	}
	return b, int64(len(b.Data))
}

// BenchmarkAppend is framing alone, per record.
func BenchmarkAppend(b *testing.B) {
	in, size := timingBatch(&format.Topic{Name: "t"})
	var bufs buffers
	out := &batch{buf: bufs.get(1 << 20)[:headerSize]}
	b.SetBytes(size / 100)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 == 0 {
			out.buf, out.records = out.buf[:headerSize], 0
		}
		r := &in.Records[i%100]
		out.add(recordBody(out.records, r), in.Data, r)
	}
}

// BenchmarkFrame is the header, checksum and codec of a batch of 1000 records.
func BenchmarkFrame(b *testing.B) {
	for codec := None; codec <= Zstd; codec++ {
		b.Run("codec="+codec.String(), func(b *testing.B) {
			in, _ := timingBatch(&format.Topic{Name: "t"})
			z, _ := newCompressor(codec)
			var bufs buffers
			raw := &batch{buf: make([]byte, headerSize)}
			for i := range 1000 {
				r := &in.Records[i%100]
				raw.add(recordBody(raw.records, r), in.Data, r)
			}
			b.SetBytes(int64(len(raw.buf)))
			b.ReportAllocs()
			for b.Loop() {
				one := batch{buf: append(bufs.get(len(raw.buf)), raw.buf...), records: 1000}
				one.frame(z, 0, time.Time{}, &bufs)
				one.stamp()
				bufs.put(one.buf)
			}
		})
	}
}

// BenchmarkKafka is the whole sink against a broker in the same process that
// throws records away, per record; the broker's work is included.
func BenchmarkKafka(b *testing.B) {
	for codec := None; codec <= Zstd; codec++ {
		b.Run("codec="+codec.String(), func(b *testing.B) {
			c := fakeCluster(b, kfake.BlackholeProduce(), kfake.SeedTopics(4, "t"))
			k := open(b, c.ListenAddrs(), func(c *Config) { c.Compression, c.Logger = codec, nil })
			in, size := timingBatch(&format.Topic{Name: "t"})
			b.SetBytes(size / 100)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%100 != 0 {
					continue
				}
				if err := k.Append(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			flush(b, k)
		})
	}
}
