package cluster

import (
	"encoding/json"
	"testing"
)

// TestHeartbeat_NoneIsNoSilence: a node whose last connector has ended says so.
func TestHeartbeat_NoneIsNoSilence(t *testing.T) {
	f := func(reports map[string]Report) {
		t.Helper()
		text, err := json.Marshal(heartbeat{Reports: reports})
		if err != nil {
			t.Fatal(err)
		}
		var got heartbeat
		if err := json.Unmarshal(text, &got); err != nil || (got.Reports == nil) != (reports == nil) {
			t.Errorf("%s: %v, %v", text, got.Reports, err)
		}
	}
	f(nil)
	f(map[string]Report{})
}
