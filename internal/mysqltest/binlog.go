package mysqltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"cdcd/internal/fetch"
)

// Binlogs are the names of the server's binlogs, from the oldest on. A server
// that does not run on this machine has no files to read: fetch.ErrUnavailable.
func (s *Server) Binlogs() ([]string, error) {
	p, err := s.process()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(p.data(), "binlog.index"))
	if err != nil {
		return nil, fmt.Errorf("list the binlogs: %w", err)
	}
	names := strings.Fields(string(text))
	for i := range names {
		names[i] = filepath.Base(names[i]) // MySQL writes ./binlog.000001
	}
	return names, nil
}

// Binlog returns the text of one of Binlogs as its server's own program prints
// it: row events decoded, with the types of columns. Read fails where the program
// does. The server may be running or not; what it writes during the call may be
// cut off.
func (s *Server) Binlog(ctx context.Context, name string) (io.ReadCloser, error) {
	p, err := s.process()
	if err != nil {
		return nil, err
	}
	tools, err := p.programs.getTools(ctx)
	if err != nil {
		return nil, err
	}
	return tools.print(ctx, p.data(), name)
}

// ReadBinlog returns one of Binlogs as its file is now.
func (s *Server) ReadBinlog(name string) ([]byte, error) {
	p, err := s.process()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(p.data(), name))
}

func (s *Server) process() (*process, error) {
	p, ok := s.instance.(*process)
	if !ok {
		return nil, fmt.Errorf("%w: the binlogs of the server at %s", fetch.ErrUnavailable, s.Addr())
	}
	return p, nil
}

func (p programs) print(ctx context.Context, dir, file string) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := p.command(ctx, p.printer, "--no-defaults", "--base64-output=DECODE-ROWS", "-vv", file)
	out := &output{cmd: cmd, cancel: cancel}
	cmd.Dir, cmd.Stderr = dir, &out.complaints
	var err error
	if out.text, err = cmd.StdoutPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("print a binlog: %w", err)
	}
	return out, nil
}

// output is what a program prints.
type output struct {
	cmd        *exec.Cmd
	cancel     context.CancelFunc
	text       io.Reader
	complaints bytes.Buffer
	end        error // of the program, io.EOF if it ended well; nil while it runs
}

func (o *output) Read(b []byte) (int, error) {
	if o.end != nil {
		return 0, o.end
	}
	n, err := o.text.Read(b)
	if errors.Is(err, io.EOF) {
		err = o.wait()
	}
	return n, err
}

func (o *output) wait() error {
	o.end = io.EOF
	if err := o.cmd.Wait(); err != nil {
		o.end = fmt.Errorf("print a binlog: %w\n%s", err, o.complaints.Bytes())
	}
	return o.end
}

// Close ends the program if it runs still.
func (o *output) Close() error {
	o.cancel()
	if o.end == nil {
		_ = o.wait() // it was killed
	}
	return nil
}
