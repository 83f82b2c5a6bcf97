package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
	"cdcd/internal/mysqltest"
)

// daemon is a cdcd in a process of its own, with a data folder that outlives
// the process.
type daemon struct {
	binary string
	dir    string
	ports  [2]*machine.Port // HTTP and raft
	cmd    *exec.Cmd
	proc   *machine.Process
}

// newDaemon writes the configuration of a cdcd with one connector.
func (b *bench) newDaemon(ctx context.Context, server *mysqltest.Server, kafka *kafkatest.Cluster) (*daemon, error) {
	binary, err := b.cdcd(ctx)
	if err != nil {
		return nil, err
	}
	d := &daemon{binary: binary}
	if d.dir, err = os.MkdirTemp(b.dir, "cdcd-"); err != nil {
		return nil, err
	}
	for i := range d.ports {
		if d.ports[i], err = machine.ReservePort(); err != nil {
			return nil, err
		}
	}
	return d, d.configure(kafka.Bootstrap(), b.properties(server))
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

// properties are the connector that follows the orders.
func (b *bench) properties(server *mysqltest.Server) map[string]string {
	return map[string]string{
		"connector.class":                           "io.debezium.connector.mysql.MySqlConnector",
		"database.hostname":                         server.Host,
		"database.port":                             fmt.Sprint(server.Port),
		"database.user":                             server.User,
		"database.password":                         server.Password,
		"database.server.id":                        "7001",
		"topic.prefix":                              "bench",
		"table.include.list":                        "bench.orders",
		"snapshot.mode":                             "no_data",
		"key.converter":                             "org.apache.kafka.connect.json.JsonConverter",
		"value.converter":                           "org.apache.kafka.connect.json.JsonConverter",
		"key.converter.schemas.enable":              "false",
		"value.converter.schemas.enable":            "false",
		"topic.creation.default.partitions":         fmt.Sprint(partitions),
		"topic.creation.default.replication.factor": "1",
		"producer.override.compression.type":        b.codec,
	}
}

// ordersTopic is where the connector writes.
const ordersTopic = "bench.bench.orders"

func (d *daemon) configure(kafka string, connector map[string]string) error {
	text, err := json.Marshal(map[string]any{"name": "bench", "config": connector})
	if err != nil {
		return err
	}
	raft := d.ports[1].Addr()
	return errors.Join(
		os.Mkdir(filepath.Join(d.dir, "connectors.d"), 0o755),
		os.WriteFile(filepath.Join(d.dir, "connectors.d", "bench.json"), text, 0o600),
		os.WriteFile(filepath.Join(d.dir, "cdcd.yaml"), fmt.Appendf(nil, `node: {id: n1, data: ./data}
http: {listen: %q}
cluster: {name: bench, listen: %q, peers: {n1: %q}}
kafka: {bootstrap.servers: %q}
connectors: ./connectors.d
`, d.ports[0].Addr(), raft, raft, kafka), 0o600),
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
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.ports[0].Addr()+"/readyz", http.NoBody)
		if err != nil {
			return false, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false, nil //nolint:nilerr // not yet
		}
		return resp.StatusCode == http.StatusOK, resp.Body.Close()
	})
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
