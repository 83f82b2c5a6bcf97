package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// governs runs cdcd connectors, which must succeed.
func (d *daemon) governs(args ...string) string {
	d.t.Helper()
	out, err := d.Command(append([]string{"connectors"}, args...)...)
	if err != nil {
		d.t.Fatalf("cdcd connectors %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// asks sends a request as a tool for Kafka Connect does.
func (d *daemon) asks(method, path string, code int, body string) {
	d.t.Helper()
	if got, text := d.Do(method, path); got != code || strings.TrimSpace(text) != body {
		d.t.Fatalf("%s %s: %d %s, not %d %s", method, path, got, text, code, body)
	}
}

// shows waits until an answer is so: nodes tell the leader of connectors once a
// second.
func (d *daemon) shows(path, body string) {
	d.t.Helper()
	d.Until(20*time.Second, body, func() bool {
		_, got := d.Get(path)
		return strings.TrimSpace(got) == body
	})
}

// rests waits until the connector runs nowhere, and is wanted like that.
func (d *daemon) rests(target string) {
	d.t.Helper()
	d.Until(20*time.Second, target, func() bool {
		s, ok := d.Status()
		c := s.Cluster.Connectors["it"]
		_, runs := s.Connectors()["it"]
		return ok && !runs && c.Target == target && c.Node == ""
	})
}

// restarts ends the daemon in order and starts it again.
func (d *daemon) restarts() {
	d.t.Helper()
	d.halt()
	d.Start()
	d.Ready()
}

// A connector is paused, stopped, resumed and deleted by both ways, and what a
// restart with its file must not undo is not undone. Nothing is lost or doubled.
func TestGovern(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, kafka := server.Database(t), kafkatest.Fake(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)")
	props := following(t, server, db, 7711, nil)
	d := newDaemon(t, kafka.Bootstrap(), props)
	d.discreet()
	d.Start()
	d.streams("it")
	topic := "it." + db + ".t"
	insert(t, server, db+".t", 1)
	d.delivers(kafka, topic, map[string]int{"1": 1})

	d.governs("pause", "it")
	d.rests("paused")
	insert(t, server, db+".t", 2)
	d.restarts()
	d.rests("paused")
	d.asks(http.MethodPut, "/connectors/it/resume", 202, "")
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1})
	d.streams("it")
	d.shows("/connectors/it/status",
		`{"name":"it","connector":{"state":"RUNNING","worker_id":"n1"},"tasks":[{"id":0,"state":"RUNNING","worker_id":"n1"}],"type":"source"}`)

	d.asks(http.MethodPut, "/connectors/it/stop", 204, "")
	d.rests("stopped")
	d.shows("/connectors/it/status", `{"name":"it","connector":{"state":"STOPPED","worker_id":""},"tasks":[],"type":"source"}`)
	if out := d.governs("list"); !strings.Contains(out, "stopped") {
		t.Errorf("the list is %s", out)
	}
	d.governs("resume", "it")
	d.streams("it")

	d.governs("delete", "it")
	d.asks(http.MethodGet, "/connectors", 200, `[]`)
	d.restarts()
	d.asks(http.MethodDelete, "/connectors/it", 404, `{"error_code":404,"message":"Connector it not found"}`)
	insert(t, server, db+".t", 3)
	props["max.batch.size"] = "1000"
	d.Connector("it", props)
	d.restarts()
	d.asks(http.MethodGet, "/connectors", 200, `["it"]`)
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1, "3": 1})
}
