package cluster

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/raft"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"cdcd/offsets"
)

// refusesToOpen checks that Open fails for a reason, and says what folder it is
// about.
func refusesToOpen(t *testing.T, cfg Config, why error) {
	t.Helper()
	n, err := Open(t.Context(), cfg)
	if err == nil {
		closed(t, n)
	}
	if !errors.Is(err, why) || !strings.Contains(err.Error(), cfg.DataDir) {
		t.Fatalf("Open: %v, not %v", err, why)
	}
}

func TestOpen_SecondProcessRefused(t *testing.T) {
	cfg := single(t)
	opened(t, cfg)
	refusesToOpen(t, cfg, ErrLocked)
}

func TestOpen_ForeignFolderRefused(t *testing.T) {
	cfg := single(t)
	closed(t, opened(t, cfg))
	other := cfg
	other.Name = "production"
	refusesToOpen(t, other, ErrForeign)
	other = cfg
	other.NodeID = "n2"
	refusesToOpen(t, other, ErrForeign)
	closed(t, opened(t, cfg)) // the refusals left no trace
}

func TestOpen_NewerFormatRefused(t *testing.T) {
	cfg := single(t)
	identity{Format: format + 1, Cluster: cfg.Name, Node: cfg.NodeID}.mustWrite(t, cfg.DataDir)
	refusesToOpen(t, cfg, ErrNewerFormat)
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "raft.db")); err == nil {
		t.Fatal("the folder was touched")
	}
}

func (i identity) mustWrite(t *testing.T, dir string) {
	t.Helper()
	if err := i.write(dir); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_DamagedFilesRefused(t *testing.T) {
	for _, name := range []string{"node.json", "raft.db"} {
		cfg := single(t)
		if err := os.WriteFile(filepath.Join(cfg.DataDir, name), bytes.Repeat([]byte("damage"), 5000), 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), name) {
			_ = n.Close()
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestOpen_FolderCannotBeMade(t *testing.T) {
	cfg := single(t)
	file := filepath.Join(cfg.DataDir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.DataDir = filepath.Join(file, "data")
	if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), cfg.DataDir) {
		t.Fatalf("Open: %v", err)
	}
}

func TestOpen_ConfigurationRefused(t *testing.T) {
	_, err := Open(t.Context(), Config{Peers: map[string]string{"n2": "127.0.0.1:1"}, Timing: Timing{Lease: 1 << 40}})
	for _, want := range []string{"node id", "data folder", "listen address", "cluster name", "do not name this node", "lease"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not mention %q", err, want)
		}
	}
}

func TestOpen_BeyondLoopbackRefused(t *testing.T) {
	cfg := single(t)
	cfg.Listen = "0.0.0.0:0"
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrInsecure) {
		t.Fatalf("Open: %v", err)
	}
	cfg.Listen = "127.0.0.1:0"
	closed(t, opened(t, cfg)) // the refusal let go of the folder
}

// TestOpen_KilledWhileBootstrapping starts from what raft leaves when it ends
// between the two writes of a bootstrap.
func TestOpen_KilledWhileBootstrapping(t *testing.T) {
	cfg := single(t)
	bolt, err := openFolder(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bolt.SetUint64([]byte("CurrentTerm"), 1), bolt.Close()); err != nil {
		t.Fatal(err)
	}
	n := opened(t, cfg)
	if err := n.Apply(soon(t), offsets.PutConnector{Connector: "c", Config: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_ChangedPeersAreNamed(t *testing.T) {
	cfg := single(t)
	closed(t, opened(t, cfg))
	core, logs := observer.New(zap.WarnLevel)
	cfg.Logger = zap.New(core)
	warnings := func() int { return logs.FilterMessageSnippet("configured peers").Len() }
	closed(t, opened(t, cfg))
	if warnings() != 0 {
		t.Fatalf("warnings: %v", logs.All())
	}
	cfg.Peers = map[string]string{"n1": "127.0.0.1:1", "n2": "127.0.0.1:2"}
	n, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, n)
	if warnings() != 1 {
		t.Fatalf("warnings: %v", logs.All())
	}
}

func TestSnapshot_RestoredAtStart(t *testing.T) {
	cfg := single(t)
	n := opened(t, cfg)
	fill(t, n)
	snapshotted(t, n)
	s := owned(t, n)
	s.Mirror(offset(90))
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
	want := snapshotOf(t, n)
	closed(t, n)
	n = opened(t, cfg)
	if d := cmp.Diff(want, snapshotOf(t, n)); d != "" {
		t.Fatalf("restored differently:\n%s", d)
	}
}

func TestSnapshot_DamagedRefused(t *testing.T) {
	cfg := single(t)
	n := opened(t, cfg)
	fill(t, n)
	keepLittleLog(t, n)
	snapshotted(t, n)
	fill(t, n)
	snapshotted(t, n)
	closed(t, n)

	newest, older := snapshotFiles(t, cfg)
	// The older snapshot can be read, but the log has a hole after it.
	flip(t, newest, 100)
	refusesToOpen(t, cfg, ErrStorage)
	flip(t, older, 100)
	refusesToOpen(t, cfg, ErrStorage)
	flip(t, newest, 100)
	closed(t, opened(t, cfg))
}

func snapshotFiles(t *testing.T, cfg Config) (newest, older string) {
	t.Helper()
	s, err := raft.NewFileSnapshotStore(cfg.DataDir, 2, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("snapshots are %v, %v", list, err)
	}
	path := func(i int) string { return filepath.Join(cfg.DataDir, "snapshots", list[i].ID, "state.bin") }
	return path(0), path(1)
}

// fill stores something of each kind.
func fill(t *testing.T, n *Node) {
	t.Helper()
	if err := n.Apply(soon(t), offsets.PutConnector{Connector: "c", Config: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	s := owned(t, n)
	if err := s.PutTables(soon(t), []Table{{1, []byte("one")}, {2, []byte("two")}}); err != nil {
		t.Fatal(err)
	}
	s.Mirror(offset(7))
	if err := s.Flush(soon(t)); err != nil {
		t.Fatal(err)
	}
}

func snapshotted(t *testing.T, n *Node) {
	t.Helper()
	if err := n.raft.Snapshot().Error(); err != nil {
		t.Fatal(err)
	}
}

// snapshotOf is all that a node knows.
func snapshotOf(t *testing.T, n *Node) (all string) {
	t.Helper()
	n.Read(func(s *offsets.State) {
		b, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		all = string(b)
	})
	return all
}

// flip changes one bit of a file.
func flip(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
