package binlog

import (
	"testing"

	"cdcd/event"
)

// TestTailer_HeartbeatBehindGTIDs: a server that skips by GTID says little of
// where it is; the file's beginning is not where to go on.
func TestTailer_HeartbeatBehindGTIDs(t *testing.T) {
	set := event.GTIDText(testUUIDText + ":1-7")
	s := &Tailer{last: event.Position{GTIDs: set}}
	s.note(event.Heartbeat{Position: event.Position{File: testFile, Offset: 157, GTIDs: set}})
	if s.last.File != "" {
		t.Errorf("the stream would go on at %s", s.last)
	}
	committed := event.Position{File: testFile, Offset: 900, GTIDs: set}
	s.note(event.Commit{Position: committed})
	if s.last.String() != committed.String() {
		t.Errorf("after a transaction the stream would go on at %s", s.last)
	}
}
