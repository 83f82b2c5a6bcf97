package e2e

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// raid is a workload whose tables are full, and written to, while a daemon copies them
// and is killed.
type raid struct {
	*workload
	d     *daemon
	kafka *kafkatest.Cluster
	rng   *rand.Rand
	ctx   context.Context //nolint:containedctx // of the writing
	stop  context.CancelFunc
	wrote chan error
}

// raidBoth runs f on MySQL and MariaDB.
func raidBoth(t *testing.T, f func(t *testing.T, version mysqltest.Version)) {
	t.Helper()
	for _, v := range bothServers {
		t.Run(string(v), func(t *testing.T) { f(t, v) })
	}
}

// newRaid fills the tables. The daemon, whose connector has these properties, is not
// started, and nothing is written yet.
func newRaid(t *testing.T, version mysqltest.Version, tables, keys int, props map[string]string) *raid {
	t.Helper()
	seed := daemontest.Seed(t)
	server, kafka := mysqltest.Start(t, version, mysqltest.Own()), kafkatest.Start(t, kafkatest.Config{})
	r := &raid{workload: newWorkload(t, server.DB(t), tables, keys, seed), kafka: kafka, rng: rand.New(rand.NewPCG(seed, 0)), wrote: make(chan error, 1)}
	r.fill(t)
	r.ctx, r.stop = context.WithCancel(t.Context())
	t.Cleanup(r.stop)
	r.d = newDaemon(t, kafka.Bootstrap(), properties(server, props))
	r.d.discreet()
	return r
}

// takesSignals makes the table of signals.
func (r *raid) takesSignals(t *testing.T) {
	t.Helper()
	mustExec(t, r.db, "CREATE TABLE load_db.signals (id VARCHAR(64) PRIMARY KEY, type VARCHAR(32) NOT NULL, data VARCHAR(2048))")
}

// write changes the tables until rest.
func (r *raid) write() { go func() { r.wrote <- r.run(r.ctx, 1<<30) }() }

// rest ends the writing.
func (r *raid) rest(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.wrote; err != nil {
		t.Fatal(err)
	}
}

// soon lets up to so many milliseconds pass.
func (r *raid) soon(most int) { pause(r.ctx, time.Duration(r.rng.IntN(most))*time.Millisecond) }
