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
