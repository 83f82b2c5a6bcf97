package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/connector/signal"
	"cdcd/offsets"
)

// configured is a file for a node that is alone, and what the node is told.
func configured(t *testing.T) (path string, cfg cluster.Config) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	path = filepath.Join(t.TempDir(), "cdcd.yaml")
	text := fmt.Sprintf("node: {id: n1, data: ./data}\nhttp: {listen: '127.0.0.1:0'}\ncluster: {name: test, listen: %q}\nkafka: {bootstrap.servers: '127.0.0.1:1'}\nconnectors: .\n", address)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, c.node()
}

// running is a node that leads and has the connector shop.
func running(t *testing.T, cfg cluster.Config) *cluster.Node {
	t.Helper()
	node, err := cluster.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	if err := node.WaitLeader(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := node.Apply(t.Context(), offsets.PutConnector{Connector: "shop", Config: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	return node
}

// commands is the command line with a configuration.
func commands(t *testing.T, config, line string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), append(strings.Fields(line), "--config", config), &out, &out)
	return out.String(), err
}

// does has a command succeed.
func does(t *testing.T, config, line string) string {
	t.Helper()
	out, err := commands(t, config, line)
	if err != nil {
		t.Fatalf("cdcd %s: %v", line, err)
	}
	return out
}

func TestConnectors_OnTheCommandLine(t *testing.T) {
	path, cfg := configured(t)
	node := running(t, cfg)
	for line, want := range map[string]offsets.Target{"pause shop": offsets.Paused, "stop shop": offsets.Stopped, "resume shop": offsets.Running} {
		does(t, path, "connectors "+line)
		node.Read(func(s *offsets.State) {
			if got := s.Target("shop"); got != want {
				t.Errorf("%s: the target is %s", line, got)
			}
		})
	}
	does(t, path, "connectors stop shop")
	if out := does(t, path, "connectors list"); !strings.HasPrefix(out, "CONNECTOR") || !strings.Contains(out, "stopped") {
		t.Errorf("the list is %s", out)
	}
	var all map[string]cluster.ConnectorView
	if err := json.Unmarshal([]byte(does(t, path, "connectors list --json")), &all); err != nil || all["shop"].Target != "stopped" {
		t.Errorf("the list is %v: %v", all, err)
	}
	does(t, path, "connectors delete shop")
	for _, verb := range []string{"pause", "resume", "stop", "delete"} {
		if out, err := commands(t, path, "connectors "+verb+" shop"); !errors.Is(err, offsets.ErrUnknownConnector) || !strings.Contains(err.Error(), "shop") {
			t.Errorf("%s: %s %v", verb, out, err)
		}
	}
}

// receiver is a runner that has every connector, and takes messages.
type receiver struct {
	took chan string
	err  error
}

func (receiver) Assign([]cluster.Assignment, bool)  {}
func (receiver) Reports() map[string]cluster.Report { return nil }

func (r receiver) Deliver(_ context.Context, name string, message []byte) error {
	r.took <- name + " " + string(message)
	return r.err
}

// placed has the cluster place the connector shop on the node.
func placed(t *testing.T, node *cluster.Node, r receiver) {
	t.Helper()
	node.Run(t.Context(), r)
	for shop := ""; shop == ""; {
		v, err := node.LeaderView(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		shop = v.Connectors["shop"].Node
	}
}

func TestConnectors_Signal(t *testing.T) {
	path, cfg := configured(t)
	node := running(t, cfg)
	const line = `connectors signal shop --type log --data {"message":"m"} --id 7`
	if _, err := commands(t, path, line); !errors.Is(err, cluster.ErrNotStreaming) {
		t.Errorf("it runs nowhere: %v", err)
	}
	r := receiver{took: make(chan string, 9)}
	placed(t, node, r)
	if out := does(t, path, line); out != "Signal 7 was taken.\n" {
		t.Errorf("it says %s", out)
	}
	if got := <-r.took; got != `shop {"id":"7","type":"log","data":"{\"message\":\"m\"}"}` {
		t.Errorf("sent %s", got)
	}
	does(t, path, "connectors signal shop --type pause-snapshot")
	if m, err := signal.ReadMessage([]byte(strings.TrimPrefix(<-r.took, "shop "))); err != nil || len(m.ID) != 36 || m.Type != "pause-snapshot" {
		t.Errorf("sent %+v, %v", m, err)
	}
	for line, want := range map[string]error{
		"connectors signal nobody --type pause-snapshot":                                                      offsets.ErrUnknownConnector,
		"connectors signal shop --type unheard-of":                                                            signal.ErrUnknown,
		`connectors signal shop --type execute-snapshot --data {"data-collections":["x("],"s3cret":"s3cret"}`: signal.ErrMalformed,
	} {
		if _, err := commands(t, path, line); !errors.Is(err, want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestConnect_Signal: what becomes of a signal is said in the words of whoever hears it.
func TestConnect_Signal(t *testing.T) {
	_, cfg := configured(t)
	node := running(t, cfg)
	c := connectors{governor{node}}
	f := func(err error, want ...error) {
		t.Helper()
		for _, is := range want {
			if !errors.Is(err, is) {
				t.Errorf("%v is not %v", err, is)
			}
		}
	}
	f(c.Signal(t.Context(), "nobody", signal.Message{Type: "log"}), offsets.ErrUnknownConnector)
	f(c.Signal(t.Context(), "shop", signal.Message{Type: "log"}), connector.ErrNotStreaming, cluster.ErrNotStreaming)
	f(renamed(fmt.Errorf("x: %w", connector.ErrBusy)), cluster.ErrBusy)
	f(renamed(connector.ErrUnsettled), cluster.ErrOutcomeUnknown)
	f(renamed(cluster.ErrBusy), connector.ErrBusy)
	if err := renamed(nil); err != nil {
		t.Error(err)
	}
	run := &runner{manager: connector.NewManager(t.Context(), nil)}
	f(run.Deliver(t.Context(), "shop", []byte(`{"type":"log"}`)), cluster.ErrNotStreaming)
	f(run.Deliver(t.Context(), "shop", []byte(`{"type":"no"}`)), signal.ErrUnknown)
}

func TestConnect_SeesTheCluster(t *testing.T) {
	_, cfg := configured(t)
	node := running(t, cfg)
	c := connectors{governor{node}}
	for _, target := range []offsets.Target{offsets.Paused, offsets.Stopped, offsets.Running} {
		if err := c.SetTarget(t.Context(), "shop", target); err != nil {
			t.Fatal(err)
		}
		if all, err := c.All(t.Context()); err != nil || all["shop"] != (api.Connector{Target: target}) {
			t.Fatalf("%v, %v", all, err)
		}
	}
	if err := c.Delete(t.Context(), "nobody"); !errors.Is(err, offsets.ErrUnknownConnector) {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := c.All(ctx); !errors.Is(err, connector.ErrUnavailable) {
		t.Fatalf("without a cluster: %v", err)
	}
}

func TestRecover_OnTheCommandLine(t *testing.T) {
	path, cfg := configured(t)
	node := running(t, cfg)
	if out, err := commands(t, path, "cluster recover --yes"); !errors.Is(err, cluster.ErrLocked) {
		t.Fatalf("while the node runs: %s %v", out, err)
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.DataDir, submittedFile), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := commands(t, path, "cluster recover")
	if err == nil || !strings.Contains(err.Error(), "--yes") || !strings.Contains(out, "ends with term ") || !strings.Contains(out, "n1") {
		t.Fatalf("without --yes: %s %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, submittedFile)); err != nil {
		t.Fatalf("without --yes something changed: %v", err)
	}
	if out := does(t, path, "cluster recover --yes"); !strings.Contains(out, "Done.") {
		t.Fatal(out)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, submittedFile)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("what was submitted is not forgotten: %v", err)
	}
	running(t, cfg)
}
