package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// What may be in no line of a log, no error and no metric.
const (
	secretPassword = "Pa55-of-the-account"
	secretRow      = "value-of-a-row"
)

// login makes an account with the privileges that a connector needs, or with
// others, and returns the properties that log in with it.
func login(t *testing.T, server *mysqltest.Server, user, grants string) map[string]string {
	t.Helper()
	account := "'" + user + "'@'%'"
	server.Exec(t, "DROP USER IF EXISTS "+account, "CREATE USER "+account+" IDENTIFIED BY '"+secretPassword+"'",
		"GRANT "+grants+" ON *.* TO "+account)
	return map[string]string{"database.user": user, "database.password": secretPassword}
}

const allGrants = "SELECT, REPLICATION SLAVE, REPLICATION CLIENT"

// following are the properties of a connector of its own server id that follows
// one database.
func following(t *testing.T, server *mysqltest.Server, database string, id int, extra map[string]string) map[string]string {
	t.Helper()
	props := properties(server, map[string]string{
		"database.server.id": fmt.Sprint(id), "database.include.list": database,
		"topic.creation.default.partitions": "1",
	})
	maps.Copy(props, login(t, server, fmt.Sprintf("cdcd%d", id), allGrants))
	maps.Copy(props, extra)
	return props
}

// discreet fails the test when a secret is in the log or in an answer over HTTP
// at its end, or the process has panicked.
func (d *daemon) discreet() {
	d.t.Helper()
	d.t.Cleanup(func() {
		all := d.Log.String()
		for _, path := range []string{"/status", "/readyz", "/metrics"} {
			_, body := d.Get(path)
			all += body
		}
		checkDiscreet(d.t, all)
	})
}

func checkDiscreet(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{secretPassword, secretRow, "goroutine "} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("%q is in what cdcd prints: …%s…", secret, text[max(0, i-300):min(len(text), i+100)])
		}
	}
}

// fails waits until a connector has ended and checks that its reason holds
// every one of the texts, and that the daemon says that it is not ready.
func (d *daemon) fails(connector string, texts ...string) {
	d.t.Helper()
	d.Until(30*time.Second, connector+" failed", func() bool { return d.Part(connector).Phase == "failed" })
	mentions(d.t, connector, d.Part(connector).Error, texts...)
	if code, body := d.Get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "connector "+connector+": failed") {
		d.t.Errorf("/readyz is %d %s", code, body)
	}
}

func mentions(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s: %q is not in: %s", what, p, text)
		}
	}
}

// streams waits until a connector runs.
func (d *daemon) streams(connector string) {
	d.t.Helper()
	d.Until(30*time.Second, connector+" streams", func() bool { p := d.Part(connector); return p.Phase == "running" && p.Sink == "" })
}

// cdcd runs the binary and returns its exit code and what it prints.
func cdcd(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	path, err := daemontest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the code says it
	checkDiscreet(t, errs.String())
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}
