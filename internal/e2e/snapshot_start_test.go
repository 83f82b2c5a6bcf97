package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// TestSnapshot_Start measures how long it takes from the first line of the log until a
// connector with nothing to copy streams. CDCD_START=1 runs it, on a machine that is
// idle; the lines of the log in between say what takes the time.
func TestSnapshot_Start(t *testing.T) {
	if os.Getenv("CDCD_START") == "" {
		t.Skip("CDCD_START is not set")
	}
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY)")
	kafka := kafkatest.Start(t, kafkatest.Config{})
	for _, mode := range []string{"no_data", "initial"} {
		var took []time.Duration
		for i := range 5 {
			d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7821, map[string]string{
				"snapshot.mode": mode, "name": fmt.Sprint(strings.ReplaceAll(mode, "_", ""), i),
			}))
			d.Start()
			d.Logs(`"msg":"streaming"`)
			took = append(took, d.streaming())
			d.halt()
		}
		slices.Sort(took)
		t.Logf("%s: %v from the start to the stream", mode, took)
	}
}

// streaming is the time between the first line of the log and the one that a stream
// begins with; the lines between are logged with their times.
func (d *daemon) streaming() time.Duration {
	d.t.Helper()
	var first time.Time
	for line := range strings.Lines(d.Log.String()) {
		var l struct {
			Time time.Time `json:"ts"`
			Msg  string
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Time.IsZero() {
			continue
		}
		if first.IsZero() {
			first = l.Time
		}
		d.t.Logf("%8v %s", l.Time.Sub(first).Round(time.Millisecond), l.Msg)
		if l.Msg == "streaming" {
			return l.Time.Sub(first)
		}
	}
	d.t.Fatalf("it does not stream: %s", d.Log.String())
	return 0
}
