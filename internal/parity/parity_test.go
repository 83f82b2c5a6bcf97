package parity

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"cdcd/internal/connecttest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// root is the folder of the cases.
const root = "../../testdata/parity"

func TestMain(m *testing.M) { mysqltest.Main(m) }

// TestParity runs every case, or those whose names CDCD_PARITY is a part of.
func TestParity(t *testing.T) {
	only := os.Getenv("CDCD_PARITY")
	if only == "" {
		t.Skip("runs only with CDCD_PARITY=all, or a part of the names of cases (make parity)")
	}
	cases, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	cases = slices.DeleteFunc(cases, func(s scenario) bool { return only != "all" && !strings.Contains(s.name, only) })
	b := newBench(t)
	for _, s := range cases {
		t.Run(s.name, func(t *testing.T) { b.try(t, s) })
	}
}

// bench is where cases are run.
type bench struct {
	rival   *kafkatest.Cluster // where Debezium writes
	own     *kafkatest.Cluster // where cdcd does
	worker  *connecttest.Worker
	servers map[mysqltest.Version]*mysqltest.Server
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		rival: kafkatest.Start(t, kafkatest.Config{Own: true, Properties: map[string]string{"auto.create.topics.enable": "true"}}),
		own:   kafkatest.Fake(t, kfake.DefaultNumPartitions(1)), servers: map[mysqltest.Version]*mysqltest.Server{},
	}
	b.worker = connecttest.Start(t, b.rival)
	for v, flags := range map[mysqltest.Version][]string{
		mysqltest.MySQL97:     {"--server-id=1", "--binlog-rows-query-log-events=ON"},
		mysqltest.MariaDB1011: {"--server-id=10"},
	} {
		b.servers[v] = mysqltest.Start(t, v, mysqltest.Own(), mysqltest.Flags(flags...))
	}
	return b
}

func (b *bench) try(t *testing.T, s scenario) {
	t.Helper()
	version := mysqltest.MySQL97
	if s.isMariaDB() {
		version = mysqltest.MariaDB1011
	}
	c := &trial{bench: b, scenario: s, t: t, server: b.servers[version], db: b.servers[version].DB(t)}
	c.server.DropDatabases(t)
	c.server.Exec(t, "CREATE DATABASE warm; FLUSH BINARY LOGS")
	var err error
	if c.conn, err = c.db.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.conn.Close() })
	c.execute(s.setup)
	c.compare()
}
