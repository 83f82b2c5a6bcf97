package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/raft"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Config describes a node.
type Config struct {
	NodeID  string // stays the same for the life of DataDir
	DataDir string // made if missing
	Listen  string // host:port for the other nodes
	// Peers is the address of every voter by node id, this node among them.
	// Empty means a cluster of this node alone.
	Peers  map[string]string
	Name   string // of the cluster
	Timing Timing

	// MirrorInterval is how often mirrored offsets are written; 1 s if zero.
	MirrorInterval time.Duration
	// OnFatal is called once, on a goroutine of its own, when the node cannot go
	// on and the process must end. It must not call Close; it may cause someone
	// else to do so.
	OnFatal func(error)

	Logger     *zap.Logger           // nil for none
	Registerer prometheus.Registerer // nil for none
}

// Timing is how fast a lost leader is noticed. Starvation of CPU looks like a
// lost leader, so shorter is not better; between regions 1 s is right.
type Timing struct {
	Heartbeat time.Duration // without a word from the leader before an election; 300 ms if zero
	Election  time.Duration // an election may take; 300 ms if zero
	Lease     time.Duration // a leader leads on without its followers; 200 ms if zero
}

// withDefaults fills in what may be left out.
func (c Config) withDefaults() Config {
	c.Timing.Heartbeat = cmp.Or(c.Timing.Heartbeat, 300*time.Millisecond)
	c.Timing.Election = cmp.Or(c.Timing.Election, 300*time.Millisecond)
	c.Timing.Lease = cmp.Or(c.Timing.Lease, 200*time.Millisecond)
	c.MirrorInterval = cmp.Or(c.MirrorInterval, time.Second)
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.OnFatal == nil {
		c.OnFatal = func(err error) { c.Logger.Error("the node cannot go on", zap.Error(err)) }
	}
	if c.Registerer == nil {
		c.Registerer = prometheus.NewRegistry()
	}
	return c
}

// check lists everything that is wrong.
func (c Config) check() error {
	var errs []error
	for _, f := range [][2]string{{"node id", c.NodeID}, {"data folder", c.DataDir}, {"listen address", c.Listen}, {"cluster name", c.Name}} {
		if f[1] == "" {
			errs = append(errs, fmt.Errorf("the %s is empty", f[0]))
		}
	}
	if _, ok := c.Peers[c.NodeID]; len(c.Peers) > 0 && !ok {
		errs = append(errs, fmt.Errorf("the peers do not name this node, %q", c.NodeID))
	}
	if t := c.Timing; t.Lease > t.Heartbeat || t.Heartbeat > t.Election {
		errs = append(errs, fmt.Errorf("the timing must hold lease %s <= heartbeat %s <= election %s", t.Lease, t.Heartbeat, t.Election))
	}
	return errors.Join(errs...)
}

// raft is the configuration of the library. The state is small, so snapshots
// are taken early and little log is kept.
func (c Config) raft(notify chan<- bool) *raft.Config {
	r := raft.DefaultConfig()
	r.LocalID = raft.ServerID(c.NodeID)
	r.HeartbeatTimeout = c.Timing.Heartbeat
	r.ElectionTimeout = c.Timing.Election
	r.LeaderLeaseTimeout = c.Timing.Lease
	r.CommitTimeout = 20 * time.Millisecond
	r.TrailingLogs = 1024
	r.SnapshotThreshold = 4096
	r.NotifyCh = notify
	r.NoLegacyTelemetry = true
	r.Logger = newHCLog(c.Logger.Named("raft"))
	return r
}

// voters is the first membership of the cluster. It must be the same on every
// node that bootstraps.
func (c Config) voters(self raft.ServerAddress) raft.Configuration {
	if len(c.Peers) == 0 {
		return raft.Configuration{Servers: []raft.Server{{ID: raft.ServerID(c.NodeID), Address: self}}}
	}
	var r raft.Configuration
	for _, id := range slices.Sorted(maps.Keys(c.Peers)) {
		r.Servers = append(r.Servers, raft.Server{ID: raft.ServerID(id), Address: raft.ServerAddress(c.Peers[id])})
	}
	return r
}

// addresses finds peers by the configured address, so that a node may move
// without a change of the membership.
type addresses map[string]string

var _ raft.ServerAddressProvider = addresses(nil)

// ServerAddr returns the configured address of a peer.
func (a addresses) ServerAddr(id raft.ServerID) (raft.ServerAddress, error) {
	if addr, ok := a[string(id)]; ok {
		return raft.ServerAddress(addr), nil
	}
	return "", fmt.Errorf("no address is configured for node %s", id)
}
