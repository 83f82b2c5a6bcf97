package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/kafkatest"
)

// debezium is what the real Debezium 3.6.1 did with this backlog with its
// default settings, on two cores, measured earlier and not in this run.
var debezium = struct {
	speed, cpu float64
	rss        float64
}{28_000, 54, 1.9e3}

const debeziumName = "debezium-3.6.1(measured-earlier)"

// drain lets cdcd work off a backlog of small transactions.
func drain(ctx context.Context, b *bench) error {
	l := load{inserts: b.amount(600_000), updates: b.amount(200_000), deletes: b.amount(100_000)}
	say("drain: %d inserts, %d updates, %d deletes in transactions of %d rows; %s", l.inserts, l.updates, l.deletes, b.txnRows, b.settings())
	say("drain: Debezium 3.6.1 was measured earlier, not in this run: 28 k records/s, 54 CPU s, 1.9 GB by default; 45 k, 39 CPU s, 1.0 GB tuned")
	r, err := b.backlog(ctx, l.records(), func(o *orders) error { return o.run(ctx, l, b.txnRows) })
	if err != nil {
		return err
	}
	share := float64(l.records()) / 1e6
	versus("drain", r.speed(), "records/s", r.speed()/debezium.speed, debeziumName)
	versus("drain_cpu", r.cpu.Seconds(), "CPU-s", debezium.cpu*share/r.cpu.Seconds(), debeziumName)
	versus("drain_rss", float64(r.rss)/1e6, "MB", debezium.rss/(float64(r.rss)/1e6), debeziumName)
	figure("drain_start", r.first.Seconds(), "s")
	figure("drain_broker_cpu", r.brokerCPU.Seconds(), "CPU-s")
	figure("drain_mysql_cpu", r.mysqlCPU.Seconds(), "CPU-s")
	return nil
}

// bigTxn lets cdcd work off a single large transaction.
func bigTxn(ctx context.Context, b *bench) error {
	rows := b.amount(2_000_000)
	say("big_txn: %d inserts in one transaction; %s", rows, b.settings())
	r, err := b.backlog(ctx, rows, func(o *orders) error { return o.insert(ctx, 1, rows) })
	if err != nil {
		return err
	}
	figure("big_txn", r.speed(), "records/s")
	figure("big_txn_cpu", r.cpu.Seconds(), "CPU-s")
	figure("big_txn_rss", float64(r.rss)/1e6, "MB")
	return nil
}

// settings says how the records are sent.
func (b *bench) settings() string {
	return fmt.Sprintf("JSON without schemas, acks all, idempotent, codec %s, linger 0, batches of at most 1 MiB, %d partitions, broker warmed up", b.codec, partitions)
}

// drained is how cdcd worked off a backlog.
type drained struct {
	records       int
	first, last   time.Duration // since the start of the process: no record yet, all records
	cpu           time.Duration // of the whole run, start included
	brokerCPU     time.Duration
	mysqlCPU      time.Duration
	rss           int64
	broker, mysql int // process ids, 0 when they are not on this machine
}

func (r *drained) speed() float64 { return float64(r.records) / (r.last - r.first).Seconds() }

// backlog lets cdcd store where it begins, makes changes while it is stopped,
// and measures how it catches up.
func (b *bench) backlog(ctx context.Context, records int, change func(*orders) error) (r *drained, err error) {
	o, err := openOrders(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	kafka, err := broker(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, kafka.Close()) }()
	d, err := b.newDaemon(ctx, o.server, kafka)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := errors.Join(warm(ctx, kafka), d.begin(ctx), change(o)); err != nil {
		return nil, err
	}
	r = &drained{records: records, broker: kafka.PID(0), mysql: o.server.PID()}
	return r, r.measure(ctx, d, kafka)
}

// warm lets the broker compile its code before it is measured.
func warm(ctx context.Context, kafka *kafkatest.Cluster) error {
	if err := kafka.Create(ctx, "warm", partitions, nil); err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...), kgo.DefaultProduceTopic("warm"),
		kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return err
	}
	defer client.Close()
	value := make([]byte, 900)
	for range 500_000 {
		client.Produce(ctx, &kgo.Record{Value: value}, nil)
	}
	return client.Flush(ctx)
}

// measure starts cdcd and waits until the topic has all records.
func (r *drained) measure(ctx context.Context, d *daemon, kafka *kafkatest.Cluster) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Brokers()...), kgo.MetadataMinAge(10*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	ends := kadm.NewClient(client)
	before, err := r.others()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := d.start(); err != nil {
		return err
	}
	err = d.until(ctx, 20*time.Millisecond, func(ctx context.Context) (bool, error) {
		n := written(ctx, ends)
		if r.last = time.Since(began); n == 0 {
			r.first = r.last
		}
		return n >= r.records, nil
	})
	if err != nil {
		return err
	}
	return errors.Join(r.costs(d.proc.PID(), before), d.stop(ctx), r.exact(ctx, ends))
}

// written is how many records the topic has, 0 while it does not exist.
func written(ctx context.Context, ends *kadm.Client) int {
	offsets, err := ends.ListEndOffsets(ctx, ordersTopic)
	if err != nil {
		return 0
	}
	n := 0
	offsets.Each(func(o kadm.ListedOffset) {
		if o.Err == nil {
			n += int(o.Offset)
		}
	})
	return n
}

// exact complains when the topic has more than it should.
func (r *drained) exact(ctx context.Context, ends *kadm.Client) error {
	if n := written(ctx, ends); n != r.records {
		return fmt.Errorf("the topic has %d records, want %d", n, r.records)
	}
	return nil
}

// others is the processor time of broker and MySQL.
func (r *drained) others() (cpu [2]time.Duration, err error) {
	for i, pid := range []int{r.broker, r.mysql} {
		if pid == 0 {
			continue
		}
		if cpu[i], err = cpuOf(pid); err != nil {
			return cpu, err
		}
	}
	return cpu, nil
}

// costs reads what the processes have used.
func (r *drained) costs(pid int, before [2]time.Duration) error {
	after, err := r.others()
	if err != nil {
		return err
	}
	r.brokerCPU, r.mysqlCPU = after[0]-before[0], after[1]-before[1]
	if r.cpu, err = cpuOf(pid); err != nil {
		return err
	}
	r.rss, err = peakRSS(pid)
	return err
}
