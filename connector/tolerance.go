package connector

import (
	"errors"

	"go.uber.org/zap"

	"cdcd/event"
	"cdcd/schema"
)

// FailureMode is a value of inconsistent.schema.handling.mode and of
// event.processing.failure.handling.mode.
type FailureMode string

// The failure modes. Whatever leaves rows out logs and counts them.
const (
	FailOnFailure FailureMode = "fail"
	WarnOnFailure FailureMode = "warn" // leave out
	SkipOnFailure FailureMode = "skip" // leave out, and log at the level info
)

func (m FailureMode) leavesOut() bool { return m == WarnOnFailure || m == SkipOnFailure }

// failureMode reads a mode; "ignore" is what Debezium once called skip.
func failureMode(choice string) FailureMode {
	if choice == "ignore" {
		return SkipOnFailure
	}
	return FailureMode(choice)
}

// tolerance decides about row events that cannot be read. It may be used by
// several goroutines.
type tolerance struct {
	unknown FailureMode        // rows of a table without a definition
	refused map[schema.ID]bool // tables of which the server gives none either
	damaged FailureMode        // rows that cannot be decoded
	logger  *zap.Logger
	metrics *Metrics
}

// leavesOut tells whether rows are left out because of err, and if so, logs and
// counts them. The server is asked for the definition of a table first. Rows that do not fit the definition of their table are not left
// out in any mode, as in Debezium: it lags behind, and others would follow.
func (t *tolerance) leavesOut(r *event.Rows, err error) bool {
	var mode FailureMode
	var reason string
	switch {
	case errors.Is(err, schema.ErrUnknownTable) && t.refused[r.Table.ID]:
		mode, reason = t.unknown, "unknown_table"
	case errors.Is(err, event.ErrDamaged):
		mode, reason = t.damaged, "damaged"
	}
	if !mode.leavesOut() {
		return false
	}
	level := zap.WarnLevel
	if mode == SkipOnFailure {
		level = zap.InfoLevel
	}
	t.metrics.left(reason)
	t.logger.Log(level, "row event left out: its changes are not published", zap.String("reason", reason),
		zap.String("file", r.Meta.File), zap.Uint64("pos", r.Meta.Pos), zap.String("gtid", gtidOf(r.Meta)),
		zap.Stringer("table", r.Table.ID), zap.Error(err))
	return true
}
