package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Part is something of the daemon that may be unable to do its work. Its methods
// are called concurrently and answer at once.
type Part interface {
	// Ready returns nil, or every reason why not.
	Ready() error
}

// Reporter is a [Part] that people want to look into.
type Reporter interface {
	// Report returns the name of the part, and what there is to see of it, to be
	// printed as JSON.
	Report() (name string, status any)
}

// Handler returns what the daemon answers. It is ready when all parts are.
func Handler(g prometheus.Gatherer, all ...Part) http.Handler {
	p := parts(all)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", p.readyz)
	mux.HandleFunc("GET /status", p.status)
	return mux
}

// healthz says that the process answers.
func healthz(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

type parts []Part

func (p parts) ready() error {
	var errs []error
	for _, part := range p {
		errs = append(errs, part.Ready())
	}
	return errors.Join(errs...)
}

// readyz answers 503 and the reasons while a part is not ready.
func (p parts) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := p.ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// statusBody is the answer of /status.
type statusBody struct {
	Ready  bool           `json:"ready"`
	Reason string         `json:"reason,omitempty"`
	Parts  map[string]any `json:"parts"`
}

// status prints what every part has to report.
func (p parts) status(w http.ResponseWriter, _ *http.Request) {
	body := statusBody{Ready: true, Parts: map[string]any{}}
	if err := p.ready(); err != nil {
		body.Ready, body.Reason = false, err.Error()
	}
	for _, part := range p {
		if r, ok := part.(Reporter); ok {
			name, status := r.Report()
			body.Parts[name] = status
		}
	}
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		http.Error(w, "the status cannot be printed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n'))
}
