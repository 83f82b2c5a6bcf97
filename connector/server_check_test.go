package connector

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cdcd/event"
)

// answers is a server that is made of strings: the rows of each statement, the
// columns of a row separated by "|".
type answers map[string][]string

func (a answers) Query(_ context.Context, query string) ([][]sql.NullString, error) {
	for prefix, rows := range a {
		if !strings.HasPrefix(query, prefix) {
			continue
		}
		var out [][]sql.NullString
		for _, row := range rows {
			var columns []sql.NullString
			for text := range strings.SplitSeq(row, "|") {
				columns = append(columns, sql.NullString{String: text, Valid: true})
			}
			out = append(out, columns)
		}
		return out, nil
	}
	return nil, errors.New("not expected: " + query)
}

func TestInspect(t *testing.T) {
	f := func(name string, a answers, want ServerInfo) {
		t.Helper()
		got, err := inspect(t.Context(), a)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(ServerInfo{}, "Grants")); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
	f("MySQL 8.4", answers{
		"SHOW GLOBAL VARIABLES": {
			"version|8.4.3-log", "server_id|5", "server_uuid|aaaa", "gtid_mode|ON", "log_bin|ON", "binlog_format|ROW",
			"binlog_row_image|FULL", "binlog_row_metadata|MINIMAL", "binlog_expire_logs_seconds|2592000",
			"expire_logs_days|0", "binlog_rows_query_log_events|OFF", "collation_server|utf8mb4_0900_ai_ci", "lower_case_table_names|0", "default_storage_engine|InnoDB",
		},
		"SELECT CURRENT_USER":           {"cdcd@10.%"},
		"SELECT CURRENT_ROLE":           {"NONE"},
		"SHOW GRANTS":                   {"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `cdcd`@`10.%`"},
		"SHOW BINARY LOG STATUS":        {"binlog.000007|197|||aaaa:1-3,\nbbbb:1"},
		"SELECT @@GLOBAL.gtid_purged":   {"aaaa:1"},
		"SELECT @@GLOBAL.gtid_executed": {"not asked"},
	}, ServerInfo{
		Flavor: event.MySQL, Version: "8.4.3-log", Release: Release{8, 4, 3}, ServerID: "aaaa", ReplicaID: 5, GTIDMode: "ON",
		Position: event.Position{Flavor: event.MySQL, Server: "aaaa", File: "binlog.000007", Offset: 197, GTIDs: event.GTIDText("aaaa:1-3,bbbb:1")},
		Purged:   "aaaa:1", Retention: 30 * 24 * time.Hour, LogBin: true, BinlogFormat: "ROW", RowImage: "FULL", RowMetadata: "MINIMAL",
		CollationServer: "utf8mb4_0900_ai_ci", DefaultEngine: "InnoDB", Account: "'cdcd'@'10.%'",
	})
	f("MariaDB 10.11", answers{
		"SHOW GLOBAL VARIABLES":  {"version|10.11.6-MariaDB-1:log", "server_id|6", "log_bin|1", "expire_logs_days|0.5", "binlog_annotate_row_events|ON", "lower_case_table_names|1"},
		"SELECT CURRENT_USER":    {"o'neil@%"},
		"SHOW GRANTS":            {"GRANT ALL PRIVILEGES ON *.* TO `o'neil`@`%` IDENTIFIED BY PASSWORD '*ABC' WITH GRANT OPTION"},
		"SHOW MASTER STATUS":     {"bin.000001|4294967400||"},
		"SELECT BINLOG_GTID_POS": {"0-1-7"},
	}, ServerInfo{
		Flavor: event.MariaDB, Version: "10.11.6-MariaDB-1:log", Release: Release{10, 11, 6}, ServerID: "6", ReplicaID: 6,
		Position:  event.Position{Flavor: event.MariaDB, Server: "6", File: "bin.000001", Offset: 4294967400, GTIDs: event.GTIDText("0-1-7")},
		Retention: 12 * time.Hour, LogBin: true, LogsQueries: true, LowerCaseTables: 1, Account: "'o''neil'@'%'",
	})
	f("MySQL 5.6 without GTIDs, and without the right to ask", answers{
		"SHOW GLOBAL VARIABLES":       {"version|5.6.14", "server_id|7", "server_uuid|cccc", "gtid_mode|OFF", "log_bin|ON"},
		"SELECT CURRENT_USER":         {"a@b"},
		"SHOW GRANTS":                 {"GRANT USAGE ON *.* TO 'a'@'b' IDENTIFIED BY PASSWORD <secret>"},
		"SELECT @@GLOBAL.gtid_purged": {""},
	}, ServerInfo{
		Flavor: event.MySQL, Version: "5.6.14", Release: Release{5, 6, 14}, ServerID: "cccc", ReplicaID: 7, GTIDMode: "OFF",
		LogBin: true, Account: "'a'@'b'",
	})
}

func TestGrants(t *testing.T) {
	f := func(want string, lines ...string) {
		t.Helper()
		g := parseGrants(lines)
		var has []string
		for _, p := range []string{replicationSlave, replicationClient, selecting} {
			if g.Has(p) {
				has = append(has, p)
			} else if g.HasSomewhere(p) {
				has = append(has, "some "+p)
			}
		}
		if got := strings.Join(has, ", "); got != want {
			t.Errorf("%q: got %s, want %s", lines, got, want)
		}
	}
	f("")
	f("", "GRANT USAGE ON *.* TO 'a'@'b'")
	f("REPLICATION SLAVE, REPLICATION CLIENT, SELECT", "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION", "GRANT PROXY ON ''@'' TO 'root'@'%'")
	f("REPLICATION SLAVE, REPLICATION CLIENT, some SELECT",
		"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `a`@`%`", "GRANT SELECT, INSERT (`x`, `y`) ON `my db`.* TO `a`@`%`")
	f("REPLICATION SLAVE, REPLICATION CLIENT", "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*X'")
	f("REPLICATION CLIENT", "GRANT SUPER ON *.* TO `a`@`%`")
	f("some SELECT", "GRANT SELECT (`id`, `name`) ON `shop`.`orders` TO `a`@`%`")
	f("", "GRANT `reader`@`%` TO `a`@`%`", "GRANT PROXY ON 'x'@'y' TO 'a'@'b'")
	f("some REPLICATION SLAVE, some REPLICATION CLIENT, some SELECT", "GRANT ALL PRIVILEGES ON `db`.* TO `a`@`%`")
}

// TestGrants_Roles: MySQL prints what a role gives only when it is named.
func TestGrants_Roles(t *testing.T) {
	i := ServerInfo{Flavor: event.MySQL, Release: Release{8, 0, 36}}
	err := askAccount(t.Context(), answers{
		"SELECT CURRENT_USER":                               {"a@%"},
		"SELECT CURRENT_ROLE":                               {"`reader`@`%`"},
		"SHOW GRANTS FOR CURRENT_USER() USING `reader`@`%`": {"GRANT SELECT ON *.* TO `a`@`%`", "GRANT `reader`@`%` TO `a`@`%`"},
	}, &i)
	if err != nil || !i.Grants.Has(selecting) {
		t.Errorf("%+v, %v", i, err)
	}
}

// fine is a server that is as it should be.
func fine() ServerInfo {
	return ServerInfo{
		Flavor: event.MySQL, Version: "8.4.3", Release: Release{8, 4, 3}, ReplicaID: 1, GTIDMode: "ON", LogBin: true,
		BinlogFormat: "ROW", RowImage: "FULL", RowMetadata: "FULL", Account: "'a'@'%'",
		Grants: parseGrants([]string{"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `a`@`%`"}),
	}
}

func TestFindings(t *testing.T) {
	f := func(fatal bool, want string, change func(*ServerInfo, *Config)) {
		t.Helper()
		info, cfg := fine(), Config{Flavor: event.MySQL, ServerID: 7}
		change(&info, &cfg)
		found := Findings(info, cfg)
		if len(found) != 1 || found[0].Fatal != fatal || found[0].String() != want {
			t.Errorf("got %v\nwant %s", found, want)
		}
		if err := Check(info, cfg); (err != nil) != fatal {
			t.Errorf("%s: Check says %v", want, err)
		}
	}
	if found := Findings(fine(), Config{Flavor: event.MySQL, ServerID: 7}); len(found) > 0 {
		t.Errorf("a server as it should be: %v", found)
	}
	f(true, "the server is mysql 8.4.3, the connector is made for mariadb; fix: connector.class=io.debezium.connector.mysql.MySqlConnector",
		func(_ *ServerInfo, c *Config) { c.Flavor = event.MariaDB })
	f(true, "database.server.id 1 is the server's own id: choose another", func(_ *ServerInfo, c *Config) { c.ServerID = 1 })
	f(true, "the server has no server_id, and gives no binlog without one; fix: SET PERSIST server_id = 1;", func(i *ServerInfo, _ *Config) { i.ReplicaID = 0 })
	f(true, "the binlog is off; fix: log_bin=binlog and server_id=1 in the server's own file, and a restart", func(i *ServerInfo, _ *Config) { i.LogBin = false })
	f(true, "binlog_format is MIXED, the rows themselves are not logged; sessions that are open keep the old value; fix: SET PERSIST binlog_format = 'ROW';",
		func(i *ServerInfo, _ *Config) { i.BinlogFormat = "MIXED" })
	f(true, "'a'@'%' lacks REPLICATION SLAVE, to read the binlog; fix: GRANT REPLICATION SLAVE ON *.* TO 'a'@'%';", func(i *ServerInfo, _ *Config) {
		i.Grants = parseGrants([]string{"GRANT SELECT, REPLICATION CLIENT ON *.* TO `a`@`%`"})
	})
	f(true, "'a'@'%' lacks SELECT, to see the definitions of the tables; fix: GRANT SELECT ON *.* TO 'a'@'%';", func(i *ServerInfo, _ *Config) {
		i.Grants = parseGrants([]string{"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `a`@`%`"})
	})
	f(false, "binlog_row_image is MINIMAL: a column that no image holds prints the placeholder or null, and stops the connector where it can hold neither; fix: SET GLOBAL binlog_row_image = 'FULL'; and binlog_row_image='FULL' in the server's own file;",
		func(i *ServerInfo, _ *Config) { i.RowImage, i.Release = "MINIMAL", Release{5, 7, 44} })
	f(false, "binlog_row_metadata is MINIMAL: the binlog does not name the columns itself; fix: SET PERSIST binlog_row_metadata = 'FULL';",
		func(i *ServerInfo, _ *Config) { i.RowMetadata = "MINIMAL" })
	f(false, "binlog files are kept for 1h0m0s only; fix: SET PERSIST binlog_expire_logs_seconds = 259200;", func(i *ServerInfo, _ *Config) { i.Retention = time.Hour })
	f(false, "include.query is on, but the server does not log statements; fix: SET PERSIST binlog_rows_query_log_events = ON;", func(_ *ServerInfo, c *Config) { c.Format.Query = true })
}

func TestCheck_ListsAllProblems(t *testing.T) {
	err := Check(ServerInfo{Flavor: event.MySQL, Version: "5.7.44", Release: Release{5, 7, 44}, ReplicaID: 7, LogBin: true, BinlogFormat: "STATEMENT"}, Config{Flavor: event.MariaDB, ServerID: 7})
	for _, part := range []string{"connector.class", "own id", "binlog_format", replicationSlave, replicationClient, selecting} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s is not in:\n%v", part, err)
		}
	}
}
