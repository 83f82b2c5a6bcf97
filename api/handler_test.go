package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// part is ready while err is nil.
type part struct {
	err    error
	status any
}

func (p part) Ready() error { return p.err }
func (p part) Status() any  { return p.status }

// get asks a handler of the given parts.
func get(t *testing.T, path string, all map[string]Part) (int, string) {
	t.Helper()
	return request(t, Handler(Config{Gatherer: prometheus.NewRegistry(), Parts: fixed(all)}, true), http.MethodGet, path)
}

func request(t *testing.T, h http.Handler, method, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
	return w.Code, w.Body.String()
}

func TestReadyz_NamesEveryReason(t *testing.T) {
	if code, body := get(t, "/readyz", map[string]Part{"a": part{}}); code != 200 || body != "ok\n" {
		t.Fatalf("ready: %d %q", code, body)
	}
	down := map[string]Part{"b": part{err: errors.New("no source")}, "a": part{}, "c": part{err: errors.New("no leader")}}
	if code, body := get(t, "/readyz", down); code != 503 || body != "b: no source\nc: no leader\n" {
		t.Fatalf("not ready: %d %q", code, body)
	}
	if code, _ := get(t, "/healthz", down); code != 200 {
		t.Fatalf("a process that waits is healthy, not %d", code)
	}
}

func TestStatus_IsJSONOfAllParts(t *testing.T) {
	code, body := get(t, "/status", map[string]Part{"node": part{err: errors.New("no leader"), status: map[string]int{"term": 3}}})
	var got struct {
		Ready   bool
		Reasons map[string]string
		Parts   map[string]map[string]int
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || code != 200 {
		t.Fatalf("%d %s: %v", code, body, err)
	}
	if got.Ready || got.Reasons["node"] != "no leader" || got.Parts["node"]["term"] != 3 {
		t.Fatalf("status is %s", body)
	}
}

// told is a part with notifications.
type told struct{ part }

func (told) Notifications() any { return []string{"STARTED"} }

func TestNotifications_OfThisNode(t *testing.T) {
	all := map[string]Part{"connector shop": told{}, "cluster": part{}}
	f := func(name string, code int, body string) {
		t.Helper()
		if c, b := get(t, "/connectors/"+name+"/notifications", all); c != code || strings.TrimSpace(b) != body {
			t.Errorf("%s: %d %s", name, c, b)
		}
	}
	f("shop", 200, `["STARTED"]`)
	f("other", 404, `{"error_code":404,"message":"Connector other does not run on this node"}`)
}

func TestStatus_UnprintableIsAnError(t *testing.T) {
	if code, _ := get(t, "/status", map[string]Part{"node": part{status: func() {}}}); code != 500 {
		t.Fatalf("code %d", code)
	}
}

func TestMetrics_ComeFromTheRegistry(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "cdcd_test_total", Help: "A test."})
	reg.MustRegister(c)
	c.Add(2)
	code, body := request(t, Handler(Config{Gatherer: reg, Parts: fixed(nil)}, true), http.MethodGet, "/metrics")
	if code != 200 || !strings.Contains(body, "cdcd_test_total 2") {
		t.Fatalf("%d %s", code, body)
	}
}

func TestHandler_RefusesWhatItDoesNotOffer(t *testing.T) {
	h := Handler(Config{Gatherer: prometheus.NewRegistry(), Parts: fixed(nil)}, true)
	if code, _ := request(t, h, http.MethodPost, "/status"); code != 405 {
		t.Fatalf("POST: %d", code)
	}
	if code, _ := request(t, h, http.MethodGet, "/nothing"); code != 404 {
		t.Fatalf("unknown path: %d", code)
	}
}

func TestServer_AnswersUntilClose(t *testing.T) {
	s, err := Open(t.Context(), Config{Listen: "127.0.0.1:0", Gatherer: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Listen: s.Addr()}); err == nil || !strings.Contains(err.Error(), s.Addr()) {
		t.Fatalf("a second server on the same address: %v", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + s.Addr() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok\n" {
		t.Fatalf("%q %v", body, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Get("http://" + s.Addr() + "/healthz"); err == nil {
		resp.Body.Close()
		t.Fatal("answered after Close")
	}
}

// fixed are parts that stay the same.
func fixed(all map[string]Part) func() map[string]Part { return func() map[string]Part { return all } }
