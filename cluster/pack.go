package cluster

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"cdcd/offsets"
)

// maxDefinition bounds a table definition before it is compressed.
const maxDefinition = 16 << 20

// packer compresses table definitions. Its methods may be called concurrently; a
// node has one, since an encoder takes megabytes.
type packer struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newPacker() (*packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20),
		zstd.WithLowerEncoderMem(true), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxDefinition))
	if err != nil {
		return nil, err
	}
	return &packer{enc: enc, dec: dec}, nil
}

// pack returns what the cluster keeps of a table. It leaves the definition out
// where one of the same hash is stored.
func (p *packer) pack(t Table, stored func(offsets.Hash) bool) (offsets.Table, error) {
	if len(t.Definition) > maxDefinition {
		return offsets.Table{}, fmt.Errorf("%w: the definition of table version %d has %d bytes, more than %d",
			offsets.ErrInvalid, t.Version, len(t.Definition), maxDefinition)
	}
	packed := offsets.Table{Version: t.Version, Hash: offsets.HashOf(t.Definition)}
	if !stored(packed.Hash) {
		packed.Definition = p.enc.EncodeAll(t.Definition, nil)
	}
	return packed, nil
}

// Kept is a table version as the cluster keeps it.
type Kept struct {
	table  offsets.Table
	packer *packer
}

// Version is the number of the version.
func (k Kept) Version() offsets.TableVersion { return k.table.Version }

// Hash names the definition: equal ones have equal hashes.
func (k Kept) Hash() offsets.Hash { return k.table.Hash }

// Definition returns what was put, or an [offsets.ErrCorrupt].
func (k Kept) Definition() ([]byte, error) {
	content, err := k.packer.dec.DecodeAll(k.table.Definition, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the definition of table version %d: %w", offsets.ErrCorrupt, k.table.Version, err)
	}
	if offsets.HashOf(content) != k.table.Hash {
		return nil, fmt.Errorf("%w: the definition of table version %d is not the one that was stored", offsets.ErrCorrupt, k.table.Version)
	}
	return content, nil
}
