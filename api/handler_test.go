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
)

// part is ready while err is nil.
type part struct{ err error }

func (p *part) Ready() error { return p.err }

// reporter is a part with something to see.
type reporter struct {
	part
	status any
}

func (r *reporter) Report() (string, any) { return "node", r.status }

func request(t *testing.T, h http.Handler, method, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

func TestReadyz_NamesEveryReason(t *testing.T) {
	p, r := &part{}, &reporter{}
	h := Handler(prometheus.NewRegistry(), p, r)
	if code, body := request(t, h, "GET", "/readyz"); code != 200 || body != "ok\n" {
		t.Fatalf("ready: %d %q", code, body)
	}
	p.err, r.err = errors.New("no source"), errors.New("no leader")
	if code, body := request(t, h, "GET", "/readyz"); code != 503 || body != "no source\nno leader\n" {
		t.Fatalf("not ready: %d %q", code, body)
	}
	if code, _ := request(t, h, "GET", "/healthz"); code != 200 {
		t.Fatalf("a process that waits is healthy, not %d", code)
	}
}

func TestStatus_IsJSONOfAllReporters(t *testing.T) {
	r := &reporter{part: part{errors.New("no leader")}, status: map[string]int{"term": 3}}
	code, body := request(t, Handler(prometheus.NewRegistry(), &part{}, r), "GET", "/status")
	var got struct {
		Ready  bool
		Reason string
		Parts  map[string]map[string]int
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || code != 200 {
		t.Fatalf("%d %s: %v", code, body, err)
	}
	if got.Ready || got.Reason != "no leader" || got.Parts["node"]["term"] != 3 {
		t.Fatalf("status is %s", body)
	}
}

func TestStatus_UnprintableIsAnError(t *testing.T) {
	if code, _ := request(t, Handler(prometheus.NewRegistry(), &reporter{status: func() {}}), "GET", "/status"); code != 500 {
		t.Fatalf("code %d", code)
	}
}

func TestMetrics_ComeFromTheRegistry(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "cdcd_test_total", Help: "A test."})
	reg.MustRegister(c)
	c.Add(2)
	if code, body := request(t, Handler(reg), "GET", "/metrics"); code != 200 || !strings.Contains(body, "cdcd_test_total 2") {
		t.Fatalf("%d %s", code, body)
	}
}

func TestHandler_RefusesWhatItDoesNotOffer(t *testing.T) {
	h := Handler(prometheus.NewRegistry())
	if code, _ := request(t, h, "POST", "/status"); code != 405 {
		t.Fatalf("POST: %d", code)
	}
	if code, _ := request(t, h, "GET", "/nothing"); code != 404 {
		t.Fatalf("unknown path: %d", code)
	}
}
