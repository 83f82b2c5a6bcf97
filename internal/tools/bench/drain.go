package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// debezium is what the real Debezium 3.6.1 did with this backlog with its
// default settings, on two cores, measured earlier and not in this run.
var debezium = struct {
	speed, cpu float64
	rss        float64
}{28_000, 54, 1.9e3}

const debeziumName = "debezium-3.6.1(measured-earlier)"

// drain lets cdcd work off the same backlog of small transactions several times,
// at least once and exactly once in turns.
func drain(ctx context.Context, b *bench) error {
	l := load{inserts: b.amount(600_000), updates: b.amount(200_000), deletes: b.amount(100_000)}
	say("drain: %d inserts, %d updates, %d deletes in transactions of %d rows; %s", l.inserts, l.updates, l.deletes, b.txnRows, b.settings())
	say("drain: at least once and exactly once (drain_eos), %d times in turns; figures are medians", b.pairs)
	say("drain: Debezium 3.6.1 was measured earlier, not in this run: 28 k records/s, 54 CPU s, 1.9 GB by default; 45 k, 39 CPU s, 1.0 GB tuned")
	runs, err := b.backlog(ctx, pairs(b.pairs), l.records(), func(o *orders) error { return o.run(ctx, l, b.txnRows) })
	if err != nil {
		return err
	}
	sayRuns(runs)
	reportDrain(runs, l.records())
	return nil
}

// pairs are connectors that deliver at least once and exactly once in turns; who
// is first changes too.
func pairs(n int) []connector {
	var out []connector
	for i := range n {
		pair := []connector{orderly(fmt.Sprintf("plain%d", i), atLeastOnce), orderly(fmt.Sprintf("eos%d", i), exactlyOnce)}
		if i%2 == 1 {
			slices.Reverse(pair)
		}
		out = append(out, pair...)
	}
	return out
}

// orderly is a connector that follows the orders.
func orderly(name, delivery string) connector {
	return connector{name: name, table: "bench.orders", delivery: delivery}
}

// sayRuns shows how much the runs differ.
func sayRuns(runs []*drained) {
	for _, r := range runs {
		say("drain: %s %s records/s, %s CPU s, broker %s CPU s", r.name, digits(r.speed()), digits(r.cpu.Seconds()), digits(r.brokerCPU.Seconds()))
	}
}

func reportDrain(runs []*drained, records int) {
	var plain, eos []*drained
	for _, r := range runs {
		if r.delivery == exactlyOnce {
			eos = append(eos, r)
		} else {
			plain = append(plain, r)
		}
	}
	share := float64(records) / 1e6
	speed, cpu, rss := median(plain, (*drained).speed), median(plain, cpuSeconds), median(plain, megabytes)
	versus("drain", speed, "records/s", speed/debezium.speed, debeziumName)
	versus("drain_cpu", cpu, "CPU-s", debezium.cpu*share/cpu, debeziumName)
	versus("drain_rss", rss, "MB", debezium.rss/rss, debeziumName)
	figure("drain_start", median(plain, func(r *drained) float64 { return r.first.Seconds() }), "s")
	figure("drain_broker_cpu", median(plain, brokerSeconds), "CPU-s")
	figure("drain_mysql_cpu", median(plain, func(r *drained) float64 { return r.mysqlCPU.Seconds() }), "CPU-s")
	speed2, cpu2, rss2, broker2 := median(eos, (*drained).speed), median(eos, cpuSeconds), median(eos, megabytes), median(eos, brokerSeconds)
	versus("drain_eos", speed2, "records/s", paired(plain, eos), "drain, median of the pairs")
	versus("drain_eos_cpu", cpu2, "CPU-s", cpu/cpu2, "drain_cpu")
	versus("drain_eos_rss", rss2, "MB", rss/rss2, "drain_rss")
	versus("drain_eos_broker_cpu", broker2, "CPU-s", median(plain, brokerSeconds)/broker2, "drain_broker_cpu")
}

// paired is the median of what exactly once makes of the speed, pair by pair: the
// two of a pair follow each other, and meet the machine in about the same state.
func paired(plain, eos []*drained) float64 {
	var v []float64
	for i := range plain {
		v = append(v, eos[i].speed()/plain[i].speed())
	}
	slices.SortFunc(v, cmp.Compare)
	return v[len(v)/2]
}

func cpuSeconds(r *drained) float64    { return r.cpu.Seconds() }
func brokerSeconds(r *drained) float64 { return r.brokerCPU.Seconds() }
func megabytes(r *drained) float64     { return float64(r.rss) / 1e6 }

// median is the middle one of a figure of some runs.
func median(runs []*drained, figure func(*drained) float64) float64 {
	var v []float64
	for _, r := range runs {
		v = append(v, figure(r))
	}
	slices.SortFunc(v, cmp.Compare)
	return v[len(v)/2]
}

// bigTxn lets cdcd work off a single large transaction.
func bigTxn(ctx context.Context, b *bench) error {
	rows := b.amount(2_000_000)
	say("big_txn: %d inserts in one transaction, exactly once; %s", rows, b.settings())
	runs, err := b.backlog(ctx, []connector{orderly("big", exactlyOnce)}, rows, func(o *orders) error { return o.insert(ctx, 1, rows) })
	if err != nil {
		return err
	}
	r := runs[0]
	figure("big_txn", r.speed(), "records/s")
	figure("big_txn_cpu", r.cpu.Seconds(), "CPU-s")
	figure("big_txn_rss", float64(r.rss)/1e6, "MB")
	return nil
}

// settings says how the records are sent.
func (b *bench) settings() string {
	return fmt.Sprintf("JSON without schemas, acks all, idempotent, codec %s, linger 0, batches of at most 1 MiB, %d partitions, broker warmed up", b.codec, partitions)
}
