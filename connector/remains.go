package connector

import (
	"context"
	"errors"
	"fmt"

	"cdcd/binlog"
	"cdcd/event"
)

// withRemains adds to the error for a purged position what the server still
// has, for whoever must decide how to go on.
func (c *Connector) withRemains(ctx context.Context, err error) error {
	if !errors.Is(err, binlog.ErrPurged) || ctx.Err() != nil {
		return err
	}
	srv, dialed := Dial(ctx, c.cfg)
	if dialed != nil {
		return err
	}
	defer func() { _ = srv.Close() }()
	return fmt.Errorf("%w. %s", err, remains(ctx, srv))
}

// remains says what a server still has of its binlog.
func remains(ctx context.Context, s asker) string {
	logs, err := s.Query(ctx, "SHOW BINARY LOGS")
	if err != nil || len(logs) == 0 || len(logs[0]) == 0 {
		return "What the server still has cannot be told"
	}
	text := fmt.Sprintf("The server still has %s to %s", logs[0][0].String, logs[len(logs)-1][0].String)
	i := ServerInfo{}
	if err := askVariables(ctx, s, &i); err != nil || i.Flavor != event.MySQL || i.GTIDMode != "ON" {
		return text
	}
	if purged, err := askGTIDs(ctx, s, "SELECT @@GLOBAL.gtid_purged"); err == nil {
		text += fmt.Sprintf(", without the transactions %q", purged)
	}
	return text
}
