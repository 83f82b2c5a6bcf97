package connector

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cdcd/event"
)

// ServerInfo is what a server says about itself and about our account.
type ServerInfo struct {
	Flavor  event.Flavor
	Version string // as the server prints it
	Release Release

	// ServerID is what positions are tied to: MySQL's server_uuid, MariaDB's
	// server_id.
	ServerID  string
	ReplicaID uint32 // server_id, which no replica may share

	// Position is where the binlog ends: what comes from now on. It is zero
	// when the binlog is off or we may not ask.
	Position  event.Position
	GTIDMode  string         // MySQL's gtid_mode; "" for MariaDB, which always has GTIDs
	Purged    event.GTIDText // MySQL: transactions that no binlog file holds any more
	Retention time.Duration  // of binlog files; 0 for ever

	LogBin       bool
	BinlogFormat string
	RowImage     string
	RowMetadata  string // "" where the server is too old for it
	LogsQueries  bool   // statements stand beside their rows

	CollationServer string
	LowerCaseTables int    // lower_case_table_names
	DefaultEngine   string // default_storage_engine
	Account         string
	Grants          Grants
}

// tellsViews is whether the server says what a query has seen: by its GTIDs, or as
// MariaDB by the place of a view.
func (i ServerInfo) tellsViews() bool { return i.Flavor == event.MariaDB || i.GTIDMode == "ON" }

// Release is a server's version by its numbers.
type Release struct{ Major, Minor, Patch int }

// AtLeast tells whether r is the given release or a later one.
func (r Release) AtLeast(major, minor, patch int) bool {
	if r.Major != major {
		return r.Major > major
	}
	if r.Minor != minor {
		return r.Minor > minor
	}
	return r.Patch >= patch
}

var releaseNumbers = regexp.MustCompile(`(\d+)\.(\d+)\.(\d+)`)

func parseRelease(version string) Release {
	m := releaseNumbers.FindStringSubmatch(strings.TrimPrefix(version, "5.5.5-"))
	if m == nil {
		return Release{}
	}
	n := func(s string) int {
		i, _ := strconv.Atoi(s) // digits
		return i
	}
	return Release{n(m[1]), n(m[2]), n(m[3])}
}

// asker is what Inspect needs of a connection; *Server implements it.
type asker interface {
	Query(ctx context.Context, query string) ([][]sql.NullString, error)
}

// Inspect asks the server for everything that [Check] and the start of a
// stream need.
func (s *Server) Inspect(ctx context.Context) (ServerInfo, error) { return inspect(ctx, s) }

func inspect(ctx context.Context, s asker) (ServerInfo, error) {
	i := ServerInfo{}
	for _, ask := range []func(context.Context, asker, *ServerInfo) error{askVariables, askAccount, askEnd, askSets} {
		if err := ask(ctx, s, &i); err != nil {
			return ServerInfo{}, fmt.Errorf("inspect the server: %w", err)
		}
	}
	return i, nil
}

// inspected are the variables that are read; a server knows those it has.
var inspected = []string{
	"version", "server_id", "server_uuid", "gtid_mode", "log_bin", "binlog_format", "binlog_row_image",
	"binlog_row_metadata", "binlog_expire_logs_seconds", "expire_logs_days",
	"binlog_rows_query_log_events", "binlog_annotate_row_events", "collation_server", "lower_case_table_names", "default_storage_engine",
}

func askVariables(ctx context.Context, s asker, i *ServerInfo) error {
	rows, err := s.Query(ctx, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('"+strings.Join(inspected, "','")+"')")
	if err != nil {
		return err
	}
	v := map[string]string{}
	for _, row := range rows {
		if len(row) == 2 {
			v[strings.ToLower(row[0].String)] = row[1].String
		}
	}
	i.Flavor, i.Version, i.Release = event.MySQL, v["version"], parseRelease(v["version"])
	i.ServerID, i.ReplicaID, i.GTIDMode = v["server_uuid"], uint32(number(v["server_id"])), strings.ToUpper(v["gtid_mode"])
	if strings.Contains(strings.ToLower(i.Version), "mariadb") {
		i.Flavor, i.ServerID, i.GTIDMode = event.MariaDB, v["server_id"], ""
	}
	i.LogBin = on(v["log_bin"])
	i.BinlogFormat, i.RowImage = strings.ToUpper(v["binlog_format"]), strings.ToUpper(v["binlog_row_image"])
	i.RowMetadata = strings.ToUpper(v["binlog_row_metadata"])
	i.LogsQueries = on(v["binlog_rows_query_log_events"]) || on(v["binlog_annotate_row_events"])
	i.CollationServer = v["collation_server"]
	i.DefaultEngine = v["default_storage_engine"]
	i.LowerCaseTables = int(number(v["lower_case_table_names"]))
	i.Retention = retention(v["binlog_expire_logs_seconds"], v["expire_logs_days"])
	return nil
}

func on(value string) bool { return strings.EqualFold(value, "ON") || value == "1" }

// number reads what the server prints as one; 0 for anything else.
func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}

// retention reads the newer variable in seconds, else the older one in days,
// which MariaDB allows fractions of.
func retention(seconds, days string) time.Duration {
	if n := number(seconds); n > 0 {
		return time.Duration(n) * time.Second
	}
	return time.Duration(number(days) * 24 * float64(time.Hour))
}

// askEnd asks where the binlog ends, and which transactions lie before. With
// MySQL both come in one answer, and so belong together.
func askEnd(ctx context.Context, s asker, i *ServerInfo) error {
	if !i.LogBin || !i.Grants.Has(replicationClient) {
		return nil
	}
	query := "SHOW MASTER STATUS"
	if i.Flavor == event.MySQL && i.Release.AtLeast(8, 2, 0) {
		query = "SHOW BINARY LOG STATUS"
	}
	rows, err := s.Query(ctx, query)
	if err != nil || len(rows) == 0 || len(rows[0]) < 2 {
		return err
	}
	offset, err := strconv.ParseUint(rows[0][1].String, 10, 64)
	if err != nil {
		return fmt.Errorf("%s: offset %q: %w", query, rows[0][1].String, err)
	}
	i.Position = event.Position{Flavor: i.Flavor, Server: i.ServerID, File: rows[0][0].String, Offset: offset}
	if i.GTIDMode == "ON" && len(rows[0]) > 4 {
		i.Position.GTIDs = gtids(rows[0][4])
	}
	return nil
}

func gtids(s sql.NullString) event.GTIDText {
	return event.GTIDText(strings.ReplaceAll(s.String, "\n", ""))
}

// askSets asks for the GTID sets that did not come with the end of the binlog.
func askSets(ctx context.Context, s asker, i *ServerInfo) (err error) {
	switch {
	case i.Flavor == event.MariaDB && i.Position.File != "":
		i.Position.GTIDs, err = askGTIDs(ctx, s, fmt.Sprintf("SELECT BINLOG_GTID_POS('%s', %d)", i.Position.File, i.Position.Offset))
	case i.GTIDMode != "":
		i.Purged, err = askGTIDs(ctx, s, "SELECT @@GLOBAL.gtid_purged")
	}
	return err
}

func askGTIDs(ctx context.Context, s asker, query string) (event.GTIDText, error) {
	rows, err := s.Query(ctx, query)
	if err != nil || len(rows) != 1 || len(rows[0]) != 1 {
		return "", err
	}
	return gtids(rows[0][0]), nil
}
