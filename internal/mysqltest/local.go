package mysqltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"cdcd/internal/machine"
)

// local is the provider of servers that run on this machine.
func local(ctx context.Context, l lane, c config) (*Server, error) {
	programs, err := l.dist.get(ctx, c.logf)
	if err != nil {
		return nil, err
	}
	template, err := programs.template(ctx)
	if err != nil {
		return nil, err
	}
	p := &process{programs: programs, flags: slices.Concat(l.flags, c.flags)}
	if err := p.prepare(ctx, template); err != nil {
		return nil, errors.Join(err, p.close())
	}
	if err := p.start(ctx, nil); err != nil {
		return nil, errors.Join(err, p.close())
	}
	c.logf("mysqltest: %s, %s, on this machine at %s", l.version, programs.Got, p.port.Addr())
	return &Server{Host: "127.0.0.1", Port: p.port.Number, User: "root", Flavor: l.flavor, instance: p}, nil
}

// process is a server that runs on this machine.
type process struct {
	programs programs
	flags    []string
	dir      *machine.Dir
	port     *machine.Port
	running  *machine.Process // the last one, which may have ended
}

var _ instance = (*process)(nil)

// prepare makes the data folder and reserves the port.
func (p *process) prepare(ctx context.Context, template string) (err error) {
	if p.dir, err = machine.TempDir(); err != nil {
		return err
	}
	if p.port, err = machine.ReservePort(); err != nil {
		return err
	}
	if err := os.Mkdir(p.tmp(), 0o700); err != nil {
		return err
	}
	cp := exec.CommandContext(ctx, "cp", "-a", "--reflink=auto", template, p.data())
	if out, err := cp.CombinedOutput(); err != nil {
		return fmt.Errorf("copy the initialised data folder: %w: %s", err, out)
	}
	return nil
}

func (p *process) data() string { return filepath.Join(p.dir.Path, "data") }

// tmp is for its temporary files: MariaDB removes what it takes for leftovers when
// it starts, those of other servers in the same folder, too.
func (p *process) tmp() string { return filepath.Join(p.dir.Path, "tmp") }

func (p *process) logFile() string { return filepath.Join(p.dir.Path, "log") }

func (p *process) start(_ context.Context, flags []string) error {
	log, err := os.OpenFile(p.logFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	args := slices.Concat(
		[]string{"--port=" + strconv.Itoa(p.port.Number), "--bind-address=127.0.0.1", "--tmpdir=" + p.tmp()}, p.flags, flags)
	cmd := p.programs.server(p.data(), args...)
	cmd.Stdout, cmd.Stderr = log, log
	p.running, err = machine.Start(cmd)
	return err
}

func (p *process) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return p.running.Stop(ctx)
}

func (p *process) kill() error {
	p.running.Kill()
	return nil
}

// close does not wait for an orderly shutdown: the data is removed.
func (p *process) close() error {
	if p.running != nil {
		p.running.Kill()
	}
	var err error
	if p.port != nil {
		err = p.port.Release()
	}
	if p.dir != nil {
		err = errors.Join(err, p.dir.Remove())
	}
	return err
}

func (p *process) pid() int               { return p.running.PID() }
func (p *process) ended() <-chan struct{} { return p.running.Done() }

func (p *process) log() string {
	text, _ := os.ReadFile(p.logFile())
	return "\n" + string(text[max(0, len(text)-3000):])
}
