package parity

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/connecttest"
	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
	"cdcd/internal/mysqltest"
)

// What a race is: how often each copies each number of rows, and what is required.
const (
	laps       = 3
	atLeast    = 6         // times the rows a second of Debezium
	mostMemory = 150 << 20 // bytes of cdcd
)

// fresh is how long the list of topics is not asked for again.
const fresh = 20 * time.Millisecond

// TestRace copies one table with Debezium and with cdcd, in turns, to one broker, and
// prints how long it takes and what it costs. The clock runs from the request to
// create Debezium's connector in a warm worker, or the start of cdcd's process, until
// all rows can be read and the connector has gone over to the binlog.
func TestRace(t *testing.T) {
	if os.Getenv("CDCD_RACE") == "" {
		t.Skip("runs only with CDCD_RACE=1 (make race-snapshot)")
	}
	r := newRace(t)
	for number := range strings.SplitSeq(cmp.Or(os.Getenv("CDCD_RACE_ROWS"), "500000,1000000"), ",") {
		rows, err := strconv.Atoi(number)
		if err != nil {
			t.Fatalf("CDCD_RACE_ROWS: %v", err)
		}
		r.grow(rows)
		var theirs, ours []lap
		for range laps {
			theirs = append(theirs, r.debezium())
			ours = append(ours, r.cdcd())
		}
		r.report(theirs, ours)
	}
}

// race is where a table is copied.
type race struct {
	t      *testing.T
	kafka  *kafkatest.Cluster
	worker *connecttest.Worker
	server *mysqltest.Server
	db     *sql.DB
	conn   *sql.Conn // its database is the orders'
	client *kgo.Client
	admin  *kadm.Client
	rows   int // of the table
	lap    int // of all
}

// lap is one copy.
type lap struct {
	who  string
	rows int
	took time.Duration // from the start until all can be read
	copy time.Duration // between the first and the last record
	cpu  time.Duration // of the one that copies
	rss  int64         // its peak, in bytes
	asks strain
}

// strain is what a copy asks of the server.
type strain struct {
	read int64         // rows that InnoDB has read
	keys int64         // calls of the handler to read a row
	view time.Duration // the age of the oldest read view
	cpu  time.Duration
}

// javaAsShipped are the flags that Kafka's own script starts Connect with.
var javaAsShipped = strings.Fields("-Xms256M -Xmx2G -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 " +
	"-XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -XX:MaxInlineLevel=15 -Djava.awt.headless=true")

func newRace(t *testing.T) *race {
	t.Helper()
	r := &race{
		t:     t,
		kafka: kafkatest.Start(t, kafkatest.Config{Own: true, Properties: map[string]string{"auto.create.topics.enable": "true"}}),
		server: mysqltest.Start(t, mysqltest.MySQL97, mysqltest.Own(), mysqltest.Flags("--innodb-buffer-pool-size=1G", "--innodb-redo-log-capacity=1G",
			"--sync-binlog=0", "--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite", "--max-binlog-size=1G")),
	}
	r.worker = connecttest.Start(t, r.kafka, javaAsShipped...)
	r.db = r.server.DB(t)
	var err error
	if r.conn, err = r.db.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.conn.Close() })
	if r.client, err = kgo.NewClient(kgo.SeedBrokers(r.kafka.Brokers()...), kgo.MetadataMinAge(fresh)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.client.Close)
	r.admin = kadm.NewClient(r.client)
	if err := mysqltest.CreateOrders(t.Context(), r.conn, "race"); err != nil {
		t.Fatal(err)
	}
	return r
}

// grow fills the table up to a number of rows.
func (r *race) grow(rows int) {
	r.t.Helper()
	const each = 100_000
	for ; r.rows < rows; r.rows += min(each, rows-r.rows) {
		if err := mysqltest.InsertOrders(r.t.Context(), r.conn, r.rows+1, min(each, rows-r.rows)); err != nil {
			r.t.Fatal(err)
		}
	}
	r.server.Exec(r.t, "ANALYZE TABLE race.orders", "FLUSH BINARY LOGS")
}

// properties are those of one lap: JSON without schemas, and defaults.
func (r *race) properties(name string) map[string]string {
	r.lap++
	p := maps.Clone(daemontest.Capturing(r.server, "race", 1))
	for _, own := range []string{"cdcd.event.headers", "producer.override.request.timeout.ms", "producer.override.transaction.timeout.ms"} {
		delete(p, own)
	}
	maps.Copy(p, map[string]string{
		"name": name, "topic.prefix": name, "snapshot.mode": "initial", "table.include.list": "race.orders",
		"database.hostname": r.server.Host, "database.port": fmt.Sprint(r.server.Port), "database.server.id": fmt.Sprint(7000 + r.lap),
		"tasks.max": "1", "topic.creation.default.partitions": "1",
		"schema.history.internal.kafka.bootstrap.servers": r.kafka.Bootstrap(),
		"schema.history.internal.kafka.topic":             "history_" + name,
	})
	return p
}

// debezium has Debezium copy the table.
func (r *race) debezium() lap {
	r.t.Helper()
	name := fmt.Sprintf("debezium%d", r.lap)
	props := r.properties(name)
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", r.worker.PID()), []byte("5"), 0); err != nil { // forgets the peak
		r.t.Fatal(err)
	}
	out := r.measure("Debezium", name, r.worker.PID, func() { r.worker.Create(name, props) })
	r.worker.Delete(name)
	r.clear(name)
	return out
}

// cdcd has cdcd copy the table.
func (r *race) cdcd() lap {
	r.t.Helper()
	name := fmt.Sprintf("cdcd%d", r.lap)
	d := daemontest.New(r.t, daemontest.Config{
		Kafka: r.kafka.Bootstrap(), Connectors: map[string]map[string]string{name: r.properties(name)},
	})
	if _, err := daemontest.Binary(); err != nil { // builds it before the clock runs
		r.t.Fatal(err)
	}
	out := r.measure("cdcd", name, d.PID, d.Start)
	d.Stop()
	r.clear(name)
	return out
}

// clear waits until nobody reads the binlog, and removes what a lap has written.
func (r *race) clear(name string) {
	r.t.Helper()
	unread(r.t, r.server, r.db)
	r.kafka.DeleteTopics(r.t, name+".race.orders")
}

// measure watches one copy.
func (r *race) measure(who, name string, pid func() int, start func()) lap {
	r.t.Helper()
	topic, before := name+".race.orders", r.strain()
	var used time.Duration
	if who == "Debezium" {
		used = r.cpu(pid())
	}
	began, looked, oldest := time.Now(), time.Now(), time.Duration(0)
	start()
	daemontest.Until(r.t, 10*time.Minute, name+" has copied", nil, func() bool {
		if time.Since(looked) > viewEvery {
			oldest, looked = max(oldest, r.view()), time.Now()
		}
		ids, err := mysqltest.Dumps(r.t.Context(), r.db)
		return err == nil && len(ids) > 0 && r.end(topic) >= int64(r.rows)
	})
	out := lap{who: who, rows: r.rows, took: time.Since(began), cpu: r.cpu(pid()) - used, asks: r.strain()}
	out.asks = strain{read: out.asks.read - before.read, keys: out.asks.keys - before.keys, view: oldest, cpu: out.asks.cpu - before.cpu}
	var err error
	if out.rss, err = machine.PeakRSS(pid()); err != nil {
		r.t.Fatal(err)
	}
	out.copy = r.verify(topic)
	r.t.Log(out)
	return out
}

func (r *race) cpu(pid int) time.Duration {
	r.t.Helper()
	used, err := machine.CPU(pid)
	if err != nil {
		r.t.Fatal(err)
	}
	return used
}

// end is how many records a topic has, with the ends of transactions; 0 while there is
// no such topic, for which the client would wait.
func (r *race) end(topic string) (n int64) {
	topics, err := r.admin.ListTopics(r.t.Context(), topic)
	if err != nil || topics.Error() != nil {
		return 0
	}
	ends, err := r.admin.ListCommittedOffsets(r.t.Context(), topic)
	if err != nil {
		return 0
	}
	ends.Each(func(o kadm.ListedOffset) { n += max(0, o.Offset) })
	return n
}

// viewEvery is how often the age of transactions is asked for: InnoDB answers with what
// it had before, where that was less than a tenth of a second ago.
const viewEvery = 250 * time.Millisecond

// view is the age of the oldest transaction.
func (r *race) view() time.Duration {
	r.t.Helper()
	var seconds float64
	row := r.db.QueryRowContext(r.t.Context(), "SELECT COALESCE(MAX(TIMESTAMPDIFF(MICROSECOND, trx_started, SYSDATE(6))), 0) / 1e6 FROM information_schema.INNODB_TRX")
	if err := row.Scan(&seconds); err != nil {
		r.t.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second))
}

// strain is what the server has done since it started.
func (r *race) strain() (l strain) {
	r.t.Helper()
	rows, err := mysqltest.Query(r.t.Context(), r.db, "SHOW GLOBAL STATUS WHERE Variable_name = 'Innodb_rows_read' OR Variable_name LIKE 'Handler_read%'")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		n, err := strconv.ParseInt(row[1].String, 10, 64)
		if err != nil {
			r.t.Fatal(err)
		}
		if row[0].String == "Innodb_rows_read" {
			l.read = n
		} else {
			l.keys += n
		}
	}
	l.cpu = r.cpu(r.server.PID())
	return l
}

// verify reads a topic: every order is there once. It returns the time between its
// first and its last record.
func (r *race) verify(topic string) time.Duration {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 3*time.Minute)
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(r.kafka.Brokers()...), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		r.t.Fatal(err)
	}
	defer cl.Close()
	var first, last time.Time
	seen := make([]bool, r.rows+1)
	for n := 0; n < r.rows; {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			r.t.Fatalf("%s: %d of %d records: %v", topic, n, r.rows, err)
		}
		fetches.EachRecord(func(k *kgo.Record) {
			id, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(string(k.Key), `{"id":`), "}"))
			if err != nil || id < 1 || id > r.rows || seen[id] {
				r.t.Fatalf("%s: the key %s", topic, k.Key)
			}
			if seen[id] = true; n == 0 {
				first = k.Timestamp
			}
			last = k.Timestamp
			n++
		})
	}
	return last.Sub(first)
}

// String is one line of the report.
func (l lap) String() string {
	return fmt.Sprintf("%-8s %7d rows in %5.2f s: %7.0f rows/s; first to last record %5.2f s; CPU %5.1f s; peak %4d MB; "+
		"server: %d rows read, %d handler reads, CPU %.1f s, oldest view %.1f s",
		l.who, l.rows, l.took.Seconds(), l.speed(), l.copy.Seconds(), l.cpu.Seconds(), l.rss>>20, l.asks.read, l.asks.keys, l.asks.cpu.Seconds(), l.asks.view.Seconds())
}

// speed is in rows a second.
func (l lap) speed() float64 { return float64(l.rows) / l.took.Seconds() }

// report prints the laps in the middle, and holds them to what is required.
func (r *race) report(theirs, ours []lap) {
	r.t.Helper()
	a, b := middle(theirs), middle(ours)
	ratio := b.speed() / a.speed()
	r.t.Logf("of %d laps each:\n%s\n%s\nratio %.1f of rows a second, %.1f between first and last record, %.1f of processor time",
		len(ours), a, b, ratio, a.copy.Seconds()/b.copy.Seconds(), a.cpu.Seconds()/b.cpu.Seconds())
	if ratio < atLeast {
		r.t.Errorf("cdcd is %.1f times as fast as Debezium; required are %d", ratio, atLeast)
	}
	for _, l := range ours {
		if l.rss > mostMemory {
			r.t.Errorf("cdcd had %d MB at once; allowed are %d", l.rss>>20, mostMemory>>20)
		}
	}
}

// middle is the lap with the median speed.
func middle(all []lap) lap {
	sorted := slices.SortedFunc(slices.Values(all), func(a, b lap) int { return int(a.took - b.took) })
	return sorted[len(sorted)/2]
}
