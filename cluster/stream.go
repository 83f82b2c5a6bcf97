package cluster

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// stream is how raft reaches the other nodes: TCP on this machine. It closes
// its connections with itself, which raft's transport does not.
type stream struct {
	net.Listener

	mu     sync.Mutex // guards what follows
	conns  map[*streamConn]struct{}
	closed bool
}

var _ raft.StreamLayer = (*stream)(nil)

// listen opens the stream of a node.
func listen(ctx context.Context, address string) (*stream, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for other nodes on %s: %w", address, err)
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("%w, not on %s", ErrInsecure, address)
	}
	return &stream{Listener: l, conns: map[*streamConn]struct{}{}}, nil
}

// Accept waits for another node to connect.
func (s *stream) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return s.track(c)
}

// Dial connects to another node.
func (s *stream) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	d := net.Dialer{Timeout: timeout}
	c, err := d.Dial("tcp", string(address))
	if err != nil {
		return nil, err
	}
	return s.track(c)
}

// Close ends listening and all connections.
func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.conns {
		c.Conn.Close()
	}
	return s.Listener.Close()
}

func (s *stream) track(c net.Conn) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return nil, net.ErrClosed
	}
	t := &streamConn{Conn: c, stream: s}
	s.conns[t] = struct{}{}
	return t, nil
}

func (s *stream) forget(c *streamConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// streamConn is a connection that its stream knows.
type streamConn struct {
	net.Conn
	stream *stream
}

// Close ends the connection.
func (c *streamConn) Close() error {
	c.stream.forget(c)
	return c.Conn.Close()
}
