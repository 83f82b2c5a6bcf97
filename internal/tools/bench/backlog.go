package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"cdcd/internal/kafkatest"
	"cdcd/internal/machine"
)

// backlog is changes that were made while connectors were stopped, each of which
// has stored that it begins before them.
type backlog struct {
	orders  *orders
	kafka   *kafkatest.Cluster
	daemons []*daemon
	records int
	end     int64 // of the binlog file
}

// drained is how cdcd worked off a backlog.
type drained struct {
	connector

	records     int
	first, last time.Duration // since the start of the process: no record yet, the position behind all stored
	cpu         time.Duration // of the whole run, start included
	brokerCPU   time.Duration
	mysqlCPU    time.Duration
	rss         int64
}

func (r *drained) speed() float64 { return float64(r.records) / (r.last - r.first).Seconds() }

// backlog makes one of changes and measures how each connector catches up, one
// after the other.
func (b *bench) backlog(ctx context.Context, connectors []connector, records int, change func(*orders) error) (runs []*drained, err error) {
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
	l := &backlog{orders: o, kafka: kafka, records: records}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := errors.Join(warm(ctx, kafka), l.begin(ctx, b, connectors)); err != nil {
		return nil, err
	}
	if err := change(o); err != nil {
		return nil, err
	}
	if _, l.end, err = o.binlog(ctx); err != nil {
		return nil, err
	}
	return l.drain(ctx)
}

// begin has each connector store where it begins: now.
func (l *backlog) begin(ctx context.Context, b *bench, connectors []connector) error {
	for _, c := range connectors {
		d, err := b.newDaemon(ctx, c, l.orders.server, l.kafka)
		if err != nil {
			return err
		}
		l.daemons = append(l.daemons, d)
		if err := d.begin(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func (l *backlog) close() error {
	var errs []error
	for _, d := range l.daemons {
		errs = append(errs, d.close())
	}
	return errors.Join(errs...)
}

func (l *backlog) drain(ctx context.Context) (runs []*drained, err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(l.kafka.Brokers()...), kgo.MetadataMinAge(10*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for _, d := range l.daemons {
		r := &drained{connector: d.connector, records: l.records}
		if err := errors.Join(l.measure(ctx, r, d, admin), l.verify(ctx, r)); err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		if _, err := admin.DeleteTopics(ctx, d.topic()); err != nil {
			return nil, err
		}
		runs = append(runs, r)
		if err := settle(ctx); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// settling is how long the machine is left alone between two runs. What the one
// has written is forgotten, and on a virtual machine the memory of it goes back to
// the host; a run that begins before that gets it at once and is up to twice as
// fast as one that has to ask for it.
const settling = 8 * time.Second

func settle(ctx context.Context) error {
	select {
	case <-time.After(settling):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// measure starts cdcd and waits until the position behind the backlog is stored.
func (l *backlog) measure(ctx context.Context, r *drained, d *daemon, admin *kadm.Client) error {
	before, err := l.others()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := d.start(); err != nil {
		return err
	}
	err = d.until(ctx, 20*time.Millisecond, func(ctx context.Context) (bool, error) {
		n := written(ctx, admin, r.topic())
		if r.last = time.Since(began); n == 0 {
			r.first = r.last
		}
		if n < l.records {
			return false, nil
		}
		at, err := d.stored(ctx)
		r.last = time.Since(began)
		return at == l.end, err
	})
	if err != nil {
		return err
	}
	return errors.Join(l.costs(r, d.proc.PID(), before), d.stop(ctx))
}

// written is how many records the topic has, 0 while it does not exist; those
// that are not committed yet count, and so do the ends of transactions.
func written(ctx context.Context, admin *kadm.Client, topic string) int {
	offsets, err := admin.ListEndOffsets(ctx, topic)
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

// others is the processor time of broker and MySQL.
func (l *backlog) others() (cpu [2]time.Duration, err error) {
	for i, pid := range []int{l.kafka.PID(0), l.orders.server.PID()} {
		if pid == 0 {
			continue // not on this machine
		}
		if cpu[i], err = machine.CPU(pid); err != nil {
			return cpu, err
		}
	}
	return cpu, nil
}

// costs reads what the processes have used.
func (l *backlog) costs(r *drained, pid int, before [2]time.Duration) error {
	after, err := l.others()
	if err != nil {
		return err
	}
	r.brokerCPU, r.mysqlCPU = after[0]-before[0], after[1]-before[1]
	if r.cpu, err = machine.CPU(pid); err != nil {
		return err
	}
	r.rss, err = machine.PeakRSS(pid)
	return err
}
