package connector

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/connector/signal"
)

// signalFile is a file channel, the signals that it sent, and what it logged.
type signalFile struct {
	*fileChannel
	t    *testing.T
	sent []string // id and type
	fail error    // of the next signal
	meet func()   // called with each signal
	logs *observer.ObservedLogs
}

func newSignalFile(t *testing.T) *signalFile {
	t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	f := &signalFile{t: t, logs: logs, meet: func() {}}
	f.fileChannel = &fileChannel{
		path: filepath.Join(t.TempDir(), "signals.txt"), health: health{log: zap.New(core)},
		send: func(_ context.Context, s signal.Signal) error {
			if f.fail != nil {
				return f.fail
			}
			f.meet()
			f.sent = append(f.sent, s.ID+" "+strings.TrimPrefix(typeName(s.Action), "signal."))
			return nil
		},
	}
	return f
}

func (f *signalFile) write(path, text string) {
	f.t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString(text)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		f.t.Fatal(err)
	}
}

// polled has the channel look once, and checks what it sent.
func (f *signalFile) polled(want ...string) {
	f.t.Helper()
	f.poll(f.t.Context())
	if got := strings.Join(f.sent, ", "); got != strings.Join(want, ", ") {
		f.t.Fatalf("sent %s, want %s", got, strings.Join(want, ", "))
	}
	f.sent = nil
}

// left is what is there of the two files.
func (f *signalFile) left() string {
	var names []string
	for _, path := range []string{f.path, f.path + takenSuffix} {
		if text, err := os.ReadFile(path); err == nil {
			names = append(names, strings.TrimPrefix(path, f.path)+"="+strings.Join(strings.Fields(string(text)), " "))
		}
	}
	return strings.Join(names, ", ")
}

const (
	pauseLine  = `{"id":"1","type":"pause-snapshot","data":{}}` + "\n"
	resumeLine = `{"id":2,"type":"resume-snapshot","data":"{\"type\":\"incremental\"}"}` + "\n"
)

func TestFileChannel(t *testing.T) {
	f := newSignalFile(t)
	f.polled()
	f.write(f.path, "")
	f.polled()
	f.write(f.path, pauseLine+"\n"+resumeLine)
	f.polled("1 Pause", "2 Resume")
	if got := f.left(); got != ".taken=" {
		t.Errorf("left: %s", got)
	}
	f.write(f.path, resumeLine) // beside the renamed file: the next poll is done with that, and takes this one
	f.polled("2 Resume")
	f.polled()
	if got := f.left(); got != "" {
		t.Errorf("left: %s", got)
	}
	if f.logs.Len() > 0 {
		t.Errorf("logged: %v", f.logs.All())
	}
}

// TestFileChannel_Appended: lines that come while the file is read, and behind that
// into the renamed one, are not lost.
func TestFileChannel_Appended(t *testing.T) {
	f := newSignalFile(t)
	f.write(f.path, pauseLine)
	f.meet = func() {
		f.meet = func() {}
		f.write(f.path+takenSuffix, resumeLine) // by who opened it before it was renamed
		f.write(f.path, resumeLine)
	}
	f.polled("1 Pause", "2 Resume")
	f.write(f.path+takenSuffix, pauseLine)
	f.polled("1 Pause")
	f.polled("2 Resume") // the renamed one has not grown
	f.polled()
	if got := f.left(); got != "" {
		t.Errorf("left: %s", got)
	}
}

// TestFileChannel_Crash: what was not durable is sent again, and nothing else.
func TestFileChannel_Crash(t *testing.T) {
	f := newSignalFile(t)
	f.write(f.path, pauseLine+resumeLine)
	f.meet = func() { f.fail = errors.New("killed") } // behind the first one
	f.polled("1 Pause")
	if got := f.left(); got != ".taken="+strings.TrimSpace(resumeLine) {
		t.Errorf("left: %s", got)
	}
	next := newSignalFile(t)
	next.path = f.path
	next.write(next.path, pauseLine)
	next.polled("2 Resume")
	next.polled("1 Pause")
	next.polled()
	if got := next.left(); got != "" {
		t.Errorf("left: %s", got)
	}
}

// TestFileChannel_Unfinished: half of a line is not a signal before it is whole, and is
// passed over when nothing more comes.
func TestFileChannel_Unfinished(t *testing.T) {
	f := newSignalFile(t)
	half := pauseLine[:20]
	f.write(f.path, half)
	f.polled()
	f.write(f.path+takenSuffix, pauseLine[20:len(pauseLine)-1])
	f.polled("1 Pause") // whole, and without an end
	f.polled()
	f.write(f.path, half)
	f.polled()
	f.polled()
	if got := f.left(); got != "" || f.logs.Len() != 1 {
		t.Errorf("left: %s; logged: %v", got, f.logs.All())
	}
}

// TestFileChannel_Malformed lines are passed over, and what they hold is not logged.
func TestFileChannel_Malformed(t *testing.T) {
	f := newSignalFile(t)
	bad := []string{
		`s3cret`, `"s3cret"`, `{"id":"s3cret"}`, `{"type":"pause-snapshot","data":["s3cret"]}`, `{"type":"execute-snapshot","data":{"data-collections":["s3cret("]}}`,
		`{"type":"execute-snapshot","data":"s3cret"}`, `{"type":7,"data":"s3cret"}`, `{"type":"unheard-of","data":"s3cret"}`, `{"id":{"s3cret":1},"type":"log"}`,
	}
	f.write(f.path, strings.Join(bad, "\n")+"\n"+pauseLine)
	f.polled("1 Pause")
	if f.logs.Len() != len(bad) {
		t.Errorf("%d warnings, want %d", f.logs.Len(), len(bad))
	}
	for _, entry := range f.logs.All() {
		for name, value := range entry.ContextMap() {
			if text, _ := value.(string); strings.Contains(text, "s3cret") {
				t.Errorf("%s=%s", name, text)
			}
		}
	}
	f.polled()
	if f.logs.Len() != len(bad) {
		t.Error("they are passed over again")
	}
}

// TestFileChannel_WithoutID: a line has the same id whenever it is read.
func TestFileChannel_WithoutID(t *testing.T) {
	f := newSignalFile(t)
	read := func(lines string) (ids []string) {
		f.write(f.path, lines)
		f.poll(t.Context())
		f.poll(t.Context())
		ids, f.sent = f.sent, nil
		return ids
	}
	one := read(`{"type":"pause-snapshot"}` + "\n" + `{"type":"pause-snapshot","data":{}}` + "\n")
	two := read(`{"type":"pause-snapshot"}` + "\n")
	if len(one) != 2 || len(two) != 1 || one[0] != two[0] || one[0] == one[1] || len(one[0]) != len("00000000-0000-0000-0000-000000000000 Pause") {
		t.Errorf("%q and %q", one, two)
	}
}

// TestFileChannel_Health: what cannot be read is said once, and that it can be again.
func TestFileChannel_Health(t *testing.T) {
	f := newSignalFile(t)
	if err := os.Mkdir(f.path, 0o700); err != nil {
		t.Fatal(err)
	}
	f.polled()
	f.polled()
	if f.logs.Len() != 1 || f.logs.All()[0].Message != "signals cannot be read now" {
		t.Errorf("logged: %v", f.logs.All())
	}
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	f.write(f.path, pauseLine)
	f.polled("1 Pause")
	if f.logs.Len() != 2 || f.logs.All()[1].Message != "signals can be read again" {
		t.Errorf("logged: %v", f.logs.All())
	}
}
