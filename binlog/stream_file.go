package binlog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// fileStream reads the events of binlog files that lie on disk, one after the
// other, as the server wrote them.
type fileStream struct {
	paths []string
	file  *os.File
	seek  int64 // where to go on after the first event, 0 for straight on
}

var errEncrypted = errors.New("the file is encrypted: only its server can read it")

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

// openNext opens the next file; io.EOF when there is none.
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

// next announces every file but the first as a server does, since one that the
// server did not close does not name the file that follows.
func (s *fileStream) next(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.file == nil {
		return nil, io.EOF
	}
	raw, err := s.event()
	if !errors.Is(err, io.EOF) {
		return raw, err
	}
	if err := s.close(); err != nil {
		return nil, err
	}
	if err := s.openNext(); err != nil {
		return nil, err
	}
	return announce(filepath.Base(s.file.Name())), nil
}

// announce is an artificial rotate event. The zeros stand for its checksum,
// where there is one, and otherwise end the name.
func announce(file string) []byte {
	raw := make([]byte, headerSize, headerSize+8+len(file)+4)
	raw[4] = byte(typeRotate)
	binary.LittleEndian.PutUint16(raw[17:], flagArtificial)
	raw = binary.LittleEndian.AppendUint64(raw, uint64(len(magic)))
	raw = append(append(raw, file...), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(raw[9:], uint32(len(raw)))
	return raw
}

// event reads one event; io.EOF at the end of the file.
func (s *fileStream) event() ([]byte, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(s.file, head[:]); err == io.EOF {
		return nil, io.EOF
	} else if err != nil {
		return nil, s.damaged(err)
	}
	size := binary.LittleEndian.Uint32(head[9:])
	if size < headerSize || size > maxInnerEvent {
		return nil, fmt.Errorf("%s holds an event of %d bytes", s.file.Name(), size)
	}
	raw, err := readSized(s.file, head[:], int(size))
	if err != nil {
		return nil, s.damaged(err)
	}
	if eventType(raw[4]) == typeMariaStartEncryption {
		return nil, fmt.Errorf("%s: %w", s.file.Name(), errEncrypted)
	}
	if s.seek > 0 {
		_, err = s.file.Seek(s.seek, io.SeekStart)
		s.seek = 0
	}
	return raw, err
}

// damaged hides the ends of file that a reader of connections tries again.
func (s *fileStream) damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errTruncated
	}
	return fmt.Errorf("%s: %w", s.file.Name(), err)
}

func (s *fileStream) close() error {
	f := s.file
	s.file = nil
	if f == nil {
		return nil
	}
	return f.Close()
}
