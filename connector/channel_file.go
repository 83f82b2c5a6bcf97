package connector

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"go.uber.org/zap"

	"cdcd/connector/signal"
)

// takenSuffix names the file that is worked on.
const takenSuffix = ".taken"

// fileChannel reads signals from the lines of a file. Each comes at least once,
// whatever crashes:
//
//	1  the file is renamed, to the same name with takenSuffix; the next writer makes
//	   a new one
//	2  of each line that is whole, what the signal changed becomes durable; then the
//	   line is overwritten with blanks, in its place
//	3  at the next poll the renamed file is read again: who had it open at 1 may have
//	   written to it since. When it has not grown it is removed
//
// After a crash the next poll goes on at 2, with the lines that are not blank: only the
// one in hand may come twice. What is written is lost only if the writer had the file
// open for longer than a poll interval before: it has to open the file for each signal,
// as a shell's >> does. Debezium truncates the file when it has read it, before
// anything is done, and loses what is appended meanwhile.
// Source: FileSignalChannel.
type fileChannel struct {
	path string
	send func(context.Context, signal.Signal) error // returns when it is durable, or ctx ends
	health

	seen int64 // size of the renamed file at the last poll, 0 before it was read
}

// poll reads what is there.
func (f *fileChannel) poll(ctx context.Context) {
	err := f.drain(ctx)
	if err == nil {
		err = f.take(ctx)
	}
	if ctx.Err() == nil {
		f.tell(err)
	}
}

// take renames the file and reads it, if there is one with something in it.
func (f *fileChannel) take(ctx context.Context) error {
	if _, err := os.Stat(f.path + takenSuffix); !errors.Is(err, fs.ErrNotExist) {
		return err // not done with yet
	}
	switch info, err := os.Stat(f.path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", f.path)
	case info.Size() == 0:
		return nil
	}
	if err := os.Rename(f.path, f.path+takenSuffix); err != nil {
		return err
	}
	return f.drain(ctx)
}

// drain reads the renamed file, and removes it if nothing has come since the last time.
func (f *fileChannel) drain(ctx context.Context) error {
	file, err := os.OpenFile(f.path+takenSuffix, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		f.seen = 0
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := f.lines(ctx, file)
	if err != nil {
		return err
	}
	if size != f.seen {
		f.seen = size
		return nil
	}
	f.seen = 0
	return os.Remove(file.Name())
}

// lines sends the signals in a file, blanks its lines, and returns its size. A last
// line without an end counts when it is whole, or when the file has not grown.
func (f *fileChannel) lines(ctx context.Context, file *os.File) (size int64, err error) {
	for r := bufio.NewReader(file); ; {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return size, err
		}
		at := size
		size += int64(len(line))
		text, ended := bytes.CutSuffix(line, []byte("\n"))
		if ended || json.Valid(text) || size == f.seen {
			if err := f.line(ctx, text); err != nil {
				return at, err
			}
			if _, err := file.WriteAt(bytes.Repeat([]byte(" "), len(text)), at); err != nil {
				return at, err
			}
		}
		if !ended {
			return size, nil
		}
	}
}

// line sends the signal of a line. One that cannot be read is passed over.
func (f *fileChannel) line(ctx context.Context, text []byte) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil
	}
	s, err := signal.ParseMessage(text)
	if err != nil {
		f.log.Warn("a signal is passed over", zap.Error(err))
		return nil
	}
	return f.send(ctx, madeID(s, string(text)))
}
