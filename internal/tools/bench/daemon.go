package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
	"cdcd/internal/mysqltest"
)

// daemon is a cdcd in a process of its own, with a data folder that outlives
// the process.
type daemon struct {
	connector

	binary string
	dir    string
	ports  [2]*machine.Port // HTTP and raft
	cmd    *exec.Cmd
	proc   *machine.Process
}

// newDaemon writes the configuration of a cdcd with one connector. Its name is
// the connector's, the topics' prefix and the cluster's.
func (b *bench) newDaemon(ctx context.Context, c connector, server *mysqltest.Server, kafka *kafkatest.Cluster) (*daemon, error) {
	binary, err := b.cdcd(ctx)
	if err != nil {
		return nil, err
	}
	d := &daemon{binary: binary, connector: c}
	if d.dir, err = os.MkdirTemp(b.dir, "cdcd-"); err != nil {
		return nil, err
	}
	for i := range d.ports {
		if d.ports[i], err = machine.ReservePort(); err != nil {
			return nil, err
		}
	}
	return d, d.configure(kafka.Bootstrap(), c.properties(server, b.codec))
}

// cdcd returns the binary to measure; it is built once.
func (b *bench) cdcd(ctx context.Context) (string, error) {
	if b.binary != "" {
		return b.binary, nil
	}
	path := filepath.Join(b.dir, "cdcd")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "cdcd/cmd/cdcd")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build cdcd: %w\n%s", err, out)
	}
	b.binary = path
	return path, nil
}

func (d *daemon) configure(kafka string, properties map[string]string) error {
	text, err := json.Marshal(map[string]any{"name": d.name, "config": properties})
	if err != nil {
		return err
	}
	raft := d.ports[1].Addr()
	return errors.Join(
		os.Mkdir(filepath.Join(d.dir, "connectors.d"), 0o755),
		os.WriteFile(filepath.Join(d.dir, "connectors.d", "bench.json"), text, 0o600),
		os.WriteFile(filepath.Join(d.dir, "cdcd.yaml"), fmt.Appendf(nil, `node: {id: n1, data: ./data}
http: {listen: %q}
cluster: {name: %q, listen: %q, peers: {n1: %q}}
kafka: {bootstrap.servers: %q}
connectors: ./connectors.d
`, d.ports[0].Addr(), d.name, raft, raft, kafka), 0o600),
	)
}

// start starts the process; its output is appended to a file.
func (d *daemon) start() error {
	log, err := os.OpenFile(filepath.Join(d.dir, "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	d.cmd = exec.Command(d.binary, "run", "--config", filepath.Join(d.dir, "cdcd.yaml")) //nolint:noctx // stopped by stop
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.proc, err = machine.Start(d.cmd)
	return err
}

// begin lets cdcd store where it begins: now.
func (d *daemon) begin(ctx context.Context) error {
	if err := d.start(); err != nil {
		return err
	}
	if err := d.ready(ctx); err != nil {
		return err
	}
	return d.stop(ctx)
}

// stop asks the process to end, and complains when it does not do so well.
func (d *daemon) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := d.proc.Stop(ctx); err != nil {
		return d.fail(err)
	}
	if !d.cmd.ProcessState.Success() {
		return d.fail(errors.New(d.cmd.ProcessState.String()))
	}
	return nil
}

// fail adds the end of the log to an error.
func (d *daemon) fail(err error) error {
	text, _ := os.ReadFile(filepath.Join(d.dir, "log"))
	return fmt.Errorf("cdcd: %w\n%s", err, text[max(0, len(text)-2000):])
}

// close ends the process if it still runs.
func (d *daemon) close() error {
	if d.proc != nil {
		d.proc.Kill()
	}
	return errors.Join(d.ports[0].Release(), d.ports[1].Release())
}

// ready waits until cdcd says that it streams.
func (d *daemon) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return d.until(ctx, 50*time.Millisecond, func(ctx context.Context) (bool, error) {
		_, err := d.ask(ctx, "/readyz")
		return err == nil, nil // an error: not yet
	})
}

// ask returns what cdcd answers to a GET, when that is well.
func (d *daemon) ask(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.ports[0].Addr()+path, http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return string(body), errors.Join(err, resp.Body.Close())
}

// stored is the offset in the binlog file of the last position that is stored.
func (d *daemon) stored(ctx context.Context) (int64, error) {
	body, err := d.ask(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, fmt.Sprintf("cdcd_position_offset{connector=%q} ", d.name)); ok {
			offset, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return int64(offset), err
		}
	}
	return 0, errors.New("/metrics has no cdcd_position_offset")
}

// patience is how long a backlog may take.
const patience = 5 * time.Minute

// until calls f again and again until it says true.
func (d *daemon) until(ctx context.Context, pause time.Duration, f func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if ok, err := f(ctx); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-d.proc.Done():
			return d.fail(errors.New("ended unexpectedly"))
		case <-ctx.Done():
			return d.fail(ctx.Err())
		}
	}
}
