package e2e

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"cdcd/internal/kafkatest"
)

// notified turns notifications on, into a topic of their own.
var notified = map[string]string{"notification.enabled.channels": "sink", "notification.sink.topic.name": "it.notified"}

// checkNotified tells whether a copy that was killed and gone on with was told as if it
// had not been: once, each table once, with as many rows as its topic has of the copy.
func checkNotified(t *testing.T, kafka *kafkatest.Cluster, w *workload) {
	t.Helper()
	records, err := kafka.Read(t.Context(), append(w.topics(), notified["notification.sink.topic.name"])...)
	if err != nil {
		t.Fatal(err)
	}
	rows, counts := map[string]int{}, map[string]int{}
	scanned := map[string]string{}
	for _, r := range records {
		if name, ok := strings.CutPrefix(r.Topic, "it.load_db."); ok {
			if strings.Contains(string(r.Value), `"op":"r"`) {
				rows["load_db."+name]++
			}
			continue
		}
		var n struct {
			Type string
			Data map[string]string `json:"additional_data"`
		}
		if err := json.Unmarshal(r.Value, &n); err != nil {
			t.Fatal(err)
		}
		counts[n.Type]++
		if n.Type == "TABLE_SCAN_COMPLETED" {
			scanned[n.Data["scanned_collection"]] = n.Data["total_rows_scanned"]
		}
	}
	tables := len(w.tables)
	for kind, want := range map[string]int{"STARTED": 1, "IN_PROGRESS": tables, "TABLE_SCAN_COMPLETED": tables, "COMPLETED": 1, "ABORTED": 0} {
		if counts[kind] != want {
			t.Errorf("%d times %s, want %d: %v", counts[kind], kind, want, counts)
		}
	}
	if counts["TABLE_CHUNK_COMPLETED"] < tables || len(scanned) != tables {
		t.Errorf("%v of %v", counts, scanned)
	}
	for name, n := range scanned {
		if n != strconv.Itoa(rows[name]) {
			t.Errorf("%s: %s rows were told of, and %d came", name, n, rows[name])
		}
	}
}
