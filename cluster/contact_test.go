package cluster

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"go.uber.org/zap"
)

// impostor is a node of a cluster that has begun, and says what the test wants.
type impostor struct {
	wire      *wire
	transport transport
	greeted   atomic.Int64
	asked     atomic.Int64 // as what the node is known
	answer    func() (standing, error)
}

// poses runs an impostor of a configuration. Its view of the membership may be old:
// it does not know whoever greets it, or knows him by another vote.
func poses(t *testing.T, cfg Config, view map[string]any, answer func() (standing, error)) *impostor {
	t.Helper()
	i := &impostor{answer: answer}
	var err error
	i.wire, err = openWire(t.Context(), wireConfig{
		Listen: cfg.Listen, Cluster: cfg.Name, Node: cfg.NodeID, Logger: zap.NewNop(),
		Address: func(id string) (string, error) { return cfg.Peers[id], nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	view["node"], view["peers"], view["begun"] = cfg.NodeID, (&Node{cfg: cfg}).peers(), true
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hello", func(w http.ResponseWriter, _ *http.Request) {
		i.greeted.Add(1)
		_ = json.NewEncoder(w).Encode(map[string]any{"out": view})
	})
	mux.HandleFunc("POST /back", func(w http.ResponseWriter, _ *http.Request) {
		i.asked.Add(1)
		var r response[standing]
		var err error
		r.Out, err = i.answer()
		r.Problem = problemOf(err)
		_ = json.NewEncoder(w).Encode(r)
	})
	calls := newCalls(i.wire, mux, zap.NewNop())
	i.transport = newTransport(newRaftStream(i.wire), time.Second, newHCLog(zap.NewNop()))
	done := make(chan struct{})
	go func() { defer close(done); _ = calls.server.Serve(i.wire.listener(forCalls)) }()
	t.Cleanup(func() {
		calls.close()
		_ = i.transport.Close()
		_ = i.wire.Close()
		<-done
	})
	return i
}

// TestContact_OnlyTheLeaderIsBelieved: a node that is behind knows nothing of one
// that was made a member since, or knows it without the vote that it was given. What
// it says opens no gate.
func TestContact_OnlyTheLeaderIsBelieved(t *testing.T) {
	for what, c := range map[string]struct {
		view   func(self string) map[string]any
		answer error
	}{
		"unknown":      {func(string) map[string]any { return map[string]any{} }, ErrNotLeader},
		"without vote": {func(self string) map[string]any { return map[string]any{"members": map[string]bool{self: false}} }, ErrNotLeader},
		"the leader": {func(self string) map[string]any {
			return map[string]any{"members": map[string]bool{self: true}, "leader": self}
		}, ErrNotLeader},
		"no answer": {func(string) map[string]any { return map[string]any{} }, ErrOutcomeUnknown},
	} {
		t.Run(what, func(t *testing.T) {
			cfgs := quick(three(t))
			self := cfgs[0]
			self.OnFatal = func(err error) { t.Errorf("it ended: %v", err) }
			behind := poses(t, cfgs[1], c.view(self.NodeID), func() (standing, error) { return standing{}, c.answer })
			n := started(t, []Config{self})[0]
			eventually(t, "it goes on asking", func() bool { return behind.greeted.Load() > 3 })
			if n.gate.isOpen() || n.Ready() == nil || n.failed() != nil {
				t.Fatalf("the gate is open, or it ended: %v, %v", n.Ready(), n.failed())
			}
		})
	}
}

// header is that of what a leader or a candidate sends.
func header(from *impostor, id string) raft.RPCHeader {
	return raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(id), Addr: from.transport.EncodePeer(raft.ServerID(id), raft.ServerAddress(id))}
}

// votes tells whether a node gives its vote to i in a term.
func (i *impostor) votes(t *testing.T, cfg Config, of string, in uint64) bool {
	t.Helper()
	req := &raft.RequestVoteRequest{RPCHeader: header(i, cfg.NodeID), Term: in, LastLogIndex: 99, LastLogTerm: in - 1}
	var resp raft.RequestVoteResponse
	eventually(t, "it answers", func() bool { // a connection of before its start is of no use
		return i.transport.RequestVote(raft.ServerID(of), raft.ServerAddress(of), req, &resp) == nil
	})
	return resp.Granted
}

// sends has a node store entries of term 2 up to one, as the leader of a term, and
// know that they are committed.
func (i *impostor) sends(t *testing.T, cfg Config, to string, in, first, last uint64) {
	t.Helper()
	req := &raft.AppendEntriesRequest{RPCHeader: header(i, cfg.NodeID), Term: in, LeaderCommitIndex: last, PrevLogEntry: first - 1}
	if first > 1 {
		req.PrevLogTerm = 2
	}
	for at := first; at <= last; at++ {
		req.Entries = append(req.Entries, &raft.Log{Index: at, Term: 2, Type: raft.LogNoop})
	}
	var resp raft.AppendEntriesResponse
	if err := i.transport.AppendEntries(raft.ServerID(to), raft.ServerAddress(to), req, &resp); err != nil || !resp.Success {
		t.Fatalf("%+v, %v", resp, err)
	}
}

// TestContact_NoVoteBeforeTheLog: a node that forgot what it acknowledged gets the
// log, and votes for nobody before it has all that was committed, even if it is
// started again meanwhile.
func TestContact_NoVoteBeforeTheLog(t *testing.T) {
	cfgs := quick(three(t))
	self, other := cfgs[0], cfgs[1]
	leader := poses(t, other, map[string]any{}, func() (standing, error) { return standing{From: 9}, nil })
	n := started(t, []Config{self})[0]
	eventually(t, "raft may talk", n.gate.isOpen)
	if leader.votes(t, other, self.NodeID, 2) {
		t.Fatal("it voted without a log")
	}
	leader.sends(t, other, self.NodeID, 2, 1, 5)
	eventually(t, "it has applied what there is", func() bool { return n.raft.AppliedIndex() == 5 })
	closed(t, n)

	n = started(t, []Config{self})[0]
	eventually(t, "it says what it waits for", func() bool { return n.waitsFor.Load() != nil })
	if leader.votes(t, other, self.NodeID, 3) {
		t.Fatal("it voted after a restart, without the log")
	}
	if asked := leader.asked.Load(); asked != 1 {
		t.Fatalf("it asked %d times", asked)
	}
	leader.sends(t, other, self.NodeID, 3, 6, 9)
	eventually(t, "it is a node like any other", func() bool { return n.waitsFor.Load() == nil })
	eventually(t, "it votes", func() bool { return leader.votes(t, other, self.NodeID, 4) })
	closed(t, n)

	n = started(t, []Config{self})[0]
	if n.ballot.closed.Load() {
		t.Fatal("it does not vote after the next start")
	}
}

// TestContact_NewNodeBecomesAVoter: it waits, is made a member, gets the log and a
// vote. Its peers need not name the leader.
func TestContact_NewNodeBecomesAVoter(t *testing.T) {
	m := newTeam(t)
	_, others := split(t, m.nodes)
	known, cfg := others[0], others[0].cfg
	cfg.NodeID, cfg.DataDir, cfg.Listen, cfg.Registerer = "n4", t.TempDir(), freePorts(t, 1)[0], nil
	cfg.Peers = map[string]string{"n4": cfg.Listen, known.cfg.NodeID: known.cfg.Listen}
	n := started(t, []Config{cfg})[0]
	n.Run(t.Context(), &recorder{node: n})
	eventually(t, "it waits to be made a member", func() bool { return n.gate.isOpen() && n.Ready() != nil })
	if _, err := ask(soon(t), known, "join", (*Node).serveJoin, member{Node: "n4", Address: cfg.Listen}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it votes", func() bool {
		s, err := known.find("n4")
		return err == nil && s.Suffrage == raft.Voter && n.Ready() == nil && !n.ballot.closed.Load()
	})
}

// TestReturn_WaitsForTheMajority: the membership that raft tells of may be one that
// no majority has. A node that is without a vote only there must not be told so.
func TestReturn_WaitsForTheMajority(t *testing.T) {
	cfgs := three(t)
	for i := range cfgs {
		cfgs[i].Timing = Timing{Heartbeat: time.Second, Election: time.Second, Lease: time.Second}
	}
	leader, others := split(t, started(t, cfgs))
	for _, n := range others {
		closed(t, n)
	}
	forgot := others[0].cfg.NodeID
	leader.liveness.begin(time.Now().Add(-time.Hour)) // nobody lives
	demoted := leader.raft.DemoteVoter(raft.ServerID(forgot), 0, 0)
	eventually(t, "it is not committed", func() bool {
		s, err := leader.find(forgot)
		return err == nil && s.Suffrage != raft.Voter
	})
	got, err := leader.serveReturn(soon(t), member{Node: forgot})
	if !isRetryable(err) {
		t.Fatalf("the leader said %+v, %v", got, err)
	}
	if demoted.Error() == nil {
		t.Fatal("a minority committed it")
	}
}

// TestReturn_WhatTheLeaderSays to a node with an empty data folder.
func TestReturn_WhatTheLeaderSays(t *testing.T) {
	n := opened(t, steady(t))
	ask := func(m member) (standing, error) { return n.serveReturn(soon(t), m) }
	if _, err := ask(member{Node: "n2"}); !errors.Is(err, ErrNotLeader) {
		t.Fatalf("a leader that is new: %v", err)
	}
	n.liveness.begin(time.Now().Add(-time.Hour))
	got, err := ask(member{Node: "n2"})
	if err != nil || got.Member || got.From == 0 {
		t.Fatalf("one that is no member: %+v, %v", got, err)
	}
	if err := n.raft.AddNonvoter("n2", "127.0.0.1:1", 0, 0).Error(); err != nil {
		t.Fatal(err)
	}
	before := n.raft.LastIndex()
	if got, err = ask(member{Node: "n2"}); err != nil || !got.Member || got.From <= before {
		t.Fatalf("a member without a vote: %+v, %v", got, err)
	}
	if err := n.liveness.hear(heartbeat{Node: "n2", Boot: "a"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err = ask(member{Node: "n2", Boot: "b"}); !errors.Is(err, ErrTwin) {
		t.Fatalf("another process: %v", err)
	}
	if got, err = ask(member{Node: "n2", Boot: "a"}); err != nil || !got.Member {
		t.Fatalf("the same process: %+v, %v", got, err)
	}
	n.lead.change()
	if _, err = ask(member{Node: "n2", Boot: "a"}); !errors.Is(err, ErrNotLeader) {
		t.Fatalf("a leader that is not ready: %v", err)
	}
}

func TestGate_ClosedKeepsRaftFromDialing(t *testing.T) {
	g := newGate(nil)
	if _, err := g.Dial("n2", time.Second); !errors.Is(err, errClosedGate) {
		t.Fatal(err)
	}
	g.lift()
	g.lift()
	if !g.isOpen() {
		t.Fatal("it is closed")
	}
}

// TestContact_FirstStartCutShort: a process ended after raft's first write and
// before its second. It had no part in anything.
func TestContact_FirstStartCutShort(t *testing.T) {
	cfgs := three(t)
	bolt, err := openFolder(cfgs[0].withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := bolt.SetUint64([]byte("CurrentTerm"), 1); err != nil {
		t.Fatal(err)
	}
	if err := bolt.Close(); err != nil {
		t.Fatal(err)
	}
	nodes := started(t, cfgs)
	split(t, nodes)
	eventually(t, "all are ready", func() bool {
		for _, n := range nodes {
			if n.Ready() != nil || !n.gate.isOpen() {
				return false
			}
		}
		return true
	})
}
