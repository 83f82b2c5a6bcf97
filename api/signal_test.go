package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/connector"
	"cdcd/connector/signal"
)

// signalled sends a body, as a program on this machine does.
func signalled(t *testing.T, h http.Handler, name, body string) (code int, text string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:8083/connectors/"+name+"/signals", strings.NewReader(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestSignal(t *testing.T) {
	c := &connectors{all: map[string]Connector{"shop": {Node: "n1"}}}
	core, logs := observer.New(zapcore.DebugLevel)
	h := Handler(Config{Gatherer: prometheus.NewRegistry(), Connectors: c, Logger: zap.New(core)}, true)
	code, text := signalled(t, h, "shop", `{"id":"7","type":"log","data":{"message":"s3cret"}}`)
	if want := (signal.Message{ID: "7", Type: "log", Data: `{"message":"s3cret"}`}); code != 202 || text != `{"id":"7"}` || c.sent[0] != want {
		t.Errorf("%d %s: sent %+v", code, text, c.sent)
	}
	code, text = signalled(t, h, "shop", `{"type":"pause-snapshot"}`)
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(text), &made); err != nil || code != 202 || len(made.ID) != 36 || c.sent[1].ID != made.ID {
		t.Errorf("%d %s: sent %+v", code, text, c.sent)
	}
	if logs.Len() != 2 || strings.Contains(fmt.Sprint(logs.All()), "s3cret") {
		t.Errorf("logged: %v", logs.All())
	}
}

// TestSignal_Refused: what cannot be read reaches no connector, and comes back in no
// answer.
func TestSignal_Refused(t *testing.T) {
	c := &connectors{all: map[string]Connector{"shop": {Node: "n1"}}}
	f := func(body, want string) {
		t.Helper()
		code, text := signalled(t, connecting(c), "shop", body)
		if code != 400 || !strings.Contains(text, want) || strings.Contains(text, "s3cret") || len(c.sent) > 0 {
			t.Errorf("%.60s: %d %s", body, code, text)
		}
	}
	f(``, "want a JSON object")
	f(`{"id":"s3cret"}`, "want a JSON object")
	f(`{"type":"log","data":["s3cret"]}`, "want a JSON object")
	f(`{"type":"unheard-of","data":"s3cret"}`, "type of the signal is not known")
	f(`{"type":"execute-snapshot","data":{"data-collections":["s3cret("]}}`, "no regular expression")
	f(`{"type":"log","data":{"message":"`+strings.Repeat("x", maxSignal)+`"}}`, "too large")
}

func TestSignal_NotTaken(t *testing.T) {
	f := func(err error, want int) {
		t.Helper()
		code, text := signalled(t, connecting(&connectors{err: fmt.Errorf("why: %w", err)}), "shop", `{"type":"pause-snapshot"}`)
		if !strings.HasPrefix(text, fmt.Sprintf(`{"error_code":%d,"message":"`, want)) || code != want {
			t.Errorf("%v: %d %s", err, code, text)
		}
	}
	f(connector.ErrNotStreaming, 409)
	f(connector.ErrBusy, 503)
	f(connector.ErrUnavailable, 503)
	f(connector.ErrUnsettled, 504)
	f(errors.New("odd"), 500)
	if code, text := signalled(t, connecting(&connectors{}), "x", `{"type":"pause-snapshot"}`); code != 404 || text != `{"error_code":404,"message":"Connector x not found"}` {
		t.Errorf("%d %s", code, text)
	}
}

// TestSignal_WhoMay: a signal is a change.
func TestSignal_WhoMay(t *testing.T) {
	f := func(token string, local bool, header string, want int) {
		t.Helper()
		c := &connectors{all: map[string]Connector{"shop": {}}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:8083/connectors/shop/signals", strings.NewReader(`{"type":"pause-snapshot"}`))
		r.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		Handler(Config{Gatherer: prometheus.NewRegistry(), Connectors: c, Token: token}, local).ServeHTTP(w, r)
		if w.Code != want || (len(c.sent) > 0) != (want == 202) {
			t.Errorf("token %q, local %t, %q: %d, sent %v", token, local, header, w.Code, c.sent)
		}
	}
	f("", true, "", 202)
	f("", false, "", 403)
	f("secret", true, "", 401)
	f("secret", false, "Bearer secret", 202)
}
