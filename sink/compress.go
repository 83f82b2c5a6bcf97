package sink

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	kafka "github.com/segmentio/kafka-go"
)

// Compression is a codec of record batches, numbered as in their attributes.
type Compression uint8

// The codecs that every Kafka consumer reads.
const (
	None Compression = iota
	Gzip
	Snappy // framed as snappy-java does ("xerial"), which is what Kafka means by snappy
	LZ4    // the frame format
	Zstd
)

var compressionNames = [...]string{"none", "gzip", "snappy", "lz4", "zstd"}

// ParseCompression reads a name as compression.type spells it; "" is none.
func ParseCompression(name string) (Compression, error) {
	if name == "" {
		return None, nil
	}
	for i, n := range compressionNames {
		if n == name {
			return Compression(i), nil
		}
	}
	return None, fmt.Errorf("sink: compression %q is not one of %v", name, compressionNames)
}

// String returns the name that ParseCompression reads.
func (c Compression) String() string {
	if int(c) < len(compressionNames) {
		return compressionNames[c]
	}
	return fmt.Sprintf("compression(%d)", uint8(c))
}

// compressor appends the compressed form of src to dst. It is used by one
// goroutine at a time, and reuses its encoder.
type compressor interface {
	codec() Compression
	compress(dst, src []byte) []byte
}

// newCompressor returns nil for None.
func newCompressor(c Compression) (compressor, error) {
	switch c {
	case None:
		return nil, nil
	case Gzip:
		return &gzipCompressor{w: gzip.NewWriter(nil)}, nil
	case Snappy:
		return &snappyCompressor{}, nil
	case LZ4:
		return newLZ4()
	case Zstd:
		return newZstd()
	}
	return nil, fmt.Errorf("sink: %s is not a codec", c)
}

type gzipCompressor struct{ w *gzip.Writer }

func (*gzipCompressor) codec() Compression { return Gzip }

func (z *gzipCompressor) compress(dst, src []byte) []byte {
	out := bytes.NewBuffer(dst)
	z.w.Reset(out)
	_, _ = z.w.Write(src) // a bytes.Buffer does not fail
	_ = z.w.Close()
	return out.Bytes()
}

// snappyCompressor writes snappy-java's stream: a header, then blocks of at
// most 32 KiB, each with its compressed length in front.
type snappyCompressor struct{ block []byte }

const (
	xerialHeader = "\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01"
	xerialBlock  = 32 << 10
)

func (*snappyCompressor) codec() Compression { return Snappy }

func (z *snappyCompressor) compress(dst, src []byte) []byte {
	if z.block == nil {
		z.block = make([]byte, s2.MaxEncodedLen(xerialBlock))
	}
	dst = append(dst, xerialHeader...)
	for len(src) > 0 {
		n := min(len(src), xerialBlock)
		block := s2.EncodeSnappy(z.block, src[:n])
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(block)))
		dst = append(dst, block...)
		src = src[n:]
	}
	return dst
}

type lz4Compressor struct{ w *lz4.Writer }

func newLZ4() (*lz4Compressor, error) {
	w := lz4.NewWriter(nil)
	err := w.Apply(lz4.BlockSizeOption(lz4.Block256Kb), lz4.ChecksumOption(false))
	return &lz4Compressor{w: w}, err
}

func (*lz4Compressor) codec() Compression { return LZ4 }

func (z *lz4Compressor) compress(dst, src []byte) []byte {
	out := bytes.NewBuffer(dst)
	z.w.Reset(out)
	_, _ = z.w.Write(src) // a bytes.Buffer does not fail
	_ = z.w.Close()
	return out.Bytes()
}

type zstdCompressor struct{ w *zstd.Encoder }

func newZstd() (*zstdCompressor, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithZeroFrames(true))
	return &zstdCompressor{w: w}, err
}

func (*zstdCompressor) codec() Compression { return Zstd }

func (z *zstdCompressor) compress(dst, src []byte) []byte { return z.w.EncodeAll(src, dst) }

// maxInflated bounds what a batch of somebody else may become.
const maxInflated = 64 << 20

// decompressed returns the records of a batch.
func decompressed(c Compression, b []byte) ([]byte, error) {
	if c == None {
		return b, nil
	}
	codec := kafka.Compression(c).Codec()
	if codec == nil {
		return nil, fmt.Errorf("%s is not a codec", c)
	}
	r := codec.NewReader(bytes.NewReader(b))
	defer r.Close()
	out, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("decompress %s: %w", c, err)
	case len(out) > maxInflated:
		return nil, fmt.Errorf("decompress %s: there is more than %d bytes of it", c, maxInflated)
	}
	return out, nil
}
