package binlog

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// ErrSpill says that rows which have to wait for the end of their transaction
// could not be kept on disk.
var ErrSpill = errors.New("rows of a transaction that is not decided yet cannot be kept on disk; free space in that folder, or have another one used")

// spill is a file for the branches that do not fit in memory. It is made when
// it is first needed, readable by its owner only, and has no name where the
// system can remove the name of an open file, so that nothing of it outlives
// the process. Nothing in it is needed after a crash: the binlog is read again.
type spill struct {
	dir     string
	file    *os.File
	named   bool // the file could not be unlinked while open
	extents []*extent
}

// extent is a branch's part of the file.
type extent struct{ start, length int64 }

func (e *extent) end() int64 { return e.start + e.length }

// extend returns an empty extent at the end. Only the last one may grow.
func (s *spill) extend() (*extent, error) {
	if s.file == nil {
		if err := s.create(); err != nil {
			return nil, err
		}
	}
	e := &extent{start: s.end()}
	s.extents = append(s.extents, e)
	return e, nil
}

func (s *spill) end() int64 {
	if len(s.extents) == 0 {
		return 0
	}
	return s.extents[len(s.extents)-1].end()
}

func (s *spill) create() error {
	f, err := os.CreateTemp(s.dir, "cdcd-held-*")
	if err != nil {
		return s.fail(err)
	}
	s.file, s.named = f, os.Remove(f.Name()) != nil
	return nil
}

// fail keeps the system's error out of the chain: some of them look like those
// of a broken connection.
func (s *spill) fail(err error) error {
	return fmt.Errorf("folder %s: %w (%v)", cmp.Or(s.dir, os.TempDir()), ErrSpill, err) //nolint:errorlint // see above
}

func (s *spill) append(e *extent, parts ...[]byte) error {
	for _, p := range parts {
		if _, err := s.file.WriteAt(p, e.end()); err != nil {
			return s.fail(err)
		}
		e.length += int64(len(p))
	}
	return nil
}

// cut shortens the last extent.
func (s *spill) cut(e *extent, length int64) { e.length = length }

const spillReadAhead = 256 << 10

func (s *spill) reader(e *extent) io.Reader {
	return bufio.NewReaderSize(io.NewSectionReader(s.file, e.start, e.length), spillReadAhead)
}

// minCompact is how much of the file may lie fallow before it is written anew.
const minCompact = 64 << 20

// free gives an extent up, and the disk space behind the last one. What cannot
// be given back now is tried again at the next one.
func (s *spill) free(e *extent) {
	if e == nil {
		return
	}
	s.extents = slices.DeleteFunc(s.extents, func(x *extent) bool { return x == e })
	used := int64(0)
	for _, x := range s.extents {
		used += x.length
	}
	if s.end() > 2*used+minCompact {
		_ = s.compact()
		return
	}
	_ = s.file.Truncate(s.end())
}

// compact copies the extents into a new file. The old one stays when that fails.
func (s *spill) compact() error {
	packed := spill{dir: s.dir}
	for _, e := range s.extents {
		if err := packed.copy(s, e); err != nil {
			return errors.Join(err, packed.close())
		}
	}
	err := s.close()
	for i, e := range s.extents {
		*e = *packed.extents[i]
	}
	packed.extents = s.extents
	*s = packed
	return err
}

func (s *spill) copy(from *spill, e *extent) error {
	to, err := s.extend()
	if err != nil {
		return err
	}
	to.length, err = io.Copy(io.NewOffsetWriter(s.file, to.start), io.NewSectionReader(from.file, e.start, e.length))
	return err
}

// close removes the file.
func (s *spill) close() error {
	f := s.file
	if f == nil {
		return nil
	}
	s.file = nil
	err := f.Close()
	if s.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
