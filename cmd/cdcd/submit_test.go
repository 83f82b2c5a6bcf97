package main

import (
	"context"
	"strings"
	"testing"

	"go.uber.org/zap"

	"cdcd/connector/property"
	"cdcd/offsets"
)

// memory is a cluster that others change, too.
type memory struct {
	state *offsets.State
	index uint64
}

func newMemory() *memory { return &memory{state: offsets.New()} }

func (m *memory) Read(look func(*offsets.State)) { look(m.state) }

func (m *memory) Apply(_ context.Context, c offsets.Command) error {
	m.index++
	return m.state.Apply(m.index, c)
}

// files is a node with the connector shop in its files.
type files struct {
	t    *testing.T
	data string
	key  property.Key
	to   *memory
}

func newFiles(t *testing.T, to *memory) *files {
	t.Helper()
	f := &files{t: t, data: t.TempDir(), to: to}
	f.secret("a text that nobody knows")
	return f
}

func (f *files) secret(text string) {
	f.t.Helper()
	var err error
	if f.key, err = property.NewKey(property.NewSecret(text)); err != nil {
		f.t.Fatal(err)
	}
}

// starts has the node start while the file says version, "" for no file.
func (f *files) starts(version string) {
	f.t.Helper()
	var all []connectorFile
	if version != "" {
		all = []connectorFile{{Name: "shop", Config: property.Map{"topic.prefix": version, "database.password": "hunter2"}}}
	}
	s := submission{to: f.to, key: f.key, data: f.data, log: zap.NewNop()}
	if err := s.submit(f.t.Context(), all); err != nil {
		f.t.Fatal(err)
	}
}

// has checks which version the cluster has, "" for none, and returns its revision.
func (f *files) has(version string) uint64 {
	f.t.Helper()
	config := f.to.state.Config("shop")
	if config == nil {
		if version != "" {
			f.t.Fatalf("the cluster has no connector, not %s", version)
		}
		return 0
	}
	props, err := openConfig(f.key, "shop", config)
	if err != nil || props["topic.prefix"] != version {
		f.t.Fatalf("the cluster has %q, not %q: %v", props["topic.prefix"], version, err)
	}
	return f.to.state.Revision("shop")
}

func (f *files) applies(c offsets.Command) {
	f.t.Helper()
	if err := f.to.Apply(f.t.Context(), c); err != nil {
		f.t.Fatal(err)
	}
}

func TestSubmit_UnchangedFileChangesNothing(t *testing.T) {
	f := newFiles(t, newMemory())
	f.starts("1")
	before := f.has("1")
	f.starts("1")
	if after := f.has("1"); after != before {
		t.Fatalf("revision %d after %d", after, before)
	}
	f.starts("2")
	f.has("2")
}

// TestSubmit_OlderFileOfAnotherNode: the nodes get their new files one after the
// other, and may be restarted in between.
func TestSubmit_OlderFileOfAnotherNode(t *testing.T) {
	first := newFiles(t, newMemory())
	second := newFiles(t, first.to)
	first.starts("1")
	second.starts("1")
	first.starts("2")
	second.starts("1")
	first.has("2")
	second.starts("2")
	second.starts("2")
	first.starts("2")
	first.has("2")
}

func TestSubmit_KeepsTheTarget(t *testing.T) {
	f := newFiles(t, newMemory())
	f.starts("1")
	f.applies(offsets.SetTarget{Connector: "shop", Target: offsets.Stopped})
	for _, version := range []string{"1", "2"} {
		f.starts(version)
		f.has(version)
		if got := f.to.state.Target("shop"); got != offsets.Stopped {
			t.Fatalf("with the file %s the target is %s", version, got)
		}
	}
}

func TestSubmit_DeletedStaysDeleted(t *testing.T) {
	f := newFiles(t, newMemory())
	f.starts("1")
	f.applies(offsets.DeleteConnector{Connector: "shop"})
	f.starts("1")
	f.has("")
	f.starts("2")
	f.has("2")
}

// TestSubmit_FileThatWasAwayIsNew is the way back after a deletion.
func TestSubmit_FileThatWasAwayIsNew(t *testing.T) {
	f := newFiles(t, newMemory())
	f.starts("1")
	f.starts("")
	f.has("1")
	f.applies(offsets.DeleteConnector{Connector: "shop"})
	f.starts("1")
	f.has("1")
}

// TestSubmit_NewSecret: what was sealed with another cluster.secret is sealed anew.
func TestSubmit_NewSecret(t *testing.T) {
	f := newFiles(t, newMemory())
	f.starts("1")
	f.secret("another text that nobody knows")
	f.starts("1")
	f.has("1")
}

func TestSubmit_RecoveredClusterIsGivenAll(t *testing.T) {
	f := newFiles(t, newMemory())
	f.starts("1")
	f.to = newMemory() // that the connector had not reached
	if err := forgetSubmitted(f.data); err != nil {
		t.Fatal(err)
	}
	f.starts("1")
	f.has("1")
	if err := forgetSubmitted(t.TempDir()); err != nil {
		t.Fatal(err)
	}
}

func TestSubmit_KeepsNoPassword(t *testing.T) {
	f := newFiles(t, newMemory())
	f.starts("1")
	given, err := readSubmitted(f.data)
	if err != nil || len(given) != 1 {
		t.Fatalf("%v, %v", given, err)
	}
	if text := string(given["shop"]); strings.Contains(text, "hunter2") {
		t.Fatal(text)
	}
}
