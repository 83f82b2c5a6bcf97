package cluster

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// maxPool is how many idle connections to a node raft keeps.
const maxPool = 3

// transport is raft's own, which keeps idle connections, and learns that one was
// closed only when it uses it: after a restart of the other node the first calls
// fail. Replication tries again at once, but an election does not, and is lost: the
// next one is hundreds of milliseconds away. Here those calls are tried again as
// often as there can be such connections. Each may come twice.
type transport struct{ *raft.NetworkTransport }

var (
	_ raft.Transport   = transport{}
	_ raft.WithPreVote = transport{}
)

// newTransport makes raft's side of a stream. A call takes no longer than the limit
// once it is connected.
//
// A node is sent one request after the other: where raft 1.7.3 sends the next one
// before the last was answered, the goroutine that sends can wait for ever after a
// follower refused a request (hashicorp/raft issue 612). That follower then hears
// heartbeats and gets no entries, and raft never ends.
func newTransport(stream raft.StreamLayer, limit time.Duration, logger hclog.Logger) transport {
	return transport{raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: stream, Timeout: limit, Logger: logger,
		MaxPool: maxPool, MaxRPCsInFlight: 1, ServerAddressProvider: byID{},
	})}
}

// RequestVote asks a node for its vote.
func (t transport) RequestVote(id raft.ServerID, at raft.ServerAddress, args *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	return fresh(func() error { return t.NetworkTransport.RequestVote(id, at, args, resp) })
}

// RequestPreVote asks a node whether it would give its vote.
func (t transport) RequestPreVote(id raft.ServerID, at raft.ServerAddress, args *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	return fresh(func() error { return t.NetworkTransport.RequestPreVote(id, at, args, resp) })
}

// TimeoutNow has a node begin an election.
func (t transport) TimeoutNow(id raft.ServerID, at raft.ServerAddress, args *raft.TimeoutNowRequest, resp *raft.TimeoutNowResponse) error {
	return fresh(func() error { return t.NetworkTransport.TimeoutNow(id, at, args, resp) })
}

// fresh makes a call until it does not fail for a connection that was closed.
func fresh(call func() error) error {
	err := call()
	for i := 0; i < maxPool && isClosed(err); i++ {
		err = call()
	}
	return err
}

// isClosed tells whether an error is that of a connection that the other side has
// closed. The decoder in between prints errors instead of wrapping them.
func isClosed(err error) bool {
	for _, closed := range []error{io.EOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, closed) || err != nil && strings.HasSuffix(err.Error(), closed.Error()) {
			return true
		}
	}
	return false
}
