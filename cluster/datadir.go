package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// format is the version of the data folder's layout.
const format = 1

// lockTimeout is how long a start waits for another process to let go of the
// data folder.
const lockTimeout = time.Second

// identity is node.json: whose data folder it is.
type identity struct {
	Format  int    `json:"format"`
	Cluster string `json:"cluster"`
	Node    string `json:"node"`
	// LeftOut are the nodes that a recovery left out: see Recovery.
	LeftOut []string `json:"leftOut,omitempty"`
}

func identityOf(cfg Config) identity {
	return identity{Format: format, Cluster: cfg.Name, Node: cfg.NodeID}
}

// openFolder makes the data folder if need be, checks whose it is, and opens and
// locks the store in it.
func openFolder(cfg Config) (*raftboltdb.BoltStore, error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder %s: %w", cfg.DataDir, err)
	}
	own := identityOf(cfg)
	known, err := own.verify(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	bolt, err := openBolt(cfg.DataDir)
	if err != nil || known {
		return bolt, err
	}
	if err := own.write(cfg.DataDir); err != nil {
		return nil, errors.Join(err, bolt.Close())
	}
	return bolt, nil
}

// verify compares i with node.json; false when there is none.
func (i identity) verify(dir string) (bool, error) {
	is, known, err := readIdentity(dir)
	switch {
	case err != nil || !known:
		return false, err
	case is.Format > i.Format:
		return false, fmt.Errorf("%w: %s has format %d, known is %d", ErrNewerFormat, dir, is.Format, i.Format)
	case is.Cluster != i.Cluster:
		return false, fmt.Errorf("%w: %s is of cluster %q, not %q", ErrForeign, dir, is.Cluster, i.Cluster)
	case is.Node != i.Node:
		return false, fmt.Errorf("%w: %s is of node %q, not %q", ErrForeign, dir, is.Node, i.Node)
	}
	return true, nil
}

// readIdentity reads node.json; false when there is none.
func readIdentity(dir string) (is identity, known bool, err error) {
	path := filepath.Join(dir, "node.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return is, false, nil
	}
	if err != nil {
		return is, false, err
	}
	if err := json.Unmarshal(text, &is); err != nil {
		return is, false, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return is, true, nil
}

// write makes node.json, whole or not at all.
func (i identity) write(dir string) error {
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	if err := writeFile(dir, "node.json", append(text, '\n')); err != nil {
		return storageError(dir, "write node.json", err)
	}
	return nil
}

// WriteFile writes a file beside those of the cluster in a data folder, whole or not
// at all, and for nobody else to read. Where there is no space it is an ErrDiskFull.
func WriteFile(dir, name string, text []byte) error {
	err := writeFile(dir, name, text)
	if isFull(err) {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}

func writeFile(dir, name string, text []byte) error {
	path := filepath.Join(dir, name)
	if err := writeSynced(path+".new", text); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(dir)
}

func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openBolt opens raft.db. The list of free pages is not written with every
// entry: it is found again at the next start.
func openBolt(dir string) (*raftboltdb.BoltStore, error) {
	opts := *bbolt.DefaultOptions
	opts.Timeout = lockTimeout
	opts.NoFreelistSync = true
	opts.FreelistType = bbolt.FreelistMapType
	bolt, err := raftboltdb.New(raftboltdb.Options{Path: filepath.Join(dir, "raft.db"), BoltOptions: &opts})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s", ErrLocked, dir)
	}
	if err != nil {
		return nil, storageError(dir, "open raft.db", err)
	}
	return bolt, nil
}
