package daemontest

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Attach returns a daemon that somebody else started and ends, to be asked only.
func Attach(t testing.TB, address string) *Daemon {
	t.Helper()
	return &Daemon{t: t, http: address}
}

// Get returns an answer; the code is 0 while nobody answers.
func (d *Daemon) Get(path string) (code int, body string) { return d.get(path, 3*time.Second) }

// Do sends a request without a body; the code is 0 while nobody answers.
func (d *Daemon) Do(method, path string) (code int, body string) {
	return d.ask(method, path, http.NoBody, 15*time.Second)
}

// Post sends a text; the code is 0 while nobody answers.
func (d *Daemon) Post(path, text string) (code int, body string) {
	return d.ask(http.MethodPost, path, strings.NewReader(text), 15*time.Second)
}

func (d *Daemon) get(path string, limit time.Duration) (code int, body string) {
	return d.ask(http.MethodGet, path, http.NoBody, limit)
}

func (d *Daemon) ask(method, path string, sent io.Reader, limit time.Duration) (code int, body string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.t.Context()), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+d.http+path, sent)
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// Metric returns the first value of a metric with labels, 0 when there is none.
func (d *Daemon) Metric(name string) float64 {
	_, body := d.Get("/metrics")
	m := regexp.MustCompile(`(?m)^` + name + `\{[^}]*\} (\S+)$`).FindStringSubmatch(body)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(m[1], 64) // Prometheus prints numbers
	return n
}

// Ready waits until the daemon says so.
func (d *Daemon) Ready() {
	d.t.Helper()
	d.Until(30*time.Second, "ready", func() bool {
		code, _ := d.Get("/readyz")
		return code == http.StatusOK
	})
}

// Logs waits until the log holds a text.
func (d *Daemon) Logs(text string) {
	d.t.Helper()
	d.Until(30*time.Second, "logged: "+text, func() bool { return strings.Contains(d.Log.String(), text) })
}

// Until polls a condition, and fails the test when the process ends first or the
// time is over.
func (d *Daemon) Until(limit time.Duration, what string, cond func() bool) {
	d.t.Helper()
	Until(d.t, limit, what, d.Done(), cond)
}

// Until polls a condition, and fails the test when ended is closed first or the
// time is over.
func Until(t testing.TB, limit time.Duration, what string, ended <-chan struct{}, cond func() bool) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("the process ended while waiting until %s", what)
		case <-deadline:
			t.Fatalf("not %s after %s", what, limit)
		}
	}
}
