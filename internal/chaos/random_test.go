package chaos

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mysqltest"
)

// weather is how long a storm lasts.
type weather struct {
	version mysqltest.Version
	level   int
	faults  int           // at least
	rows    int64         // at least
	limit   time.Duration // after which no more faults come
	big     int           // rows of a large transaction
}

// TestRandom breaks whatever can break, at random, under load: what the topics
// hold in the end is each transaction of the source once, whole and in order.
func TestRandom(t *testing.T) {
	f := func(w weather) {
		t.Run(fmt.Sprintf("%s/tv=%d", w.version, w.level), func(t *testing.T) { w.run(t, daemontest.Seed(t)) })
	}
	if !daemontest.Everything() {
		f(weather{mysqltest.MySQL97, 2, 60, 0, 150 * time.Second, 500})
		return
	}
	f(weather{mysqltest.MySQL97, 2, 300, 2_000_000, 20 * time.Minute, 10_000})
	f(weather{mysqltest.MySQL97, 1, 300, 2_000_000, 20 * time.Minute, 10_000})
	f(weather{mysqltest.MariaDB1011, 2, 300, 2_000_000, 20 * time.Minute, 10_000})
	f(weather{mysqltest.MariaDB1011, 1, 300, 2_000_000, 20 * time.Minute, 10_000})
}

// binary is a daemon with the race detector, where there is a C compiler, for
// storms that do not measure how much it can do; "" for the usual one.
func (w weather) binary(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil || w.rows > 0 {
		return ""
	}
	t.Setenv("GORACE", "exitcode=0") // the log tells
	path, err := daemontest.Build(t.Context(), t.TempDir(), "-race")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// checkRaces fails the test when the detector has found one, other than that of
// go-mysql's Close, which resets a number of a connection that is still read.
func checkRaces(t *testing.T, log string) {
	t.Helper()
	for report := range strings.SplitSeq(log, "==================") {
		if strings.Contains(report, "WARNING: DATA RACE") && !strings.Contains(report, "go-mysql/packet.(*Conn).Close()") {
			t.Errorf("%.4000s", report)
			return
		}
	}
}

func (w weather) run(t *testing.T, seed uint64) {
	t.Helper()
	server := mysqltest.Start(t, w.version, mysqltest.Own())
	s := newStorm(t, server, kafkatest.StartPrompt(t, w.level, 1), w.binary(t), seed)
	s.bank.Big = w.big
	defer s.tally.Print(t)
	stop := s.load(seed)
	for end := time.Now().Add(w.limit); time.Now().Before(end) && (s.tally.Total() < w.faults || int64(s.bank.Rows()) < w.rows); {
		s.strike()
	}
	stop()
	s.settle().Check(t)
	checkRaces(t, s.d.Log.String())
	t.Log(s.summary())
	if s.tally.Total() < w.faults || int64(s.bank.Rows()) < w.rows {
		t.Errorf("want %d faults over %d changes", w.faults, w.rows)
	}
}
