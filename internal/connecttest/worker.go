package connecttest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/fetch"
	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
)

// Worker is a Kafka Connect worker that runs until the test ends.
type Worker struct {
	t       testing.TB
	flags   []string // of Java
	dir     *machine.Dir
	port    *machine.Port
	process *machine.Process
}

// Start starts a worker that writes to a Kafka, with the converters and settings
// that the golden records were captured with. Java runs with the flags, by default
// with such that keep it small and let it start fast. A machine without Java or Maven
// skips the test.
func Start(t testing.TB, kafka *kafkatest.Cluster, flags ...string) *Worker {
	t.Helper()
	if len(flags) == 0 {
		flags = []string{"-Xmx768m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}
	}
	w := &Worker{t: t, flags: flags}
	t.Cleanup(w.close)
	err := w.start(t.Context(), kafka)
	if errors.Is(err, fetch.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.until("the worker answers", time.Minute, func() bool { return w.get("/connectors", nil) == nil })
	return w
}

func (w *Worker) start(ctx context.Context, kafka *kafkatest.Cluster) (err error) {
	jars, err := kafkatest.Jars(ctx)
	if err != nil {
		return err
	}
	if w.dir, err = machine.TempDir(); err != nil {
		return err
	}
	if err := w.link(ctx); err != nil {
		return err
	}
	if w.port, err = machine.ReservePort(); err != nil {
		return err
	}
	path := filepath.Join(w.dir.Path, "connect.properties")
	if err := os.WriteFile(path, []byte(w.properties(kafka)), 0o644); err != nil {
		return err
	}
	log, err := os.Create(w.logFile())
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "java", append(w.flags, "-Dlog4j2.level=INFO",
		"-cp", filepath.Join(jars, "*"), "org.apache.kafka.connect.cli.ConnectDistributed", path)...)
	cmd.Stdout, cmd.Stderr = log, log
	w.process, err = machine.Start(cmd)
	return err
}

// link makes the folder that has a folder for each plugin.
func (w *Worker) link(ctx context.Context) error {
	if err := os.Mkdir(w.plugins(), 0o755); err != nil {
		return err
	}
	for _, p := range plugins {
		e, err := p.item().Get(ctx)
		if err != nil {
			return err
		}
		if err := os.Symlink(e.Dir, filepath.Join(w.plugins(), p.database)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) plugins() string { return filepath.Join(w.dir.Path, "plugins") }

func (w *Worker) logFile() string { return filepath.Join(w.dir.Path, "log") }

// properties are the worker's. Its own topics have one replica.
func (w *Worker) properties(kafka *kafkatest.Cluster) string {
	return kafkatest.Format(map[string]string{
		"bootstrap.servers":                 kafka.Bootstrap(),
		"group.id":                          "connect",
		"listeners":                         "http://" + w.port.Addr(),
		"plugin.path":                       w.plugins(),
		"plugin.discovery":                  "service_load",
		"key.converter":                     "org.apache.kafka.connect.json.JsonConverter",
		"value.converter":                   "org.apache.kafka.connect.json.JsonConverter",
		"offset.storage.topic":              "connect-offsets",
		"offset.storage.replication.factor": "1",
		"offset.storage.partitions":         "1",
		"config.storage.topic":              "connect-configs",
		"config.storage.replication.factor": "1",
		"status.storage.topic":              "connect-status",
		"status.storage.replication.factor": "1",
		"status.storage.partitions":         "1",
		"offset.flush.interval.ms":          "1000",
		"scheduled.rebalance.max.delay.ms":  "0",
		"exactly.once.source.support":       "disabled",
	})
}

// PID is the worker's process id.
func (w *Worker) PID() int { return w.process.PID() }

// close ends a worker that may be half made.
func (w *Worker) close() {
	if w.process != nil {
		w.process.Kill()
	}
	if w.t.Failed() && w.dir != nil {
		w.t.Logf("log of Kafka Connect:\n%s", w.log())
	}
	if w.port != nil {
		_ = w.port.Release()
	}
	if w.dir != nil {
		_ = w.dir.Remove()
	}
}

// log is the end of what the worker printed.
func (w *Worker) log() string {
	text, _ := os.ReadFile(w.logFile())
	return string(text[max(0, len(text)-8<<10):])
}

// until polls a condition while the worker lives.
func (w *Worker) until(what string, limit time.Duration, cond func() bool) {
	w.t.Helper()
	daemontest.Until(w.t, limit, what, w.process.Done(), cond)
}
