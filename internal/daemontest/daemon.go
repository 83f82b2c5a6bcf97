package daemontest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

	Node        string            // node.id, "" for n1
	Listen      string            // where the other nodes reach it, "" for a free address
	Peers       map[string]string // address by node, nil where it is alone in its cluster
	Cluster     map[string]string // more of the section cluster
	Environment []string          // NAME=value, in addition to that of the test
}

// withDefaults fills in what was left out.
func (c Config) withDefaults(t testing.TB) Config {
	t.Helper()
	c.Node = cmp.Or(c.Node, "n1")
	if c.Listen == "" {
		c.Listen = Address(t)
	}
	if c.Peers == nil {
		c.Peers = map[string]string{c.Node: c.Listen}
	}
	return c
}

// yaml is the text of cdcd.yaml.
func (c Config) yaml(http string) string {
	section := "name: test, listen: " + strconv.Quote(c.Listen) + ", peers: {" + flow(c.Peers) + "}"
	if len(c.Cluster) > 0 {
		section += ", " + flow(c.Cluster)
	}
	return fmt.Sprintf(`node: {id: %q, data: ./data}
http: {listen: %q}
cluster: {%s}
kafka: {bootstrap.servers: %q}
connectors: ./connectors.d
`, c.Node, http, section, c.Kafka)
}

// flow is a map as YAML has it on one line.
func flow(m map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, fmt.Sprintf("%s: %q", name, m[name]))
	}
	return strings.Join(pairs, ", ")
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
	environ []string
	http    string
	cmd     *exec.Cmd
	process *machine.Process // the last one, which may have ended
}

// New writes the configuration of a daemon that does not run yet. It is killed
// at the end of the test, and when that has failed the end of its log is shown.
func New(t testing.TB, c Config) *Daemon {
	t.Helper()
	c = c.withDefaults(t)
	d := &Daemon{t: t, Dir: t.TempDir(), binary: c.Binary, environ: c.Environment, http: Address(t)}
	d.Write("cdcd.yaml", c.yaml(d.http))
	for name, props := range c.Connectors {
		d.Connector(name, props)
	}
	t.Cleanup(func() {
		d.Kill()
		if t.Failed() {
			t.Logf("log of cdcd %s:\n%s", c.Node, d.Log.Tail(8<<10))
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

// Size is how many bytes the files at a path in Dir have; of all of Dir without one.
func (d *Daemon) Size(path ...string) (bytes int64) {
	d.t.Helper()
	err := filepath.WalkDir(filepath.Join(append([]string{d.Dir}, path...)...), func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return bytes
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
	d.cmd = d.command(context.WithoutCancel(d.t.Context()), "run")
	d.cmd.Stdout, d.cmd.Stderr = &d.Log, &d.Log
	var err error
	if d.process, err = machine.Start(d.cmd); err != nil {
		d.t.Fatal(err)
	}
}

// command is cdcd with arguments and the daemon's configuration.
func (d *Daemon) command(ctx context.Context, args ...string) *exec.Cmd {
	d.t.Helper()
	path := d.binary
	if path == "" {
		var err error
		if path, err = Binary(); err != nil {
			d.t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(ctx, path, append(args, "--config", filepath.Join(d.Dir, "cdcd.yaml"))...)
	cmd.Env = append(os.Environ(), d.environ...)
	return cmd
}

// Command runs cdcd with other arguments and the daemon's configuration, for ten
// seconds at most, and returns what it prints.
func (d *Daemon) Command(args ...string) (out string, err error) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.t.Context()), 10*time.Second)
	defer cancel()
	text, err := d.command(ctx, args...).CombinedOutput()
	return string(text), err
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
