package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/api"
	"cdcd/cluster"
	"cdcd/connector"
	"cdcd/snapshot"
)

// answering is a node with a connector that copies rows, one that has, and one on
// another node that fails.
func answering(t *testing.T) (*httptest.Server, *atomic.Pointer[snapshot.Status]) {
	t.Helper()
	began := time.Now().Add(-10 * time.Second)
	var copies atomic.Pointer[snapshot.Status]
	copies.Store(copyAt(began, 250))
	done := copyAt(began, 1000)
	done.Ended = began.Add(4 * time.Second)
	on := func(phase, node, reason string) cluster.ConnectorView {
		return cluster.ConnectorView{Target: "running", Node: node, Phase: phase, LagSeconds: 1.5, Position: "bin.000001:4", Error: reason}
	}
	view := cluster.View{Name: "c", Node: "n1", Connectors: map[string]cluster.ConnectorView{
		"shop": on("running", "n1", ""), "old": on("running", "n1", ""), "far": on("failed", "n2", "no binlog"),
		"idle": {Target: "paused", LagSeconds: -1},
	}}
	s := httptest.NewServer(api.Handler(api.Config{
		Gatherer: prometheus.NewRegistry(), Cluster: func(context.Context) any { return view },
		Parts: func() map[string]api.Part {
			run := func(s *snapshot.Status) api.Part {
				return connectorPart{connector.Run{Status: connector.Status{Phase: connector.Running, Copy: s}}}
			}
			return map[string]api.Part{connectorPrefix + "shop": run(copies.Load()), connectorPrefix + "old": run(done), "disk": broken{}}
		},
	}, true))
	t.Cleanup(s.Close)
	return s, &copies
}

// broken is a part that is not ready.
type broken struct{}

func (broken) Ready() error { return errors.New("no room") }
func (broken) Status() any  { return nil }

const shown = `node n1 of cluster c: not ready
CONNECTOR  TARGET   NODE  PHASE              LAG   POSITION
far        running  n2    failed             1.5s  bin.000001:4
idle       paused
old        running  n1    running            1.5s  bin.000001:4
shop       running  n1    running, snapshot  1.5s  bin.000001:4
connector far: no binlog
disk: no room
snapshot of old: copied 1,000 rows of 1 table, 10.0 kB, in 4s (250 rows/s)
snapshot of shop:
  d.t  [#######.......................]  25%  250 of 1,000 rows  2.5 kB  N/s  Ns left
`

// passing is what depends on the time.
var passing = regexp.MustCompile(`\d+(/s|s left)`)

func TestStatus_OfANode(t *testing.T) {
	s, _ := answering(t)
	var out bytes.Buffer
	if err := run(t.Context(), []string{"status", "--node", s.URL + "/"}, &out, &out); err != nil {
		t.Fatal(err)
	}
	if got := passing.ReplaceAllString(out.String(), "N$1"); got != shown {
		t.Errorf("prints\n%s\nwant\n%s", got, shown)
	}
	out.Reset()
	if err := run(t.Context(), []string{"status", "--json", "--node", s.URL}, &out, &out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Parts map[string]struct {
			LagSeconds float64
			Snapshot   struct {
				Rows, Expected, Bytes, SecondsLeft, Percent, Tables, TablesLeft float64
				OfTables                                                        []map[string]any
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	p := got.Parts["connector shop"].Snapshot
	if p.Rows != 250 || p.Expected != 1000 || p.Bytes != 2500 || p.Percent != 25 || p.SecondsLeft < 29 || p.Tables != 1 || p.TablesLeft != 1 || len(p.OfTables) != 1 {
		t.Fatalf("the snapshot is %+v", p)
	}
	if speed, ok := p.OfTables[0]["rowsPerSecond"].(float64); !ok || speed < 1 || speed > 25 {
		t.Errorf("the table's speed is %v", speed)
	}
	for name, want := range map[string]any{"table": "d.t", "rows": 250.0, "expected": 1000.0, "bytes": 2500.0, "percent": 25.0, "complete": false} {
		if p.OfTables[0][name] != want {
			t.Errorf("%s of the table is %v, want %v", name, p.OfTables[0][name], want)
		}
	}
}

// watching is cdcd status --watch on a terminal, which ends before the test does.
func watching(t *testing.T, p *paper, node string) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"status", "--watch", "--node", node}, p, p) }()
	return func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("it was asked to end: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("it does not end")
		}
	}
}

// shows waits until a terminal does.
func (p *paper) shows(t *testing.T, text string) {
	t.Helper()
	deadline, tick := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(p.seen(), text) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the terminal does not show %q, but\n%s", text, p.seen())
		}
	}
}

// TestStatus_WatchDrawsInPlace: also while the node is away, and it ends by Ctrl-C.
func TestStatus_WatchDrawsInPlace(t *testing.T) {
	s, copies := answering(t)
	p := &paper{columns: 80, height: 24}
	end := watching(t, p, s.URL)
	p.shows(t, "250 of 1,000 rows")
	copies.Store(copyAt(time.Now().Add(-10*time.Second), 500))
	p.shows(t, "500 of 1,000 rows")
	s.Close()
	p.shows(t, "what follows is old: ")
	if n := strings.Count(p.seen(), "snapshot of shop"); n != 1 {
		t.Errorf("it is drawn %d times:\n%s", n, p.seen())
	}
	end()
}

func TestStatus_Fitted(t *testing.T) {
	f := func(columns, height int, want string) {
		t.Helper()
		if got := strings.Join(fitted([]string{"one line", "two lines", "three lines"}, columns, height), "|"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f(80, 4, "one line|two lines|three lines")
	f(9, 4, "one line|two lin…|three l…")
	f(80, 3, "one line|… and 2 lines more: the terminal is too low")
	f(80, 1, "… and 3 lines more: the terminal is too low")
}

func TestStatus_WhereTheNodeIs(t *testing.T) {
	f := func(listen, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "cdcd.yaml")
		text := fmt.Sprintf("node: {id: n1, data: ./data}\nhttp: {listen: '%s'}\ncluster: {name: test, listen: '127.0.0.1:1'}\nkafka: {bootstrap.servers: '127.0.0.1:1'}\nconnectors: .\n", listen)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := (statusFlags{config: path}).url(); got != want || err != nil {
			t.Errorf("%s: %s %v, want %s", listen, got, err, want)
		}
	}
	f("127.0.0.1:8083", "http://127.0.0.1:8083")
	f("0.0.0.0:80", "http://localhost:80")
	f("[::]:80", "http://localhost:80")
	f(":80", "http://localhost:80")
	f("[fe80::1]:80", "http://[fe80::1]:80")
	f("db.example:80", "http://db.example:80")
}

func TestStatus_Refused(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/none/status" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"status": "UP"}`))
	}))
	defer other.Close()
	f := func(line string, texts ...string) {
		t.Helper()
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields("status "+line), &out, &out)
		if err == nil {
			t.Fatalf("%s: prints %s", line, out.String())
		}
		for _, text := range texts {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v does not say %q", line, err, text)
			}
		}
		if strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", line, err)
		}
	}
	f("--config /nowhere.yaml", "--node", "/nowhere.yaml")
	f("--node n1:8083", "http://host:port")
	f("--node http://u:hidden@%zz", "http://host:port")
	f("--node http://u:hidden@127.0.0.1:1", "127.0.0.1:1")
	f("--watch --node http://127.0.0.1:1", "--watch", "terminal", "--json")
	f("--watch --json --node http://127.0.0.1:1", "watch", "json")
	f("--node "+other.URL, "not one of cdcd's")
	f("--node "+other.URL+"/none", "404", "/none/status")
}
