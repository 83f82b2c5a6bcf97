package connector

import (
	"errors"
	"fmt"
	"time"

	"cdcd/event"
)

// Finding is something about a server or an account that keeps a connector
// from working, or that its owner should know.
type Finding struct {
	Fatal bool
	Text  string
	Fix   string // the SQL, or the setting of the server's own file, that mends it
}

// String returns the text and the remedy.
func (f Finding) String() string {
	if f.Fix == "" {
		return f.Text
	}
	return f.Text + "; fix: " + f.Fix
}

// Check returns an error that lists everything that keeps cfg from working
// with the server, with the SQL that mends it; nil when nothing does.
func Check(info ServerInfo, cfg Config) error {
	var errs []error
	for _, f := range Findings(info, cfg) {
		if f.Fatal {
			errs = append(errs, errors.New(f.String()))
		}
	}
	return errors.Join(errs...)
}

// Findings lists what Check refuses, and what is merely worth knowing.
func Findings(info ServerInfo, cfg Config) []Finding {
	c := checker{info: info, cfg: cfg}
	c.identity()
	c.binlog()
	c.grants()
	c.advice()
	return c.found
}

type checker struct {
	info  ServerInfo
	cfg   Config
	found []Finding
}

func (c *checker) fatal(fix, format string, args ...any) {
	c.found = append(c.found, Finding{true, fmt.Sprintf(format, args...), fix})
}

func (c *checker) warn(fix, format string, args ...any) {
	c.found = append(c.found, Finding{false, fmt.Sprintf(format, args...), fix})
}

// set is the statement that changes a variable for good where the server can
// keep it, otherwise until it is restarted.
func (c *checker) set(variable, value string) string {
	if c.info.Flavor == event.MySQL && c.info.Release.AtLeast(8, 0, 0) {
		return fmt.Sprintf("SET PERSIST %s = %s;", variable, value)
	}
	return fmt.Sprintf("SET GLOBAL %s = %s; and %s=%s in the server's own file;", variable, value, variable, value)
}

func (c *checker) identity() {
	i := c.info
	if i.Flavor != c.cfg.Flavor {
		class := map[event.Flavor]string{
			event.MySQL:   "io.debezium.connector.mysql.MySqlConnector",
			event.MariaDB: "io.debezium.connector.mariadb.MariaDbConnector",
		}[i.Flavor]
		c.fatal("connector.class="+class, "the server is %s %s, the connector is made for %s", i.Flavor, i.Version, c.cfg.Flavor)
	}
	if i.ReplicaID == 0 {
		c.fatal(c.set("server_id", "1"), "the server has no server_id, and gives no binlog without one")
	}
	if i.ReplicaID == c.cfg.ServerID {
		c.fatal("", "database.server.id %d is the server's own id: choose another", i.ReplicaID)
	}
}

func (c *checker) binlog() {
	i := c.info
	if !i.LogBin {
		c.fatal("log_bin=binlog and server_id=1 in the server's own file, and a restart", "the binlog is off")
		return
	}
	if i.BinlogFormat != "ROW" {
		c.fatal(c.set("binlog_format", "'ROW'"), "binlog_format is %s, the rows themselves are not logged; sessions that are open keep the old value", i.BinlogFormat)
	}
}

func (c *checker) grants() {
	need := func(privilege, what string) {
		c.fatal(fmt.Sprintf("GRANT %s ON *.* TO %s;", privilege, c.info.Account), "%s lacks %s, to %s", c.info.Account, privilege, what)
	}
	g := c.info.Grants
	if !g.Has(replicationSlave) {
		need(replicationSlave, "read the binlog")
	}
	if !g.Has(replicationClient) {
		need(replicationClient, "ask where the binlog ends")
	}
	if !g.HasSomewhere(selecting) {
		need(selecting, "see the definitions of the tables")
	}
}

// shortRetention is how long an outage may last at least before binlog files
// that were not read are gone.
const shortRetention = 24 * time.Hour

func (c *checker) advice() {
	i := c.info
	if i.RowImage != "FULL" && i.RowImage != "" {
		c.warn(c.set("binlog_row_image", "'FULL'"), "binlog_row_image is %s: a column that no image holds prints the placeholder or null, and stops the connector where it can hold neither", i.RowImage)
	}
	if i.RowMetadata != "FULL" && i.RowMetadata != "" {
		c.warn(c.set("binlog_row_metadata", "'FULL'"), "binlog_row_metadata is %s: the binlog does not name the columns itself", i.RowMetadata)
	}
	if i.Flavor == event.MySQL && i.LogBin && i.GTIDMode != "ON" {
		c.warn("https://dev.mysql.com/doc/refman/en/replication-mode-change-online-enable-gtids.html", "gtid_mode is %q: the position holds on this server only", i.GTIDMode)
	}
	if i.Retention > 0 && i.Retention < shortRetention {
		c.warn(c.set("binlog_expire_logs_seconds", "259200"), "binlog files are kept for %v only", i.Retention)
	}
	if c.cfg.Format.Query && !i.LogsQueries {
		variable := "binlog_rows_query_log_events"
		if i.Flavor == event.MariaDB {
			variable = "binlog_annotate_row_events"
		}
		c.warn(c.set(variable, "ON"), "include.query is on, but the server does not log statements")
	}
}
