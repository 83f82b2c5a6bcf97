package clustertest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cdcd/internal/mysqltest"
	"cdcd/internal/watch"
)

const (
	pulsesPerSecond = 100
	settled         = time.Second // after a recovery, within which stragglers come
)

// TestFailover measures how long nobody gets what is committed when the owner is
// killed, or stopped in order: under load, and with a binlog that the server has
// to read through before it sends the first event. It measures, and fails only
// where something does not come back.
func TestFailover(t *testing.T) {
	if os.Getenv("CDCD_FAILOVER") == "" {
		t.Skip("runs only with CDCD_FAILOVER=1 (make failover)")
	}
	kills, stops, rolls := setting(t, "CDCD_FAILOVER_KILLS", 50), setting(t, "CDCD_FAILOVER_STOPS", 20), setting(t, "CDCD_FAILOVER_ROLLS", 5)
	m := newMeasurement(t, setting(t, "CDCD_FAILOVER_ROWS", 2000), setting(t, "CDCD_FAILOVER_BINLOG_MB", 920))
	stop := m.load()
	for i := range kills {
		m.fail(i%2 == 0, "killed", (*Node).Kill)
	}
	for i := range stops {
		m.fail(i%2 == 0, "stopped", func(n *Node) { n.Signal(syscall.SIGTERM) })
	}
	for range rolls {
		m.roll()
	}
	written := stop()
	m.Until(time.Minute, "every transaction has arrived", func() bool { return m.pulses.Records() >= written*m.perPulse })
	m.after(settled)
	if n := m.pulses.Records(); n != written*m.perPulse {
		t.Errorf("%d records of %d rows arrived", n, written*m.perPulse)
	}
	t.Logf("%.0f rows a second; the binlog at the end: %s", m.rate(), m.binlog())
	m.tally.Print(t)
	m.ages.Print(t)
}

// measurement is a rig whose load is a pulse: transactions of a fixed number of
// rows, due at fixed times.
type measurement struct {
	*rig
	pulses   *watch.Tap
	ages     *watch.Tally
	perPulse int // rows

	mu    sync.Mutex  // guards begun
	begun []time.Time // when the transaction i+1 began
}

func newMeasurement(t *testing.T, rows, megabytes int) *measurement {
	t.Helper()
	m := &measurement{ages: watch.NewTally(), perPulse: max(1, rows/pulsesPerSecond)}
	m.ages.Title = "pauses: the oldest that an event was when it could be read, of transactions since the fault"
	m.rig = newRig(t, options{
		flags: []string{"--max-binlog-size=1G"},
		before: func(r *rig) {
			r.exec("CREATE TABLE " + r.db + ".pulse (id INT NOT NULL, line INT NOT NULL, note VARCHAR(40), PRIMARY KEY (id, line))")
			r.kafka.CreateTopic(t, r.topic("pulse"), 3, nil)
			r.swell(megabytes)
		},
	})
	m.pulses = watch.StartTap(t, m.kafka, m.topic("pulse"))
	return m
}

func (r *rig) exec(stmts ...string) {
	r.t.Helper()
	for _, stmt := range stmts {
		if _, err := r.sql.ExecContext(r.t.Context(), stmt); err != nil {
			r.t.Fatalf("%.80s: %v", stmt, err)
		}
	}
}

// swell makes the binlog at hand large, by transactions that nobody captures.
func (r *rig) swell(megabytes int) {
	r.t.Helper()
	const rows, each = 16, 4 // of MiB
	table := r.bank.Beside + ".bulk"
	r.exec("CREATE TABLE " + table + " (id INT PRIMARY KEY AUTO_INCREMENT, note LONGBLOB)")
	values := strings.Repeat(fmt.Sprintf(",(REPEAT('x',%d))", each<<20), rows)[1:]
	for range megabytes / (rows * each) {
		r.exec("INSERT INTO "+table+" (note) VALUES "+values, "TRUNCATE TABLE "+table)
	}
	r.t.Logf("the binlog: %s", r.binlog())
}

// binlog is the one at hand, and its size.
func (r *rig) binlog() string {
	r.t.Helper()
	rows, err := mysqltest.Query(r.t.Context(), r.sql, "SHOW BINARY LOGS")
	if err != nil {
		r.t.Fatal(err)
	}
	last := rows[len(rows)-1]
	return fmt.Sprintf("%s, %s bytes", last[0].String, last[1].String)
}

// load has the pulse begin; the function that it returns ends it, and tells how
// many transactions there were.
func (m *measurement) load() (stop func() int) {
	ctx, cancel := context.WithCancel(m.t.Context())
	done := make(chan error, 1)
	go func() { done <- m.beat(ctx, m.sql) }()
	return func() int {
		m.t.Helper()
		cancel()
		if err := <-done; err != nil {
			m.t.Fatal(err)
		}
		return len(m.begun)
	}
}

func (m *measurement) beat(ctx context.Context, db *sql.DB) error {
	tick := time.NewTicker(time.Second / pulsesPerSecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		var s strings.Builder
		id := m.begin()
		for line := range m.perPulse {
			fmt.Fprintf(&s, ",(%d,%d,'%s')", id, line, strings.Repeat("p", 20))
		}
		if _, err := db.ExecContext(context.WithoutCancel(ctx), "INSERT INTO "+m.db+".pulse VALUES "+s.String()[1:]); err != nil {
			return err
		}
	}
}

// begin notes that a transaction begins, and numbers it.
func (m *measurement) begin() (id int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun = append(m.begun, time.Now())
	return len(m.begun)
}

// next is the number that the next transaction will have.
func (m *measurement) next() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.begun) + 1
}

// rate is how many rows were written a second.
func (m *measurement) rate() float64 {
	took := m.begun[len(m.begun)-1].Sub(m.begun[0])
	return float64(len(m.begun)*m.perPulse) / took.Seconds()
}

// fail ends the owner, which leads the cluster or does not, and measures how long
// nobody gets anything.
func (m *measurement) fail(leading bool, how string, end func(*Node)) {
	m.t.Helper()
	n := m.arranged(leading)
	kind := "owner " + how
	if leading {
		kind += ", which led"
	}
	struck := time.Now()
	end(n)
	id := m.next()
	m.tally.Fault(kind)
	m.ages.Fault(kind)
	m.Until(60*time.Second, "recovered from: "+kind, func() bool { _, ok := m.pulses.Arrived(id); return ok })
	at, _ := m.pulses.Arrived(id)
	m.tally.Outage(kind, at.Sub(struck))
	m.after(settled)
	m.ages.Outage(kind, m.oldest(struck, at))
	m.Until(30*time.Second, "it has ended", func() bool { return !n.Running() })
	if how == "stopped" && n.ExitCode() != 0 {
		m.t.Errorf("%s: SIGTERM: code %d", n.ID, n.ExitCode())
	}
	n.Start()
	m.Ready()
}

// roll restarts every node in turn, as for an upgrade.
func (m *measurement) roll() {
	m.t.Helper()
	began := time.Now()
	for _, n := range m.Nodes {
		n.Stop()
		n.Start()
		m.Ready()
	}
	over := time.Now()
	m.after(settled)
	m.ages.Fault("rolling restart")
	m.ages.Outage("rolling restart", m.oldest(began, over))
}

// oldest is how old the oldest transaction was when it arrived, of those that
// began between two times.
func (m *measurement) oldest(from, to time.Time) (age time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.begun) - 1; i >= 0 && m.begun[i].After(from.Add(-settled)); i-- {
		if at, ok := m.pulses.Arrived(i + 1); ok && m.begun[i].Before(to) {
			age = max(age, at.Sub(m.begun[i]))
		}
	}
	return age
}

// arranged is the owner, when it leads the cluster, or another does.
func (m *measurement) arranged(leading bool) (owner *Node) {
	m.t.Helper()
	m.Until(60*time.Second, "the owner leads, or not", func() bool {
		owner = m.owner()
		leader := m.Leader()
		if (owner == leader) == leading {
			return true
		}
		to := owner
		if !leading {
			to = m.Others(owner)[0]
		}
		if out, err := owner.Command("cluster", "transfer", to.ID); err != nil {
			m.t.Logf("transfer to %s: %v: %s", to.ID, err, out)
		}
		m.after(500 * time.Millisecond)
		return false
	})
	return owner
}
