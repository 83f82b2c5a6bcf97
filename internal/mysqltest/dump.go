package mysqltest

import (
	"context"
	"database/sql"
	"strings"
)

// Dumps returns the ids of the server's dump threads, of which each replica has one.
func Dumps(ctx context.Context, db *sql.DB) (ids []string, err error) {
	// MySQL's information_schema lists nothing while some statement cannot be
	// shown in utf8mb3, and performance_schema is off in these servers.
	rows, err := Query(ctx, db, "SHOW PROCESSLIST")
	for _, row := range rows {
		const id, command = 0, 4
		if strings.HasPrefix(row[command].String, "Binlog Dump") {
			ids = append(ids, row[id].String)
		}
	}
	return ids, err
}

// KillDumps kills every dump thread of the server and returns how many there
// were: a replica waits before it connects again.
func (s *Server) KillDumps(ctx context.Context, db *sql.DB) (int, error) {
	ids, err := Dumps(ctx, db)
	for _, id := range ids {
		_, _ = db.ExecContext(ctx, "KILL "+id) // it may have ended
	}
	return len(ids), err
}
