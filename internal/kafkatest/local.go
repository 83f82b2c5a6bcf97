package kafkatest

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"cdcd/internal/fetch"
	"cdcd/internal/machine"

	"golang.org/x/sync/errgroup"
)

// version is that of pom.xml.
const version = "4.3.1"

//go:embed pom.xml
var pom []byte

// jars is the cache's folder of Kafka's jars.
func jars() fetch.Item {
	return fetch.Item{
		Name: "kafka-" + version, Recipe: string(pom),
		Make: func(ctx context.Context, dir string) (string, error) {
			return "Kafka " + version, fetch.Jars(ctx, dir, pom)
		},
	}
}

// local is the provider of brokers that Java runs on this machine.
func local(ctx context.Context, config Config, logf fetch.Logf) (*Cluster, error) {
	if _, err := exec.LookPath("java"); err != nil {
		return nil, fmt.Errorf("%w: no java (install default-jre-headless)", fetch.ErrUnavailable)
	}
	e, err := jars().Get(ctx)
	if err != nil {
		return nil, err
	}
	if e.Fresh {
		logf("kafkatest: fetched %s", e.Got)
	}
	c, err := launch(ctx, config, e.Dir)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	logf("kafkatest: Kafka %s, transaction.version %d, on this machine at %s",
		version, config.TransactionVersion, c.Bootstrap())
	return c, nil
}

// launch makes the brokers' folders and starts them. The cluster it returns is
// to be closed, error or not.
func launch(ctx context.Context, config Config, jars string) (*Cluster, error) {
	c, nodes := &Cluster{}, make([]*process, config.Brokers)
	for i := range nodes {
		nodes[i] = &process{config: config, jars: jars}
		if err := nodes[i].reserve(); err != nil {
			return c, errors.Join(err, nodes[i].end(ctx, remove))
		}
		c.brokers = append(c.brokers, nodes[i])
	}
	id := clusterID()
	g, ctx := errgroup.WithContext(ctx)
	for i, n := range nodes {
		text := properties(config, nodes, i)
		g.Go(func() error {
			if err := n.format(ctx, text, id); err != nil {
				return err
			}
			return n.start(ctx)
		})
	}
	return c, g.Wait()
}

// clusterID returns 16 random bytes as Kafka writes them. The first bit is
// clear: an id that begins with a hyphen would be taken for a flag.
func clusterID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// process is a broker, and controller, that runs on this machine.
type process struct {
	config     Config
	jars       string
	dir        *machine.Dir
	client     *machine.Port // where clients and brokers connect
	controller *machine.Port // where controllers connect
	running    *machine.Process
}

var _ broker = (*process)(nil)

func (p *process) reserve() (err error) {
	if p.dir, err = machine.TempDir(); err != nil {
		return err
	}
	if p.client, err = machine.ReservePort(); err != nil {
		return err
	}
	p.controller, err = machine.ReservePort()
	return err
}

func (p *process) propertiesFile() string { return filepath.Join(p.dir.Path, "server.properties") }
func (p *process) logFile() string        { return filepath.Join(p.dir.Path, "log") }

// format writes the configuration and lays out the data folder.
func (p *process) format(ctx context.Context, properties, id string) error {
	if err := os.WriteFile(p.propertiesFile(), []byte(properties), 0o644); err != nil {
		return err
	}
	cmd := p.java(ctx, "kafka.tools.StorageTool", "format", "-t", id, "-c", p.propertiesFile(),
		"--feature", "transaction.version="+strconv.Itoa(p.config.TransactionVersion))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("format a broker's data folder: %w\n%s", err, out)
	}
	return nil
}

// java is the command that runs a class of Kafka's.
func (p *process) java(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "java", slices.Concat(
		[]string{"-Xmx" + p.config.Heap, "-Dlog4j2.level=WARN"}, p.config.JVM,
		[]string{"-cp", filepath.Join(p.jars, "*")}, args)...)
}

func (p *process) addr() string { return p.client.Addr() }
func (p *process) pid() int     { return p.running.PID() }

// start starts the broker; ctx has no say in how long it lives.
func (p *process) start(context.Context) error {
	log, err := os.OpenFile(p.logFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := p.java(context.Background(), "kafka.Kafka", p.propertiesFile())
	cmd.Stdout, cmd.Stderr = log, log
	p.running, err = machine.Start(cmd)
	return err
}

func (p *process) end(ctx context.Context, how ending) error {
	switch how {
	case stop:
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		return p.running.Stop(ctx)
	case kill:
		p.running.Kill()
		return nil
	case remove:
		return p.remove()
	}
	return fmt.Errorf("kafkatest knows no ending %d", how)
}

// remove ends a broker that may be half made.
func (p *process) remove() error {
	if p.running != nil {
		p.running.Kill()
	}
	var err error
	for _, port := range []*machine.Port{p.client, p.controller} {
		if port != nil {
			err = errors.Join(err, port.Release())
		}
	}
	if p.dir != nil {
		err = errors.Join(err, p.dir.Remove())
	}
	return err
}

func (p *process) log() string {
	text, _ := os.ReadFile(p.logFile())
	return string(text[max(0, len(text)-3000):])
}
