package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// aTable makes a table in a database of its own and returns it with its topic.
func aTable(t *testing.T, server *mysqltest.Server) (db, table, topic string) {
	t.Helper()
	db = server.Database(t)
	server.Exec(t, "CREATE TABLE "+db+".t (id INT PRIMARY KEY, note TEXT)")
	return db, db + ".t", "it." + db + ".t"
}

// Brokers that cannot do exactly once: what is required stops, what is requested
// goes on without.
func TestExactly_OldBrokers(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Fake(t, kfake.MaxVersions(kversion.V3_5_0()))
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7701, nil))
	d.discreet()
	d.Connector("requested", following(t, server, db, 7702, map[string]string{"topic.prefix": "requested", "exactly.once.support": "requested"}))
	d.Connector("disabled", following(t, server, db, 7703, map[string]string{"topic.prefix": "disabled", "exactly.once.support": "disabled"}))
	d.Start()
	d.fails("it", "too old for exactly-once delivery", "3.6", "exactly.once.support=disabled")
	d.streams("requested")
	d.streams("disabled")
	d.Logs("delivery is at least once, since exactly.once.support is only requested")
	insert(t, server, table, 1)
	for _, name := range []string{"requested", "disabled"} {
		d.delivers(kafka, strings.Replace(topic, "it.", name+".", 1), map[string]int{"1": 1})
	}
}

// Replicas are missing: the daemon waits, says so, and goes on.
func TestExactly_NotEnoughReplicas(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Fake(t)
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7711, map[string]string{"producer.override.transaction.timeout.ms": "5000"}))
	d.discreet()
	d.Start()
	d.Ready()
	insert(t, server, table, 1)
	d.delivers(kafka, topic, map[string]int{"1": 1})
	d.lacks(kafka, kmsg.Produce, kerr.NotEnoughReplicas, func() { insert(t, server, table, 2) })
	d.lacks(kafka, kmsg.EndTxn, kerr.CoordinatorNotAvailable, func() { insert(t, server, table, 3) }) // what a coordinator makes of it
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1, "3": 1})
}

// lacks has Kafka refuse for want of replicas while something changes, for longer
// than a transaction may last.
func (d *daemon) lacks(kafka *kafkatest.Cluster, key kmsg.Key, code *kerr.Error, change func()) {
	d.t.Helper()
	fault := kafka.Fake().Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: code, Count: -1})
	change()
	over := time.Now().Add(7 * time.Second)
	d.Until(20*time.Second, "says that replicas are missing", func() bool {
		status, body := d.Get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, fmt.Sprintf("[%d]", code.Code)) && time.Now().After(over)
	})
	fault.Remove()
	d.Ready()
}

// Two deployments of one name share a Kafka: one of them stops and says so, the
// other goes on, and every change is there once.
func TestExactly_TwoDeployments(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Fake(t)
	a := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7721, nil))
	a.discreet()
	a.Start()
	a.Ready()
	insert(t, server, table, 1)
	a.delivers(kafka, topic, map[string]int{"1": 1})
	b := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7722, nil))
	b.discreet()
	b.Start()
	b.Ready()
	want := map[string]int{"1": 1}
	failed := func(d *daemon) bool { return d.Part("it").Phase == "failed" }
	for id := 2; !failed(a) && !failed(b); id++ {
		if id > 200 {
			t.Fatal("none of them stops")
		}
		insert(t, server, table, id)
		want[fmt.Sprint(id)] = 1
		time.Sleep(50 * time.Millisecond)
	}
	loser, winner := a, b
	if failed(b) {
		loser, winner = b, a
	}
	loser.fails("it", "somebody else has written to this connector's topics", "rename one of them", "cdcd offsets reset --connector it --to kafka")
	insert(t, server, table, 1000)
	want["1000"] = 1
	winner.delivers(kafka, topic, want)
	winner.streams("it")

	winner.halt()
	loser.halt()
	insert(t, server, table, 1001)
	want["1001"] = 1
	loser.resets("kafka", "goes on behind commit")
	loser.Start()
	loser.Ready()
	loser.delivers(kafka, topic, want)
	winner.Start()
	winner.fails("it", "somebody else has written")
}

// The state topic is restored from an older copy: the connector stops, and the
// operator has what was lost read again, or not.
func TestExactly_OldState(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Fake(t)
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7731, nil))
	d.discreet()
	d.Start()
	d.Ready()
	insert(t, server, table, 1)
	d.delivers(kafka, topic, map[string]int{"1": 1})
	d.halt()
	old := kafka.Consume(t, stateTopic)
	d.Start()
	d.Ready()
	insert(t, server, table, 2)
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1})
	d.halt()

	restore(t, kafka, old)
	d.Start()
	d.fails("it", "is older than the one that raft knows of", "in Kafka, commit", "--connector it --to kafka", "--to last")
	d.halt()
	d.resets("last", "goes on behind commit")
	d.Start()
	d.Ready()
	insert(t, server, table, 3)
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1, "3": 1})
	d.halt()

	restore(t, kafka, old)
	d.resets("kafka", "goes on behind commit")
	d.Start()
	d.Ready()
	d.Until(20*time.Second, "the changes are read again", func() bool { return times(t, kafka, topic)["3"] == 2 })
	insert(t, server, table, 4)
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 2, "3": 2, "4": 1})
}

const stateTopic = "__cdcd-state-it"

// restore makes the state topic anew with what it held before.
func restore(t *testing.T, kafka *kafkatest.Cluster, old []kafkatest.Record) {
	t.Helper()
	kafka.DeleteTopics(t, stateTopic)
	kafka.CreateTopic(t, stateTopic, 1, map[string]string{"cleanup.policy": "compact", "retention.ms": "-1", "compression.type": "producer"})
	cl, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for _, r := range old {
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: stateTopic, Key: r.Key, Value: r.Value}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// The state topic is deleted while the connector runs: it stops at its next
// commit, and after a stop in order raft knows all.
func TestExactly_StateDeleted(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Fake(t)
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7741, nil))
	d.discreet()
	d.Start()
	d.Ready()
	insert(t, server, table, 1)
	d.delivers(kafka, topic, map[string]int{"1": 1})
	kafka.DeleteTopics(t, stateTopic)
	insert(t, server, table, 2)
	d.fails("it", stateTopic+" was deleted while in use", "cdcd offsets reset --connector it --to last")
	d.halt()
	d.resets("last")
	d.Start()
	d.Ready()
	insert(t, server, table, 3)
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1, "3": 1})
}

// A data topic is deleted while the connector runs: it is made again and holds
// what comes then, or the connector stops where it may not make topics.
func TestExactly_DataTopicDeleted(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Fake(t)
	fixed := "fixed." + table
	kafka.CreateTopic(t, fixed, 1, nil)
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7771, nil))
	d.discreet()
	d.Connector("fixed", following(t, server, db, 7772, map[string]string{"topic.prefix": "fixed", "topic.creation.enable": "false", "include.schema.changes": "false"}))
	d.Start()
	d.Ready()
	insert(t, server, table, 1)
	d.delivers(kafka, topic, map[string]int{"1": 1})
	d.delivers(kafka, fixed, map[string]int{"1": 1})
	kafka.DeleteTopics(t, topic, fixed)
	insert(t, server, table, 2)
	d.delivers(kafka, topic, map[string]int{"2": 1})
	d.fails("fixed", "topic "+fixed, "does not exist and topic.creation is off", "create it")
	d.halt()
	kafka.CreateTopic(t, fixed, 1, nil)
	d.Start()
	d.Ready()
	insert(t, server, table, 3)
	d.delivers(kafka, topic, map[string]int{"2": 1, "3": 1})
	d.delivers(kafka, fixed, map[string]int{"2": 1, "3": 1})
}

// One record of a transaction does not fit its topic: nothing of the transaction
// is seen, and all of it once the topic takes it.
func TestExactly_RecordTooLarge(t *testing.T) {
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Start(t, kafkatest.Config{Own: true})
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7751, map[string]string{"topic.creation.default.max.message.bytes": "4000"}))
	d.discreet()
	d.Start()
	d.Ready()
	insert(t, server, table, 1)
	d.delivers(kafka, topic, map[string]int{"1": 1})
	server.Exec(t, fmt.Sprintf("INSERT INTO %s VALUES (2,'a'),(3,'%s'),(4,'%s%s'),(5,'b')",
		table, strings.Repeat("y", 2000), secretRow, strings.Repeat("x", 5000)))
	insert(t, server, table, 6)
	d.fails("it", "table "+table, "row with key (id)", "record of 5", "max.message.bytes=4000", "topic "+topic, "raise it there", "GTID")
	if got := times(t, kafka, topic); fmt.Sprint(got) != "map[1:1]" {
		t.Errorf("a part of the transaction is seen: %v", got)
	}
	d.halt()
	kafka.Configure(t, topic, map[string]string{"max.message.bytes": "20000"})
	d.Start()
	d.Ready()
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 1})
}

// A broker dies without which a topic has too few replicas: the daemon waits, says
// so, and goes on when the broker is back.
func TestExactly_ReplicasOfBrokers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes three brokers")
	}
	server := mysqltest.Shared(t, mysqltest.MySQL97)
	db, table, topic := aTable(t, server)
	kafka := kafkatest.Start(t, kafkatest.Config{Brokers: 3, Heap: "256m"})
	d := newDaemon(t, kafka.Bootstrap(), following(t, server, db, 7761, map[string]string{
		"topic.creation.default.replication.factor": "3", "topic.creation.default.min.insync.replicas": "3",
	}))
	d.discreet()
	d.Start()
	d.Ready()
	insert(t, server, table, 1)
	d.delivers(kafka, topic, map[string]int{"1": 1})
	if err := kafka.Kill(2); err != nil {
		t.Fatal(err)
	}
	insert(t, server, table, 2)
	d.Until(time.Minute, "says that replicas are missing", func() bool {
		status, body := d.Get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "Not Enough Replicas")
	})
	if got := times(t, kafka, topic); len(got) > 1 {
		t.Errorf("written with too few replicas: %v", got)
	}
	if err := kafka.Resume(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	d.Ready()
	d.delivers(kafka, topic, map[string]int{"1": 1, "2": 1})
}
