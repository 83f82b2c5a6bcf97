package cluster

import (
	"cmp"
	"context"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// wireListener accepts the connections for one purpose.
type wireListener struct {
	address net.Addr
	queue   chan net.Conn

	mu     sync.Mutex // guards closed, and the queue from being sent to after it is closed
	closed bool
}

var _ net.Listener = (*wireListener)(nil)

func newWireListener(address net.Addr) *wireListener {
	return &wireListener{address: address, queue: make(chan net.Conn, maxQueue)}
}

// Accept waits for a connection. The error is net.ErrClosed.
func (l *wireListener) Accept() (net.Conn, error) {
	if c, ok := <-l.queue; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

// Addr is where the wire listens.
func (l *wireListener) Addr() net.Addr { return l.address }

// Close closes the connections that wait, and refuses others from now on.
func (l *wireListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.queue)
	for c := range l.queue {
		c.Close()
	}
	return nil
}

// full tells whether a connection would be refused now.
func (l *wireListener) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed || len(l.queue) == cap(l.queue)
}

// offer puts a connection in the queue. It does not wait; false means that it
// was refused.
func (l *wireListener) offer(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	select {
	case l.queue <- c:
		return true
	default:
		return false
	}
}

// raftStream is how raft reaches the other nodes through the wire. Nodes are
// dialled by id, not by address.
type raftStream struct {
	net.Listener
	wire *wire
}

var _ raft.StreamLayer = raftStream{}

func newRaftStream(w *wire) raftStream { return raftStream{w.listener(forRaft), w} }

// Dial connects to the node whose id is given as its address.
func (s raftStream) Dial(id raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(s.wire.life, cmp.Or(timeout, dialLimit))
	defer cancel()
	return s.wire.dial(ctx, string(id), forRaft)
}

// Close ends raft's connections, which raft's transport does not. Other
// purposes go on.
func (s raftStream) Close() error {
	err := s.Listener.Close()
	s.wire.end(forRaft)
	return err
}
