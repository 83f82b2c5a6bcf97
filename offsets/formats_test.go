package offsets

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/event"
)

// The files in testdata were written by the programs that had these formats: a
// frame a line, quoted as in Go. They stay as they are. A log has two commands
// that are refused, the 8th and an entry of the 9th.

// frames reads a file in testdata.
func frames(t *testing.T, name string) (frames [][]byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		frame, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, []byte(frame))
	}
	return frames
}

// told is what a state knows, a line for each connector.
func told(s *State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "index %d, placed %d, nodes %v\n", s.Index(), s.Placed(), s.Nodes())
	for _, name := range s.Connectors() {
		o := s.Offset(name)
		fmt.Fprintf(&b, "%s: %s %d %s %v\n", name, s.Config(name), s.Revision(name), s.Target(name), s.Placement(name))
		fmt.Fprintf(&b, "  session %v, offset %d %s %d %s, writer %v\n", s.Session(name), o.N, o.Position, o.Schema, splitText(o.Split), s.Writer(name))
		for _, t := range s.Tables(name, s.NewestTable(name)) {
			fmt.Fprintf(&b, "  table %d %s %.4s\n", t.Version, t.Definition, t.Hash)
		}
	}
	return b.String()
}

func isTold(t *testing.T, s *State, want string) {
	t.Helper()
	if d := cmp.Diff(want, told(s)); d != "" {
		t.Errorf("state differs:\n%s", d)
	}
}

// replayed applies a log.
func replayed(t *testing.T, log [][]byte) *State {
	t.Helper()
	s := New()
	for i, frame := range log {
		c, err := Decode(frame)
		if err != nil {
			t.Fatalf("command %d: %v", i+1, err)
		}
		err = s.Apply(uint64(i+1), c)
		if want := map[int]error{7: ErrStaleGeneration, 8: ErrStaleSession}[i]; !errors.Is(err, want) {
			t.Fatalf("command %d: %v, not %v", i+1, err, want)
		}
	}
	return s
}

// restoredFrom restores a snapshot, and once more from what is then written.
func restoredFrom(t *testing.T, frame []byte) *State {
	t.Helper()
	s, err := Restore(frame)
	if err != nil {
		t.Fatal(err)
	}
	written, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Restore(written)
	if err != nil {
		t.Fatal(err)
	}
	same(t, s, again)
	return again
}

// TestDecode_OldFormats checks that nothing of a command is lost.
func TestDecode_OldFormats(t *testing.T) {
	for format, name := range map[byte]string{1: "format1.log", 2: "format2.log"} {
		for i, frame := range frames(t, name) {
			c, err := Decode(frame)
			if err != nil {
				t.Fatalf("%s, command %d: %v", name, i+1, err)
			}
			now := encoded(t, c)
			if frame[0] != format || frame[1] != now[1] || !bytes.Equal(frame[frameHeader:], now[frameHeader:]) {
				t.Errorf("%s, command %d: %q is now written as %q", name, i+1, frame, now)
			}
		}
	}
}

const mysqlServer = "3e11fa47-71ca-11e1-9e33-c80aa9429562"

// format1 is what the program that wrote the files knew, with what a snapshot of
// then does not tell: the revision and the writer.
func format1(revision, writer string) string {
	return `index 14, placed 0, nodes []
idle:  0 running {0  }
  session {idle 1 3 n3 {-1 -1}}, offset 0 :0 0 <nil>, writer { 0 0  {0 0}}
ledger:  0 running {0  }
  session {ledger 1 1 n2 {-1 -1}}, offset 8 mysql-bin.000002:400 0 <nil>, writer {ledger 1 1 n2 {-1 -1}}
shop: {"name":"shop"} ` + revision + ` running {0  }
  session {shop 2 2 n2 {-1 -1}}, offset 5 binlog.000007:1005 (` + mysqlServer + `:1-9) 2 <nil>, writer ` + writer + `
  table 1 orders 1c16
  table 2 customers 21eb
  table 2 orders, wider aa4b
`
}

func format2(revision string) string {
	return `index 16, placed 0, nodes []
idle:  0 running {0  }
  session {idle 1 3 n3 {-1 -1}}, offset 0 :0 0 <nil>, writer { 0 0  {0 0}}
ledger:  0 running {0  }
  session {ledger 2 1 n2 {-1 -1}}, offset 3 mysql-bin.000002:400 0 <nil>, writer {ledger 2 1 n2 {-1 -1}}
shop: {"name":"shop"} ` + revision + ` running {0  }
  session {shop 2 2 n2 {4001 1}}, offset 5 binlog.000007:1005 (` + mysqlServer + `:1-9) and 1 prepared XA 2 &{` +
		mysqlServer + `:10 2 30 3000}, writer {shop 1 1 n1 {4001 0}}
  table 1 orders 1c16
  table 2 customers 21eb
  table 2 orders, wider aa4b
`
}

func TestFormat1_Log(t *testing.T) {
	isTold(t, replayed(t, frames(t, "format1.log")), format1("1", "{shop 1 1 n1 {-1 -1}}"))
}

func TestFormat1_Snapshot(t *testing.T) {
	isTold(t, restoredFrom(t, frames(t, "format1.snapshot")[0]), format1("0", "{shop 2 2 n2 {-1 -1}}"))
}

func TestFormat2_Log(t *testing.T) {
	isTold(t, replayed(t, frames(t, "format2.log")), format2("1"))
}

func TestFormat2_Snapshot(t *testing.T) {
	isTold(t, restoredFrom(t, frames(t, "format2.snapshot")[0]), format2("0"))
}

// splitText prints what every format has of a split.
func splitText(s *event.Split) string {
	if s == nil {
		return "<nil>"
	}
	return fmt.Sprintf("&{%s %d %d %d}", s.Group, s.Part, s.Events, s.Rows)
}
