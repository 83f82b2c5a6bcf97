// Package e2e runs the real binary against real servers: what arrives on Kafka
// after all that can happen in between is compared with what MySQL holds.
package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary builds cdcd once per test process.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cdcd-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cdcd")
	build := exec.Command("go", "build", "-o", path, "cdcd/cmd/cdcd")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build cdcd: %w\n%s", err, out)
	}
	return path, nil
})

// logBuffer is a process's output, to be read while it grows.
type logBuffer struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write appends.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns all there is so far.
func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// daemon is a cdcd in a process of its own, with a data folder that outlives
// the process.
type daemon struct {
	t    *testing.T
	dir  string
	http string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	log  logBuffer
}

// newDaemon writes the configuration of a daemon with one connector. Its name is
// "it" unless a property says otherwise: who shares a Kafka with others needs a
// name of his own, since the position is found there by it.
func newDaemon(t *testing.T, kafka string, connector map[string]string) *daemon {
	t.Helper()
	d := &daemon{t: t, dir: t.TempDir(), http: freeAddress(t)}
	raft := freeAddress(t)
	d.write("cdcd.yaml", fmt.Sprintf(`node: {id: n1, data: ./data}
http: {listen: %q}
cluster: {name: test, listen: %q, peers: {n1: %q}}
kafka: {bootstrap.servers: %q}
connectors: ./connectors.d
`, d.http, raft, raft, kafka))
	text, err := json.Marshal(map[string]any{"name": cmp.Or(connector["name"], "it"), "config": connector})
	if err != nil {
		t.Fatal(err)
	}
	d.write("connectors.d/it.json", string(text))
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Logf("log of cdcd:\n%s", tail(d.log.String(), 8<<10))
		}
	})
	return d
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func (d *daemon) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start starts the process; it does not wait until it is ready.
func (d *daemon) start() {
	d.t.Helper()
	path, err := binary()
	if err != nil {
		d.t.Fatal(err)
	}
	d.cmd = exec.CommandContext(context.WithoutCancel(d.t.Context()), path, "run", "--config", filepath.Join(d.dir, "cdcd.yaml"))
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(d.cmd, d.done)
}

// kill ends the process as kill -9 does.
func (d *daemon) kill() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill()
	<-d.done
}

// stop asks the process to end and returns its exit code and how long it took.
func (d *daemon) stop() (code int, took time.Duration) {
	d.t.Helper()
	began := time.Now()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	<-d.done
	return d.cmd.ProcessState.ExitCode(), time.Since(began)
}

// ready waits until the daemon says so.
func (d *daemon) ready() {
	d.t.Helper()
	d.until(30*time.Second, "ready", func() bool {
		req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, "http://"+d.http+"/readyz", http.NoBody)
		if err != nil {
			d.t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// until polls a condition, and fails the test when the process ends first or
// the time is over.
func (d *daemon) until(limit time.Duration, what string, cond func() bool) {
	d.t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-d.done:
			d.t.Fatalf("cdcd ended while waiting until %s", what)
		case <-deadline:
			d.t.Fatalf("not %s after %s", what, limit)
		}
	}
}
