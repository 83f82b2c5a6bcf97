package cluster

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdcd/offsets"
)

// format2.tar.gz is the data folder of a cluster of one, as the last program
// left it that wrote format 2 of package offsets: before there were placements.
// Its snapshot ends at entry 8, its log at 14. It stays as it is.

// unpacked is the configuration of a node on a data folder from testdata.
func unpacked(t *testing.T, name string) Config {
	t.Helper()
	cfg := single(t)
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(z)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return cfg
		}
		if err != nil {
			t.Fatal(err)
		}
		unpack(t, cfg.DataDir, h, archive)
	}
}

// unpack writes one file or folder of an archive.
func unpack(t *testing.T, dir string, h *tar.Header, content io.Reader) {
	t.Helper()
	path, err := filepath.Localize(filepath.ToSlash(filepath.Clean(h.Name)))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, path)
	if h.Typeflag == tar.TypeDir {
		err = os.MkdirAll(path, 0o700)
	} else {
		var b []byte
		if b, err = io.ReadAll(content); err == nil {
			err = os.WriteFile(path, b, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// known is what a node tells of a connector.
type known struct {
	Config          string
	Offset          offsets.Offset
	Session, Writer offsets.Session
	Placement       offsets.Placement
	Tables          []Table
}

func knownOf(t *testing.T, n *Node, connector string) (k known) {
	t.Helper()
	n.Read(func(st *offsets.State) {
		k.Config, k.Offset, k.Placement = string(st.Config(connector)), st.Offset(connector), st.Placement(connector)
		k.Session, k.Writer = st.Session(connector), st.Writer(connector)
	})
	k.Tables = tablesOf(t, n.Store(connector, 1), 9)
	return k
}

// ofRelease is what the program that wrote the folder knew.
func ofRelease() known {
	session := func(id offsets.SessionID, p offsets.Producer) offsets.Session {
		return offsets.Session{Connector: "shop", ID: id, Generation: 1, Node: "n1", Producer: p}
	}
	return known{
		Config:  `{"name":"shop"}`,
		Offset:  offset(9),
		Session: session(3, offsets.NoProducer), Writer: session(2, offsets.Producer{ID: 4001, Epoch: 1}),
		Tables: []Table{{1, []byte("orders")}, {2, []byte("orders, wider")}, {3, []byte("customers")}},
	}
}

func TestOpen_DataFolderOfFormat2(t *testing.T) {
	n := opened(t, unpacked(t, "format2.tar.gz"))
	if d := cmp.Diff(ofRelease(), knownOf(t, n, "shop")); d != "" {
		t.Fatalf("state differs:\n%s", d)
	}
}

// TestOpen_DataFolderOfFormat2GoesOn writes to the old folder, and reads a log
// and a snapshot of two formats.
func TestOpen_DataFolderOfFormat2GoesOn(t *testing.T) {
	cfg := unpacked(t, "format2.tar.gz")
	n := opened(t, cfg)
	place := func(g offsets.Generation) offsets.Place {
		return offsets.Place{Moves: []offsets.Move{{Connector: "shop", Generation: g, Node: "n2"}}}
	}
	if err := n.Apply(soon(t), place(1)); !errors.Is(err, offsets.ErrPlacedBefore) {
		t.Fatalf("the generation of the last session was given away again: %v", err)
	}
	if err := n.Apply(soon(t), place(2)); err != nil {
		t.Fatal(err)
	}
	closed(t, n)
	want := ofRelease()
	want.Placement = offsets.Placement{Generation: 2, Node: "n2"}
	n = opened(t, cfg)
	if d := cmp.Diff(want, knownOf(t, n, "shop")); d != "" {
		t.Fatalf("from the log, state differs:\n%s", d)
	}
	keepLittleLog(t, n)
	snapshotted(t, n)
	closed(t, n)
	if d := cmp.Diff(want, knownOf(t, opened(t, cfg), "shop")); d != "" {
		t.Fatalf("from the snapshot, state differs:\n%s", d)
	}
}
