package checker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"

	"github.com/twmb/franz-go/pkg/kgo"
)

// stage is a script that is played on a real server and a real Kafka.
type stage struct {
	*script
	server *mysqltest.Server
	kafka  *kafkatest.Cluster
	client *kgo.Client
}

func newStage(t *testing.T) *stage {
	t.Helper()
	g := &stage{
		script: newScript(t), server: mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own()),
		kafka: kafkatest.Start(t, kafkatest.Config{Own: true}),
	}
	for _, name := range []string{"it.d.a", "it.d.b"} {
		g.kafka.CreateTopic(t, name, 2, nil)
	}
	g.kafka.CreateTopic(t, "__cdcd-state-it", 1, nil)
	g.client = producer(t, g.kafka, "it", kgo.Lz4Compression())
	t.Cleanup(g.client.Close)
	g.server.Exec(t, "CREATE DATABASE d", "CREATE TABLE d.a (id BIGINT PRIMARY KEY, v INT)", "CREATE TABLE d.b (id BIGINT PRIMARY KEY, v INT)")
	rows, err := mysqltest.Query(t.Context(), g.server.DB(t), "SELECT @@server_uuid, @@gtid_executed")
	if err != nil {
		t.Fatal(err)
	}
	g.uuid = rows[0][0].String
	executed := rows[0][1].String
	if g.before, err = strconv.Atoi(executed[strings.LastIndexByte(executed, '-')+1:]); err != nil {
		t.Fatal(err)
	}
	return g
}

// perform has the server do what the script knows of a transaction.
func (g *stage) perform(n int, rows ...rowSpec) {
	g.t.Helper()
	g.txn(n, rows...)
	statements := []string{"BEGIN"}
	for _, r := range rows {
		table := "d." + string(rune('a'+r.table))
		switch r.op {
		case insert:
			statements = append(statements, fmt.Sprintf("INSERT INTO %s VALUES (%d, %d)", table, r.after[0], r.after[1]))
		case update:
			statements = append(statements, fmt.Sprintf("UPDATE %s SET id=%d, v=%d WHERE id=%d", table, r.after[0], r.after[1], r.before[0]))
		default:
			statements = append(statements, fmt.Sprintf("DELETE FROM %s WHERE id=%d", table, r.before[0]))
		}
	}
	g.server.Exec(g.t, strings.Join(append(statements, "COMMIT"), ";"))
}

// deliver writes a Kafka transaction.
func (g *stage) deliver(how kgo.TransactionEndTry, pieces ...piece) {
	g.t.Helper()
	if err := g.client.BeginTransaction(); err != nil {
		g.t.Fatal(err)
	}
	for _, p := range pieces {
		for _, e := range p(g.script) {
			part := g.log.parts[e.part]
			r := &kgo.Record{Topic: part.topic, Partition: part.number, Key: e.raw.key, Value: e.raw.value}
			for _, h := range e.raw.headers {
				r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.name, Value: h.value})
			}
			if err := g.client.ProduceSync(g.t.Context(), r).FirstErr(); err != nil {
				g.t.Fatal(err)
			}
		}
	}
	end(g.t.Context(), g.t, g.client, how)
}

func (g *stage) run() *Report {
	g.t.Helper()
	r, err := Run(g.t.Context(), Config{
		Brokers: g.kafka.Brokers(), StateTopic: "__cdcd-state-it", Server: g.server, Tables: Tables("it", "d", "a", "b"),
		Bank: map[string]string{"it.d.b": "v"}, From: fmt.Sprintf("%s:1-%d", g.uuid, g.before),
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return r
}

// Run on a server and a Kafka finds nothing in a right history, and a row that
// comes a second time when there is one.
func TestRun_RealServers(t *testing.T) {
	g := newStage(t)
	g.perform(1, ins("a", 1, 100), ins("b", 1, 50), ins("b", 2, 50))
	g.deliver(kgo.TryCommit, all(1), at(1, 1, 1))
	g.perform(2, upd("b", 1, 50, 40), upd("b", 2, 50, 60), ins("a", 3, -7), upd("a", 1, 100, 99))
	g.perform(3, del("a", 1, 99), rekey("a", 3, 4, -7))
	g.deliver(kgo.TryAbort, all(2), at(2, 1, 2))
	g.deliver(kgo.TryCommit, all(2), all(3), at(2, 2, 3))
	r := g.run()
	r.Check(t)
	if !r.OK() || len(r.Unchecked) > 0 || r.Records != 12 || r.SourceGroups != 3 || r.KafkaTransactions != 2 || r.Aborted != 4 || r.Sessions != 2 {
		t.Errorf("%s, not checked: %v", r.Summary(), r.Unchecked)
	}
	g.deliver(kgo.TryCommit, only(2, 0), at(3, 2, 3))
	r = g.run()
	if r.OK() || !slices.ContainsFunc(r.Violations, func(v Violation) bool {
		return v.Invariant == Duplicate && v.Topic == "it.d.b" && v.Partition == 1 && v.GTID == g.gtid(2)
	}) {
		t.Errorf("a duplicate was not found: %s", r.Summary())
	}
}
