package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler returns what a [Server] answers, which listens on a loopback address if
// local. The daemon is ready when all of its parts are.
func Handler(cfg Config, local bool) http.Handler {
	p := parts{all: cfg.Parts, cluster: cfg.Cluster}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Gatherer, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", p.readyz)
	mux.HandleFunc("GET /status", p.status)
	mux.HandleFunc("GET /connectors/{name}/notifications", p.notifications)
	if cfg.Connectors != nil {
		connect{cfg.Connectors, guard{cfg.Token, local}, cfg.logger()}.register(mux)
	}
	return mux
}

// healthz says that the process answers.
func healthz(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

type parts struct {
	all     func() map[string]Part
	cluster func(context.Context) any // nil for none
}

// reasons returns why parts are not ready, by name.
func reasons(all map[string]Part) map[string]string {
	reasons := map[string]string{}
	for name, part := range all {
		if err := part.Ready(); err != nil {
			reasons[name] = err.Error()
		}
	}
	return reasons
}

// readyz answers 503 and the reasons while a part is not ready.
func (p parts) readyz(w http.ResponseWriter, _ *http.Request) {
	reasons := reasons(p.all())
	if len(reasons) == 0 {
		_, _ = io.WriteString(w, "ok\n")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		_, _ = fmt.Fprintf(w, "%s: %s\n", name, reasons[name])
	}
}

// notifications prints the last notifications of a connector that this node runs.
func (p parts) notifications(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	part, ok := p.all()["connector "+name].(Notifier)
	if !ok {
		answer(w, http.StatusNotFound, problem{http.StatusNotFound, fmt.Sprintf("Connector %s does not run on this node", name)})
		return
	}
	answer(w, http.StatusOK, part.Notifications())
}

// statusBody is the answer of /status.
type statusBody struct {
	Ready   bool              `json:"ready"`
	Reasons map[string]string `json:"reasons,omitempty"`
	Cluster any               `json:"cluster,omitempty"`
	Parts   map[string]any    `json:"parts"`
}

// status prints what every part has to show.
func (p parts) status(w http.ResponseWriter, r *http.Request) {
	all := p.all()
	body := statusBody{Reasons: reasons(all), Parts: map[string]any{}}
	body.Ready = len(body.Reasons) == 0
	if p.cluster != nil {
		body.Cluster = p.cluster(r.Context())
	}
	for name, part := range all {
		body.Parts[name] = part.Status()
	}
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		http.Error(w, "the status cannot be printed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n'))
}
