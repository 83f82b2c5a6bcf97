package cluster

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"cdcd/offsets"
)

// maxDefinition bounds a table definition before it is compressed.
const maxDefinition = 16 << 20

// packer compresses table definitions. Its methods may be called concurrently.
type packer struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newPacker() (*packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDefinition))
	if err != nil {
		return nil, err
	}
	return &packer{enc: enc, dec: dec}, nil
}

func (p *packer) pack(t Table) (offsets.Table, error) {
	if len(t.Definition) > maxDefinition {
		return offsets.Table{}, fmt.Errorf("%w: the definition of table version %d has %d bytes, more than %d",
			offsets.ErrInvalid, t.Version, len(t.Definition), maxDefinition)
	}
	return offsets.Table{
		Version: t.Version, Hash: offsets.HashOf(t.Definition), Definition: p.enc.EncodeAll(t.Definition, nil),
	}, nil
}

// unpack is the inverse of pack.
func (p *packer) unpack(t offsets.Table) (Table, error) {
	content, err := p.dec.DecodeAll(t.Definition, nil)
	if err != nil {
		return Table{}, fmt.Errorf("%w: the definition of table version %d: %w", offsets.ErrCorrupt, t.Version, err)
	}
	if offsets.HashOf(content) != t.Hash {
		return Table{}, fmt.Errorf("%w: the definition of table version %d is not the one that was stored", offsets.ErrCorrupt, t.Version)
	}
	return Table{Version: t.Version, Definition: content}, nil
}
