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
	Timing Timing // LAN where it is zero
	// TLS is required where an address is not one of this machine, unless Insecure
	// allows nodes to talk in the clear.
	TLS      TLS
	Insecure bool

	// MirrorInterval is how often mirrored offsets are written; 1 s if zero.
	MirrorInterval time.Duration
	// OnFatal is called once, on a goroutine of its own, when the node cannot go
	// on and the process must end. It must not call Close; it may cause someone
	// else to do so.
	OnFatal func(error)

	Logger     *zap.Logger           // nil for none
	Registerer prometheus.Registerer // nil for none
}

// Timing is how fast a lost node is noticed. Starvation of CPU looks like a lost
// node, so shorter is not better. What is zero is taken from LAN.
type Timing struct {
	// Of raft, whose leader it is that is lost.
	Heartbeat time.Duration // without a word from the leader before an election
	Election  time.Duration // an election may take
	Lease     time.Duration // a leader leads on without its followers

	// Of the nodes, which tell the leader that they live.
	Beat    time.Duration // between two such calls
	Call    time.Duration // one may take: a black hole must look like silence
	Grant   time.Duration // a node may run its connectors, from sending an answered one
	Silence time.Duration // without one, before the leader moves a node's connectors
	Stable  time.Duration // a node that was lost is heard again for before it is given any
}

// LAN is for nodes that are close to each other.
func LAN() Timing {
	return Timing{
		Heartbeat: 300 * time.Millisecond, Election: 300 * time.Millisecond, Lease: 200 * time.Millisecond,
		Beat: 100 * time.Millisecond, Call: 500 * time.Millisecond, Grant: 700 * time.Millisecond,
		Silence: time.Second, Stable: 5 * time.Second,
	}
}

// WAN is for nodes in several regions, or on machines that are short of CPU.
func WAN() Timing {
	return Timing{
		Heartbeat: time.Second, Election: time.Second, Lease: 500 * time.Millisecond,
		Beat: 300 * time.Millisecond, Call: 1500 * time.Millisecond, Grant: 2100 * time.Millisecond,
		Silence: 3 * time.Second, Stable: 15 * time.Second,
	}
}

// withDefaults fills in what is zero.
func (t Timing) withDefaults() Timing {
	lan := LAN()
	for to, from := range map[*time.Duration]time.Duration{
		&t.Heartbeat: lan.Heartbeat, &t.Election: lan.Election, &t.Lease: lan.Lease, &t.Beat: lan.Beat,
		&t.Call: lan.Call, &t.Grant: lan.Grant, &t.Silence: lan.Silence, &t.Stable: lan.Stable,
	} {
		*to = cmp.Or(*to, from)
	}
	return t
}

func (t Timing) check() error {
	if t.Lease > t.Heartbeat || t.Heartbeat > t.Election {
		return fmt.Errorf("the timing must hold lease %s <= heartbeat %s <= election %s", t.Lease, t.Heartbeat, t.Election)
	}
	if t.Beat >= t.Grant || t.Grant >= t.Silence {
		return fmt.Errorf("the timing must hold beat %s < grant %s < silence %s", t.Beat, t.Grant, t.Silence)
	}
	return nil
}

// withDefaults fills in what may be left out.
func (c Config) withDefaults() Config {
	c.Timing = c.Timing.withDefaults()
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
	return errors.Join(append(errs, c.Timing.check())...)
}

// raft is the configuration of the library. The state is small, so snapshots
// are taken early and little log is kept.
func (c Config) raft(notify chan<- bool) *raft.Config {
	r := raft.DefaultConfig()
	r.LocalID = raft.ServerID(c.NodeID)
	r.HeartbeatTimeout = c.Timing.Heartbeat
	r.ElectionTimeout = c.Timing.Election
	r.LeaderLeaseTimeout = c.Timing.Lease
	r.CommitTimeout = 10 * time.Millisecond // what a follower may not know yet of what was committed
	r.TrailingLogs = 1024
	r.SnapshotThreshold = 4096
	r.NotifyCh = notify
	r.NoLegacyTelemetry = true
	r.Logger = newHCLog(sampled(c.Logger.Named("raft")))
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
