package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"cdcd/internal/machine"
)

// tuned is what the real Debezium 3.6.1 did with exactly once and settings for
// speed (poll.interval.ms and the like), at the same load, measured earlier and
// not in this run. By default it takes 263 and 505 ms.
var tuned = struct{ p50, p99 float64 }{9.5, 18.6}

const tunedName = "debezium-3.6.1-tuned(measured-earlier)"

// The load of latency.
const (
	beatsPerSecond = 500
	warmSeconds    = 10
)

// latency prints how old a change is when a reader of committed records has it.
// Transactions are due at fixed times, whatever became of the ones before, and
// age counts from there: a stall counts for all that were due in it.
func latency(ctx context.Context, b *bench) (err error) {
	o, err := openOrders(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.exec(ctx, createBeats); err != nil {
		return err
	}
	kafka, err := broker(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kafka.Close()) }()
	c := connector{name: "latency", table: "bench.beats", delivery: exactlyOnce}
	d, err := b.newDaemon(ctx, c, o.server, kafka)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := errors.Join(warm(ctx, kafka), kafka.Create(ctx, c.topic(), partitions, nil), d.start()); err != nil {
		return err
	}
	if err := d.ready(ctx); err != nil {
		return err
	}
	n := newBeats(warmSeconds*beatsPerSecond, b.seconds*beatsPerSecond)
	say("latency: %d transactions of one row a second for %d s after %d s to warm up, over %d connections; "+
		"read_committed reader; exactly once, %s", beatsPerSecond, b.seconds, warmSeconds, generators, b.settings())
	if err := n.measure(ctx, o.server, kafka.Brokers(), c.topic()); err != nil {
		return d.fail(err)
	}
	cpu, err := machine.CPU(d.proc.PID())
	if err != nil {
		return err
	}
	n.report()
	n.saySeconds()
	figure("latency_cpu", cpu.Seconds()/float64(b.seconds+warmSeconds)*100, "%")
	return d.stop(ctx)
}

// measure generates and reads at the same time.
func (n *beats) measure(ctx context.Context, server dsn, brokers []string, topic string) error {
	r, err := newReader(brokers, topic)
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(len(n.all)/beatsPerSecond)*time.Second+time.Minute)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.read(ctx, r) })
	n.began = time.Now().Add(100 * time.Millisecond)
	n.generate(ctx, g, server)
	return g.Wait()
}

// report prints the figures of the beats that count.
func (n *beats) report() {
	var age, ours, mysql []time.Duration
	for i := n.warm; i < len(n.all); i++ {
		one := &n.all[i]
		age = append(age, one.seen.Sub(one.due))
		ours = append(ours, one.seen.Sub(one.returned))
		mysql = append(mysql, one.returned.Sub(one.due))
	}
	p := quantiles(age)
	versus("latency_p50", p[0], "ms", tuned.p50/p[0], tunedName)
	versus("latency_p99", p[1], "ms", tuned.p99/p[1], tunedName)
	figure("latency_max", p[2], "ms")
	for _, part := range []struct {
		name string
		of   []time.Duration
	}{{"latency_after_commit", ours}, {"latency_mysql", mysql}} {
		for i, v := range quantiles(part.of) {
			figure(fmt.Sprintf("%s_%s", part.name, []string{"p50", "p99", "max"}[i]), v, "ms")
		}
	}
}

// saySeconds shows whether the figures are those of all seconds, or of a few in
// which something else ran on the machine.
func (n *beats) saySeconds() {
	var p50, p99 []float64
	for i := n.warm; i+beatsPerSecond <= len(n.all); i += beatsPerSecond {
		var age []time.Duration
		for _, one := range n.all[i : i+beatsPerSecond] {
			age = append(age, one.seen.Sub(one.due))
		}
		p := quantiles(age)
		p50, p99 = append(p50, p[0]), append(p99, p[1])
	}
	slices.Sort(p50)
	slices.Sort(p99)
	at := func(v []float64, share int) string { return digits(v[(len(v)-1)*share/100]) }
	say("latency: second by second, p50 is %s ms in the best, %s in the median, %s in the worst one; p99 %s, %s, %s",
		at(p50, 0), at(p50, 50), at(p50, 100), at(p99, 0), at(p99, 50), at(p99, 100))
}

// quantiles are p50, p99 and the largest, in ms.
func quantiles(d []time.Duration) [3]float64 {
	slices.Sort(d)
	ms := func(i int) float64 { return d[i].Seconds() * 1000 }
	return [3]float64{ms(len(d) / 2), ms(len(d) * 99 / 100), ms(len(d) - 1)}
}
