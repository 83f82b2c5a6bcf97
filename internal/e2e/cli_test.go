package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

func TestCLI_Version(t *testing.T) {
	code, out, _ := cdcd(t, "version")
	if !regexp.MustCompile(`^cdcd \S+ go1\.\S+ \w+/\w+\n$`).MatchString(out) || code != 0 {
		t.Errorf("%d %q", code, out)
	}
}

// Whatever is wrong with a command line is said in one message, with code 1.
func TestCLI_WrongFlags(t *testing.T) {
	f := func(line string, texts ...string) {
		t.Helper()
		code, out, errs := cdcd(t, strings.Fields(line)...)
		if code != 1 || out != "" {
			t.Errorf("%s: code %d, prints %q", line, code, out)
		}
		mentions(t, line, errs, texts...)
	}
	url := "mysql://u:" + secretPassword + "@127.0.0.1:1"
	f("fly", "unknown command", "fly")
	f("run here", "unknown command", "here")
	f("run --config /nowhere.yaml", "/nowhere.yaml", "no such file")
	f("run --fast", "unknown flag: --fast")
	f("offsets fly", "unknown command", "fly")
	f("offsets show", "required flag", `"connector"`)
	f("offsets reset --connector a", "required flag", `"to"`)
	f("offsets reset --connector a --to last --config /nowhere.yaml", "/nowhere.yaml", "no such file")
	f("tail", "required flag", `"mysql"`, `"tables"`)
	f("dev --tables a.b", "required flag", `"mysql"`)
	f("tail --mysql "+url+" --tables a.b --from yesterday --format xml --max -1", "--from", "--format", "--max")
	f("tail --mysql "+url+" --tables a.b --max few", "--max")
	f("tail --mysql "+url+" --tables a.b --snapshot --from earliest", "--snapshot", "--from")
	f("tail --tables a.b --mysql u:"+secretPassword+"@tcp(127.0.0.1:1)/", "mysql://user:password@host:port")
	f("tail --tables a.b --mysql postgres://u:"+secretPassword+"@h:1", "mysql://user:password@host:port")
	f("tail --tables a.b --mysql "+url+"?tls=true", "tls", "ssl-mode")
	f("tail --tables a.b --mysql "+url+"?ssl-mode=perhaps", "database.ssl.mode", "perhaps")
	f("tail --tables a[.b --mysql "+url, "table.include.list")
	f("dev --tables a.b --kafka 0.0.0.0:9092 --mysql "+url, "--kafka", "loopback")
}

// Files that cannot be read, and everything that is wrong in those that can.
func TestCLI_WrongConfiguration(t *testing.T) {
	f := func(yaml string, connectors map[string]string, texts ...string) {
		t.Helper()
		dir := t.TempDir()
		put(t, filepath.Join(dir, "cdcd.yaml"), yaml)
		for name, text := range connectors {
			put(t, filepath.Join(dir, "c", name), text)
		}
		code, _, errs := cdcd(t, "run", "--config", filepath.Join(dir, "cdcd.yaml"))
		if code != 1 {
			t.Errorf("code %d", code)
		}
		mentions(t, "cdcd run", errs, texts...)
	}
	const good = "node: {id: n, data: ./d}\nhttp: {listen: '127.0.0.1:0'}\ncluster: {name: c, listen: '127.0.0.1:0'}\n" +
		"connectors: ./c\nkafka:\n  bootstrap.servers: 127.0.0.1:1\n"
	none := map[string]string{"README": ""}
	jaas := "  sasl.jaas.config: 'x required username=\"u\" password=\"" + secretPassword + "\";'\n"
	f(good+jaas+"node: [", none, "cdcd.yaml", "[8:")
	f(good+jaas+"  security.protocol: [1]\n", none, "cdcd.yaml", "[8:")
	f(good+"nodes: {}\n  acks: '0'\n", none, "cdcd.yaml", "[8:")
	f(strings.Replace(good, "id: n", "name: n", 1), none, "cdcd.yaml", `unknown field "name"`, "node.id is required")
	f("node: {id: n}\n", none, "node.data is required", "cluster.name is required", "cluster.listen is required",
		"http.listen is required", "kafka.bootstrap.servers is required", "connectors is required")
	f(good, nil, "connectors", "no such file")
	f(good+jaas+"  security.protocol: SMOKE\n  acks: '0'\n", map[string]string{
		"a.json": `{"name": "a", "config": {"database.password": "` + secretPassword + `",`,
		"b.json": `{"name": "b", "config": {"database.password": {"x": "` + secretPassword + `"}}}`,
		"c.json": `{"name": "c", "config": {"database.port": "many", "database.password": "` + secretPassword + `", "snapshot.mode": "sometimes",
			"table.include.list": "a[", "no.such.property": "1"}}`,
		"d.json": `{"name": "c", "config": {}}`,
		"e.json": `[]`,
		"f.json": `{"config": {}}`,
	}, "SMOKE", "kafka.acks is not known", "a.json", "b.json: ", "database.password: want a text", "connector c:", "database.port", "many",
		"snapshot.mode", "table.include.list", "topic.prefix", "database.server.id", "no.such.property", `d.json: connector "c" is also in`, "e.json", "f.json: needs")
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func url(server *mysqltest.Server) string {
	return fmt.Sprintf("%s://cli:%s@%s", server.Flavor, secretPassword, server.Addr())
}

// tail begins with the oldest file that the server has, whatever the table has
// become since, and ends after --max records.
func TestCLI_Tail(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Shared(t, v)
			db := server.Database(t)
			login(t, server, "cli", allGrants)
			server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)", "INSERT INTO "+db+".t VALUES (1,'"+secretRow+"'),(2,'b')",
				"DELETE FROM "+db+".t WHERE id=1")
			args := []string{"tail", "--mysql", url(server), "--tables", db + ".t", "--from", "earliest"}
			code, out, errs := cdcd(t, append(args, "--max", "3", "--format", "json")...)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if code != 0 || len(lines) != 3 {
				t.Fatalf("code %d, %d lines, %s", code, len(lines), errs)
			}
			for i, op := range []string{"c", "c", "d"} {
				if got := opOf(t, lines[i]); got != op {
					t.Errorf("line %d is %q, want %q: %s", i, got, op, lines[i])
				}
			}
			code, out, errs = cdcd(t, append(args, "--max", "1")...)
			if code != 0 || !strings.Contains(out, secretRow) || !strings.Contains(out, db+".t") {
				t.Errorf("pretty: code %d, %q, %s", code, out, errs)
			}
		})
	}
}

// opOf finds the operation in a line of tail.
func opOf(t *testing.T, line string) string {
	t.Helper()
	if !json.Valid([]byte(line)) {
		t.Fatalf("not JSON: %s", line)
	}
	m := regexp.MustCompile(`"op":\s*"(\w)"`).FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[1]
}

// What tail meets is said on the terminal.
func TestCLI_TailRefused(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	login(t, server, "cli", "SELECT")
	code, _, errs := cdcd(t, "tail", "--mysql", url(server), "--tables", "d.t")
	if code != 1 {
		t.Errorf("code %d", code)
	}
	mentions(t, "tail", errs, "GRANT REPLICATION SLAVE ON *.* TO 'cli'@'%'")
	login(t, server, "cli", allGrants)
	code, _, errs = cdcd(t, "tail", "--mysql", strings.Replace(url(server), "cli:", "cli:no", 1), "--tables", "d.t")
	if code != 1 {
		t.Errorf("code %d", code)
	}
	mentions(t, "tail", errs, "login refused")
}

// follower is a verb that runs until it is told to end.
func follower(t *testing.T, args ...string) (*exec.Cmd, *daemontest.Log) {
	t.Helper()
	path, err := daemontest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	var out daemontest.Log
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, &out
}

// ends asks a process to end and checks that it does so in order and in time.
func ends(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("SIGTERM: %v after %s, want code 0 within 5s", err, time.Since(began))
	}
}

// eventually polls a condition.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// tail from now prints what is changed while it runs, and warns of a table that
// is not there.
func TestCLI_TailFromNow(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	login(t, server, "cli", allGrants)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT)")
	cmd, out := follower(t, "tail", "--mysql", url(server), "--tables", db+".t,"+db+".u", "--format", "json")
	eventually(t, "the warning", func() bool { return strings.Contains(out.String(), `"entry":"`+db+`.u"`) })
	eventually(t, "a change", func() bool {
		server.Exec(t, "INSERT INTO "+db+".t (note) VALUES ('x')")
		return strings.Contains(out.String(), `"op":"c"`)
	})
	ends(t, cmd)
}

// tail --snapshot prints the rows that are there, the last one marked, and then what is
// changed. Where stderr is no terminal the log says how far it is, and nothing else.
func TestCLI_TailSnapshot(t *testing.T) {
	for _, v := range []mysqltest.Version{mysqltest.MySQL97, mysqltest.MariaDB1011} {
		t.Run(string(v), func(t *testing.T) {
			server := mysqltest.Shared(t, v)
			db := server.Database(t)
			login(t, server, "cli", allGrants)
			server.Exec(t, "CREATE TABLE "+db+".t (id INT AUTO_INCREMENT PRIMARY KEY, note TEXT)", "INSERT INTO "+db+".t VALUES (1,'a'),(2,'b'),(3,'c')")
			args := []string{"tail", "--mysql", url(server), "--tables", db + ".t", "--snapshot", "--format", "json"}
			cmd, out := follower(t, args...)
			eventually(t, "the copy", func() bool { return strings.Contains(out.String(), "copied the rows that were there") })
			eventually(t, "a change", func() bool {
				server.Exec(t, "INSERT INTO "+db+".t (note) VALUES ('x')")
				return strings.Contains(out.String(), `"op":"c"`)
			})
			ends(t, cmd)
			if ops := opsOf(t, out.String()); !strings.HasPrefix(ops, "rrrc") || strings.Count(ops, "r") != 3 || strings.Contains(out.String(), "\x1b") {
				t.Errorf("operations %s of\n%s", ops, out.String())
			}
			code, printed, errs := cdcd(t, append(args, "--max", "2")...)
			if code != 0 || opsOf(t, printed) != "rr" {
				t.Errorf("code %d, prints %s and says %s", code, printed, errs)
			}
		})
	}
}

// opsOf are the operations of the records among lines.
func opsOf(t *testing.T, lines string) (ops string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		ops += opOf(t, strings.TrimSpace(line))
	}
	return ops
}

// dev is a whole node with a broker in it.
func TestCLI_Dev(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	login(t, server, "cli", allGrants)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)")
	if _, err := daemontest.Binary(); err != nil { // before the folder for temporary files is changed
		t.Fatal(err)
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	cmd, out := follower(t, "dev", "--mysql", url(server), "--tables", db+".t", "--kafka", "127.0.0.1:0", "--http", "127.0.0.1:0", "--prefix", "dev")
	where := regexp.MustCompile(`kafka\.bootstrap\.servers=(\S+)\nhttp=http://(\S+)\n`)
	eventually(t, "the addresses", func() bool { return where.MatchString(out.String()) })
	found := where.FindStringSubmatch(out.String())
	d := &daemon{t: t, Daemon: daemontest.Attach(t, found[2])}
	d.streams("dev")
	server.Exec(t, "INSERT INTO "+db+".t VALUES (1, '"+secretRow+"')")
	eventually(t, "the record", func() bool {
		_, body := d.Get("/metrics")
		return strings.Contains(body, `cdcd_records_total{connector="dev"} 1`)
	})
	ends(t, cmd)
	checkDiscreet(t, out.String())
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// SIGTERM ends the daemon in time whatever is down.
func TestCLI_StopsWhileServersAreDown(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db := server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)")
	broker := daemontest.Address(t)
	d := newDaemon(t, broker, following(t, server, db, 7601, map[string]string{
		"exactly.once.support": "disabled", "include.schema.changes": "false",
	}))
	d.discreet()
	d.Connector("takesover", following(t, server, db, 7604, nil))
	d.Connector("nomysql", following(t, server, db, 7602, map[string]string{"database.port": closedPort(t)}))
	d.Connector("silent", following(t, server, db, 7603, map[string]string{"database.port": silentPort(t)}))
	d.Start()
	d.Until(30*time.Second, "streaming without Kafka", func() bool { p := d.Part("it"); return p.Phase == "running" && p.Sink != "" })
	server.Exec(t, "INSERT INTO "+db+".t VALUES (1, '"+secretRow+"')")
	d.Until(30*time.Second, "the row is read", func() bool {
		_, body := d.Get("/metrics")
		return strings.Contains(body, `cdcd_row_events_total{connector="it"} 1`)
	})
	d.Until(30*time.Second, "asking Kafka for the position", func() bool {
		p := d.Part("takesover")
		return p.Phase == "starting" && p.Sink != ""
	})
	d.tries("nomysql", "connection refused")
	if code, took := d.Stop(); code != 0 || took > 5*time.Second {
		t.Errorf("SIGTERM: code %d after %s", code, took)
	}
	// What was not delivered is, after a start with Kafka.
	port, err := strconv.Atoi(portOf(t, broker))
	if err != nil {
		t.Fatal(err)
	}
	kafka := kafkatest.Fake(t, kfake.Ports(port))
	d.Start()
	d.Until(30*time.Second, "the row arrived", func() bool {
		records, err := kafka.Read(t.Context(), "it."+db+".t")
		return err == nil && len(records) == 1
	})
}

// silentPort takes connections and never answers.
func silentPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return portOf(t, l.Addr().String())
}
