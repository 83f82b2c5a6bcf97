package chaos

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"cdcd/internal/checker"
	"cdcd/internal/daemontest"
	"cdcd/internal/mutant"
	"cdcd/internal/proxy"
)

// suspects are all daemons with a bug.
func suspects() []suspect {
	return []suspect{{
		name: "goes on from raft's copy of the position", level: 2, run: behindMirror, quick: true,
		bug:  mutant.BehindMirror(),
		want: []checker.Invariant{checker.Duplicate, checker.Chain},
	}, {
		name: "reads the state before it is the owner", level: 2, run: zombieOfAStart,
		bug:  mutant.EarlyState(),
		want: []checker.Invariant{checker.Duplicate, checker.Chain},
	}, {
		name: "takes part without a session of its own", level: 2, run: zombieOfAStop, props: hasty(),
		bug:  mutant.NoSession(),
		want: []checker.Invariant{checker.Session},
	}, {
		name: "writes a refused batch again as another producer", level: 2, run: zombieOfABatch,
		bug:  mutant.Zombie(),
		want: []checker.Invariant{checker.Duplicate},
	}, {
		name: "repeats EndTxn when in doubt", level: 1, run: lateCommit,
		props: map[string]string{
			"producer.override.request.timeout.ms": "1000", "producer.override.batch.size": "4096", "producer.override.max.request.size": "8192",
		},
		bug:  mutant.BlindEndTxn(),
		want: []checker.Invariant{checker.Loss, checker.Atomicity},
	}, {
		name: "commits in the middle of a transaction", level: 2, run: largeBehindCommit,
		props: map[string]string{"producer.override.buffer.memory": "1048576"},
		bug:   mutant.MidCommit(),
		want:  []checker.Invariant{checker.Atomicity},
	}, {
		name: "is a transaction ahead with the position", level: 2, run: killedBetween,
		bug:  mutant.AheadPosition(),
		want: []checker.Invariant{checker.Loss},
	}, {
		name: "shares the state partition with another connector", level: 2, run: neighbours, state: "__cdcd-state-shared",
		bug:  mutant.SharedState(),
		want: []checker.Invariant{checker.Loss, checker.Chain},
	}, {
		name: "reconnects in the middle of a transaction", level: 2, run: cutInside,
		props: map[string]string{"producer.override.buffer.memory": "1048576", "max.queue.size.in.bytes": "1048576"},
		bug:   mutant.MidReconnect(),
		want:  []checker.Invariant{checker.Loss, checker.Final},
	}}
}

// behindMirror kills the daemon before raft hears of the last commits.
func behindMirror(r *rig) {
	killedBehind(kmsg.EndTxn)(r)
	r.arrives()
}

// other starts a second deployment of the same configuration, which has what is
// in Kafka to go on from.
func (r *rig) other() *daemontest.Daemon {
	r.t.Helper()
	props := maps.Clone(r.props)
	props["database.server.id"] += "9"
	d := daemontest.New(r.t, daemontest.Config{
		Binary: r.binary, Kafka: strings.Join(proxy.StartKafka(r.t, r.kafka.Brokers()...).Brokers(), ","),
		Connectors: map[string]map[string]string{r.db: props},
	})
	d.Start()
	d.Ready()
	return d
}

// zombieOfAStart has a daemon become the owner late: another took over and wrote
// while its InitProducerID was under way.
func zombieOfAStart(r *rig) {
	h := r.reach(kmsg.InitProducerID, proxy.Request, restarted)
	other := r.other()
	r.write(2)
	r.arrives()
	h.Release()
	r.write(2)
	r.arrives()
	r.soon(3*time.Second, func() bool { return len(r.tap.Twice()) > 0 })
	r.d.Kill()
	r.arrives()
	other.Kill()
}

// zombieOfAStop stops a daemon with a transaction open, and lets it go on when
// another, at its second start, has taken over and written.
func zombieOfAStop(r *rig) {
	h := r.reach(kmsg.EndTxn, proxy.Request, running)
	r.d.Signal(syscall.SIGSTOP)
	other := r.other()
	r.write(1)
	r.arrives()
	for range 2 {
		other.Kill()
		other.Start()
		other.Ready()
		r.write(1)
		r.arrives()
	}
	r.d.Signal(syscall.SIGCONT)
	h.Release()
	r.write(2)
	r.arrives()
	r.soon(3*time.Second, func() bool { r.write(1); return r.d.Part(r.db).Phase == "failed" })
	r.d.Kill()
	r.arrives()
	other.Kill()
}

// zombieOfABatch stops a daemon with a batch on its way, which is refused when it
// goes on: another has taken over and written.
func zombieOfABatch(r *rig) {
	h := r.reach(kmsg.Produce, proxy.Request, running)
	r.d.Signal(syscall.SIGSTOP)
	other := r.other()
	r.write(2)
	r.arrives()
	r.d.Signal(syscall.SIGCONT)
	h.Release()
	r.soon(5*time.Second, func() bool { return len(r.tap.Twice()) > 0 })
	r.d.Kill()
	r.arrives()
	other.Kill()
}

// lateCommit lets an EndTxn that was given up arrive while half of the next
// transaction is with the broker, and kills the daemon then.
func lateCommit(r *rig) {
	h := r.reach(kmsg.EndTxn, proxy.Request, running)
	r.arrives()
	first, second := r.proxy.Hold(kmsg.Produce, proxy.Request), r.proxy.Hold(kmsg.Produce, proxy.Request)
	before := r.last
	r.writeLarge(400, 100)
	r.held(first)
	first.Release()
	r.held(second)
	h.Release()
	r.soon(3*time.Second, func() bool { return r.tap.Beyond(before) })
	r.d.Kill()
	second.Drop()
	r.d.Start()
	r.arrives()
}

// largeBehindCommit ends a Kafka transaction while a source transaction is on its
// way to the sink that is larger than what the sink holds.
func largeBehindCommit(r *rig) {
	h := r.reach(kmsg.EndTxn, proxy.Response, running)
	r.write(1)
	r.writeLarge(300, 16<<10)
	r.soon(3*time.Second, func() bool { return r.d.Metric("cdcd_records_total") > 50 })
	h.Release()
	r.arrives()
}

// killedBetween kills the daemon between two commits.
func killedBetween(r *rig) {
	r.write(1)
	h := r.proxy.Hold(kmsg.EndTxn, proxy.Request)
	r.write(2)
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	_ = h.Wait(ctx)
	r.d.Kill()
	h.Drop()
	r.d.Start()
	r.d.Ready()
	r.write(2)
	r.arrives()
}

// neighbours has another connector of the daemon commit while this one cannot,
// and kills both.
func neighbours(r *rig) {
	db := r.mysql.Database(r.t)
	r.exec("CREATE TABLE " + db + ".a (id INT PRIMARY KEY)")
	props := connector(r.mysql, r.mysql.Addr(), db, serverID(db), 1)
	r.d.Connector(db, props)
	r.d.Kill()
	r.d.Start()
	r.soon(20*time.Second, func() bool { return r.d.Part(db).Phase == "running" && r.d.Part(r.db).Phase == "running" })
	h := r.reach(kmsg.EndTxn, proxy.Request, running)
	n := r.d.Part(db).N
	for i := range 3 {
		r.exec(fmt.Sprintf("INSERT INTO %s.a VALUES (%d)", db, i))
		r.soon(5*time.Second, func() bool { return r.d.Part(db).N > n })
		n = r.d.Part(db).N
	}
	r.d.Kill()
	h.Drop()
	r.d.Start()
	r.write(1)
	r.arrives()
}

// cutInside breaks MySQL's connection while the half of a transaction has been
// handed on.
func cutInside(r *rig) {
	front := proxy.Start(r.t, r.mysql.Addr())
	_, port, _ := strings.Cut(front.Addr(), ":")
	r.props["database.port"] = port
	r.d.Connector(r.db, r.props)
	r.d.Kill()
	r.d.Start()
	r.d.Ready()
	h := r.proxy.Hold(kmsg.Produce, proxy.Response)
	r.writeLarge(800, 48<<10)
	r.held(h)
	r.soon(2*time.Second, func() bool { return r.d.Metric("cdcd_records_total") > 100 })
	front.Cut()
	front.Heal()
	h.Release()
	r.arrives()
	r.soon(3*time.Second, func() bool { return len(r.tap.Twice()) > 0 })
}
