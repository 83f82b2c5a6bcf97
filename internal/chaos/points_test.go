package chaos

import (
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"cdcd/internal/proxy"
)

// when tells which frame of an API is meant: the next one of a daemon that runs,
// or the first one of its next start.
type when bool

const (
	running   when = false
	restarted when = true
)

// reach brings the daemon to a frame, which is held. Transactions are committed
// that have not arrived by then.
func (r *rig) reach(key kmsg.Key, d proxy.Direction, w when) *proxy.Hold {
	r.t.Helper()
	if w == restarted {
		r.d.Kill()
	}
	h := r.proxy.Hold(key, d)
	r.write(3)
	if w == restarted {
		r.d.Start()
	}
	r.held(h)
	return h
}

// killedAt kills the daemon at a frame, which nobody gets to see.
func killedAt(key kmsg.Key, d proxy.Direction, w when) func(*rig) {
	return func(r *rig) {
		h := r.reach(key, d, w)
		r.fault()
		r.d.Kill()
		h.Drop()
		r.d.Start()
		r.recovered()
	}
}

// late kills the daemon at a request, which arrives when its successor has a
// transaction open.
func late(key kmsg.Key, d proxy.Direction, w when) func(*rig) {
	return func(r *rig) {
		h := r.reach(key, d, w)
		r.fault()
		r.d.Kill()
		r.d.Start()
		r.recovered()
		successor := r.reach(kmsg.EndTxn, proxy.Request, running)
		h.Release()
		r.write(1)
		successor.Release()
		r.delivered()
	}
}

// killedBehind kills the daemon as soon as it has been sent a reply.
func killedBehind(key kmsg.Key) func(*rig) {
	return func(r *rig) {
		h := r.reach(key, proxy.Response, running)
		r.fault()
		h.Release()
		r.d.Kill()
		r.d.Start()
		r.recovered()
	}
}

// lost loses a frame, and its connection, of a daemon that lives on.
func lost(key kmsg.Key, d proxy.Direction, w when) func(*rig) {
	return func(r *rig) {
		h := r.reach(key, d, w)
		r.fault()
		h.Drop()
		r.recovered()
	}
}

// delayed keeps a frame until the daemon has given it up, and lets it go while
// a later transaction is open.
func delayed(key kmsg.Key, d proxy.Direction) func(*rig) {
	return func(r *rig) {
		h := r.reach(key, d, running)
		r.fault()
		r.recovered()
		next := r.reach(kmsg.EndTxn, proxy.Request, running)
		h.Release()
		next.Release()
		r.delivered()
	}
}

// timedOut keeps a frame until the broker has aborted the transaction.
func timedOut(key kmsg.Key, d proxy.Direction) func(*rig) {
	return func(r *rig) {
		h := r.reach(key, d, running)
		r.aborted()
		r.fault()
		h.Release()
		r.recovered()
	}
}

// paused stops the daemon with a transaction open until the broker has aborted
// that.
func paused(r *rig) {
	h := r.reach(kmsg.Produce, proxy.Response, running)
	r.d.Signal(syscall.SIGSTOP)
	r.aborted()
	h.Release()
	r.fault()
	r.d.Signal(syscall.SIGCONT)
	r.recovered()
}

// forget removes what raft has on disk.
func (r *rig) forget() {
	r.t.Helper()
	if err := os.RemoveAll(filepath.Join(r.d.Dir, "data")); err != nil {
		r.t.Fatal(err)
	}
}

// raftLost has a cluster begin anew, with what is in Kafka.
func raftLost(r *rig) {
	h := r.reach(kmsg.EndTxn, proxy.Response, running)
	r.fault()
	r.d.Kill()
	h.Drop()
	r.forget()
	r.d.Start()
	r.recovered()
}

// raftLostAfterDDL has it read rows of a shape that no table has any more: the
// topic tells it which.
func raftLostAfterDDL(r *rig) {
	r.exec("ALTER TABLE " + r.db + ".a ADD COLUMN first INT DEFAULT 1 AFTER id")
	r.write(2)
	r.delivered()
	h := r.reach(kmsg.EndTxn, proxy.Request, running)
	r.fault()
	r.d.Kill()
	h.Drop()
	r.forget()
	r.exec("ALTER TABLE "+r.db+".a DROP COLUMN first, ADD COLUMN second INT DEFAULT 2 FIRST", "ALTER TABLE "+r.db+".b ADD COLUMN n INT DEFAULT 3 FIRST",
		"ALTER TABLE "+r.db+".b DROP COLUMN n")
	r.d.Start()
	r.recovered()
	r.forgetAgain()
}

// forgetAgain loses what was made of the topic once more.
func (r *rig) forgetAgain() {
	r.t.Helper()
	r.d.Kill()
	r.forget()
	r.d.Start()
	r.write(2)
	r.delivered()
}

// switched turns exactly once off and on again, and kills the daemon in each
// phase. What was committed while it was off may come twice; the number of the
// commits goes on.
func switched(r *rig) {
	r.fault()
	n := r.d.Part(r.db).N
	for _, mode := range []string{"disabled", "required", "disabled", "required"} {
		r.write(2)
		r.delivered()
		if code, took := r.d.Stop(); code != 0 {
			r.t.Errorf("SIGTERM: code %d after %s", code, took)
		}
		r.props["exactly.once.support"] = mode
		r.d.Connector(r.db, r.props)
		first := r.last + 1
		r.write(3)
		r.d.Start()
		r.d.Ready()
		r.write(2)
		r.d.Kill()
		r.d.Start()
		r.recovered()
		if mode == "disabled" {
			r.may(first, r.last)
		}
		if next := r.d.Part(r.db).N; next <= n {
			r.t.Errorf("%s: commit %d follows commit %d", mode, next, n)
		} else {
			n = next
		}
	}
}

// brokerKilled kills the broker at a frame, and not while it writes the markers
// of a commit: a coordinator of Kafka 4.3.1 that comes up with those to write takes
// partitions that have no leader yet for deleted, and the commit for complete. The
// transaction then hangs for ever where the broker was the only replica
// (KAFKA-20734).
func brokerKilled(key kmsg.Key, d proxy.Direction) func(*rig) {
	return func(r *rig) {
		h := r.reach(key, d, running)
		r.soon(10*time.Second, func() bool { return r.transaction() != "PrepareCommit" })
		r.fault()
		if err := r.kafka.Kill(0); err != nil {
			r.t.Fatal(err)
		}
		h.Drop()
		if err := r.kafka.Resume(r.t.Context(), 0); err != nil {
			r.t.Fatal(err)
		}
		r.recovered()
	}
}

// leaderKilled kills the broker that leads a partition of three replicas, and
// has it back only when others do without.
func leaderKilled(topic func(*rig) string) func(*rig) {
	return func(r *rig) {
		h := r.reach(kmsg.EndTxn, proxy.Request, running)
		i := r.leader(topic(r))
		r.fault()
		if err := r.kafka.Kill(i); err != nil {
			r.t.Fatal(err)
		}
		h.Release()
		r.recovered()
		if err := r.kafka.Resume(r.t.Context(), i); err != nil {
			r.t.Fatal(err)
		}
	}
}
