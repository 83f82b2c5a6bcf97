package format_test

import (
	"encoding/json"
	"testing"

	"cdcd/event"
	"cdcd/internal/golden"
	"cdcd/sink/format"
)

// notified is a notification as its topic has it.
type notified struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Aggregate string            `json:"aggregate_type"`
	Data      map[string]string `json:"additional_data"`
	Timestamp int64             `json:"timestamp"`
}

// TestNotifications_Golden prints every recorded notification anew, byte for byte,
// with its schema and without.
func TestNotifications_Golden(t *testing.T) {
	for name, want := range map[string]int{"incr_snapshot": 17, "incr_snapshot_readonly": 8, "blocking_snapshot": 6} {
		c, err := golden.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		records := c.Notifications()
		if len(records) != want {
			t.Errorf("%s: %d notifications, want %d", name, len(records), want)
		}
		for _, r := range records {
			reprint(t, c, r, true)
			key, value := payload(*r.Key), payload(*r.Value)
			r.Key, r.Value = &key, &value
			reprint(t, c, r, false)
		}
	}
}

func reprint(t *testing.T, c *golden.Case, want golden.Record, schemas bool) {
	t.Helper()
	var n notified
	decode(t, payload(*want.Value), &n)
	name := n.Data["connector_name"]
	delete(n.Data, "connector_name") // it is added
	j, err := format.NewJSON(format.Config{TopicPrefix: name, Connector: "mysql", KeySchemas: schemas, ValueSchemas: schemas, ContextHeaders: true})
	if err != nil {
		t.Fatal(err)
	}
	var b format.Batch
	p := j.Notifications(c.Config["notification.sink.topic.name"])
	if err := p.Append(&b, event.Notification{ID: n.ID, Aggregate: n.Aggregate, Type: n.Type, Data: n.Data}, n.Timestamp); err != nil {
		t.Fatal(err)
	}
	if key := string(b.Key(0)); key != *want.Key {
		t.Errorf("key\n got %s\nwant %s", key, *want.Key)
	}
	if value := string(b.Value(0)); value != *want.Value {
		t.Errorf("value\n got %s\nwant %s", value, *want.Value)
	}
	if r := b.Records[0]; r.Topic.Name != want.Topic || r.Headers != nil || len(b.Records) != 1 {
		t.Errorf("record %+v of topic %s", r, r.Topic.Name)
	}
}

// The facts of a chunk come in the order of a java.util.HashMap, too, and what they
// say is escaped.
func TestNotifications_Chunks(t *testing.T) {
	f := func(want string, data map[string]string) {
		t.Helper()
		j, err := format.NewJSON(format.Config{TopicPrefix: "p", Connector: "mysql"})
		if err != nil {
			t.Fatal(err)
		}
		var b format.Batch
		if err := j.Notifications("n").Append(&b, event.Notification{ID: "i", Data: data}, 7); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Data json.RawMessage `json:"additional_data"`
		}
		decode(t, string(b.Value(0)), &got)
		if string(got.Data) != want {
			t.Errorf("got %s, want %s", got.Data, want)
		}
	}
	f(`{"connector_name":"p"}`, nil)
	f(`{"current_collection_in_progress":"d.t","chunk_index":"0","connector_name":"p","total_chunks":"4","total_rows_scanned":"12"}`,
		map[string]string{"chunk_index": "0", "total_chunks": "4", "total_rows_scanned": "12", "current_collection_in_progress": "d.t"})
	f(`{"scanned_collection":"d.t\"","chunk_index":"0","connector_name":"p","total_chunks":"4","status":"SUCCEEDED","data_collections":"d.t,d.u"}`,
		map[string]string{"chunk_index": "0", "total_chunks": "4", "status": "SUCCEEDED", "data_collections": "d.t,d.u", "scanned_collection": `d.t"`})
}
