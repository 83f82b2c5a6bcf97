package sink

import "sync"

// buffers recycles batch memory in a few sizes, each four times the one below,
// so that growing a batch copies a third of it at most and a small batch does
// not hold the memory of a large one.
type buffers struct {
	pools [sizes]sync.Pool
}

const (
	sizes    = 5
	smallest = 4 << 10 // largest is 1 MiB
)

// get returns an empty buffer with room for n bytes. What is larger than the
// largest size is made to measure and not recycled.
func (s *buffers) get(n int) []byte {
	class, size := sizeOf(n)
	if class == sizes {
		return make([]byte, 0, n)
	}
	if b, ok := s.pools[class].Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, size)
}

// put takes back a buffer from get; nothing may refer to it any more.
func (s *buffers) put(b []byte) {
	class, size := sizeOf(cap(b))
	if class < sizes && cap(b) == size {
		s.pools[class].Put(&b)
	}
}

// roundUp is the capacity that get gives for n bytes.
func roundUp(n int) int {
	class, size := sizeOf(n)
	if class == sizes {
		return n
	}
	return size
}

func sizeOf(n int) (class, size int) {
	size = smallest
	for class < sizes && size < n {
		class, size = class+1, size*4
	}
	return class, size
}
