package cluster

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// maxCall bounds what a call carries, in bytes: a command, and what JSON makes of
// it.
const maxCall = 4 << 20

// maxAnswer bounds what one answers with: the offset of a connector, among others, as
// JSON. It may name tens of thousands of tables, and came in a command that was
// compressed.
const maxAnswer = 64 << 20

// calls is how nodes ask each other: HTTP on their one port, a path for each call,
// JSON in and out. Whoever reaches the port is a node: see wire.
type calls struct {
	client *http.Client
	server *http.Server
}

// newCalls serves what handler knows on the wire.
func newCalls(w *wire, handler http.Handler, logger *zap.Logger) *calls {
	dial := func(ctx context.Context, _, host string) (net.Conn, error) {
		name, _, err := net.SplitHostPort(host)
		if err != nil {
			return nil, err
		}
		node, err := hex.DecodeString(name)
		if err != nil {
			return nil, err
		}
		return w.dial(ctx, string(node), forCalls)
	}
	return &calls{
		client: &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}},
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: zap.NewStdLog(logger)},
	}
}

// close ends the calls under way.
func (c *calls) close() {
	_ = c.server.Close()
	c.client.CloseIdleConnections()
}

// response is what a call returns.
type response[Out any] struct {
	Out     Out      `json:"out"`
	Problem *problem `json:"problem,omitempty"`
}

// handle answers a call by name with f.
func handle[In, Out any](mux *http.ServeMux, n *Node, name string, f func(*Node, context.Context, In) (Out, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&in); err != nil {
			http.Error(w, "the call cannot be read: "+err.Error(), http.StatusBadRequest)
			return
		}
		var a response[Out]
		var err error
		a.Out, err = f(n, r.Context(), in)
		a.Problem = problemOf(err)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a) // the caller went away
	})
}

// call asks another node. A node that does not answer until ctx ends is an
// ErrOutcomeUnknown.
func call[In, Out any](ctx context.Context, c *calls, node, name string, in In) (Out, error) {
	var a response[Out]
	body, err := json.Marshal(in)
	if err != nil {
		return a.Out, err
	}
	// A host name takes no other characters than those of an id in hexadecimal.
	url := "http://" + hex.EncodeToString([]byte(node)) + "/" + name
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return a.Out, err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return a.Out, fmt.Errorf("%w: node %s does not answer: %w", ErrOutcomeUnknown, node, plainCause(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 200))
		return a.Out, fmt.Errorf("node %s does not take the call %s, is it of another version? %s", node, name, bytes.TrimSpace(text))
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&a); err != nil {
		return a.Out, fmt.Errorf("%w: answer of node %s: %w", ErrOutcomeUnknown, node, err)
	}
	return a.Out, a.Problem.err()
}

// plainCause leaves out the URL, which shows an id in hexadecimal.
func plainCause(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
