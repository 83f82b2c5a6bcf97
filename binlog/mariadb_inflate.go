package binlog

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
)

var errInflate = errors.New("a compressed value is malformed")

// inflateColumn returns the value of a column with MariaDB's COMPRESSED
// attribute. The first byte holds the method in its high half: 0 for none, 8
// for deflate, then with bit 3 for a stream without zlib's header and the
// number of bytes of the big-endian length that follows in bits 0 to 2.
// Source: MariaDB sql/field_comp.cc.
func inflateColumn(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return b, nil
	}
	head, n := b[0], int(b[0]&7)
	if head>>4 == 0 {
		return b[1:], nil
	}
	if head>>4 != 8 || n > 4 || len(b) < 1+n {
		return nil, errInflate
	}
	size := 0
	for _, c := range b[1 : 1+n] {
		size = size<<8 | int(c)
	}
	return inflateTo(b[1+n:], size, head&8 != 0)
}

// inflateTo inflates b, which must give size bytes.
func inflateTo(b []byte, size int, bare bool) ([]byte, error) {
	if size > maxInflated || size > len(b)*maxDeflateRatio {
		return nil, errInflate
	}
	z, err := inflater(b, bare)
	if err != nil {
		return nil, errInflate
	}
	out := make([]byte, size)
	if _, err := io.ReadFull(z, out); err != nil {
		return nil, errInflate
	}
	if n, err := z.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, errInflate
	}
	return out, nil
}

// maxDeflateRatio is what no deflate stream exceeds, so that a damaged length
// asks for no more memory than the event may.
const maxDeflateRatio = 1032

func inflater(b []byte, bare bool) (io.Reader, error) {
	if bare {
		return flate.NewReader(bytes.NewReader(b)), nil
	}
	return zlib.NewReader(bytes.NewReader(b))
}
