package binlog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// fileStream reads the events of binlog files that lie on disk, one after the
// other, as the server wrote them.
type fileStream struct {
	paths []string
	file  *os.File
	seek  int64 // where to go on after the first event, 0 for straight on
}

var magic = []byte{0xfe, 'b', 'i', 'n'}

// openFiles reads paths; of the first one the format description and then what
// stands from offset on.
func openFiles(offset int64, paths ...string) (*fileStream, error) {
	s := &fileStream{paths: paths}
	if offset > int64(len(magic)) {
		s.seek = offset
	}
	return s, s.openNext()
}

func (s *fileStream) openNext() error {
	if len(s.paths) == 0 {
		return io.EOF
	}
	path := s.paths[0]
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	var head [4]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || !bytes.Equal(head[:], magic) {
		return errors.Join(fmt.Errorf("%s is not a binlog file", path), f.Close())
	}
	s.paths = s.paths[1:]
	s.file = f
	return nil
}

func (s *fileStream) next(ctx context.Context) ([]byte, error) {
	var head [headerSize]byte
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		_, err := io.ReadFull(s.file, head[:])
		if err == nil {
			break
		}
		if err != io.EOF {
			return nil, fmt.Errorf("%s: %w", s.file.Name(), err)
		}
		if err := errors.Join(s.file.Close(), s.openNext()); err != nil {
			return nil, err
		}
	}
	size := binary.LittleEndian.Uint32(head[9:])
	if size < headerSize || size > maxInnerEvent {
		return nil, fmt.Errorf("%s holds an event of %d bytes", s.file.Name(), size)
	}
	raw, err := readSized(s.file, head[:], int(size))
	if err == nil && s.seek > 0 {
		_, err = s.file.Seek(s.seek, io.SeekStart)
		s.seek = 0
	}
	return raw, err
}

func (s *fileStream) close() error { return s.file.Close() }
