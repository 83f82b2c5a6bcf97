package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// TestSignals_EveryChannel has a table copied by a signal of each channel, once, and
// restarts in between do not repeat one. What its condition holds is seen nowhere.
func TestSignals_EveryChannel(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, kafka := server.Database(t), kafkatest.Fake(t)
	table, topic, file := db+".t", "it."+db+".t", filepath.Join(t.TempDir(), "signals.txt")
	server.Exec(t, "CREATE TABLE "+table+" (id INT PRIMARY KEY, note TEXT)")
	server.Exec(t, "CREATE TABLE "+db+".signals (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))")
	kafka.CreateTopic(t, "it-signal", 1, nil)
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7713, map[string]string{
		"signal.data.collection": db + ".signals", "signal.enabled.channels": "source,kafka,file", "signal.file": file,
		"signal.poll.interval.ms": "50", "table.include.list": db + "[.]t",
	}))
	d.discreet()
	d.Start()
	d.streams("it")
	insert(t, server, table, 1)
	copies := 0
	copied := func(channel string) {
		t.Helper()
		copies++
		d.Until(20*time.Second, fmt.Sprintf("%d copies, the last by %s; log %s", copies, channel, d.Log.Tail(2000)), func() bool { return times(t, kafka, topic)["1"] == 1+copies })
		d.Until(20*time.Second, "it is not asked again", func() bool {
			return strings.Count(d.Log.String(), "an incremental snapshot was asked for") == copies
		})
	}
	data := fmt.Sprintf(`{"data-collections": [%q], "additional-conditions": [{"data-collection": %q, "filter": "note = '%s'"}]}`, table, table, secretRow)
	message := fmt.Sprintf(`{"type": "execute-snapshot", "data": %s}`, data)

	if code, text := d.Post("/connectors/it/signals", message); code != 202 || !strings.HasPrefix(text, `{"id":"`) {
		t.Fatalf("%d %s", code, text)
	}
	copied("HTTP")
	d.governs("signal", "it", "--type", "execute-snapshot", "--data", data)
	copied("the command line")
	if err := os.WriteFile(file, []byte(message+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	copied("the file")
	d.restarts()
	d.streams("it")
	writer, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := writer.ProduceSync(t.Context(), &kgo.Record{Topic: "it-signal", Key: []byte("it"), Value: []byte(message)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	copied("Kafka")
	d.restarts()
	d.streams("it")
	server.Exec(t, "INSERT INTO "+db+".signals VALUES ('row', 'execute-snapshot', '"+strings.ReplaceAll(data, "'", "''")+"')")
	copied("the table")

	for body, want := range map[string]int{`{"type": "unheard-of"}`: 400, "x": 400} {
		if code, text := d.Post("/connectors/it/signals", body); code != want {
			t.Errorf("%s: %d %s", body, code, text)
		}
	}
	if code, _ := d.Post("/connectors/nobody/signals", message); code != 404 {
		t.Errorf("of nobody: %d", code)
	}
	d.governs("pause", "it")
	d.rests("paused")
	if code, text := d.Post("/connectors/it/signals", message); code != 409 {
		t.Errorf("of a paused one: %d %s", code, text)
	}
}
