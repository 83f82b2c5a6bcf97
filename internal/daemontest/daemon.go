package daemontest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"cdcd/internal/machine"
)

// Config is what a daemon is started with.
type Config struct {
	Binary     string                       // "" for Binary
	Kafka      string                       // bootstrap.servers
	Connectors map[string]map[string]string // properties by name
}

// Daemon is a cdcd in a process of its own, with a data folder that outlives the
// process. One goroutine starts and ends it; the other methods may be called
// concurrently.
type Daemon struct {
	// Dir holds cdcd.yaml, connectors.d and data.
	Dir string
	// Log is what all the processes have printed.
	Log Log

	t       testing.TB
	binary  string
	http    string
	cmd     *exec.Cmd
	process *machine.Process // the last one, which may have ended
}

// New writes the configuration of a daemon that is alone in its cluster and does
// not run yet. It is killed at the end of the test, and when that has failed the
// end of its log is shown.
func New(t testing.TB, c Config) *Daemon {
	t.Helper()
	d := &Daemon{t: t, Dir: t.TempDir(), binary: c.Binary, http: Address(t)}
	raft := Address(t)
	d.Write("cdcd.yaml", fmt.Sprintf(`node: {id: n1, data: ./data}
http: {listen: %q}
cluster: {name: test, listen: %q, peers: {n1: %q}}
kafka: {bootstrap.servers: %q}
connectors: ./connectors.d
`, d.http, raft, raft, c.Kafka))
	for name, props := range c.Connectors {
		d.Connector(name, props)
	}
	t.Cleanup(func() {
		d.Kill()
		if t.Failed() {
			t.Logf("log of cdcd:\n%s", d.Log.Tail(8<<10))
		}
	})
	return d
}

// Address is one of this machine that nobody else takes during the test, whether
// it is listened on or not.
func Address(t testing.TB) string {
	t.Helper()
	p, err := machine.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Release() })
	return p.Addr()
}

// Connector writes a connector's configuration, which the next start reads.
func (d *Daemon) Connector(name string, props map[string]string) {
	d.t.Helper()
	text, err := json.Marshal(map[string]any{"name": name, "config": props})
	if err != nil {
		d.t.Fatal(err)
	}
	d.Write("connectors.d/"+name+".json", string(text))
}

// Write writes a file of Dir.
func (d *Daemon) Write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// Read reads a file of Dir.
func (d *Daemon) Read(name string) string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(d.Dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// Start starts the process; it does not wait until it is ready.
func (d *Daemon) Start() {
	d.t.Helper()
	path := d.binary
	if path == "" {
		var err error
		if path, err = Binary(); err != nil {
			d.t.Fatal(err)
		}
	}
	d.cmd = exec.CommandContext(context.WithoutCancel(d.t.Context()), path, "run", "--config", filepath.Join(d.Dir, "cdcd.yaml"))
	d.cmd.Stdout, d.cmd.Stderr = &d.Log, &d.Log
	var err error
	if d.process, err = machine.Start(d.cmd); err != nil {
		d.t.Fatal(err)
	}
}

// Kill ends the process as kill -9 does, and returns when it is gone.
func (d *Daemon) Kill() {
	if d.process != nil {
		d.process.Kill()
	}
}

// Stop asks the process to end and returns its exit code and how long it took.
func (d *Daemon) Stop() (code int, took time.Duration) {
	d.t.Helper()
	began := time.Now()
	d.Signal(syscall.SIGTERM)
	<-d.process.Done()
	return d.ExitCode(), time.Since(began)
}

// Signal sends the running process a signal.
func (d *Daemon) Signal(s syscall.Signal) {
	d.t.Helper()
	if err := syscall.Kill(d.PID(), s); err != nil {
		d.t.Fatal(err)
	}
}

// PID is the process id.
func (d *Daemon) PID() int { return d.process.PID() }

// Done is closed when the process has ended; nil where there never was one.
func (d *Daemon) Done() <-chan struct{} {
	if d.process == nil {
		return nil
	}
	return d.process.Done()
}

// Running tells whether the process has not ended.
func (d *Daemon) Running() bool {
	select {
	case <-d.Done():
		return false
	default:
		return true
	}
}

// ExitCode is that of a process that has ended.
func (d *Daemon) ExitCode() int { return d.cmd.ProcessState.ExitCode() }
