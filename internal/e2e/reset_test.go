package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// offsets runs cdcd offsets on the daemon's folder.
func (d *daemon) offsets(verb string, args ...string) (code int, text string) {
	d.t.Helper()
	line := append([]string{"offsets", verb, "--config", filepath.Join(d.Dir, "cdcd.yaml")}, args...)
	code, out, errs := cdcd(d.t, line...)
	return code, out + errs
}

// resets decides where the connector goes on, and checks what is printed.
func (d *daemon) resets(to string, texts ...string) {
	d.t.Helper()
	code, text := d.offsets("reset", "--connector", "it", "--to", to, "--yes")
	if code != 0 {
		d.t.Fatalf("cdcd offsets reset --to %s: code %d\n%s", to, code, text)
	}
	mentions(d.t, "--to "+to, text, append(texts, "Done.")...)
}

// halt stops the daemon in order.
func (d *daemon) halt() {
	d.t.Helper()
	if code, _ := d.Stop(); code != 0 {
		d.t.Fatalf("stopped with code %d", code)
	}
}

// times counts how often each id is in a topic.
func times(t *testing.T, kafka *kafkatest.Cluster, topic string) map[string]int {
	t.Helper()
	records, err := kafka.Read(t.Context(), topic)
	if err != nil {
		return nil // not there yet
	}
	seen := map[string]int{}
	for _, r := range records {
		if m := regexp.MustCompile(`"id":(\d+)`).FindSubmatch(r.Key); m != nil {
			seen[string(m[1])]++
		}
	}
	return seen
}

// delivers waits until a topic holds that many ids, and checks how often each is there.
func (d *daemon) delivers(kafka *kafkatest.Cluster, topic string, want map[string]int) {
	d.t.Helper()
	var got map[string]int
	d.Until(20*time.Second, fmt.Sprintf("%v in %s", want, topic), func() bool {
		got = times(d.t, kafka, topic)
		return len(got) >= len(want)
	})
	if fmt.Sprint(got) != fmt.Sprint(want) {
		d.t.Errorf("%s holds %v, want %v", topic, got, want)
	}
}

// insert changes a table by one row.
func insert(t *testing.T, server *mysqltest.Server, table string, id int) {
	t.Helper()
	server.Exec(t, fmt.Sprintf("INSERT INTO %s VALUES (%d, '%s')", table, id, secretRow))
}

// The state topic is deleted: the connector stops and names the command, and
// every target of it goes on where it says.
func TestReset(t *testing.T) {
	for i, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Shared(t, v)
			db := server.Database(t)
			table, topic := db+".t", "it."+db+".t"
			server.Exec(t, "CREATE TABLE "+table+" (id INT PRIMARY KEY, note TEXT)")
			kafka := kafkatest.Fake(t)
			d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7601+i, nil))
			d.discreet()
			d.Start()
			d.Ready()
			insert(t, server, table, 1)
			d.delivers(kafka, topic, map[string]int{"1": 1})
			d.halt()
			begin := executed(t, server)
			insert(t, server, table, 2)
			kafka.DeleteTopics(t, "__cdcd-state-it")
			d.Start()
			d.fails("it", "the state topic holds no position", "cdcd offsets reset --connector it --to last")
			code, text := d.offsets("show", "--connector", "it")
			if code != 1 {
				t.Errorf("while the daemon runs: code %d", code)
			}
			mentions(t, "while the daemon runs", text, "Stop the daemon first")
			d.halt()

			d.resets("last", "raft:  commit ", "Kafka: nothing in __cdcd-state-it", "goes on behind commit", "written again")
			d.Start()
			d.Ready()
			d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1})
			d.halt()

			insert(t, server, table, 3)
			d.resets("now", "begins as at a first start, by snapshot.mode", "left out")
			d.Start()
			d.Ready()
			insert(t, server, table, 4)
			d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1, "4": 1})
			d.halt()

			d.resets("kafka", "What raft knows is forgotten", "goes on behind commit")
			d.Start()
			d.Ready()
			insert(t, server, table, 5)
			d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1, "4": 1, "5": 1})
			d.halt()

			d.resets(begin, "Tables must not have been altered", "with the tables as they are when the connector starts", "written again")
			d.Start()
			d.Ready()
			d.delivers(kafka, topic, map[string]int{"1": 1, "2": 2, "3": 1, "4": 2, "5": 2})
			server.Exec(t, "ALTER TABLE "+table+" ADD COLUMN more INT")
			server.Exec(t, "INSERT INTO "+table+" VALUES (6, '', 6)")
			d.delivers(kafka, topic, map[string]int{"1": 1, "2": 2, "3": 1, "4": 2, "5": 2, "6": 1})
			d.halt()
			d.Start()
			d.Ready()
		})
	}
}

// executed is the set of what the server has.
func executed(t *testing.T, server *mysqltest.Server) string {
	t.Helper()
	query := "SELECT @@GLOBAL.gtid_executed"
	if server.Flavor == mysqltest.MariaDB {
		query = "SELECT @@GLOBAL.gtid_binlog_pos"
	}
	var set string
	if err := server.DB(t).QueryRowContext(t.Context(), query).Scan(&set); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(set, "\n", "")
}

// Whatever is wrong with the command, nothing is changed and the message says
// what to do.
func TestReset_Refused(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)")
	kafka := kafkatest.Start(t, kafkatest.Config{Own: true})
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7611, nil))
	d.discreet()
	refuses := func(to string, texts ...string) {
		t.Helper()
		code, text := d.offsets("reset", "--connector", "it", "--to", to)
		if code != 1 {
			t.Errorf("--to %s: code %d", to, code)
		}
		mentions(t, "--to "+to, text, texts...)
	}
	refuses("last", "node.data", "no daemon has run on it")
	d.Start()
	d.Ready()
	insert(t, server, db+".t", 1)
	d.delivers(kafka, "it."+db+".t", map[string]int{"1": 1})
	refuses("last", "in use by another process", "Stop the daemon first")
	d.halt()
	code, text := d.offsets("reset", "--connector", "shop", "--to", "last")
	if code != 1 {
		t.Errorf("unknown connector: code %d", code)
	}
	mentions(t, "unknown connector", text, `no connector "shop"`, "there are: it")

	uuid := regexp.MustCompile(`[0-9a-f-]{36}`).FindString(executed(t, server))
	refuses("", "--to: want last, kafka, now")
	refuses("yesterday", "GTID set is malformed", "yesterday")
	refuses("0-1-5", "a set of mariadb", "made for mysql")
	refuses(uuid+":9-1", "GTID set is malformed")
	refuses(uuid+":1-999999999", "cannot be read from there", "does not have", "The server still has")
	refuses("binlog.000001:4", "it has GTIDs", "SHOW BINLOG EVENTS")
	refuses("last", "no terminal", "--yes")
	refuses("now", "nothing was changed")
	code, text = d.offsets("show", "--connector", "it")
	mentions(t, "show", text, "in Kafka transactions", "next start: goes on behind commit")
	if code != 0 {
		t.Errorf("show: code %d", code)
	}
	if err := kafka.Kill(0); err != nil {
		t.Fatal(err)
	}
	refuses("kafka", "Kafka: not known", "connection refused", "while Kafka cannot be read")
	refuses("last", "goes on behind commit", "Kafka could not be read", "repeat this while Kafka answers", "no terminal")
}
