package chaos

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cdcd/internal/checker"
	"cdcd/internal/daemontest"
	"cdcd/internal/mysqltest"
)

// mutant is a daemon with a bug.
type mutant struct {
	name  string
	edits []edit
	props map[string]string
	// run leads to where the bug shows. It is not told whether it did: what does
	// not arrive is waited for a while only.
	run   func(*rig)
	level int
	state string              // the state topic, "" for the connector's own
	want  []checker.Invariant // each of them is violated
	quick bool                // it runs without CDCD_TEST_ALL too
}

// edit replaces a text of a source file of the product, which is there once.
type edit struct{ file, old, new string }

// TestMutants has the checker find each bug, and by the invariant that it
// breaks. The daemon without a bug goes the same way, and nothing is found.
func TestMutants(t *testing.T) {
	var server *mysqltest.Server
	grounds := map[int]ground{}
	for _, m := range mutants() {
		if !m.quick && !everything() {
			continue
		}
		if server == nil {
			server = mysqltest.Start(t, mysqltest.MySQL97)
		}
		if _, ok := grounds[m.level]; !ok {
			grounds[m.level] = ground{t, server, broker(t, m.level, 1), newTally()}
		}
		t.Run(m.name, func(t *testing.T) {
			m.caught(t, grounds[m.level])
			if everything() {
				m.control(t, grounds[m.level])
			}
		})
	}
}

func (m mutant) caught(t *testing.T, g ground) {
	t.Helper()
	report := m.judged(t, g, build(t, m.edits))
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

func (m mutant) control(t *testing.T, g ground) {
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
func (m mutant) judged(t *testing.T, g ground, binary string) *checker.Report {
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

// build builds the daemon with texts replaced. One that is not there just once
// fails the test, so that no mutant is left behind by the product.
func build(t *testing.T, edits []edit) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sources := map[string]string{}
	for _, e := range edits {
		path := filepath.Join(root, e.file)
		if sources[path] == "" {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources[path] = string(text)
		}
		if n := strings.Count(sources[path], e.old); n != 1 {
			t.Fatalf("%s has the text to be replaced %d times: %s", e.file, n, e.old)
		}
		sources[path] = strings.Replace(sources[path], e.old, e.new, 1)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, text := range sources {
		copied := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[path] = copied
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := daemontest.Build(t.Context(), dir, "-overlay", name)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}
