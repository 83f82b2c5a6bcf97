package main

import (
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cdcd/connector"
)

// The least level that is logged: everything an operator wants of a daemon,
// only trouble for the verbs that write to a terminal.
const (
	normal = zapcore.InfoLevel
	quiet  = zapcore.WarnLevel
)

// newLogger writes one JSON object a line.
func newLogger(w io.Writer, level zapcore.Level) *zap.Logger {
	cfg := zap.NewProductionEncoderConfig()
	cfg.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(cfg), zapcore.Lock(zapcore.AddSync(w)), level))
}

// parseConnector reads a connector's properties and logs what is doubtful.
func parseConnector(log *zap.Logger, name string, props map[string]string) (connector.Config, error) {
	cfg, warnings, err := connector.ParseConfig(name, props)
	for _, w := range warnings {
		log.Warn("connector property", zap.String("connector", name), zap.Stringer("warning", w))
	}
	return cfg, err
}
