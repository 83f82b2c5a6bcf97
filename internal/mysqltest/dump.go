package mysqltest

import (
	"context"
	"database/sql"
	"strings"
)

// KillDumps kills every dump thread of the server and returns how many there
// were: a replica waits before it connects again.
func (s *Server) KillDumps(ctx context.Context, db *sql.DB) (int, error) {
	// MySQL's information_schema lists nothing while some statement cannot be
	// shown in utf8mb3, and performance_schema is off in these servers.
	rows, err := Query(ctx, db, "SHOW PROCESSLIST")
	if err != nil {
		return 0, err
	}
	n := 0
	for _, row := range rows {
		const id, command = 0, 4
		if strings.HasPrefix(row[command].String, "Binlog Dump") {
			n++
			_, _ = db.ExecContext(ctx, "KILL "+row[id].String) // it may have ended
		}
	}
	return n, nil
}
