package e2e

import (
	"database/sql"
	"fmt"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// with returns props with changes.
func with(props map[string]string, changes ...string) map[string]string {
	out := maps.Clone(props)
	for i := 0; i < len(changes); i += 2 {
		out[changes[i]] = changes[i+1]
	}
	return out
}

// One connector of a daemon is right and each of the others is wrong in one
// way: those end with the reason, the right one goes on.
func TestBadInput_Source(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)")
	kafka := kafkatest.Fake(t)
	good := following(t, server, db, 7101, nil)
	d := newDaemon(t, kafka.Bootstrap(), good)
	d.discreet()
	d.Connector("password", with(good, "database.server.id", "7102", "database.password", secretPassword+"-not"))
	d.Connector("user", with(good, "database.server.id", "7103", "database.user", "nobody"))
	d.Connector("untrusted", with(good, "database.server.id", "7104", "database.ssl.mode", "verify_ca"))
	d.Connector("identity", with(good, "database.server.id", "1"))
	d.Connector("flavor", with(good, "database.server.id", "7105", "connector.class", "io.debezium.connector.mariadb.MariaDbConnector"))
	lacking := with(good, "database.server.id", "7106")
	maps.Copy(lacking, login(t, server, "lacking", "SELECT"))
	d.Connector("grants", lacking)
	d.Connector("host", with(good, "database.server.id", "7107", "database.hostname", "nowhere.invalid"))
	d.Connector("port", with(good, "database.server.id", "7108", "database.port", closedPort(t)))
	d.Connector("misspelt", with(good, "database.server.id", "7110", "table.include.list", db+".t,"+db+"[.]ordrs"))
	d.Connector("mask", with(good, "database.server.id", "7109", "column.mask.hash.v2.SHA-256.with.salt."+secretPassword, db+`[.]t[.]id`))
	d.Start()

	d.fails("password", "login refused", "database.password", "cdcd7101", server.Addr())
	d.fails("user", "login refused", "database.user", "nobody")
	d.fails("untrusted", "no TLS connection", "certificate", "database.ssl.truststore")
	d.fails("identity", "database.server.id 1 is the server's own id", "choose another")
	d.fails("flavor", "the server is mysql", "connector.class=io.debezium.connector.mysql.MySqlConnector")
	d.fails("grants", "GRANT REPLICATION SLAVE ON *.* TO 'lacking'@'%'", "GRANT REPLICATION CLIENT ON *.*")
	d.fails("mask", "table "+db+".t: column id: column.mask.hash.v2.SHA-256.with.salt.******** would not mask it", "leave it out")
	d.tries("host", "nowhere.invalid", "check database.hostname")
	d.tries("port", "connection refused")
	d.Logs(`"entry":"` + db + `[.]ordrs"`)
	d.streams("misspelt")
	d.streams("it")
	server.Exec(t, "INSERT INTO "+db+".t VALUES (1, '"+secretRow+"')")
	d.Until(10*time.Second, "the row arrived", func() bool {
		records, err := kafka.Read(t.Context(), "it."+db+".t")
		return err == nil && len(records) > 0
	})
}

// tries waits until a connector says why it waits to try again.
func (d *daemon) tries(connector string, texts ...string) {
	d.t.Helper()
	d.Until(30*time.Second, connector+" says why it waits", func() bool { return d.Part(connector).Error != "" })
	p := d.Part(connector)
	mentions(d.t, connector, p.Error, texts...)
	if p.Phase != "starting" {
		d.t.Errorf("%s is %s, want starting: the server may come", connector, p.Phase)
	}
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// closedPort is one that nobody listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	return portOf(t, daemontest.Address(t))
}

// A server whose binlog is of no use: off, or of statements. It also offers no
// TLS.
func TestBadInput_Binlog(t *testing.T) {
	off := mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Flags("--skip-log-bin", "--tls-version="))
	mixed := mysqltest.Start(t, mysqltest.MariaDB1011, mysqltest.Flags("--binlog-format=MIXED"))
	kafka := kafkatest.Fake(t)
	d := newDaemon(t, kafka.Bootstrap(), following(t, off, "d", 7201, map[string]string{"driver.allowPublicKeyRetrieval": "true"}))
	d.discreet()
	d.Connector("required", following(t, off, "d", 7202, map[string]string{"database.ssl.mode": "required"}))
	d.Connector("mixed", following(t, mixed, "d", 7203, nil))
	d.Start()
	d.fails("it", "the binlog is off", "log_bin=binlog", "restart")
	d.fails("required", "no TLS connection", "the server offers none", "database.ssl.mode")
	d.fails("mixed", "binlog_format is MIXED", "SET GLOBAL binlog_format = 'ROW'")
	mixed.Exec(t, "SET GLOBAL binlog_format='STATEMENT'")
	d.Kill()
	d.Start()
	d.fails("mixed", "binlog_format is STATEMENT", "SET GLOBAL binlog_format = 'ROW'")
}

// A statement on a captured table is no row: it must not be passed over.
func TestBadInput_StatementOnCapturedTable(t *testing.T) {
	for i, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Shared(t, v)
			db := server.Database(t)
			server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)", "CREATE TABLE "+db+".u (id INT)")
			kafka := kafkatest.Fake(t)
			d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7301+i, map[string]string{"table.include.list": db + ".t"}))
			d.discreet()
			d.Start()
			d.Ready()
			server.Exec(t, "INSERT INTO "+db+".t VALUES (1, 'a')", "SET SESSION binlog_format='STATEMENT'",
				"INSERT INTO "+db+".u VALUES (1)", "INSERT INTO "+db+".t VALUES (2, '"+secretRow+"')")
			d.fails("it", "table "+db+".t", "binlog.0000", "GTID", "binlog_format")
		})
	}
}

// The stored position is in a file that the server has deleted.
func TestBadInput_Purged(t *testing.T) {
	for i, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			server.Exec(t, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, note TEXT)")
			kafka := kafkatest.Fake(t)
			d := newDaemon(t, kafka.Bootstrap(), following(t, server, "d", 7401+i, nil))
			d.discreet()
			d.Start()
			d.Ready()
			d.stopsInFile(server, "INSERT INTO d.t VALUES (0, '')")
			server.Exec(t, "INSERT INTO d.t VALUES (1, '"+secretRow+"')", "FLUSH LOGS", "FLUSH LOGS")
			first, last := purge(t, server)
			d.Start()
			d.fails("it", "no longer has this part", "binlog.000001", "The server still has "+first+" to "+last, "binlog_expire_logs_seconds", "under a new name")
		})
	}
}

// stopsInFile stops the daemon once it has read a change, and with it the file
// and offset of its position: a first one is the GTID set alone.
func (d *daemon) stopsInFile(server *mysqltest.Server, change string) {
	d.t.Helper()
	server.Exec(d.t, change)
	d.Until(10*time.Second, "the change was read", func() bool { return strings.Contains(d.Part("it").Position, "binlog.0") })
	if code, _ := d.Stop(); code != 0 {
		d.t.Fatalf("stopped with code %d", code)
	}
}

// The binlog was reset while the daemon was down, and has grown beyond the
// stored offset since: file and offset are there, with something else.
func TestBadInput_Reset(t *testing.T) {
	resets := map[mysqltest.Version]string{mysqltest.MySQL97: "RESET BINARY LOGS AND GTIDS", mysqltest.MariaDB1011: "RESET MASTER"}
	for v, reset := range resets {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			server.Exec(t, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, note TEXT)")
			d := newDaemon(t, kafkatest.Fake(t).Bootstrap(), following(t, server, "d", 7451, nil))
			d.discreet()
			d.Start()
			d.Ready()
			d.stopsInFile(server, "INSERT INTO d.t VALUES (0, '')")
			server.Exec(t, reset, "INSERT INTO d.t VALUES (1, '"+secretRow+"')", "INSERT INTO d.t SELECT 2, REPEAT('x', 10000)")
			d.Start()
			d.fails("it", "its binlog was reset", "binlog.000001", "missing ", "under a new name")
		})
	}
}

// purge deletes all binlog files but the last and returns the first and the
// last that the server then has. A file that a dump thread still reads is kept,
// and MySQL and MariaDB learn late that the reader was killed.
func purge(t *testing.T, server *mysqltest.Server) (first, last string) {
	t.Helper()
	db := server.DB(t)
	logs := binlogs(t, db)
	last = logs[len(logs)-1]
	eventually(t, "the server deletes its binlog", func() bool {
		mustExec(t, db, "PURGE BINARY LOGS TO '"+last+"'")
		first = binlogs(t, db)[0]
		return first == last
	})
	return first, last
}

func binlogs(t *testing.T, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SHOW BINARY LOGS")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(string)
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		names = append(names, *into[0].(*string))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

// Topics that nobody makes, and records that a topic does not take.
func TestBadInput_Topics(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT, region VARCHAR(20), note TEXT, PRIMARY KEY (region, id))")
	kafka := kafkatest.Start(t, kafkatest.Config{})
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7501, map[string]string{
		"topic.creation.default.max.message.bytes": "4000",
	}))
	d.discreet()
	d.Connector("absent", following(t, server, db, 7502, map[string]string{"topic.prefix": "absent", "topic.creation.enable": "false", "include.schema.changes": "false"}))
	d.Start()
	d.Ready()
	server.Exec(t, fmt.Sprintf("INSERT INTO %s.t VALUES (1,'north','a'),(2,'south','%s%s')", db, secretRow, strings.Repeat("x", 5000)))
	d.fails("absent", "topic absent."+db+".t:", "does not exist and topic.creation is off", "create it")
	d.fails("it", "table "+db+".t", "row with key (region, id)", "max.message.bytes=4000", "topic it."+db+".t", "binlog.0000", "GTID")
}
