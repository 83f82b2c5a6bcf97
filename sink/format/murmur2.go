package format

import (
	"encoding/binary"
	"slices"
)

// keyHash is the hash that Kafka's Java client takes modulo the number of
// partitions.
// Source: org.apache.kafka.common.utils.Utils.murmur2 and toPositive.
func keyHash(key []byte) uint32 { return murmur2(key) & 0x7fffffff }

func murmur2(data []byte) uint32 {
	const seed, m, r = 0x9747b28c, 0x5bd1e995, 24
	h := seed ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := binary.LittleEndian.Uint32(data) * m
		k = (k ^ k>>r) * m
		h = h*m ^ k
	}
	for i, c := range slices.Backward(data) {
		h ^= uint32(c) << (8 * i)
		if i == 0 {
			h *= m
		}
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}
