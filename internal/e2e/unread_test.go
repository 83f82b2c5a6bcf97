package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// unfolded are statements that add a column, of which the tracker cannot fold the
// one that is in the binlog: on MySQL it is of a column that only a statement has
// made which was not logged, on MariaDB the parser does not know its form.
func (u *unread) unfolded() []string {
	if u.server.Flavor == mysqltest.MariaDB {
		return []string{"ALTER TABLE t ADD extra BIGINT COMMENT '" + secretRow + "', DROP FOREIGN KEY IF EXISTS nothing"}
	}
	return []string{
		"SET SESSION sql_log_bin=0", "ALTER TABLE t ADD hidden INT", "SET SESSION sql_log_bin=1",
		"ALTER TABLE t CHANGE hidden extra BIGINT COMMENT '" + secretRow + "'",
	}
}

// unread is a daemon that follows one table of a server with the given
// binlog_row_metadata, and a row of that table which has arrived.
type unread struct {
	*daemon
	server *mysqltest.Server
	kafka  *kafkatest.Cluster
	table  string
	props  map[string]string
}

func newUnread(t *testing.T, v mysqltest.Version, metadata string, id int) *unread {
	t.Helper()
	u := prepared(t, v, metadata, id)
	u.daemon = newDaemon(t, u.kafka.Bootstrap(), u.props)
	u.discreet()
	u.Start()
	u.Ready()
	u.sql("INSERT INTO t VALUES (1,1,'x')")
	u.holds(`{"id":1,"a":1,"e":"x"}`)
	return u
}

// prepared is without a daemon.
func prepared(t *testing.T, v mysqltest.Version, metadata string, id int) *unread {
	t.Helper()
	server := mysqltest.Start(t, v, mysqltest.Own(), mysqltest.Flags("--binlog-row-metadata="+metadata))
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, a INT, e ENUM('x','y'))")
	return &unread{server: server, kafka: kafkatest.Fake(t), table: db + ".t", props: following(t, server, db, id, nil)}
}

// sql runs statements in the database.
func (u *unread) sql(statements ...string) {
	u.t.Helper()
	u.server.Exec(u.t, append([]string{"USE " + strings.TrimSuffix(u.table, ".t")}, statements...)...)
}

// holds waits until the topic holds rows, and checks that each is there once, in order.
func (u *unread) holds(rows ...string) {
	u.t.Helper()
	var got []string
	u.Until(30*time.Second, fmt.Sprintf("%d rows", len(rows)), func() bool {
		got = u.rows()
		return len(got) >= len(rows)
	})
	if !slices.Equal(got, rows) {
		u.t.Errorf("the topic holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(rows, "\n"))
	}
}

// rows are the after images in the topic.
func (u *unread) rows() (out []string) {
	u.t.Helper()
	records, err := u.kafka.Read(u.t.Context(), "it."+u.table)
	if err != nil {
		return nil // not there yet
	}
	for _, r := range records {
		var v struct{ After json.RawMessage }
		if err := json.Unmarshal(r.Value, &v); err != nil {
			u.t.Fatal(err)
		}
		out = append(out, string(v.After))
	}
	return out
}

// schema runs cdcd schema on the daemon's folder.
func (u *unread) schema(verb string, args ...string) (code int, text string) {
	u.t.Helper()
	line := append([]string{"schema", verb, "--config", filepath.Join(u.Dir, "cdcd.yaml"), "--connector", "it"}, args...)
	code, out, errs := cdcd(u.t, line...)
	return code, out + errs
}

// asked returns the transaction that the reason of the stop asks about.
func (u *unread) asked() string {
	u.t.Helper()
	reason := u.Part("it").Error
	m := regexp.MustCompile(`--connector it --table \S+ --from (\S+) --file`).FindStringSubmatch(reason)
	if m == nil {
		u.t.Fatalf("no command in %s", reason)
	}
	return m[1]
}

// sets says what the table looks like from a transaction on.
func (u *unread) sets(from, columns, then string) {
	u.t.Helper()
	u.Write("definition.sql", "CREATE TABLE t ("+columns+")")
	code, text := u.schema("set", "--table", u.table, "--from", from, "--file", filepath.Join(u.Dir, "definition.sql"), "--yes")
	if code != 0 {
		u.t.Fatalf("cdcd schema set: code %d\n%s", code, text)
	}
	mentions(u.t, "schema set", text, "In place of", "said to count from transaction "+from, "Done: table version", then)
}

var bothServers = []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011}

// onBoth runs a test on both servers, with server ids of its own.
func onBoth(t *testing.T, metadata string, id int, f func(t *testing.T, u *unread)) {
	t.Helper()
	for i, v := range bothServers {
		t.Run(string(v), func(t *testing.T) { f(t, newUnread(t, v, metadata, id+i)) })
	}
}

// With full metadata a statement that cannot be folded is passed: the rows behind
// it prove what the table looks like, also where another statement follows.
func TestUnread_FullMetadataGoesOn(t *testing.T) {
	onBoth(t, "FULL", 9001, func(_ *testing.T, u *unread) {
		want := []string{`{"id":1,"a":1,"e":"x"}`, `{"id":2,"a":2,"e":"y","extra":2}`}
		u.sql(append(u.unfolded(), "INSERT INTO t VALUES (2,2,'y',2)")...)
		u.holds(want...)
		u.Logs("is proven to be that of its rows")
		u.halt()
		u.sql("INSERT INTO t VALUES (3,3,'x',3)", "SET SESSION sql_log_bin=0", "ALTER TABLE t DROP extra", "SET SESSION sql_log_bin=1",
			"INSERT INTO t VALUES (4,4,'x')", "ALTER TABLE t COMMENT 'x'", "INSERT INTO t VALUES (5,5,'y')")
		u.Start()
		want = append(want, `{"id":3,"a":3,"e":"x","extra":3}`, `{"id":4,"a":4,"e":"x"}`, `{"id":5,"a":5,"e":"y"}`)
		u.holds(want...)
		u.Kill()
		u.sql("INSERT INTO t VALUES (6,6,'x')")
		u.Start()
		u.holds(append(want, `{"id":6,"a":6,"e":"x"}`)...)
	})
}

// Without it the binlog has to prove it: there is no other statement behind.
func TestUnread_MinimalMetadataGoesOn(t *testing.T) {
	onBoth(t, "MINIMAL", 9011, func(_ *testing.T, u *unread) {
		want := []string{`{"id":1,"a":1,"e":"x"}`, `{"id":2,"a":2,"e":"y","extra":2}`}
		u.sql(append(u.unfolded(), "INSERT INTO t VALUES (2,2,'y',2)")...)
		u.holds(want...)
		u.halt()
		u.sql("SET SESSION sql_log_bin=0", "ALTER TABLE t DROP a", "SET SESSION sql_log_bin=1",
			"INSERT INTO t VALUES (3,'x',3)", "CREATE TABLE other (id INT)", "ALTER TABLE other ADD x INT", "INSERT INTO t VALUES (4,'y',4)")
		u.Start()
		want = append(want, `{"id":3,"e":"x","extra":3}`, `{"id":4,"e":"y","extra":4}`)
		u.holds(want...)
		u.Kill()
		u.sql("ALTER TABLE t ADD b INT FIRST", "INSERT INTO t VALUES (5,5,'x',5)")
		u.Start()
		u.holds(append(want, `{"b":5,"id":5,"e":"x","extra":5}`)...)
	})
}

// Where nothing proves a definition it stops, at every start, and goes on with
// the one that an operator gives: nothing is lost, nothing comes twice.
func TestUnread_OperatorSaysWhatItIs(t *testing.T) {
	onBoth(t, "MINIMAL", 9021, func(t *testing.T, u *unread) {
		t.Helper()
		u.halt()
		u.sql(append(u.unfolded(), "INSERT INTO t VALUES (2,2,'y',2)", "ALTER TABLE t ADD late INT", "INSERT INTO t VALUES (3,3,'x',3,3)")...)
		for range 2 {
			u.Start()
			u.fails("it", "table "+u.table, "binlog.0", "GTID", "ALTER TABLE "+u.table, "does not help", "cdcd schema set --connector it --table "+u.table)
			u.halt()
		}
		u.Start()
		u.fails("it", "does not help")
		from := u.asked()
		code, text := u.schema("show")
		if code != 1 {
			t.Errorf("while the daemon runs: code %d", code)
		}
		mentions(t, "while the daemon runs", text, "Stop the daemon first")
		u.halt()
		u.refuses(from)
		u.sets(from, "id INT PRIMARY KEY, a INT, e ENUM('x','y'), extra BIGINT", "Start the daemon.")
		_, text = u.schema("show", "--table", u.table)
		mentions(t, "schema show", text, "-- "+u.table+", version ", "`e` ENUM('x','y')", "said to count from transaction "+from, "`extra` BIGINT NULL")
		u.Start()
		want := []string{`{"id":1,"a":1,"e":"x"}`, `{"id":2,"a":2,"e":"y","extra":2}`, `{"id":3,"a":3,"e":"x","extra":3,"late":3}`}
		u.holds(want...)
		u.Kill()
		u.sql("INSERT INTO t VALUES (4,4,'x',4,4)")
		u.Start()
		u.holds(append(want, `{"id":4,"a":4,"e":"x","extra":4,"late":4}`)...)
	})
}

// A statement of which the table cannot be told stops there, and is passed with the
// definition that an operator gives.
func TestUnread_StatementThatNamesNothing(t *testing.T) {
	u := newUnread(t, mysqltest.MariaDB1011, "FULL", 9061)
	u.sql("ALTER TABLE .t ADD extra BIGINT COMMENT '"+secretRow+"'", "INSERT INTO t VALUES (2,2,'y',2)")
	u.fails("it", "binlog.0", "GTID", "ALTER TABLE", "Which tables it changes is not certain")
	from := u.asked()
	u.halt()
	u.sets(from, "id INT PRIMARY KEY, a INT, e ENUM('x','y'), extra BIGINT", "Start the daemon.")
	u.Start()
	u.holds(`{"id":1,"a":1,"e":"x"}`, `{"id":2,"a":2,"e":"y","extra":2}`)
	u.halt()
	u.sql("INSERT INTO t VALUES (3,3,'y',3)")
	u.Start()
	u.holds(`{"id":1,"a":1,"e":"x"}`, `{"id":2,"a":2,"e":"y","extra":2}`, `{"id":3,"a":3,"e":"y","extra":3}`)
}

// In a cluster of several nodes the command asks the one that runs, of a connector
// that was stopped.
func TestUnread_OperatorOfACluster(t *testing.T) {
	u := prepared(t, mysqltest.MySQL97, "MINIMAL", 9071)
	nodes := u.cluster(t, "n1", "n2")
	u.daemon = nodes[0]
	u.sql("INSERT INTO t VALUES (1,1,'x')")
	u.holds(`{"id":1,"a":1,"e":"x"}`)
	u.governs("stop", "it")
	u.sql(append(u.unfolded(), "INSERT INTO t VALUES (2,2,'y',2)", "ALTER TABLE t ADD late INT", "INSERT INTO t VALUES (3,3,'x',3,3)")...)
	u.governs("resume", "it")
	u.Until(time.Minute, "it failed on one of them", func() bool {
		for _, n := range nodes {
			if n.Part("it").Phase == "failed" {
				u.daemon = n
				return true
			}
		}
		return false
	})
	from := u.asked()
	u.Write("definition.sql", "CREATE TABLE t (id INT PRIMARY KEY)")
	code, text := u.schema("set", "--table", u.table, "--from", from, "--file", filepath.Join(u.Dir, "definition.sql"), "--yes")
	if code != 1 {
		t.Errorf("while it is placed: code %d", code)
	}
	mentions(t, "while it is placed", text, "stop it first, with cdcd connectors stop it")
	_, text = u.schema("show")
	mentions(t, "show", text, "-- "+u.table+", version ", "not known any more: ALTER TABLE "+u.table)
	u.governs("stop", "it")
	for _, n := range nodes {
		n.rests("stopped")
	}
	u.sets(from, "id INT PRIMARY KEY, a INT, e ENUM('x','y'), extra BIGINT", "Run cdcd connectors resume it.")
	u.governs("resume", "it")
	u.holds(`{"id":1,"a":1,"e":"x"}`, `{"id":2,"a":2,"e":"y","extra":2}`, `{"id":3,"a":3,"e":"x","extra":3,"late":3}`)
}

// cluster starts a cluster of nodes that know the connector.
func (u *unread) cluster(t *testing.T, ids ...string) (nodes []*daemon) {
	t.Helper()
	peers := map[string]string{}
	for _, id := range ids {
		peers[id] = daemontest.Address(t)
	}
	for _, id := range ids {
		n := &daemon{t: t, Daemon: daemontest.New(t, daemontest.Config{
			Kafka: u.kafka.Bootstrap(), Connectors: map[string]map[string]string{"it": u.props},
			Node: id, Listen: peers[id], Peers: peers, Cluster: map[string]string{"secret": "0123456789abcdef", "timing": "wan"},
		})}
		n.discreet()
		n.Start()
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		n.Ready()
	}
	return nodes
}

// refuses checks that what is no definition of the table changes nothing.
func (u *unread) refuses(from string) {
	u.t.Helper()
	f := func(text string, parts ...string) {
		u.t.Helper()
		u.Write("definition.sql", text)
		code, said := u.schema("set", "--table", u.table, "--from", from, "--file", filepath.Join(u.Dir, "definition.sql"), "--yes")
		if code != 1 {
			u.t.Errorf("%s: code %d", text, code)
		}
		mentions(u.t, text, said, parts...)
	}
	f("CREATE TABLE u (id INT)", "it is of ")
	f("CREATE TABLE t (id FROBNICATE DEFAULT '"+secretRow+"')", "not understood")
	f("DROP TABLE t", "one CREATE TABLE statement")
	code, said := u.schema("set", "--table", u.table, "--from", from, "--file", "-")
	if code != 1 {
		u.t.Errorf("from stdin: code %d", code)
	}
	mentions(u.t, "from stdin", said, "give --yes")
}

// Columns and labels that only changed their names or places have the same shape:
// statements that are in the binlog are followed all the same.
func TestUnread_SameShapeIsFollowed(t *testing.T) {
	onBoth(t, "MINIMAL", 9031, func(_ *testing.T, u *unread) {
		u.halt()
		u.sql("INSERT INTO t VALUES (2,2,'x')", "ALTER TABLE t MODIFY e ENUM('y','x')", "INSERT INTO t VALUES (3,3,'x')",
			"ALTER TABLE t RENAME COLUMN a TO b", "INSERT INTO t VALUES (4,4,'y')")
		u.Start()
		u.holds(`{"id":1,"a":1,"e":"x"}`, `{"id":2,"a":2,"e":"x"}`, `{"id":3,"a":3,"e":"x"}`, `{"id":4,"b":4,"e":"y"}`)
	})
}

// The tables that are captured change, and the data folder is lost: what tables
// looked like is known all the same, of those that were not captured, too.
func TestUnread_HistoryOutlivesChanges(t *testing.T) {
	for i, v := range bothServers {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Start(t, v, mysqltest.Own())
			server.Exec(t, "CREATE DATABASE load_db", "CREATE TABLE load_db.t (id INT PRIMARY KEY)", "CREATE TABLE load_db.u (id INT PRIMARY KEY, a INT)")
			kafka := kafkatest.Fake(t)
			props := following(t, server, "load_db", 9051+i, map[string]string{"table.include.list": "load_db.t"})
			d := newDaemon(t, kafka.Bootstrap(), props)
			e := &evolution{server: server, table: "t", shapes: map[int][]string{}}
			arrive := func(table string) {
				t.Helper()
				d.Until(time.Minute, "the last row arrived", func() bool {
					records, err := kafka.Read(t.Context(), "it.load_db."+table)
					return err == nil && e.check(t, records)[e.last]
				})
			}
			d.Start()
			d.Ready()
			server.Exec(t, "ALTER TABLE load_db.u RENAME COLUMN a TO b")
			e.insert(t, 1, "id")
			arrive("t")
			d.halt()
			e.table = "u"
			e.insert(t, 1, "id", "b")
			server.Exec(t, "ALTER TABLE load_db.u RENAME COLUMN b TO c")
			e.insert(t, 1, "id", "c")
			d.Connector("it", with(props, "table.include.list", "load_db.t,load_db.u"))
			d.Start()
			arrive("u")
			d.halt()
			if err := os.RemoveAll(filepath.Join(d.Dir, "data")); err != nil {
				t.Fatal(err)
			}
			e.insert(t, 1, "id", "c")
			server.Exec(t, "ALTER TABLE load_db.u RENAME COLUMN c TO d, ADD e INT")
			e.insert(t, 1, "id", "d", "e")
			d.Start()
			arrive("u")
			records, err := kafka.Read(t.Context(), "it.load_db.t", "it.load_db.u")
			if err != nil || len(records) != e.last {
				t.Errorf("%d records of %d rows, %v", len(records), e.last, err)
			}
		})
	}
}
