package cluster

import (
	"fmt"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newHCLog returns a logger for raft that writes to l alone.
func newHCLog(l *zap.Logger) hclog.Logger {
	h := hclog.NewInterceptLogger(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Off})
	h.RegisterSink(zapSink{l.WithOptions(zap.WithCaller(false))})
	return h
}

// sampled lets each text through a few times in ten seconds: raft says several
// times a second that a node which was lost still is.
func sampled(l *zap.Logger) *zap.Logger {
	return l.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(c, 10*time.Second, 3, 0)
	}))
}

// zapSink passes hclog's messages on.
type zapSink struct{ log *zap.Logger }

var _ hclog.SinkAdapter = zapSink{}

// Accept logs one message.
func (s zapSink) Accept(_ string, level hclog.Level, msg string, args ...any) {
	entry := s.log.Check(zapLevel(level), msg)
	if entry == nil {
		return
	}
	var fields []zap.Field
	for i := 0; i+1 < len(args); i += 2 {
		fields = append(fields, zap.Any(fmt.Sprint(args[i]), plain(args[i+1])))
	}
	entry.Write(fields...)
}

// plain prints what only hclog can print.
func plain(v any) any {
	if f, ok := v.(hclog.Format); ok && len(f) > 0 {
		return fmt.Sprintf(fmt.Sprint(f[0]), f[1:]...)
	}
	return v
}

func zapLevel(l hclog.Level) zapcore.Level {
	switch {
	case l >= hclog.Error:
		return zap.ErrorLevel
	case l == hclog.Warn:
		return zap.WarnLevel
	case l == hclog.Info:
		return zap.InfoLevel
	}
	return zap.DebugLevel
}
