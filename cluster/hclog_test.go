package cluster

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestHCLog_MessagesReachZap(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	l := newHCLog(zap.New(core))
	l.Trace("no")
	l.Debug("no")
	l.Info("info", "servers", hclog.Fmt("%d of %d", 1, 2), "without a value")
	l.With("peer", "n2").Warn("warn", "error", errors.New("lost"))
	l.Named("sub").Error("error")
	want := []zapcore.Level{zap.InfoLevel, zap.WarnLevel, zap.ErrorLevel}
	for i, e := range logs.All() {
		if e.Level != want[i] || e.Message != e.Level.String() {
			t.Errorf("entry %d is %v", i, e)
		}
	}
	if logs.Len() != len(want) {
		t.Fatalf("%d entries", logs.Len())
	}
	if got := logs.All()[0].ContextMap(); !cmp.Equal(got, map[string]any{"servers": "1 of 2"}) {
		t.Errorf("fields are %v", got)
	}
	if got := logs.All()[1].ContextMap(); !cmp.Equal(got, map[string]any{"peer": "n2", "error": "lost"}) {
		t.Errorf("fields are %v", got)
	}
}
