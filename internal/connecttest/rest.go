package connecttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Status is where a connector's task stands.
type Status struct {
	State string // RUNNING, FAILED, …; "" while there is no task
	Trace string // of a failed one
}

// Create creates a connector and waits until its task runs, or has failed.
func (w *Worker) Create(name string, props map[string]string) {
	w.t.Helper()
	body := map[string]any{"name": name, "config": props}
	if err := w.do(http.MethodPost, "/connectors", body, nil); err != nil {
		w.t.Fatal(err)
	}
	w.until("the task of "+name+" runs", 30*time.Second, func() bool {
		s := w.Status(name)
		return s.State == "RUNNING" || s.State == "FAILED"
	})
}

// Status asks where a connector stands; a worker that is busy gives the zero Status.
func (w *Worker) Status(name string) Status {
	var s struct {
		Tasks []struct{ State, Trace string }
	}
	if err := w.get("/connectors/"+name+"/status", &s); err != nil || len(s.Tasks) == 0 {
		return Status{}
	}
	return Status{State: s.Tasks[0].State, Trace: s.Tasks[0].Trace}
}

// Delete ends a connector.
func (w *Worker) Delete(name string) {
	w.t.Helper()
	if err := w.do(http.MethodDelete, "/connectors/"+name, nil, nil); err != nil {
		w.t.Error(err)
	}
}

func (w *Worker) get(path string, into any) error { return w.do(http.MethodGet, path, nil, into) }

func (w *Worker) do(method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+w.port.Addr()+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %.2000s", method, path, resp.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
