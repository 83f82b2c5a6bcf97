package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"cdcd/connector"
	"cdcd/connector/signal"
	"cdcd/offsets"
)

// patience is how long the cluster may take to answer, an election included.
const patience = 10 * time.Second

// Connectors is what Kafka Connect's paths show and change, of the whole cluster.
// Of the errors offsets.ErrUnknownConnector is answered with 404, and
// connector.ErrUnavailable with 503; those of a signal with 409, 503 and 504.
type Connectors interface {
	All(ctx context.Context) (map[string]Connector, error)
	SetTarget(ctx context.Context, name string, t offsets.Target) error
	Delete(ctx context.Context, name string) error
	// Signal returns when what the signal changes is durable, or as
	// [connector.Connector.Signal] does.
	Signal(ctx context.Context, name string, m signal.Message) error
}

// Connector is where a connector stands.
type Connector struct {
	Target offsets.Target
	Node   string          // "" while it is nowhere
	Phase  connector.Phase // "" while Node has not said any
	Reason string          // why it does not get on
}

// connect answers Kafka Connect's paths.
type connect struct {
	all   Connectors
	guard guard
	log   *zap.Logger
}

func (c connect) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /connectors", c.list)
	mux.HandleFunc("GET /connectors/{name}/status", c.status)
	mux.HandleFunc("PUT /connectors/{name}/pause", c.target(offsets.Paused, http.StatusAccepted))
	mux.HandleFunc("PUT /connectors/{name}/resume", c.target(offsets.Running, http.StatusAccepted))
	mux.HandleFunc("PUT /connectors/{name}/stop", c.target(offsets.Stopped, http.StatusNoContent))
	mux.HandleFunc("POST /connectors/{name}/signals", c.guarded(c.signal))
	mux.HandleFunc("DELETE /connectors/{name}", c.change("deleted", http.StatusNoContent, c.all.Delete))
}

func (c connect) list(w http.ResponseWriter, r *http.Request) {
	all, err := c.look(r)
	if err != nil {
		refuse(w, "", err)
		return
	}
	names := slices.AppendSeq([]string{}, maps.Keys(all))
	slices.Sort(names)
	answer(w, http.StatusOK, names)
}

func (c connect) status(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	all, err := c.look(r)
	one, known := all[name]
	if err == nil && !known {
		err = offsets.ErrUnknownConnector
	}
	if err != nil {
		refuse(w, name, err)
		return
	}
	answer(w, http.StatusOK, statusOf(name, one))
}

func (c connect) look(r *http.Request) (map[string]Connector, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	return c.all.All(ctx)
}

func (c connect) target(t offsets.Target, done int) http.HandlerFunc {
	return c.change(t.String(), done, func(ctx context.Context, name string) error { return c.all.SetTarget(ctx, name, t) })
}

// guarded does something for whoever may.
func (c connect) guarded(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if code, err := c.guard.check(r); err != nil {
			answer(w, code, problem{code, err.Error()})
			return
		}
		do(w, r)
	}
}

// change does something to a connector for whoever may.
func (c connect) change(what string, done int, do func(ctx context.Context, name string) error) http.HandlerFunc {
	return c.guarded(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		name := r.PathValue("name")
		if err := do(ctx, name); err != nil {
			refuse(w, name, err)
			return
		}
		c.log.Info("a connector was changed over HTTP", zap.String("connector", name), zap.String("to", what), zap.String("remote", r.RemoteAddr))
		w.WriteHeader(done)
	})
}

// problem is an error as Kafka Connect answers it.
type problem struct {
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

// refuse answers with what went wrong.
func refuse(w http.ResponseWriter, name string, err error) {
	p := problem{http.StatusInternalServerError, err.Error()}
	switch {
	case errors.Is(err, offsets.ErrUnknownConnector):
		p = problem{http.StatusNotFound, fmt.Sprintf("Connector %s not found", name)}
	case errors.Is(err, connector.ErrNotStreaming):
		p.Code = http.StatusConflict
	case errors.Is(err, connector.ErrUnavailable), errors.Is(err, connector.ErrBusy):
		p.Code = http.StatusServiceUnavailable
	case errors.Is(err, connector.ErrUnsettled):
		p.Code = http.StatusGatewayTimeout
	}
	answer(w, p.Code, p)
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // the caller went away
}

// connectorStatus is the answer of /connectors/{name}/status.
type connectorStatus struct {
	Name      string      `json:"name"`
	Connector workState   `json:"connector"`
	Tasks     []taskState `json:"tasks"`
	Type      string      `json:"type"`
}

type workState struct {
	State  string `json:"state"`
	Worker string `json:"worker_id"`
}

type taskState struct {
	ID int `json:"id"`
	workState

	Trace string `json:"trace,omitempty"`
}

// statusOf is a connector with its one task. As in Kafka Connect a connector whose
// task has failed runs, and one that is stopped has no task. A worker is a node's id.
func statusOf(name string, c Connector) connectorStatus {
	s := connectorStatus{Name: name, Connector: workState{"RUNNING", c.Node}, Tasks: []taskState{}, Type: "source"}
	task := taskState{workState: workState{"UNASSIGNED", c.Node}, Trace: c.Reason}
	switch {
	case c.Target == offsets.Stopped:
		s.Connector.State = "STOPPED"
		return s
	case c.Target == offsets.Paused:
		s.Connector.State, task.State, task.Trace = "PAUSED", "PAUSED", ""
	case c.Node == "":
		s.Connector.State = "UNASSIGNED"
	case c.Phase == connector.Running:
		task.State = "RUNNING"
	case c.Phase == connector.Failed:
		task.State = "FAILED"
	}
	s.Tasks = append(s.Tasks, task)
	return s
}
