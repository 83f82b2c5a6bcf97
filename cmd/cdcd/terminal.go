package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
)

// screen is a terminal.
type screen interface {
	io.Writer
	// Size returns how many columns and lines there are now.
	Size() (columns, lines int)
}

// screenOf returns the terminal that w is, nil where it is none.
func screenOf(w io.Writer) screen {
	switch w := w.(type) {
	case screen:
		return w
	case *os.File:
		if _, _, ok := terminalSize(w); ok {
			return terminal{w}
		}
	}
	return nil
}

// terminal is a file that is one.
type terminal struct{ *os.File }

// Size implements [screen]. Terminals that do not know, such as those of a serial line,
// have the size of a VT100.
func (t terminal) Size() (columns, lines int) {
	columns, lines, _ = terminalSize(t.File)
	if columns <= 0 || lines <= 0 {
		return 80, 24
	}
	return columns, lines
}

// footer is lines at the end of what a terminal shows, drawn again in place. What is
// written to it, whole lines each time, goes above them. Its methods may be called
// concurrently.
type footer struct {
	screen screen

	mu    sync.Mutex // guards lines
	lines []string   // as drawn
}

var _ io.Writer = (*footer)(nil)

// Write implements [io.Writer].
func (f *footer) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.put(p, f.lines); err != nil {
		return 0, err
	}
	return len(p), nil
}

// draw replaces the lines, each of which has to fit.
func (f *footer) draw(lines []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.put(nil, lines)
}

// put writes in one go, so that nothing of it is seen half.
func (f *footer) put(above []byte, lines []string) error {
	var b bytes.Buffer
	if n := len(f.lines); n > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA\x1b[J", n) // ECMA-48: CUU to the first of them, ED to the end of the screen
	}
	b.Write(above)
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
	f.lines = lines
	_, err := f.screen.Write(b.Bytes())
	return err
}
