package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"cdcd/connector"
	"cdcd/connector/signal"
	"cdcd/offsets"
)

// connectors are a cluster of them; err is what it answers, "" while it does.
type connectors struct {
	all  map[string]Connector
	err  error
	sent []signal.Message
}

func (c *connectors) All(context.Context) (map[string]Connector, error) { return c.all, c.err }

func (c *connectors) SetTarget(_ context.Context, name string, t offsets.Target) error {
	return c.change(name, func(one Connector) { one.Target = t; c.all[name] = one })
}

func (c *connectors) Delete(_ context.Context, name string) error {
	return c.change(name, func(Connector) { delete(c.all, name) })
}

func (c *connectors) Signal(_ context.Context, name string, m signal.Message) error {
	return c.change(name, func(Connector) { c.sent = append(c.sent, m) })
}

func (c *connectors) change(name string, do func(Connector)) error {
	one, ok := c.all[name]
	switch {
	case c.err != nil:
		return c.err
	case !ok:
		return fmt.Errorf("%w: %s", offsets.ErrUnknownConnector, name)
	}
	do(one)
	return nil
}

func connecting(c *connectors) http.Handler {
	return Handler(Config{Gatherer: prometheus.NewRegistry(), Connectors: c}, true)
}

// asks sends a request as a program on this machine does, and checks the answer.
func asks(t *testing.T, h http.Handler, line string, code int, body string) {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost:8083"+path, http.NoBody)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := strings.TrimSpace(w.Body.String()); w.Code != code || got != body {
		t.Errorf("%s: %d %s, not %d %s", line, w.Code, got, code, body)
	}
}

func TestConnect_StatusAsKafkaConnectHasIt(t *testing.T) {
	h := connecting(&connectors{all: map[string]Connector{
		"runs":   {Node: "n1", Phase: connector.Running, Reason: "sink: no broker"},
		"begins": {Node: "n1", Phase: connector.Starting},
		"placed": {Node: "n2"},
		"failed": {Node: "n1", Phase: connector.Failed, Reason: "no binlog"},
		"no/way": {},
		"paused": {Target: offsets.Paused}, "stopped": {Target: offsets.Stopped},
	}})
	f := func(name, state, worker, tasks string) {
		t.Helper()
		name = strings.ReplaceAll(name, "/", "%2F")
		asks(t, h, "GET /connectors/"+name+"/status", 200, fmt.Sprintf(`{"name":%q,"connector":{"state":%q,"worker_id":%q},"tasks":[%s],"type":"source"}`, strings.ReplaceAll(name, "%2F", "/"), state, worker, tasks))
	}
	f("runs", "RUNNING", "n1", `{"id":0,"state":"RUNNING","worker_id":"n1","trace":"sink: no broker"}`)
	f("begins", "RUNNING", "n1", `{"id":0,"state":"UNASSIGNED","worker_id":"n1"}`)
	f("placed", "RUNNING", "n2", `{"id":0,"state":"UNASSIGNED","worker_id":"n2"}`)
	f("failed", "RUNNING", "n1", `{"id":0,"state":"FAILED","worker_id":"n1","trace":"no binlog"}`)
	f("no/way", "UNASSIGNED", "", `{"id":0,"state":"UNASSIGNED","worker_id":""}`)
	f("paused", "PAUSED", "", `{"id":0,"state":"PAUSED","worker_id":""}`)
	f("stopped", "STOPPED", "", ``)
	asks(t, h, "GET /connectors", 200, `["begins","failed","no/way","paused","placed","runs","stopped"]`)
	asks(t, connecting(&connectors{}), "GET /connectors", 200, `[]`)
}

func TestConnect_Changes(t *testing.T) {
	c := &connectors{all: map[string]Connector{"shop": {Node: "n1"}}}
	h := connecting(c)
	f := func(line string, code int, want offsets.Target) {
		t.Helper()
		asks(t, h, line, code, "")
		if got := c.all["shop"].Target; got != want {
			t.Errorf("%s: the target is %s", line, got)
		}
	}
	f("PUT /connectors/shop/pause", 202, offsets.Paused)
	f("PUT /connectors/shop/resume", 202, offsets.Running)
	f("PUT /connectors/shop/stop", 204, offsets.Stopped)
	asks(t, h, "DELETE /connectors/shop", 204, "")
	asks(t, h, "GET /connectors", 200, `[]`)
}

func TestConnect_UnknownAndUnavailable(t *testing.T) {
	lines := []string{"GET /connectors/x/status", "PUT /connectors/x/pause", "PUT /connectors/x/resume", "PUT /connectors/x/stop", "DELETE /connectors/x"}
	for _, line := range lines {
		asks(t, connecting(&connectors{}), line, 404, `{"error_code":404,"message":"Connector x not found"}`)
	}
	for _, line := range append(lines, "GET /connectors") {
		away := &connectors{err: fmt.Errorf("%w: no leader", connector.ErrUnavailable)}
		asks(t, connecting(away), line, 503, `{"error_code":503,"message":"the cluster does not answer: no leader"}`)
		asks(t, connecting(&connectors{err: errors.New("odd")}), line, 500, `{"error_code":500,"message":"odd"}`)
	}
}

// TestConnect_WhoMayChange: whoever may look may not change.
func TestConnect_WhoMayChange(t *testing.T) {
	const url = "http://localhost:8083/connectors/shop/pause"
	f := func(what string, want int, token string, local bool, url string, header ...string) {
		t.Helper()
		c := &connectors{all: map[string]Connector{"shop": {}}}
		h := Handler(Config{Gatherer: prometheus.NewRegistry(), Connectors: c, Token: token}, local)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, url, http.NoBody)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if changed := c.all["shop"].Target != offsets.Running; w.Code != want || changed != (want == 202) {
			t.Errorf("%s: %d %s, changed: %t", what, w.Code, w.Body, changed)
		}
	}
	f("from this machine", 202, "", true, url)
	f("by its address", 202, "", true, "http://[::1]:8083/connectors/shop/pause")
	f("from beyond", 403, "", false, "http://10.0.0.1:8083/connectors/shop/pause")
	f("with the token", 202, "secret", false, url, "Authorization", "Bearer secret")
	f("with another token", 401, "secret", false, url, "Authorization", "Bearer secre")
	f("without the token", 401, "secret", true, url)
	f("a page elsewhere", 403, "", true, url, "Sec-Fetch-Site", "cross-site")
	f("a page elsewhere, in an old browser", 403, "", true, url, "Origin", "http://evil.example")
	f("a page whose name leads here", 403, "", true, "http://evil.example:8083/connectors/shop/pause", "Origin", "http://evil.example:8083", "Sec-Fetch-Site", "same-origin")
}

func TestServer_KnowsWhetherItIsLocal(t *testing.T) {
	for listen, want := range map[string]int{"127.0.0.1:0": 202, "0.0.0.0:0": 403} {
		c := &connectors{all: map[string]Connector{"shop": {}}}
		s, err := Open(t.Context(), Config{Listen: listen, Gatherer: prometheus.NewRegistry(), Connectors: c})
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := strings.Cut(strings.TrimPrefix(s.Addr(), "[::]"), ":")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://127.0.0.1:"+port+"/connectors/shop/pause", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("on %s: %d", listen, resp.StatusCode)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
