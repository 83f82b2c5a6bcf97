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
	"cdcd/internal/proxy"
)

// mutants are the bugs, each of which somebody made before us.
func mutants() []mutant {
	return []mutant{{
		name: "goes on from raft's copy of the position", level: 2, run: behindMirror, quick: true,
		edits: []edit{{"connector/takeover.go", "return c.Last.State, nil", "return known.State, nil"}},
		want:  []checker.Invariant{checker.Duplicate, checker.Chain},
	}, {
		name: "reads the state before it is the owner", level: 2, run: zombieOfAStart,
		edits: []edit{
			{"sink/txn_takeover.go", "\towner, err := t.acquire(ctx, o.Confirm)\n", "\tlast, found, err := t.lastState(ctx)\n"},
			{"sink/txn_takeover.go", "\tlast, found, err := t.lastState(ctx)\n\tif err != nil {\n\t\treturn err\n\t}\n\tclaim", "\towner, err := t.acquire(ctx, o.Confirm)\n\tif err != nil {\n\t\treturn err\n\t}\n\tclaim"},
		},
		want: []checker.Invariant{checker.Duplicate, checker.Chain},
	}, {
		name: "takes part without a session of its own", level: 2, run: zombieOfAStop, props: hasty(),
		edits: []edit{
			{"connector/takeover.go", "known.Session > 0 && c.Last.Session > known.Session", "known.Session < 0"},
			{"connector/takeover.go", "above = c.Last.Session", "above = 0"},
		},
		want: []checker.Invariant{checker.Session},
	}, {
		name: "repeats EndTxn when in doubt", level: 1, run: lateCommit,
		props: map[string]string{
			"producer.override.request.timeout.ms": "1000", "producer.override.batch.size": "4096", "producer.override.max.request.size": "8192",
		},
		edits: []edit{{"sink/classify.go", "two of two such did when it was tried\n\t\treturn Resolve", "two of two such did when it was tried\n\t\treturn Refresh"}},
		want:  []checker.Invariant{checker.Loss, checker.Atomicity},
	}, {
		name: "commits in the middle of a transaction", level: 2, run: largeBehindCommit,
		props: map[string]string{"producer.override.buffer.memory": "1048576"},
		edits: []edit{{"sink/txn_group.go", "if l.tail > 0 {", "if l.tail < 0 {"}},
		want:  []checker.Invariant{checker.Atomicity},
	}, {
		name: "is a transaction ahead with the position", level: 2, run: killedBetween,
		edits: []edit{
			{"connector/pipeline.go", "\tp.number(c, p.ids)\n", "\tp.number(c, p.ids)\n\tif c.commit != nil {\n\t\tif err := p.sink.Commit(ctx, *c.commit); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n"},
			{"connector/pipeline.go", "return p.sink.Commit(ctx, *c.commit)", "return nil"},
		},
		want: []checker.Invariant{checker.Loss},
	}, {
		name: "shares the state partition with another connector", level: 2, run: neighbours, state: "__cdcd-state-shared",
		edits: []edit{{"sink/state_topic.go", `return "__cdcd-state-" + connector`, `_ = connector; return "__cdcd-state-shared"`}},
		want:  []checker.Invariant{checker.Loss, checker.Chain},
	}, {
		name: "reconnects in the middle of a transaction", level: 2, run: cutInside,
		props: map[string]string{"producer.override.buffer.memory": "1048576", "max.queue.size.in.bytes": "1048576"},
		edits: []edit{{"binlog/tailer.go", "if t.reader.open {", "if t.reader.open && t.closed {"}},
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
	r.soon(3*time.Second, func() bool { return len(r.tap.twice()) > 0 })
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
	r.soon(3*time.Second, func() bool { return r.tap.beyond(before) })
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
	r.soon(3*time.Second, func() bool { return len(r.tap.twice()) > 0 })
}
