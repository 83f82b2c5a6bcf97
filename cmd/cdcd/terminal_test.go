package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"cdcd/schema"
	"cdcd/snapshot"
)

// paper is a terminal that remembers what can be seen on it.
type paper struct {
	columns, height int

	mu     sync.Mutex // guards what follows
	lines  []string   // the last one is where the cursor is
	broken error
}

func (p *paper) Size() (columns, lines int) { return p.columns, p.height }

var up = regexp.MustCompile(`^\r\x1b\[(\d+)A\x1b\[J`)

// Write knows line ends, and the sequence with which a footer goes back.
func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return 0, p.broken
	}
	text := string(b)
	if len(p.lines) == 0 {
		p.lines = []string{""}
	}
	if m := up.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		p.lines = append(p.lines[:len(p.lines)-1-n], "")
		text = text[len(m[0]):]
	}
	for line := range strings.Lines(text) {
		p.lines[len(p.lines)-1] += strings.TrimSuffix(line, "\n")
		if strings.HasSuffix(line, "\n") {
			p.lines = append(p.lines, "")
		}
	}
	return len(b), nil
}

func (p *paper) seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

func TestFooter_StaysBelowWhatIsWritten(t *testing.T) {
	p := &paper{}
	f := &footer{screen: p}
	sees := func(want string) {
		t.Helper()
		if got := p.seen(); got != want {
			t.Errorf("the terminal shows %q, want %q", got, want)
		}
	}
	say := func(text string) { _, _ = io.WriteString(f, text) }
	say("before\n")
	_ = f.draw([]string{"a 1", "b 1"})
	sees("before\na 1\nb 1\n")
	say("a warning\n")
	_ = f.draw([]string{"a 2"})
	sees("before\na warning\na 2\n")
	_ = f.draw(nil)
	say("end\n")
	sees("before\na warning\nend\n")
	p.broken = errors.New("hung up")
	if err := f.draw([]string{"c"}); !errors.Is(err, p.broken) {
		t.Error(err)
	}
}

// copyAt is a copy of 1000 rows.
func copyAt(began time.Time, rows int64) *snapshot.Status {
	c := snapshot.Count{Began: began, Rows: rows, Bytes: 10 * rows, Expected: 1000, Complete: rows == 1000}
	if c.Complete {
		c.Ended = time.Now()
	}
	s := &snapshot.Status{Count: c, Tables: 1, Remaining: 1, Of: []snapshot.TableStatus{{ID: schema.ID{Database: "d", Name: "t"}, Count: c}}}
	if c.Complete {
		s.Remaining = 0
	}
	return s
}

func TestTailScreen_DrawsUntilTheCopyIsComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stderr, began := &paper{columns: 60, height: 24}, time.Now()
		screen := newTailScreen(&bytes.Buffer{}, stderr, true)
		var mu sync.Mutex
		var now *snapshot.Status
		end := screen.watch(func() *snapshot.Status {
			mu.Lock()
			defer mu.Unlock()
			return now
		})
		f := func(s *snapshot.Status, want string) {
			t.Helper()
			mu.Lock()
			now = s
			mu.Unlock()
			time.Sleep(redraw)
			synctest.Wait()
			if got := stderr.seen(); got != want {
				t.Errorf("the terminal shows %q, want %q", got, want)
			}
		}
		f(nil, "")
		time.Sleep(9500 * time.Millisecond)
		f(copyAt(began, 100), "d.t  [#..........]  10%  100 rows  1.0 kB  10/s  1m30s left\n")
		screen.log.Warn("hot", zap.String("a", "b"))
		const warning = `{"level":"warn","ts":"2000-01-01T00:00:10Z","msg":"hot","a":"b"}` + "\n"
		f(copyAt(began, 500), warning+"d.t  [######.......]  50%  500 rows  5.0 kB  49/s  10s left\n")
		const stays = warning + "copied 1,000 rows of 1 table, 10.0 kB, in 10s (98 rows/s)\n"
		f(copyAt(began, 1000), stays)
		f(copyAt(began, 100), stays)
		end()
	})
}

func TestTailScreen_EndsBeforeTheCopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stderr := &paper{columns: 60, height: 24}
		end := newTailScreen(&bytes.Buffer{}, stderr, true).watch(func() *snapshot.Status { return copyAt(time.Now().Add(-10*time.Second), 500) })
		time.Sleep(3 * redraw)
		end()
		if got := stderr.seen(); got != "stopped before the end, with 1 table left: copied 500 rows of 1 table, 5.0 kB, in 10s (50 rows/s)\n" {
			t.Errorf("the terminal shows %q", got)
		}
	})
}

// TestTailScreen_OnlyWhereItFits: no bar, and so no sequence of a terminal, goes where
// there is none, or where rows scroll by.
func TestTailScreen_OnlyWhereItFits(t *testing.T) {
	f := func(stdout, stderr io.Writer, copies, bar, informs bool) {
		t.Helper()
		s := newTailScreen(stdout, stderr, copies)
		if (s.bar != nil) != bar || s.log.Core().Enabled(normal) != informs {
			t.Errorf("a bar: %t, the log says how it is: %t", s.bar != nil, s.log.Core().Enabled(normal))
		}
		s.watch(func() *snapshot.Status { return nil })()
	}
	file, terminal := &bytes.Buffer{}, &paper{}
	f(file, terminal, true, true, false)
	f(terminal, terminal, true, false, false)
	f(terminal, file, true, false, true)
	f(file, file, true, false, true)
	f(file, terminal, false, false, false)
	f(file, file, false, false, false)
}

func TestScreenOf_Files(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	file, err := os.Create(t.TempDir() + "/f")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, w := range []io.Writer{null, file, &bytes.Buffer{}} {
		if s := screenOf(w); s != nil {
			t.Errorf("%s is taken for a terminal", fmt.Sprintf("%T", w))
		}
	}
}
