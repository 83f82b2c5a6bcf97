package chaos

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sync/errgroup"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
	"cdcd/internal/proxy"
	"cdcd/internal/watch"
)

// point is a row of the crash table, at a place of its own.
type point struct {
	name  string
	run   func(*rig)
	props map[string]string
	only  int  // the level of the transaction protocol that has it; 0 for both
	alone bool // it breaks what the others need
}

// crowd is how many points are tried at once: most of their time is waiting.
const crowd = 6

// TestCrash kills the daemon, loses replies and breaks Kafka at each point of
// the crash table: no change is lost, none comes twice.
func TestCrash(t *testing.T) {
	levels := []int{2}
	if daemontest.Everything() {
		levels = []int{2, 1}
	}
	server := mysqltest.Start(t, mysqltest.MySQL97)
	for _, level := range levels {
		t.Run(fmt.Sprintf("tv=%d", level), func(t *testing.T) {
			g := ground{t, server, kafkatest.StartPrompt(t, level, 1), watch.NewTally()}
			defer g.tally.Print(t)
			judge(t, walk(t, g, level, points()))
		})
	}
}

// TestCrash_Leaders has three brokers, and kills the one that the connector needs:
// the others take over.
func TestCrash_Leaders(t *testing.T) {
	if !daemontest.Everything() {
		t.Skip("runs only with CDCD_TEST_ALL=1 (make test-all)")
	}
	server := mysqltest.Start(t, mysqltest.MySQL97)
	state, coordinator := (*rig).stateTopic, func(*rig) string { return "__transaction_state" }
	for _, level := range []int{2, 1} {
		t.Run(fmt.Sprintf("tv=%d", level), func(t *testing.T) {
			g := ground{t, server, kafkatest.StartPrompt(t, level, 3), watch.NewTally()}
			defer g.tally.Print(t)
			judge(t, walk(t, g, level, []point{
				{name: "leader of the state killed", run: leaderKilled(state), alone: true},
				{name: "coordinator killed", run: leaderKilled(coordinator), alone: true},
			}))
		})
	}
}

// walk tries the points of a level, those that get along beside each other
// first, and returns the rigs that they were tried on.
func walk(t *testing.T, g ground, level int, points []point) []*rig {
	t.Helper()
	var together, alone []point
	for _, p := range points {
		switch {
		case p.only != 0 && p.only != level:
		case p.alone:
			alone = append(alone, p)
		default:
			together = append(together, p)
		}
	}
	return append(try(t, g, crowd, together), try(t, g, 1, alone)...)
}

// try tries points, so many at once.
func try(t *testing.T, g ground, crowd int, points []point) []*rig {
	t.Helper()
	rigs := make([]*rig, len(points))
	var workers errgroup.Group
	workers.SetLimit(crowd)
	for i, p := range points {
		workers.Go(func() error {
			t.Run(p.name, func(t *testing.T) {
				rigs[i] = newRig(t, g, p.name, "", p.props)
				p.run(rigs[i])
				rigs[i].check()
			})
			return nil
		})
	}
	_ = workers.Wait() // a test says for itself that it failed
	return rigs
}

// judge has the checker decide about what the rigs left, once nothing is written
// to the server any more.
func judge(t *testing.T, rigs []*rig) {
	t.Helper()
	var workers errgroup.Group
	workers.SetLimit(2)
	for _, r := range rigs {
		if r == nil || len(r.again) > 0 || t.Failed() {
			continue
		}
		workers.Go(func() error {
			report, err := r.report(t.Context(), r.stateTopic())
			if err != nil {
				return fmt.Errorf("%s: %w", r.kind, err)
			}
			for _, v := range report.Violations {
				t.Errorf("%s: %s", r.kind, v)
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		t.Error(err)
	}
}

// impatient gives a request up soon.
func impatient() map[string]string {
	return map[string]string{"producer.override.request.timeout.ms": "1000"}
}

// hasty has the broker give a transaction up soon.
func hasty() map[string]string {
	return map[string]string{"producer.override.transaction.timeout.ms": "1000"}
}

// points are the crash table.
func points() []point {
	const request, response = proxy.Request, proxy.Response
	return []point{
		{name: "killed at its first produce", run: killedAt(kmsg.Produce, request, restarted)},
		{name: "killed before the last ack", run: killedAt(kmsg.Produce, response, running)},
		{name: "killed before EndTxn", run: killedAt(kmsg.EndTxn, request, running)},
		{name: "killed before EndTxn, which comes late", run: late(kmsg.EndTxn, request, running)},
		{name: "killed before a produce, which comes late", run: late(kmsg.Produce, request, running)},
		{name: "killed before EndTxn's reply", run: killedAt(kmsg.EndTxn, response, running)},
		{name: "killed before the mirror", run: killedBehind(kmsg.EndTxn)},
		{name: "killed at AddPartitionsToTxn", run: killedAt(kmsg.AddPartitionsToTxn, request, running), only: 1},
		{name: "killed before AddPartitionsToTxn's reply", run: killedAt(kmsg.AddPartitionsToTxn, response, running), only: 1},
		{name: "killed at InitProducerID", run: killedAt(kmsg.InitProducerID, request, restarted)},
		{name: "killed at InitProducerID, which comes late", run: late(kmsg.InitProducerID, request, restarted)},
		{name: "killed before InitProducerID's reply", run: killedAt(kmsg.InitProducerID, response, restarted)},
		{name: "killed while it asks for the state's end", run: killedAt(kmsg.ListOffsets, request, restarted)},
		{name: "killed while it reads the state", run: killedAt(kmsg.Fetch, response, restarted)},

		{name: "produce lost", run: lost(kmsg.Produce, request, running)},
		{name: "produce's reply lost", run: lost(kmsg.Produce, response, running)},
		{name: "EndTxn lost", run: lost(kmsg.EndTxn, request, running)},
		{name: "EndTxn's reply lost", run: lost(kmsg.EndTxn, response, running)},
		{name: "AddPartitionsToTxn lost", run: lost(kmsg.AddPartitionsToTxn, request, running), only: 1},
		{name: "AddPartitionsToTxn's reply lost", run: lost(kmsg.AddPartitionsToTxn, response, running), only: 1},
		{name: "InitProducerID lost", run: lost(kmsg.InitProducerID, request, restarted)},
		{name: "InitProducerID's reply lost", run: lost(kmsg.InitProducerID, response, restarted)},
		{name: "FindCoordinator's reply lost", run: lost(kmsg.FindCoordinator, response, restarted)},
		{name: "Metadata's reply lost", run: lost(kmsg.Metadata, response, restarted)},
		{name: "ListOffsets's reply lost", run: lost(kmsg.ListOffsets, response, restarted)},
		{name: "Fetch's reply lost", run: lost(kmsg.Fetch, response, restarted)},

		{name: "EndTxn delayed beyond the next transaction", run: delayed(kmsg.EndTxn, request), props: impatient()},
		{name: "EndTxn's reply delayed", run: delayed(kmsg.EndTxn, response), props: impatient()},
		{name: "produce delayed beyond the next transaction", run: delayed(kmsg.Produce, request), props: impatient()},

		{name: "transaction timed out before EndTxn", run: timedOut(kmsg.EndTxn, request), props: hasty()},
		{name: "transaction timed out before an ack", run: timedOut(kmsg.Produce, response), props: hasty()},
		{name: "paused beyond the transaction's timeout", run: paused, props: hasty()},

		{name: "raft's disks lost", run: raftLost},
		{name: "raft's disks lost, and tables altered", run: raftLostAfterDDL},
		{name: "exactly once off and on", run: switched},

		{name: "broker killed", run: brokerKilled(kmsg.Produce, response), alone: true},
		{name: "broker killed before EndTxn's reply", run: brokerKilled(kmsg.EndTxn, response), alone: true},
	}
}
