package sink

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"cdcd/event"
	"cdcd/sink/format"
)

// ErrMax means that a Stdout has printed as many records as it was to.
var ErrMax = errors.New("sink: printed the records asked for")

// Options say how a Stdout prints.
type Options struct {
	Pretty   bool // for people, not one JSON document a line
	Max      int  // records to print; 0 for all
	OnCommit func(event.State)
}

// Stdout prints records: to a terminal, a pipe or a file. One goroutine at a
// time may call it.
type Stdout struct {
	w       *bufio.Writer
	opts    Options
	printed int
	n       uint64 // commits
	line    []byte
}

// NewStdout prints to w, which stays the caller's to close.
func NewStdout(w io.Writer, o Options) *Stdout {
	if o.OnCommit == nil {
		o.OnCommit = func(event.State) {}
	}
	return &Stdout{w: bufio.NewWriter(w), opts: o}
}

// Takeover asks for leave to print.
func (s *Stdout) Takeover(ctx context.Context, o Owner) error {
	g, err := plainly(ctx, o)
	s.n = g.N
	return err
}

// Append prints the records of b. It returns ErrMax once Options.Max are out.
func (s *Stdout) Append(_ context.Context, b *format.Batch) error {
	for i := range b.Records {
		if s.full() {
			break
		}
		s.line = s.appendRecord(s.line[:0], b, i)
		s.printed++
		if _, err := s.w.Write(s.line); err != nil {
			return err
		}
	}
	if err := s.w.Flush(); err != nil {
		return err
	}
	if s.full() {
		return ErrMax
	}
	return nil
}

func (s *Stdout) full() bool { return s.opts.Max > 0 && s.printed >= s.opts.Max }

// Commit tells s at once: what was appended is printed.
func (s *Stdout) Commit(_ context.Context, state event.State) error {
	s.n++
	state.N = s.n
	s.opts.OnCommit(state)
	return nil
}

// Flush has nothing to wait for.
func (s *Stdout) Flush(context.Context) error { return s.w.Flush() }

// Close leaves the writer open.
func (s *Stdout) Close() error { return s.w.Flush() }

func (s *Stdout) appendRecord(dst []byte, b *format.Batch, i int) []byte {
	topic, key, value := b.Records[i].Topic.Name, b.Key(i), b.Value(i)
	if s.opts.Pretty {
		return appendPretty(dst, topic, key, value)
	}
	dst = append(dst, `{"topic":`...)
	dst = appendQuoted(dst, topic)
	dst = append(dst, `,"key":`...)
	dst = appendJSON(dst, key)
	dst = append(dst, `,"value":`...)
	dst = appendJSON(dst, value)
	return append(dst, "}\n"...)
}

// appendJSON appends JSON as it is, other text as a string, and anything else
// as a string of base64.
func appendJSON(dst, b []byte) []byte {
	switch {
	case b == nil:
		return append(dst, "null"...)
	case json.Valid(b):
		return append(dst, b...)
	case utf8.Valid(b):
		return appendQuoted(dst, string(b))
	}
	quoted, _ := json.Marshal(b) // of bytes: does not fail
	return append(dst, quoted...)
}

func appendQuoted(dst []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // of a string: does not fail
	return append(dst, quoted...)
}
