package chaos

import (
	"context"
	"slices"
	"testing"
	"time"

	"cdcd/internal/checker"
	"cdcd/internal/daemontest"
	"cdcd/internal/kafkatest"
	"cdcd/internal/mutant"
	"cdcd/internal/mysqltest"
	"cdcd/internal/watch"
)

// suspect is a daemon with a bug, and how it is found out.
type suspect struct {
	name  string
	bug   mutant.Bug
	props map[string]string
	// run leads to where the bug shows. It is not told whether it did: what does
	// not arrive is waited for a while only.
	run   func(*rig)
	level int
	state string              // the state topic, "" for the connector's own
	want  []checker.Invariant // each of them is violated
	quick bool                // it runs without CDCD_TEST_ALL too
}

// TestMutants has the checker find each bug, and by the invariant that it
// breaks. The daemon without a bug goes the same way, and nothing is found.
func TestMutants(t *testing.T) {
	var server *mysqltest.Server
	grounds := map[int]ground{}
	for _, m := range suspects() {
		if !m.quick && !daemontest.Everything() {
			continue
		}
		if server == nil {
			server = mysqltest.Start(t, mysqltest.MySQL97)
		}
		if _, ok := grounds[m.level]; !ok {
			grounds[m.level] = ground{t, server, kafkatest.StartPrompt(t, m.level, 1), watch.NewTally()}
		}
		t.Run(m.name, func(t *testing.T) {
			m.caught(t, grounds[m.level])
			if daemontest.Everything() {
				m.control(t, grounds[m.level])
			}
		})
	}
}

func (m suspect) caught(t *testing.T, g ground) {
	t.Helper()
	report := m.judged(t, g, m.bug.Build(t))
	t.Log(report.Summary())
	for _, i := range m.want {
		if report.Counts[i] == 0 {
			t.Errorf("%s: it survived: %s is not violated", m.name, i)
		}
	}
	for _, i := range m.want {
		if at := slices.IndexFunc(report.Violations, func(v checker.Violation) bool { return v.Invariant == i }); at >= 0 {
			t.Logf("found: %s", report.Violations[at])
		}
	}
}

func (m suspect) control(t *testing.T, g ground) {
	t.Helper()
	report := m.judged(t, g, "")
	for _, v := range report.Violations {
		if m.state == "" || v.Invariant != checker.Chain && v.Invariant != checker.Session {
			t.Errorf("%s, without the bug: %s", m.name, v)
		}
	}
}

// judged runs a daemon to where the bug shows, ends it, and has the checker
// decide.
func (m suspect) judged(t *testing.T, g ground, binary string) *checker.Report {
	t.Helper()
	r := newRig(t, g, m.name, binary, m.props)
	m.run(r)
	r.d.Kill()
	topic := r.stateTopic()
	if m.state != "" && binary != "" {
		topic = m.state
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	report, err := r.report(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
