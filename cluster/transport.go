package cluster

import (
	"errors"
	"io"
	"strings"
	"sync"
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
func newTransport(stream raft.StreamLayer, limit time.Duration, logger hclog.Logger) transport {
	return transport{raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: stream, Timeout: limit, Logger: logger, MaxPool: maxPool, ServerAddressProvider: byID{},
	})}
}

// AppendEntriesPipeline sends entries to a node without waiting for each answer.
func (t transport) AppendEntriesPipeline(id raft.ServerID, at raft.ServerAddress) (raft.AppendPipeline, error) {
	inner, err := t.NetworkTransport.AppendEntriesPipeline(id, at)
	if err != nil {
		return nil, err
	}
	p := &pipeline{AppendPipeline: inner, answers: make(chan raft.AppendFuture, unread), closed: make(chan struct{})}
	go p.pass()
	return p, nil
}

// unread is how many answers a pipeline keeps that nobody takes. Raft sends on at
// times after it has stopped to take them, each time with a chance of a half.
const unread = 64

// pipeline takes answers also where raft 1.7.3 does not any more: after a follower has
// refused a request, its sender would wait for ever for the next one to be taken. That
// follower would hear heartbeats and get no entries, and raft would never end
// (hashicorp/raft issue 612). To send one request after the other instead makes raft
// read the address of a node while it is changed.
type pipeline struct {
	raft.AppendPipeline
	answers chan raft.AppendFuture
	close   sync.Once
	closed  chan struct{}
}

func (p *pipeline) pass() {
	for {
		select {
		case f := <-p.AppendPipeline.Consumer():
			select {
			case p.answers <- f:
			case <-p.closed:
				return
			}
		case <-p.closed:
			return
		}
	}
}

// Consumer implements [raft.AppendPipeline].
func (p *pipeline) Consumer() <-chan raft.AppendFuture { return p.answers }

// Close ends the pipeline; it may be called more than once.
func (p *pipeline) Close() error {
	p.close.Do(func() { close(p.closed) })
	return p.AppendPipeline.Close()
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
